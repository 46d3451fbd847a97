import type { FastifyInstance } from "fastify";
import { BANDS } from "../../../protocol/bands.js";
import { FigureShelf, SHOWN_EPOCHS } from "../../figures.js";
import type { Service } from "../../open.js";
import { epochsUnderWay, workersSeen } from "../../progress.js";
import type { Guards } from "../guards.js";
import { byRole, errors } from "../schemas.js";

const text = { type: "string" } as const;
const count = { type: "integer" } as const;
const nullableText = { type: ["string", "null"] } as const;
const object = (properties: Readonly<Record<string, object>>) => ({
  type: "object",
  required: Object.keys(properties),
  properties,
});
const list = (properties: Readonly<Record<string, object>>) => ({ type: "array", items: object(properties) });

const figures = list({
  ...{ id: text, exchange: text, epoch: text, time: text, digest: text, published: text },
  bands: object(Object.fromEntries(BANDS.map((band) => [band, count]))),
  coverage: list({
    ...{ asset: text, needed: text, reserve: text },
    ratio: { ...nullableText, description: "Reserve over what is needed, rounded down; null: nothing is." },
  }),
});
const underWay = list({
  ...{ id: text, exchange: text, epoch: text, state: text, steps: count, proved: count, setAside: count },
  secondsLeft: { type: ["integer", "null"], description: "At the pace of the epoch's last proofs." },
  created: text,
});
const workers = list({
  ...{ name: text, proved: count, secondsEach: { type: "number" }, secondsAgo: { type: "number" } },
});

/** What the status page shows: figures of what is public for anybody, work in hand for the exchange's own people. */
export function statusRoutes(app: FastifyInstance, { database }: Service, guards: Guards): void {
  const shelf = new FigureShelf();
  app.get(
    "/v1/figures",
    {
      schema: {
        tags: ["public"],
        summary: `Accounts by band and coverage of the last ${SHOWN_EPOCHS} published epochs`,
        response: { 200: object({ epochs: figures }), ...errors },
      },
    },
    async () => ({ epochs: await shelf.last(database) }),
  );
  app.get(
    "/v1/status",
    {
      onRequest: guards.roles("operator", "auditor", "publisher"),
      schema: {
        tags: ["operations"],
        summary: "Epochs on their way with the time left, and who proved something within the last hour",
        security: byRole,
        response: { 200: object({ epochs: underWay, workers }), ...errors },
      },
    },
    async () => ({ epochs: await epochsUnderWay(database), workers: await workersSeen(database) }),
  );
}

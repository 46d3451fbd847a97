import type { FastifyInstance } from "fastify";
import type { Service } from "../../open.js";
import { pullAccounts } from "../../pullAccounts.js";
import { type Sources, sourceOf } from "../../sources.js";
import { epochView } from "../epochView.js";
import type { Guards } from "../guards.js";
import { byRole, epochSchema, errors, HOLD, idOf, idParams } from "../schemas.js";

interface PullBody {
  readonly source: string;
  readonly hold?: boolean;
}

/** Accounts out of the exchange's own database. */
export function pullRoute(
  app: FastifyInstance,
  service: Service,
  guards: Guards,
  { maxUpload, sources = new Map() }: { readonly maxUpload: number; readonly sources?: Sources | undefined },
): void {
  const body = {
    type: "object",
    required: ["source"],
    additionalProperties: false,
    properties: {
      source: { type: "string", maxLength: 64, description: "A name in the server's list of sources." },
      hold: { type: "boolean", description: HOLD },
    },
  };
  app.post(
    "/v1/epochs/:id/accounts",
    {
      onRequest: guards.roles("operator"),
      schema: {
        ...{
          tags: ["epochs"],
          summary: "Read the accounts out of the exchange's own database, and begin to prove",
          security: byRole,
          params: idParams,
          body,
        },
        description: "Queries and database are the server's settings. It answers when all of it is read.",
        response: { 202: epochSchema, ...errors },
      },
    },
    async (request, reply) => {
      const id = idOf(request);
      const { source: name, hold = false } = request.body as PullBody;
      const source = sourceOf(sources, name);
      // However long it takes: nothing is said meanwhile, but the connection is not idle.
      request.raw.setTimeout(0);
      request.log.info({ event: "accounts are read", epoch: id, source: name });
      const row = await pullAccounts(service, id, source, maxUpload, hold);
      return reply.code(202).send(await epochView(service, row, false));
    },
  );
}

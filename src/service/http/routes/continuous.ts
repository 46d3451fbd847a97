import type { FastifyInstance } from "fastify";
import type { Continuous } from "../../live/continuous.js";
import type { Service } from "../../open.js";
import { readEpoch } from "../../store/epochs.js";
import { epochView } from "../epochView.js";
import type { Guards } from "../guards.js";
import { byRole, epochSchema, errors } from "../schemas.js";

const continuousSchema = {
  type: "object",
  required: ["profile", "begun", "last", "lagSeconds", "failures"],
  properties: {
    profile: { type: "string" },
    begun: { type: "integer", description: "Epochs that were begun, ever." },
    last: { ...epochSchema, type: ["object", "null"], description: "The one begun last." },
    lagSeconds: {
      type: ["number", "null"],
      description: "Age of the book that the last proved epoch shows; null before there is one.",
    },
    failures: { type: "integer", description: "In a row: the next try waits twice as long after each." },
  },
} as const;

/** How the live book is proved again and again. */
export function continuousRoute(
  app: FastifyInstance,
  service: Service,
  guards: Guards,
  continuous: Continuous,
): void {
  app.get(
    "/v1/live/continuous",
    {
      onRequest: guards.roles("operator", "auditor", "publisher"),
      schema: {
        ...{ tags: ["live"], summary: "The epochs that are begun by themselves, and how late they are" },
        ...{ security: byRole, response: { 200: continuousSchema, ...errors } },
      },
    },
    async () => {
      const { last, lagSeconds = null, ...rest } = await continuous.state();
      const row = last === undefined ? undefined : await readEpoch(service.database, last.id);
      return { ...rest, lagSeconds, last: row === undefined ? null : await epochView(service, row, false) };
    },
  );
}

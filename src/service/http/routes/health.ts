import type { FastifyInstance } from "fastify";
import { MarginproofError } from "../../../errors.js";
import type { Poll } from "../../live/poll.js";
import { metricsText } from "../../metrics.js";
import type { Service } from "../../open.js";
import type { Guards } from "../guards.js";
import { byRole, errors, textOf } from "../schemas.js";

const alive = { type: "object", properties: { status: { type: "string" } } } as const;

/** For whoever runs it: alive, ready, figures. */
export function healthRoutes(
  app: FastifyInstance,
  service: Service,
  guards: Guards,
  { poll, stopping }: { readonly poll: Poll; readonly stopping: () => boolean },
): void {
  const tags = ["operations"];
  const config = { rateLimit: false };
  app.get(
    "/health",
    { config, schema: { tags, summary: "The process runs", response: { 200: alive, ...errors } } },
    async () => ({ status: "alive" }),
  );
  app.get(
    "/ready",
    {
      config,
      schema: {
        tags,
        summary: "It reaches its database and is not stopping",
        response: { 200: alive, ...errors },
      },
    },
    async () => {
      if (stopping()) throw notReady("the server is stopping");
      await service.database.query("select 1").catch(() => {
        throw notReady("the database does not answer");
      });
      return { status: "ready" };
    },
  );
  app.get(
    "/metrics",
    {
      onRequest: guards.roles("operator", "auditor", "publisher"),
      schema: {
        tags,
        summary: "Figures for Prometheus",
        security: byRole,
        response: { 200: textOf("In the text format of Prometheus.", "text/plain"), ...errors },
      },
    },
    async (_request, reply) =>
      reply.type("text/plain; version=0.0.4").send(await metricsText(service.database, poll.figures)),
  );
}

const notReady = (problem: string): MarginproofError =>
  new MarginproofError("SERVICE_NOT_READY", problem, { kind: "io", hint: "Ask again in a moment." });

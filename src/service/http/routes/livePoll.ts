import type { FastifyInstance } from "fastify";
import { MarginproofError } from "../../../errors.js";
import type { LiveDesk } from "../../live/desk.js";
import type { Poll } from "../../live/poll.js";
import type { Service } from "../../open.js";
import { noteDisclosure } from "../../store/auditLog.js";
import type { Guards } from "../guards.js";
import { liveSchema, readBody } from "../liveSchemas.js";
import { bookView } from "../liveView.js";
import { byRole, errors } from "../schemas.js";

/** The live book out of the exchange's own database. */
export function livePollRoute(
  app: FastifyInstance,
  service: Service,
  guards: Guards,
  { desk, poll }: { readonly desk: LiveDesk; readonly poll: Poll },
): void {
  app.post(
    "/v1/live/accounts",
    {
      onRequest: guards.roles("operator"),
      schema: {
        ...{
          tags: ["live"],
          summary: "Read the accounts of the live book out of the exchange's own database",
          security: byRole,
          body: readBody,
        },
        description:
          "Queries and database are the server's settings. What is read takes the place of all that the book holds, whole or not at all; it " +
          "answers when that is done. With everySeconds it is read again and again, until it is asked for without, or the book ends.",
        response: { 200: liveSchema, ...errors },
      },
    },
    async (request) => {
      const { source, everySeconds } = request.body as { source: string; everySeconds?: number };
      // However long it takes: nothing is said meanwhile, but the connection is not idle.
      request.raw.setTimeout(0);
      const who = guards.caller(request).name;
      request.log.info({ event: "accounts are asked for", who });
      const epoch = desk.begun.id;
      const book = await poll.take(source, everySeconds).catch(async (error: unknown) => {
        // Words that the service did not choose may name accounts, and what they hold.
        if (error instanceof MarginproofError && !error.code.startsWith("SERVICE_"))
          await noteDisclosure(service.database, service.secrets.sealer, {
            ...{ who, what: "words of a refusal", epoch },
          });
        throw error;
      });
      return { ...bookView(book), source: poll.state(book) };
    },
  );
  app.delete(
    "/v1/live/accounts",
    {
      onRequest: guards.roles("operator"),
      schema: {
        ...{ tags: ["live"], summary: "Read the live book no more", security: byRole },
        description:
          "What it holds stays, and is for ticks and changes to move again. The database is not asked, so that this goes while it is away. A read " +
          "that was asked for goes on until it answers; any other in hand is broken off.",
        response: { 204: { type: "null", description: "It has no source now." }, ...errors },
      },
    },
    async (request, reply) => {
      poll.leave();
      request.log.info({ event: "accounts are read no more", who: guards.caller(request).name });
      return reply.code(204).send();
    },
  );
}

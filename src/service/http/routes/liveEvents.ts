import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type LiveBook, type LiveDesk, noLiveAccount } from "../../live/desk.js";
import { Seats } from "../../live/seats.js";
import { type StreamOptions, streamEvents } from "../../live/stream.js";
import type { Service } from "../../open.js";
import { HOLDER, noteDisclosure } from "../../store/auditLog.js";
import type { Guards } from "../guards.js";
import { accountView, bookView, eventView } from "../liveView.js";
import { byHolder, byRole, errors, textOf } from "../schemas.js";

const tags = ["live"];
const description =
  "Events: start, resumed or reset first, then band for each account that entered a band, with its figures; to is null for one " +
  "that is gone. Send the id seen last as Last-Event-ID to go on from there; after reset, what was in between is no longer kept: read the accounts anew.";
const stream = textOf("Server-sent events.", "text/event-stream");
const headers = { type: "object", properties: { "last-event-id": { type: "string", maxLength: 64 } } };

/** Who entered or left a band, as it happens: to the operator everybody, to a holder their own pockets. */
export function liveEventRoutes(
  app: FastifyInstance,
  service: Service,
  guards: Guards,
  desk: LiveDesk,
): void {
  const { database, secrets } = service;
  const seats = new Seats();
  app.addHook("preClose", () => desk.close());
  app.get(
    "/v1/live/events",
    {
      onRequest: guards.roles("operator"),
      schema: {
        ...{ tags, summary: "Follow the bands of all accounts", description, security: byRole, headers },
        response: { 200: stream, ...errors },
      },
    },
    async (request, reply) => {
      const { book } = desk;
      const { name } = guards.caller(request);
      seats.takeOperator(name, reply.raw);
      await noteDisclosure(database, secrets.sealer, { who: name, what: "live events", epoch: book.id });
      await answer(service, { desk, book, request, reply }, { first: async () => bookView(book) });
    },
  );
  app.get(
    "/v1/live/holder/events",
    {
      onRequest: guards.holder,
      schema: {
        ...{ tags, summary: "Follow the bands of the account that the token names", description },
        ...{ security: byHolder, headers, response: { 200: stream, ...errors } },
      },
    },
    async (request, reply) => {
      const { account, exchange, until } = guards.claim(request);
      const { book } = desk;
      seats.takeHolder(account, reply.raw);
      const ours = book.live.market.exchange === exchange;
      if (!ours || (await book.engine.accountsOf(account)).length === 0) {
        throw noLiveAccount();
      }
      const own = { who: HOLDER, what: "live events", epoch: book.id, account } as const;
      await noteDisclosure(database, secrets.sealer, own);
      const first = async () => {
        const pockets = await book.engine.accountsOf(account);
        return { time: book.live.market.time, pockets: pockets.map((pocket) => accountView(book, pocket)) };
      };
      await answer(service, { desk, book, request, reply }, { first, account, until });
    },
  );
}

interface Asked {
  readonly desk: LiveDesk;
  readonly book: LiveBook;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function answer(
  { log }: Service,
  { desk, book, request, reply }: Asked,
  own: Pick<StreamOptions, "first" | "account" | "until">,
): Promise<void> {
  const lastId = request.headers["last-event-id"];
  reply.hijack();
  reply.raw.writeHead(200, {
    ...reply.getHeaders(),
    ...{ "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
  } as Record<string, string>);
  await streamEvents({ desk, book, log }, reply.raw, {
    ...own,
    lastId: typeof lastId === "string" ? lastId : undefined,
    say: (event) => eventView(book, event),
  });
}

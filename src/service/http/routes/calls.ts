import type { FastifyInstance, FastifyRequest } from "fastify";
import { beginCall, CALL_PROFILE, type CallRow, callFiles, callsOf, readCall } from "../../live/calls.js";
import type { LiveDesk } from "../../live/desk.js";
import type { Service } from "../../open.js";
import { HOLDER, noteDisclosure } from "../../store/auditLog.js";
import { Turns } from "../../turns.js";
import { callListSchema, callSchema, newCallBody } from "../callSchemas.js";
import type { Guards } from "../guards.js";
import { byHolder, byRole, errors, idParams } from "../schemas.js";

const tags = ["live"];
const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;

/** One account alone, proved at once: by the operator, and for its holder. */
export function callRoutes(app: FastifyInstance, service: Service, guards: Guards, desk: LiveDesk): void {
  operatorRoutes(app, service, guards, desk);
  holderCallRoutes(app, service, guards);
}

function operatorRoutes(app: FastifyInstance, service: Service, guards: Guards, desk: LiveDesk): void {
  const { database, secrets } = service;
  const onRequest = guards.roles("operator");
  const turns = new Turns();
  app.post(
    "/v1/live/calls",
    {
      onRequest,
      schema: {
        ...{ tags, summary: "Prove an account in margin call or worse, alone", security: byRole },
        body: newCallBody,
        response: { 202: callSchema, ...errors },
      },
    },
    async (request, reply) => {
      const { account, profile = CALL_PROFILE } = request.body as { account: string; profile?: string };
      // Of two that ask for the same at a time, the second finds what the first began.
      const row = await turns.take(async () => beginCall(service, await desk.moment(account), profile));
      const who = guards.caller(request).name;
      await noteDisclosure(database, secrets.sealer, { who, what: "call", epoch: row.id, account });
      request.log.info({ event: "call begun", epoch: row.id, who });
      return reply.code(202).send(callView(row));
    },
  );
  app.get(
    "/v1/live/calls/:id",
    {
      onRequest,
      schema: {
        ...{ tags, summary: "Follow a call; its bundle and holder's file, once it is proved" },
        ...{ security: byRole, params: idParams, response: { 200: callSchema, ...errors } },
      },
    },
    async (request, reply) => {
      const row = await readCall(database, idOf(request));
      reply.header("cache-control", "no-store");
      if (row.state !== "proved") return callView(row);
      const { account, ...files } = await callFiles(service, row);
      const who = guards.caller(request).name;
      await noteDisclosure(database, secrets.sealer, { who, what: "call", epoch: row.id, account });
      return { ...callView(row), ...files };
    },
  );
}

function holderCallRoutes(app: FastifyInstance, service: Service, guards: Guards): void {
  const { database, secrets } = service;
  app.get(
    "/v1/live/holder/calls",
    {
      onRequest: guards.holder,
      schema: {
        ...{ tags, summary: "The last calls of the account that the token names", security: byHolder },
        response: { 200: callListSchema, ...errors },
      },
    },
    async (request, reply) => {
      const { account, exchange } = guards.claim(request);
      const calls = await callsOf(database, secrets.sealer, exchange, account);
      return reply.header("cache-control", "no-store").send({ calls: calls.map(callView) });
    },
  );
  app.get(
    "/v1/live/holder/calls/:id",
    {
      onRequest: guards.holder,
      schema: {
        ...{ tags, summary: "A proved call of the account that the token names, with both files" },
        ...{ security: byHolder, params: idParams, response: { 200: callSchema, ...errors } },
      },
    },
    async (request, reply) => {
      const { account, exchange } = guards.claim(request);
      const row = await readCall(database, idOf(request), { ...secrets, exchange, account });
      reply.header("cache-control", "no-store");
      if (row.state !== "proved") return callView(row);
      const { bundle, opening } = await callFiles(service, row, { exchange, account });
      const own = { who: HOLDER, what: "call", epoch: row.id, account } as const;
      await noteDisclosure(database, secrets.sealer, own);
      return { ...callView(row), bundle, opening };
    },
  );
}

/** What is no account's own: the rest comes with the files. */
const callView = ({ id, exchange, epoch, state, digest, tick, created, problem_code }: CallRow) => ({
  ...{ id, exchange, epoch, state, digest, tick, problem: problem_code },
  created: created.toISOString(),
});

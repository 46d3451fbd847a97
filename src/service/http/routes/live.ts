import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { MarginproofError } from "../../../errors.js";
import { PRIVATE_FILE } from "../../../files/files.js";
import { BANDS, type Band } from "../../../protocol/bands.js";
import { parseStatement } from "../../../protocol/statement.js";
import { batchName, parseBatch } from "../../../prover/batchFile.js";
import { readText } from "../../../prover/store/readText.js";
import type { LiveDesk } from "../../live/desk.js";
import { marketData, type TickBody } from "../../live/nextMarket.js";
import type { Poll } from "../../live/poll.js";
import { readBook } from "../../live/readBook.js";
import type { RawRow } from "../../live/rows.js";
import type { LivePortfolio } from "../../live/shard.js";
import type { Service } from "../../open.js";
import { takeScratch } from "../../scratch.js";
import { AttemptTables } from "../../store/attemptTable.js";
import { noteDisclosure } from "../../store/auditLog.js";
import { type EpochRow, modelOf, readEpoch, statementOf } from "../../store/epochs.js";
import { limited } from "../../store/upload.js";
import type { Guards } from "../guards.js";
import {
  liveAccountSchema,
  liveSchema,
  newLiveBody,
  outcomeSchema,
  rowsBody,
  tickBody,
} from "../liveSchemas.js";
import { accountView, bookView } from "../liveView.js";
import { byRole, errors } from "../schemas.js";
import { ACCOUNT_FORMS, formOf } from "./epochs.js";
import { livePollRoute } from "./livePoll.js";

const PAGE = 1000;
const BODY = 1 << 29;
const DEFAULT_CLEAR_BP = 100;
const tags = ["live"];

interface NewLive {
  readonly market?: string;
  readonly model?: string;
  readonly epoch?: string;
  readonly clearBp?: number;
}

/** The live book: begin it, move it, look at it. */
export function liveRoutes(
  app: FastifyInstance,
  service: Service,
  guards: Guards,
  { desk, poll, maxUpload }: Live & { readonly maxUpload: number },
): void {
  beginRoutes(app, service, guards, desk);
  accountsRoute(app, service, guards, { desk, poll, maxUpload });
  livePollRoute(app, service, guards, { desk, poll });
  moveRoutes(app, guards, { desk, poll });
  lookRoutes(app, service, guards, { desk, poll });
}

interface Live {
  readonly desk: LiveDesk;
  readonly poll: Poll;
}

function beginRoutes(app: FastifyInstance, service: Service, guards: Guards, desk: LiveDesk): void {
  app.post(
    "/v1/live",
    {
      onRequest: guards.roles("operator"),
      bodyLimit: BODY,
      schema: {
        ...{ tags, summary: "Begin a live book, in the place of the one before", security: byRole },
        body: newLiveBody,
        response: { 201: liveSchema, ...errors },
      },
    },
    async (request, reply) => {
      const { market, model, epoch, clearBp = DEFAULT_CLEAR_BP } = request.body as NewLive;
      if ((market === undefined) === (epoch === undefined) || (epoch !== undefined && model !== undefined))
        throw new MarginproofError("SERVICE_REQUEST", "a live book begins with either a market or an epoch", {
          kind: "usage",
          hint: "Give the text of a market file, and then the accounts; or the id of an epoch that has both.",
        });
      const row = epoch === undefined ? undefined : await laidOut(service, epoch);
      const text = row === undefined ? model : modelOf(row, service.secrets.sealer);
      await desk.begin({
        market: marketData(row?.market ?? market!),
        model: text,
        clearBp,
      });
      const book = await (row === undefined ? undefined : desk.load(() => accountsOf(service, row)));
      request.log.info({ event: "live book begun", who: guards.caller(request).name });
      return reply.code(201).send(bookView(book ?? desk.begun));
    },
  );
  app.delete(
    "/v1/live",
    {
      onRequest: guards.roles("operator"),
      schema: {
        ...{ tags, summary: "End the live book, and forget it", security: byRole },
        response: { 204: { type: "null", description: "Forgotten." }, ...errors },
      },
    },
    async (_request, reply) => {
      await desk.close();
      return reply.code(204).send();
    },
  );
}

/** @throws MarginproofError SERVICE_EPOCH_STATE for an epoch whose accounts are not laid out, or forgotten */
async function laidOut({ database }: Service, id: string): Promise<EpochRow> {
  const row = await readEpoch(database, id);
  if (row.statement !== null && !["failed", "cancelled"].includes(row.state)) return row;
  throw new MarginproofError("SERVICE_EPOCH_STATE", `the epoch is ${row.state}: its accounts are not there`, {
    kind: "usage",
    hint: "Take one that is proving or further.",
  });
}

async function* accountsOf({ database, secrets }: Service, row: EpochRow): AsyncGenerator<LivePortfolio> {
  const attempt = new AttemptTables(database, secrets, "").attempt(row.attempt!);
  const { batches } = parseStatement(JSON.parse(statementOf(row, secrets.sealer)));
  for (const batch of batches.keys())
    for (const { account, pocket, holdings } of parseBatch(await readText(attempt, batchName(batch)))
      .accounts)
      yield { account, pocket, holdings: [...holdings] };
}

function accountsRoute(
  app: FastifyInstance,
  service: Service,
  guards: Guards,
  { desk, poll, maxUpload }: Live & { readonly maxUpload: number },
): void {
  app.put(
    "/v1/live/accounts",
    {
      onRequest: guards.roles("operator"),
      bodyLimit: maxUpload,
      schema: {
        ...{ tags, summary: "Send the accounts of the live book", security: byRole },
        description:
          "An accounts file, as an epoch takes one. While it is read it is in a private folder of the server.",
        consumes: ACCOUNT_FORMS,
        response: { 200: liveSchema, ...errors },
      },
    },
    async (request) => {
      const form = formOf(request);
      const allow = (): void => poll.assertTakes("accounts file");
      allow();
      const scratch = await takeScratch(join(service.data, "live"));
      try {
        return await scratch.run(async (folder) => {
          const path = join(folder, `accounts.${form}`);
          await pipeline(
            limited(request.body as AsyncIterable<Uint8Array>, maxUpload),
            createWriteStream(path, { mode: PRIVATE_FILE }),
          );
          return bookView(await desk.load((live) => readBook(path, live, folder), allow));
        });
      } finally {
        scratch.close();
      }
    },
  );
}

function moveRoutes(app: FastifyInstance, guards: Guards, { desk, poll }: Live): void {
  const onRequest = guards.roles("operator");
  const response = { 200: outcomeSchema, ...errors };
  app.post(
    "/v1/live/ticks",
    {
      ...{ onRequest, bodyLimit: BODY },
      schema: {
        ...{
          tags,
          summary: "New prices: every account that holds what moved is evaluated",
          security: byRole,
        },
        body: tickBody,
        response,
      },
    },
    async (request) => {
      const body = request.body as TickBody;
      return desk.tick(body, () => poll.assertTakesTick(body));
    },
  );
  app.post(
    "/v1/live/changes",
    {
      ...{ onRequest, bodyLimit: BODY },
      schema: {
        ...{ tags, summary: "Add rows to what accounts hold: all of them or none", security: byRole },
        body: rowsBody,
        response,
      },
    },
    async (request) => {
      const { rows } = request.body as { readonly rows: readonly RawRow[] };
      // Before it waits for its turn, and then: a read may have begun meanwhile.
      const allow = (): void => poll.assertTakes("rows");
      allow();
      return desk.change(rows, allow);
    },
  );
}

function lookRoutes(app: FastifyInstance, service: Service, guards: Guards, { desk, poll }: Live): void {
  const { database, secrets } = service;
  const note = (request: FastifyRequest, what: "live bands" | "live accounts"): Promise<void> =>
    noteDisclosure(database, secrets.sealer, {
      ...{ who: guards.caller(request).name, what, epoch: desk.book.id },
    });
  app.get(
    "/v1/live",
    {
      onRequest: guards.roles("operator", "auditor"),
      schema: {
        ...{ tags, summary: "The live book, and how many accounts are in each band", security: byRole },
        response: { 200: liveSchema, ...errors },
      },
    },
    async (request) => {
      const { book } = desk;
      await note(request, "live bands");
      return { ...bookView(book), source: poll.state(book), bands: await book.engine.counts() };
    },
  );
  const querystring = {
    type: "object",
    properties: {
      after: { type: "string", pattern: "^\\d{1,4}\\.\\d{1,10}$", description: "`next` of the page before." },
      band: { type: "string", enum: BANDS, description: "Default: all but free." },
    },
  };
  app.get(
    "/v1/live/accounts",
    {
      onRequest: guards.roles("operator"),
      schema: {
        ...{ tags, summary: `Accounts by the band announced, ${PAGE} at a time`, security: byRole },
        querystring,
        response: {
          200: {
            type: "object",
            properties: {
              accounts: { type: "array", items: liveAccountSchema },
              next: { type: ["string", "null"] },
            },
          },
          ...errors,
        },
      },
    },
    async (request) => {
      const { after = "", band } = request.query as { after?: string; band?: Band };
      const { book } = desk;
      await note(request, "live accounts");
      const bands = band === undefined ? BANDS.filter((own) => own !== "free") : [band];
      const { accounts, next = null } = await book.engine.page(after, PAGE, bands);
      return { accounts: accounts.map((own) => accountView(book, own)), next };
    },
  );
}

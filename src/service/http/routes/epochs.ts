import type { FastifyInstance, FastifyRequest } from "fastify";
import { MarginproofError } from "../../../errors.js";
import { loadProfile } from "../../../keys/instances.js";
import { parseMarketText } from "../../../market/index.js";
import type { Service } from "../../open.js";
import { cancelEpoch, publishEpoch, receiveAccounts, resumeEpoch } from "../../operations.js";
import type { Sources } from "../../sources.js";
import { noteDisclosure } from "../../store/auditLog.js";
import { createEpoch, type EpochRow, manifestOf, readEpoch } from "../../store/epochs.js";
import { bytes } from "../../store/sql.js";
import type { AccountsForm } from "../../store/upload.js";
import { epochView } from "../epochView.js";
import type { Guards } from "../guards.js";
import { anyObject, byRole, epochSchema, errors, HOLD, idOf, idParams } from "../schemas.js";
import { doctorRoutes } from "./doctor.js";
import { pullRoute } from "./pull.js";

const PAGE = 100;
const FORMS: Readonly<Record<string, "csv" | "ndjson" | "parquet">> = {
  "text/csv": "csv",
  "application/x-ndjson": "ndjson",
  "application/vnd.apache.parquet": "parquet",
};
/** Types of accounts that a body may have. */
export const ACCOUNT_FORMS = Object.keys(FORMS);
const PACKINGS: Readonly<Record<string, "" | ".gz" | ".zst">> = { identity: "", gzip: ".gz", zstd: ".zst" };

interface NewEpochBody {
  readonly market: string;
  readonly profile: string;
  readonly evidence?: string;
  readonly model?: string;
}

/** Epochs: bring in, follow, stop, go on, publish. */
export function epochRoutes(
  app: FastifyInstance,
  service: Service,
  guards: Guards,
  { maxUpload, sources = new Map() }: { readonly maxUpload: number; readonly sources?: Sources | undefined },
): void {
  listRoutes(app, service, guards);
  createRoute(app, service, guards);
  accountsRoute(app, service, guards, maxUpload);
  pullRoute(app, service, guards, { maxUpload, sources });
  moveRoutes(app, service, guards);
  doctorRoutes(app, service, guards);
  aggregatesRoute(app, service, guards);
}

function listRoutes(app: FastifyInstance, service: Service, guards: Guards): void {
  const tags = ["epochs"];
  const onRequest = guards.roles("operator", "auditor", "publisher");
  const words = (request: FastifyRequest): boolean => guards.caller(request).role === "operator";
  const query = { type: "object", properties: { after: { type: "string", pattern: "^[0-9a-f]{32}$" } } };
  const list = { type: "object", properties: { epochs: { type: "array", items: epochSchema } } };
  app.get(
    "/v1/epochs",
    {
      onRequest,
      schema: {
        tags,
        summary: `List epochs, the last first, ${PAGE} at a time`,
        security: byRole,
        querystring: query,
        response: { 200: list, ...errors },
      },
    },
    async (request) => {
      const { after } = request.query as { after?: string };
      const rows = await service.database.query<EpochRow>(
        `select * from marginproof.epoch where $1::text is null
           or (created, id) < (select created, id from marginproof.epoch where id = $1)
         order by created desc, id desc limit ${PAGE}`,
        [after ?? null],
      );
      return { epochs: await Promise.all(rows.map((row) => epochView(service, row, false))) };
    },
  );
  app.get(
    "/v1/epochs/:id",
    {
      onRequest,
      schema: {
        tags,
        summary: "Follow an epoch",
        security: byRole,
        params: idParams,
        response: { 200: epochSchema, ...errors },
      },
    },
    async (request) => {
      const row = await readEpoch(service.database, idOf(request));
      if (words(request) && row.problem !== null) {
        const { name } = guards.caller(request);
        await noteDisclosure(service.database, service.secrets.sealer, {
          who: name,
          what: "words of a refusal",
          epoch: row.id,
        });
      }
      return epochView(service, row, words(request));
    },
  );
}

function createRoute(app: FastifyInstance, service: Service, guards: Guards): void {
  const text = (description: string) => ({ type: "string", minLength: 2, description });
  const body = {
    type: "object",
    required: ["market", "profile"],
    additionalProperties: false,
    properties: {
      market: text("The text of market.json, as market build wrote it."),
      profile: text("Profile that the keys were made for."),
      evidence: text("The text of price-evidence.json, if the market file names it."),
      model: text("The private model, if the market file has secret rates."),
    },
  };
  app.post(
    "/v1/epochs",
    {
      onRequest: guards.roles("operator"),
      bodyLimit: 1 << 29,
      schema: {
        tags: ["epochs"],
        summary: "Begin an epoch",
        security: byRole,
        body,
        response: { 201: epochSchema, ...errors },
      },
    },
    async (request, reply) => {
      const { market, profile, evidence, model } = request.body as NewEpochBody;
      const { exchange, epoch } = parseMarketText(market);
      loadProfile(profile);
      const id = await createEpoch(service.database, service.secrets.sealer, {
        exchange,
        epoch,
        profile,
        market,
        evidence,
        model,
      });
      request.log.info({ event: "epoch begun", epoch: id });
      return reply.code(201).send(await epochView(service, await readEpoch(service.database, id), false));
    },
  );
}

function accountsRoute(app: FastifyInstance, service: Service, guards: Guards, maxUpload: number): void {
  const hold = { type: "string", enum: ["true", "false"], description: HOLD };
  // The body is a stream, of any length: it goes to the storage as it comes.
  app.addContentTypeParser(ACCOUNT_FORMS, (_request, payload, done) => done(null, payload));
  app.put(
    "/v1/epochs/:id/accounts",
    {
      onRequest: guards.roles("operator"),
      bodyLimit: maxUpload,
      schema: {
        ...{
          tags: ["epochs"],
          summary: "Send the accounts, and begin to prove",
          security: byRole,
          params: idParams,
          // A wish that is not understood is refused: what was to be held is not proved for a slip.
          querystring: { type: "object", additionalProperties: false, properties: { hold } },
        },
        description:
          "An accounts file: text/csv or application/x-ndjson, with content-encoding gzip or zstd if it is compressed; or application/vnd.apache.parquet.",
        consumes: ACCOUNT_FORMS,
        response: { 202: epochSchema, ...errors },
      },
    },
    async (request, reply) => {
      const id = idOf(request);
      const stream = request.body as AsyncIterable<Uint8Array>;
      const { hold: asked } = request.query as { hold?: "true" | "false" };
      const own = { hold: asked === "true" };
      const row = await receiveAccounts(service, id, formOf(request), stream, maxUpload, own);
      return reply.code(202).send(await epochView(service, row, false));
    },
  );
}

/** The form of a body of accounts. @throws MarginproofError SERVICE_REQUEST */
export function formOf({ headers, body }: FastifyRequest): AccountsForm {
  const form = FORMS[headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? ""];
  const packing = PACKINGS[headers["content-encoding"] ?? "identity"];
  if (body != null && form === "parquet" && packing === "") return form;
  if (body != null && form !== undefined && form !== "parquet" && packing !== undefined)
    return `${form}${packing}`;
  throw new MarginproofError(
    "SERVICE_REQUEST",
    "accounts are text/csv or application/x-ndjson, plain or with gzip or zstd, or application/vnd.apache.parquet as it is",
    {
      kind: "usage",
      hint: "Set content-type, and content-encoding: gzip or zstd for a compressed text.",
    },
  );
}

function moveRoutes(app: FastifyInstance, service: Service, guards: Guards): void {
  const resumeBody = {
    type: ["object", "null"],
    additionalProperties: false,
    properties: {
      upload: { type: "string", description: "The accounts that were looked at: no others are proved." },
    },
  };
  for (const [verb, role, summary, act, takes] of [
    [
      "cancel",
      "operator",
      "Stop an epoch that is not published, and forget what is private of it",
      cancelEpoch,
      {},
    ],
    [
      "resume",
      "operator",
      "Go on with an epoch that is held, or whose accounts are",
      resumeEpoch,
      { body: resumeBody },
    ],
    ["publish", "publisher", "Make a proved epoch public", publishEpoch, {}],
  ] as const) {
    app.post(
      `/v1/epochs/:id/${verb}`,
      {
        onRequest: guards.roles(role),
        schema: {
          tags: ["epochs"],
          summary,
          security: byRole,
          params: idParams,
          ...takes,
          response: { 200: epochSchema, ...errors },
        },
      },
      async (request) => {
        const { upload } = (request.body ?? {}) as { upload?: string };
        await act(service, idOf(request), upload);
        request.log.info({ event: verb, epoch: idOf(request), who: guards.caller(request).name });
        return epochView(service, await readEpoch(service.database, idOf(request)), false);
      },
    );
  }
}

function aggregatesRoute(app: FastifyInstance, service: Service, guards: Guards): void {
  const { database, secrets } = service;
  const response = {
    200: { type: "object", properties: { totals: { type: "array", items: anyObject } } },
    ...errors,
  };
  app.get(
    "/v1/epochs/:id/aggregates",
    {
      onRequest: guards.roles("auditor"),
      schema: {
        tags: ["audit"],
        summary: "How many accounts each published total rests on: private",
        security: byRole,
        params: idParams,
        response,
      },
    },
    async (request) => {
      const row = await readEpoch(database, idOf(request));
      const { id, behind } = row;
      if (behind === null) {
        throw new MarginproofError("SERVICE_EPOCH_STATE", "the epoch is not committed to, or was cancelled", {
          kind: "usage",
          hint: "Wait until it is proving.",
        });
      }
      if (manifestOf(row, secrets.sealer).alone === true) {
        throw new MarginproofError("SERVICE_EPOCH_STATE", "the epoch is of one account, and for its holder", {
          kind: "usage",
          hint: "Its counts would say what this account holds, and no total of it is published.",
        });
      }
      const { name } = guards.caller(request);
      await noteDisclosure(database, secrets.sealer, { who: name, what: "counts behind totals", epoch: id });
      return {
        totals: JSON.parse(secrets.sealer.open(`behind/${id}`, bytes(behind)).toString("utf8")) as unknown,
      };
    },
  );
}

import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { MarginproofError } from "../../../errors.js";
import { parseStatement } from "../../../protocol/statement.js";
import { BUNDLE_FILE_NAMES } from "../../../verifier/bundleTexts.js";
import type { Service } from "../../open.js";
import { bundleArchive } from "../../store/bundleArchive.js";
import { type BundleFile, bundleFiles, filePart } from "../../store/bundles.js";
import type { Sql } from "../../store/sql.js";
import { notFound, publishedEpoch } from "../publishedEpoch.js";
import { anyObject, errors, idOf, idParams, textOf } from "../schemas.js";

const tags = ["public"];
const FILE_TYPES = ["application/json", "application/x-ndjson"] as const;
const ARCHIVE_TYPE = "application/x-tar";

/** What anybody may have: published epochs, their bundles and verdicts. */
export function bundleRoutes(app: FastifyInstance, { database }: Service): void {
  const published = { type: "object", properties: { epochs: { type: "array", items: anyObject } } };
  app.get(
    "/v1/published",
    { schema: { tags, summary: "The last published epochs", response: { 200: published, ...errors } } },
    async () => ({
      epochs: await database.query(
        "select id, exchange, epoch, digest, published from marginproof.epoch where state = 'published' order by published desc, id limit 100",
      ),
    }),
  );
  app.get(
    "/v1/epochs/:id/bundle",
    {
      schema: {
        tags,
        summary: "The bundle's files",
        params: idParams,
        response: { 200: anyObject, ...errors },
      },
    },
    async (request) => {
      const { id, exchange, epoch, digest } = await publishedEpoch(database, idOf(request));
      return { id, exchange, epoch, digest, files: await bundleFiles(database, id) };
    },
  );
  app.get(
    "/v1/epochs/:id/verdict",
    {
      schema: {
        tags,
        summary: "What the verifier said before it was published",
        params: idParams,
        response: { 200: anyObject, ...errors },
      },
    },
    async (request) => JSON.parse((await publishedEpoch(database, idOf(request))).verdict!) as object,
  );
  fileRoute(app, database);
  archiveRoute(app, database);
}

function fileRoute(app: FastifyInstance, database: Sql): void {
  const name = { type: "string", enum: Object.values(BUNDLE_FILE_NAMES) };
  const params = { ...idParams, required: ["id", "name"], properties: { ...idParams.properties, name } };
  app.get(
    "/v1/epochs/:id/bundle/:name",
    {
      schema: {
        ...{ tags, summary: "A file of the bundle, or a range of its bytes", params },
        response: rangeAnswers(...FILE_TYPES),
      },
    },
    async (request, reply) => {
      const { id } = await publishedEpoch(database, idOf(request));
      const { name } = request.params as { name: string };
      const file = (await bundleFiles(database, id)).find((found) => found.name === name);
      if (file === undefined) throw notFound();
      const part = (first: number, last: number) => filePart(database, id, name, first, last);
      return sendFile({ ...file, type: FILE_TYPES[name.endsWith(".json") ? 0 : 1], part }, request, reply);
    },
  );
}

function archiveRoute(app: FastifyInstance, database: Sql): void {
  app.get(
    "/v1/epochs/:id/bundle.tar",
    {
      schema: {
        ...{ tags, summary: "The whole bundle as one archive, or a range of its bytes", params: idParams },
        response: rangeAnswers(ARCHIVE_TYPE),
      },
    },
    async (request, reply) => {
      const { id, statement } = await publishedEpoch(database, idOf(request));
      const { time } = parseStatement(JSON.parse(statement!));
      const seconds = Math.floor(Date.parse(time) / 1000);
      const { archive, part } = bundleArchive(database, id, await bundleFiles(database, id), seconds);
      return sendFile({ ...archive, type: ARCHIVE_TYPE, part }, request, reply);
    },
  );
}

const rangeAnswers = (...types: readonly string[]) => ({
  200: textOf("The whole file.", ...types),
  206: textOf("The bytes asked for.", ...types),
  304: { type: "null", description: "The client has it already." },
  ...errors,
});

/** A file to be handed out, whole or a range of it. */
interface SentFile extends BundleFile {
  readonly type: string;
  readonly part: (first: number, last: number) => AsyncIterable<Uint8Array>;
}

function sendFile(file: SentFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const etag = `"${file.sha256}"`;
  // What was published stays as it is.
  const lasting = { etag, "cache-control": "public, max-age=31536000, immutable" };
  if (hasIt(request.headers["if-none-match"], etag)) return reply.headers(lasting).code(304).send();
  const { range } = request.headers;
  const current = request.headers["if-range"];
  const part =
    range === undefined || (current !== undefined && current !== etag)
      ? undefined
      : rangeOf(range, file.size);
  if (part === "outside") {
    // Without `lasting`: a cache that kept a refusal would hand it to everybody.
    reply.header("content-range", `bytes */${file.size}`);
    throw new MarginproofError("SERVICE_RANGE", `the file has ${file.size} bytes`, {
      kind: "usage",
      hint: "Ask for a range within it.",
    });
  }
  const [first, last] = part ?? [0, file.size - 1];
  reply.headers({ ...lasting, "accept-ranges": "bytes", "content-length": last - first + 1 });
  reply.type(file.type);
  if (part !== undefined) reply.code(206).header("content-range", `bytes ${first}-${last}/${file.size}`);
  return reply.send(Readable.from(file.part(first, last)));
}

/** Whether the client names what it has already. */
const hasIt = (tags: string | undefined, etag: string): boolean =>
  (tags ?? "")
    .split(",")
    .map((tag) => tag.trim())
    .some((tag) => tag === etag || tag === `W/${etag}` || tag === "*");

/** One range of bytes. @returns undefined for several, or what is none: then the whole file is the answer */
function rangeOf(
  header: string,
  size: number,
): readonly [first: number, last: number] | "outside" | undefined {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header) ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return undefined;
  if (from === "")
    return Number(to) === 0 || size === 0 ? "outside" : [Math.max(0, size - Number(to)), size - 1];
  if (to !== "" && Number(to) < Number(from)) return undefined;
  if (Number(from) >= size) return "outside";
  return [Number(from), to === "" ? size - 1 : Math.min(Number(to), size - 1)];
}

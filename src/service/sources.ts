import { dirname, resolve } from "node:path";
import { type Mapping, readMapping } from "../accounts/index.js";
import { MarginproofError } from "../errors.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import * as z from "../schema/index.js";
import { readSmallFile } from "./smallFile.js";

const schema = z.strictObject({
  format: z.literal("marginproof/sources/1"),
  sources: z.record(
    z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "is no name of a source: small letters, digits and -"),
    z.strictObject({
      /** Mapping file, every file of it with its query. */
      mapping: z.string().min(1).max(4096),
      /** File that holds the URL of the exchange's own Postgres. */
      url: z.string().min(1).max(4096),
      /** Longest that one statement may take there. */
      statementSeconds: z.number().int().min(1).max(86_400).optional(),
      /** Query of mark prices for the live book: an instrument's symbol, and its price. */
      prices: z.string().min(1).max(65_536).optional(),
    }),
  ),
});

/** A database of the exchange's own that accounts are read from; its URL is a secret. */
export interface Source {
  readonly mapping: Mapping;
  readonly url: string;
  readonly statementSeconds: number;
  /** Query of the live book's mark prices. */
  readonly prices?: string | undefined;
}

export type Sources = ReadonlyMap<string, Source>;

const DEFAULT_SECONDS = 600;

/**
 * Reads a list of sources, with what it names: queries are this server's own settings, and no request brings one. Paths are relative to the list.
 * @throws MarginproofError SERVICE_SOURCES, SERVICE_TOKENS for a file that can't be read, MAPPING_YAML, MAPPING_INVALID, JSON_*
 */
export async function readSources(path: string): Promise<Sources> {
  const json = parseStrictJson(await readSmallFile(path, "list of sources"), path, { kind: "usage" });
  const read = schema.safeParse(json);
  if (!read.success) throw refused(path, read.error.issues[0]?.message ?? "not valid");
  const sources = new Map<string, Source>();
  for (const [name, own] of Object.entries(read.data.sources)) {
    const { mapping, url, statementSeconds = DEFAULT_SECONDS, prices } = own;
    const [mappingPath, urlPath] = [mapping, url].map((file) => resolve(dirname(path), file)) as [
      string,
      string,
    ];
    const queries = readMapping(await readSmallFile(mappingPath, "mapping file"), mappingPath);
    if ([...queries.files.values()].some(({ query }) => query === undefined))
      throw refused(path, `source ${name}: a file of ${mapping} has no query`);
    const text = (await readSmallFile(urlPath, "source URL")).trim();
    if (text === "") throw refused(path, `source ${name}: ${url} is empty`);
    sources.set(name, { mapping: queries, url: text, statementSeconds, prices });
  }
  return sources;
}

/** The source of this name. @throws MarginproofError SERVICE_NOT_FOUND */
export function sourceOf(sources: Sources, name: string): Source {
  const source = sources.get(name);
  if (source !== undefined) return source;
  throw new MarginproofError("SERVICE_NOT_FOUND", `no source is called ${JSON.stringify(name)}`, {
    kind: "usage",
    hint:
      sources.size === 0
        ? "This server has no list of sources (--sources)."
        : `It has ${[...sources.keys()].join(", ")}.`,
  });
}

const refused = (path: string, problem: string): MarginproofError =>
  new MarginproofError("SERVICE_SOURCES", `list of sources ${path}: ${problem}`, {
    kind: "usage",
    hint: "docs/operations.md has an example.",
  });

import { atPlace, MarginproofError } from "../errors.js";
import { bytesToHex, parseFieldHex, toFieldHex } from "../field/encoding.js";
import { encodeParts, keccak256 } from "../field/keccak.js";
import type { PoseidonHasher } from "../field/poseidon/poseidon.js";
import { firstSeed, secondSeed } from "../protocol/challenges.js";
import { hasRole, instanceOfId, stepSize } from "../protocol/circuits.js";
import { EPOCH_TREE_DEPTH } from "../protocol/constants.js";
import { hex32 } from "../protocol/hexSchema.js";
import { firstIssue } from "../protocol/schemaWords.js";
import {
  type OpenStatement,
  openFields,
  openToJson,
  parseOpenFields,
  parseStatement,
  type Statement,
} from "../protocol/statement.js";
import { Tree16 } from "../protocol/tree.js";
import * as z from "../schema/index.js";

/** Format of a statement without its batches: of one size, whatever the number of accounts. */
const SUMMARY_FORMAT = "marginproof/statement-summary/1";

const count = z.number().int().min(0).max(1e12);

const schema = z.strictObject({
  format: z.literal(SUMMARY_FORMAT),
  statementDigest: hex32,
  epochRoot: hex32,
  /** Margin accounts that the batches have room for. */
  places: count,
  /** Every key that a step is proved under, with its circuit: each once, in order. */
  keys: z
    .array(z.strictObject({ shape: z.string().min(1).max(128), digest: hex32 }))
    .min(1)
    .max(1000),
  ...openFields,
});
export type SummaryJson = z.infer<typeof schema>;

/** What a light check knows of a statement. */
export interface StatementSummary extends OpenStatement {
  readonly statementDigest: string;
  /** Root over all accounts. */
  readonly epochRoot: bigint;
  readonly places: bigint;
  readonly keys: SummaryJson["keys"];
}

const invalid = (message: string): MarginproofError =>
  new MarginproofError("STATEMENT_INVALID", message, { kind: "invalid" });

/** The summary of a whole statement: digest and root are computed here, from the batches. */
export function summarize(statement: Statement, hasher: PoseidonHasher): StatementSummary {
  const { batches, tableSteps, weights, ...open } = statement;
  const { root } = new Tree16(
    hasher,
    batches.map(({ leafRoot }) => leafRoot),
    EPOCH_TREE_DEPTH,
  );
  const keys = new Map<string, SummaryJson["keys"][number]>();
  for (const { shape, keyDigest } of [...batches, ...tableSteps]) {
    const digest = `0x${bytesToHex(keyDigest)}`;
    keys.set(`${shape} ${digest}`, { shape, digest });
  }
  return {
    ...open,
    statementDigest: `0x${bytesToHex(secondSeed(firstSeed(statement), weights))}`,
    epochRoot: root,
    places: batches.reduce((sum, { shape }) => sum + BigInt(placesOf(shape)), 0n),
    keys: [...keys].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, key]) => key),
  };
}

function placesOf(shape: string): number {
  const instance = instanceOfId(shape);
  if (instance === undefined || !hasRole(instance, "accountStep"))
    throw invalid(`statement.json: ${JSON.stringify(shape.slice(0, 128))} is no shape of an account step`);
  return stepSize(instance);
}

/**
 * Reads a whole `statement.json` or a summary. Of a summary, digest and root are what it says: nothing here ties them to
 * each other, whoever vouches for the statement does.
 * @returns whether they were computed here
 * @throws MarginproofError STATEMENT_INVALID
 */
export function parseSummary(
  json: unknown,
  hasher: PoseidonHasher,
): { readonly summary: StatementSummary; readonly computed: boolean } {
  const format =
    typeof json === "object" && json !== null ? (json as { format?: unknown }).format : undefined;
  if (format !== SUMMARY_FORMAT) return { summary: summarize(parseStatement(json), hasher), computed: true };
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw invalid(`statement summary: ${firstIssue(parsed.error)}`);
  const { data } = parsed;
  const at = <T>(place: string, parse: () => T): T => atPlace(`statement summary: ${place}`, parse);
  const summary: StatementSummary = {
    ...parseOpenFields(data, at),
    statementDigest: data.statementDigest,
    epochRoot: at("epochRoot", () => parseFieldHex(data.epochRoot)),
    places: BigInt(data.places),
    keys: data.keys,
  };
  return { summary, computed: false };
}

/** The one JSON form of a summary. */
export function summaryToJson(summary: StatementSummary): SummaryJson {
  return {
    format: SUMMARY_FORMAT,
    statementDigest: summary.statementDigest,
    epochRoot: toFieldHex(summary.epochRoot),
    places: Number(summary.places),
    keys: summary.keys.map(({ shape, digest }) => ({ shape, digest })),
    ...openToJson(summary),
  };
}

const utf8 = new TextEncoder();

/** What auditors sign so that nobody can change a figure of the summary: `0x` and 64 hex digits. */
export function summaryDigest(summary: StatementSummary): string {
  const text = JSON.stringify(summaryToJson(summary));
  return `0x${bytesToHex(keccak256(encodeParts(utf8.encode(SUMMARY_FORMAT), utf8.encode(text))))}`;
}

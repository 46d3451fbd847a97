import { z } from "zod";
import { MarginproofError } from "../errors.js";
import { parseFieldHex, parseHex32, parseSigned } from "../field/encoding.js";
import { BATCH_CAPACITY, BATCH_TREE_DEPTH, EPOCH_TREE_DEPTH, MAX_BATCHES, TREE_ARITY } from "./constants.js";

const hex32 = z.string().regex(/^0x[0-9a-f]{64}$/, "must be 0x and 64 lower-case hex digits");
const label = z.string().min(1).max(128);

const schema = z.strictObject({
  format: z.literal("marginproof/opening/1"),
  exchange: label,
  epoch: label,
  statementDigest: hex32,
  account: label,
  salt: hex32,
  batch: z
    .number()
    .int()
    .min(0)
    .max(MAX_BATCHES - 1),
  position: z
    .number()
    .int()
    .min(0)
    .max(BATCH_CAPACITY - 1),
  /** Signed quantity steps by instrument. */
  holdings: z.array(z.strictObject({ instrument: label, steps: z.string().max(20) })).max(128),
  path: z.array(z.array(hex32).length(TREE_ARITY - 1)).length(BATCH_TREE_DEPTH + EPOCH_TREE_DEPTH),
});

/** The holder's file: their own leaf in clear, and the way from it to the epoch's root. */
export type OpeningJson = z.infer<typeof schema>;

export interface Opening {
  readonly exchange: string;
  readonly epoch: string;
  readonly statementDigest: string;
  readonly account: string;
  readonly salt: Uint8Array;
  readonly batch: number;
  readonly position: number;
  /** Signed steps, never 0, each instrument once. */
  readonly holdings: ReadonlyMap<string, bigint>;
  readonly path: readonly (readonly bigint[])[];
}

const invalid = (message: string): MarginproofError =>
  new MarginproofError("OPENING_INVALID", message, {
    kind: "invalid",
    hint: "Ask the exchange for your file again; it is written by marginproof disclose.",
  });

/** Parses a holder's file strictly. @throws MarginproofError OPENING_INVALID */
export function parseOpening(json: unknown): Opening {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(`the file is not an opening: ${issue?.path.join(".") || "(root)"}: ${issue?.message}`);
  }
  const { data } = parsed;
  const holdings = new Map<string, bigint>();
  for (const { instrument, steps } of data.holdings) {
    const quantity = parseSigned(steps, 1n << 52n);
    if (quantity === 0n || holdings.has(instrument)) {
      throw invalid(`the file lists ${instrument} twice or with quantity 0`);
    }
    holdings.set(instrument, quantity);
  }
  return {
    exchange: data.exchange,
    epoch: data.epoch,
    statementDigest: data.statementDigest,
    account: data.account,
    salt: parseHex32(data.salt),
    batch: data.batch,
    position: data.position,
    holdings,
    path: data.path.map((siblings) => siblings.map(parseFieldHex)),
  };
}

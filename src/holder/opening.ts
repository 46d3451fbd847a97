import { atPlace, MarginproofError } from "../errors.js";
import { parseFieldHex, parseHex32, parseSigned, parseUnsigned } from "../field/encoding.js";
import { accountTooLong } from "../protocol/accountName.js";
import {
  BATCH_CAPACITY,
  BATCH_TREE_DEPTH,
  EPOCH_TREE_DEPTH,
  INITIAL_SCALE,
  MAX_BATCHES,
  MAX_SLOTS,
  TREE_ARITY,
  VALUE_BOUND,
} from "../protocol/constants.js";
import { HOLDER_FILE_LIMIT } from "../protocol/fileLimits.js";
import { hex32 } from "../protocol/hexSchema.js";
import { comparePockets, pocketProblem, pocketTitle } from "../protocol/pocket.js";
import { firstIssue } from "../protocol/schemaWords.js";
import * as z from "../schema/index.js";

/** The most pockets that one holder's file can show. */
export const MAX_POCKETS = 2048;
/** The most holdings in all its pockets; one pocket has at most as many as a shape has slots. */
export const MAX_HOLDINGS = 128 * MAX_POCKETS;

/** The longest holder's file, bytes or characters. */
export const MAX_OPENING_BYTES = HOLDER_FILE_LIMIT;

const integer = z.string().max(40);
const label = z.string().min(1).max(128);

const pocketSchema = z.strictObject({
  /** Empty: the cross pocket. */
  pocket: z.string().max(64),
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
  holdings: z.array(z.strictObject({ instrument: label, steps: z.string().max(20) })).max(2 * MAX_SLOTS),
  /** Where rates are secret: both requirements, which the holder can't compute. Value units; initial in 1/10000. */
  requirement: z.strictObject({ maintenance: integer, initial: integer }).optional(),
  path: z.array(z.array(hex32).length(TREE_ARITY - 1)).length(BATCH_TREE_DEPTH + EPOCH_TREE_DEPTH),
});

const schema = z.strictObject({
  format: z.literal("marginproof/opening/1"),
  exchange: label,
  epoch: label,
  statementDigest: hex32,
  // What else a name may hold depends on the Unicode version of whoever exported it.
  account: z
    .string()
    .min(1)
    .refine((name) => accountTooLong(name) === undefined, "is longer than 128 characters"),
  /** Cross first, then by name. */
  pockets: z
    .array(pocketSchema)
    .min(1)
    .max(MAX_POCKETS)
    .refine((pockets) => holdingsIn(pockets) <= MAX_HOLDINGS, `hold more than ${MAX_HOLDINGS} holdings`),
});

const holdingsIn = (pockets: readonly { readonly holdings: readonly unknown[] }[]): number =>
  pockets.reduce((sum, { holdings }) => sum + holdings.length, 0);

/** The holder's file: the leaf of each of their pockets in clear, and the way from it to the epoch's root. */
export type OpeningJson = z.infer<typeof schema>;
export type PocketOpeningJson = OpeningJson["pockets"][number];

export interface PocketOpening {
  /** Empty: the cross pocket. */
  readonly pocket: string;
  readonly salt: Uint8Array;
  readonly batch: number;
  readonly position: number;
  /** Signed steps, never 0, each instrument once. */
  readonly holdings: ReadonlyMap<string, bigint>;
  /** Only where rates are secret. Value units; initial in 1/10000 of one. */
  readonly requirement?: { readonly maintenance: bigint; readonly initial: bigint };
  readonly path: readonly (readonly bigint[])[];
}

export interface Opening {
  readonly exchange: string;
  readonly epoch: string;
  readonly statementDigest: string;
  readonly account: string;
  /** Each name once and each place once, cross first, then by name. */
  readonly pockets: readonly PocketOpening[];
}

const HINT = "Ask the exchange for your file again; it is written by marginproof disclose.";
const invalid = (message: string, code = "OPENING_INVALID"): MarginproofError =>
  new MarginproofError(code, message, {
    kind: "invalid",
    hint: HINT,
  });

/** Parses a holder's file strictly. @throws MarginproofError OPENING_INVALID, OPENING_POCKETS */
export function parseOpening(json: unknown): Opening {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    throw invalid(`this is no holder's file, or a damaged one: ${firstIssue(parsed.error)}`);
  }
  const { data } = parsed;
  const pockets = data.pockets.map((pocket, i) => atPlace(`pockets[${i}]`, () => parsePocket(pocket), HINT));
  assertSeparate(pockets);
  return {
    exchange: data.exchange,
    epoch: data.epoch,
    statementDigest: data.statementDigest,
    account: data.account,
    pockets,
  };
}

function parsePocket(data: PocketOpeningJson): PocketOpening {
  const problem = pocketProblem(data.pocket);
  if (problem !== undefined) {
    throw invalid(`${JSON.stringify(data.pocket)} ${problem}`, "OPENING_POCKETS");
  }
  const requirement = (name: "maintenance" | "initial", bound: bigint): bigint =>
    atPlace(`requirement.${name}`, () => parseUnsigned(data.requirement![name], bound));
  const holdings = new Map<string, bigint>();
  for (const { instrument, steps } of data.holdings) {
    const quantity = atPlace(`steps of ${instrument}`, () => parseSigned(steps, 1n << 52n));
    if (quantity === 0n || holdings.has(instrument)) {
      throw invalid(`the ${pocketTitle(data.pocket)} lists ${instrument} twice or with quantity 0`);
    }
    holdings.set(instrument, quantity);
  }
  return {
    pocket: data.pocket,
    salt: parseHex32(data.salt),
    batch: data.batch,
    position: data.position,
    holdings,
    ...(data.requirement === undefined
      ? {}
      : {
          requirement: {
            maintenance: requirement("maintenance", VALUE_BOUND),
            initial: requirement("initial", INITIAL_SCALE * VALUE_BOUND),
          },
        }),
    path: data.path.map((siblings, level) => atPlace(`path[${level}]`, () => siblings.map(parseFieldHex))),
  };
}

/** Two pockets never share a name or a place: one leaf is one pocket. */
function assertSeparate(pockets: readonly PocketOpening[]): void {
  const places = new Set<number>();
  for (const [at, { pocket, batch, position }] of pockets.entries()) {
    if (at > 0 && comparePockets(pockets[at - 1]!.pocket, pocket) >= 0) {
      throw invalid(`the file lists the ${pocketTitle(pocket)} twice or out of order`, "OPENING_POCKETS");
    }
    const place = batch * BATCH_CAPACITY + position;
    if (places.has(place)) {
      throw invalid(
        `the ${pocketTitle(pocket)} stands at the place of another, ${position} in batch ${batch}`,
        "OPENING_POCKETS",
      );
    }
    places.add(place);
  }
}

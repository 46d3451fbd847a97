import { bytesToHex, type Hex, toHex } from "viem";
import { MarginproofError } from "../errors.js";
import { compileTable, type Market } from "../market/index.js";
import { encodeTable, type TableEncoding } from "../market/tableDigest.js";
import { BANDS } from "../protocol/bands.js";
import { firstSeed, secondSeed } from "../protocol/challenges.js";
import type { RiskTable } from "../protocol/riskTable.js";
import { TOTAL_NAMES } from "../protocol/state.js";
import type { Statement } from "../protocol/statement.js";
import type { BundleParts } from "../verifier/bundle.js";
import type { ProofJson } from "../verifier/groth16/proof.js";
import type { VerifyingKeyJson } from "../verifier/groth16/verifyingKey.js";
import type { PinnedKey } from "../verifier/pins.js";
import { keyWords, proofWords } from "./proofWords.js";
import { exchangeId } from "./registry.js";
import { restsOf } from "./rests.js";

/** IEpochRegistry.Shape. */
export interface ShapeWords {
  readonly id: string;
  readonly key: Hex;
  readonly table: boolean;
  readonly rows: number;
  readonly stress: number;
}

/** IEpochRegistry.Statement. */
export interface StatementWords {
  readonly exchange: Hex;
  readonly keySet: Hex;
  readonly epoch: string;
  readonly time: string;
  readonly marketDigest: Hex;
  readonly tableDigest: Hex;
  readonly batchShapes: Hex;
  readonly leafRoots: readonly Hex[];
  /** Where batches are noted apart (`postedStatement`): how many, and their hash. */
  readonly noted: number;
  readonly notedRest: Hex;
  readonly tableShape: number;
  readonly tableTotals: readonly Hex[];
  readonly tableWeights: readonly Hex[];
  readonly totals: readonly bigint[];
  readonly quantities: readonly (readonly [bigint, bigint])[];
}

/** A bundle in the words of the contracts. */
export interface EpochWords {
  readonly statement: Statement;
  readonly table: RiskTable;
  /** The statement's first seed, and its digest. */
  readonly seed: Hex;
  readonly digest: Hex;
  readonly shapes: readonly ShapeWords[];
  /** Verifying keys of these shapes, a list of words each. */
  readonly keys: readonly (readonly bigint[])[];
  /** The risk table's encoding, and where its rows end in it. */
  readonly encoding: TableEncoding;
  /** Rows of a table step. */
  readonly rows: number;
  readonly stateOuts: readonly bigint[];
  readonly proofs: readonly (readonly bigint[])[];
}

/** Largest encoding of a table that one call can make of stored pieces (TableColumns.join). */
const MOST_TABLE = 2_300_000;

const word = (value: bigint): Hex => toHex(value, { size: 32 });

/**
 * Takes a bundle that was verified apart for the contracts.
 * @throws MarginproofError CHAIN_STATEMENT when a registry has no way to verify it
 */
export function epochWords(
  bundle: BundleParts,
  statement: Statement,
  market: Market,
  pins: readonly PinnedKey[],
): EpochWords {
  if (market.privateRules !== undefined) throw refuse("its market has secret rates");
  const table = compileTable(market);
  const encoding = encodeTable(table);
  const bytes = encoding.bytes.length;
  if (bytes > MOST_TABLE)
    throw refuse(
      `its risk table has ${bytes} bytes, and ${MOST_TABLE} are the most that a transaction joins`,
    );
  const used = [...statement.batches, ...statement.tableSteps];
  const own = pins.filter(({ id, keyDigest }) =>
    used.some((each) => each.shape === id && bytesToHex(each.keyDigest) === keyDigest),
  );
  // The package's development keys stand on a list of the reader's too.
  const listed = own.filter(({ id }, at) => own.findIndex((other) => other.id === id) === at);
  const shapes = listed.map((pin) => ({
    id: pin.id,
    key: pin.keyDigest as Hex,
    table: pin.template === "table",
    rows: pin.template === "table" ? pin.rows : 0,
    stress: pin.template === "accounts" ? pin.stress : 0,
  }));
  const seed = firstSeed(statement);
  const steps = bundle.steps as readonly { readonly stateOut: string; readonly proof: ProofJson }[];
  const keys = bundle.verifyingKeys as Readonly<Record<string, VerifyingKeyJson>>;
  return {
    statement,
    table,
    seed: bytesToHex(seed),
    digest: bytesToHex(secondSeed(seed, statement.weights)),
    shapes,
    keys: shapes.map(({ key }) => keyWords(keys[key]!)),
    encoding,
    rows: shapes.find(({ id }) => id === statement.tableSteps[0]!.shape)!.rows,
    stateOuts: steps.map(({ stateOut }) => BigInt(stateOut)),
    proofs: steps.map(({ proof }) => proofWords(proof)),
  };
}

const refuse = (problem: string): MarginproofError =>
  new MarginproofError("CHAIN_STATEMENT", `no registry can verify this epoch: ${problem}`, {
    kind: "usage",
    hint: "Anchor its statement digest otherwise; docs/contracts.md says what registries take.",
  });

/** IEpochRegistry.Statement under a key set, with all its batches. */
export function statementWords(
  { statement, shapes }: Pick<EpochWords, "statement" | "shapes">,
  keySet: Hex,
): StatementWords {
  // A key set may name two keys for one circuit.
  const place = ({ shape, keyDigest }: Statement["batches"][number] | Statement["tableSteps"][number]) =>
    shapes.findIndex(({ id, key }) => id === shape && key === bytesToHex(keyDigest));
  const { totals } = statement;
  return {
    exchange: exchangeId(statement.exchange),
    keySet,
    epoch: statement.epoch,
    time: statement.time,
    marketDigest: bytesToHex(statement.marketDigest),
    tableDigest: bytesToHex(statement.tableDigest),
    batchShapes: bytesToHex(Uint8Array.from(statement.batches, place)),
    leafRoots: statement.batches.map(({ leafRoot }) => word(leafRoot)),
    noted: 0,
    notedRest: word(0n),
    tableShape: place(statement.tableSteps[0]!),
    tableTotals: statement.tableSteps.map((step) => word(step.totals)),
    tableWeights: statement.weights.map(word),
    totals: [
      ...BANDS.map((band) => totals.bands[band]),
      ...TOTAL_NAMES.map((name) => totals[name]),
      ...totals.stressBadDebt,
    ],
    quantities: statement.quantities.map(({ long, short }) => [long, short] as const),
  };
}

/** IEpochRegistry.AccountSteps of some of an epoch's account steps. */
export const accountSteps = (epoch: EpochWords, words: StatementWords, from: number, to: number) => ({
  batchShapes: `0x${words.batchShapes.slice(2 + 2 * from, 2 + 2 * to)}`,
  leafRoots: words.leafRoots.slice(from, to),
  rest: restsOf(words)[to],
  stateOuts: epoch.stateOuts.slice(from, to),
  proofs: epoch.proofs.slice(from, to),
});

/** IEpochRegistry.TableSteps, counted from the first table step. */
export function tableSteps(epoch: EpochWords, words: StatementWords, from: number, to: number) {
  const batches = words.leafRoots.length;
  return {
    tableTotals: words.tableTotals.slice(from, to),
    tableWeights: words.tableWeights.slice(from, to),
    rest: restsOf(words)[batches + to],
    stateOuts: epoch.stateOuts.slice(batches + from, batches + to),
    proofs: epoch.proofs.slice(batches + from, batches + to),
  };
}

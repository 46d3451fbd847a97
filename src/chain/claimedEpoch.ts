import { bytesToHex } from "viem";
import { MarginproofError } from "../errors.js";
import { compileTable, parseMarketText } from "../market/index.js";
import { encodeTable } from "../market/tableDigest.js";
import { firstSeed, secondSeed } from "../protocol/challenges.js";
import type { RiskTable } from "../protocol/riskTable.js";
import { parseStatement, type Statement } from "../protocol/statement.js";
import { type BundleParts, stepLines } from "../verifier/bundle.js";
import { type Claim, stepsOf } from "./claim.js";
import { ClaimTree, claimSteps } from "./claimTree.js";
import type { EpochWords } from "./epochWords.js";

/** What the bundle of a claim says of its statement and its table. */
export type ClaimedTable = Pick<
  EpochWords,
  "statement" | "table" | "seed" | "digest" | "shapes" | "encoding" | "rows"
>;
type Steps = Pick<EpochWords, "stateOuts" | "proofs">;

const refuse = (code: string, problem: string, hint: string): MarginproofError =>
  new MarginproofError(code, problem, { kind: "invalid", hint });

const DEMAND = "What stands in its place can be demanded: marginproof chain challenge --demand.";

/**
 * Takes the statement and the table out of a claim's bundle, believing nothing but that their digests are the claim's.
 * @throws MarginproofError STATEMENT_INVALID, CLAIM_STATEMENT, CLAIM_TABLE
 */
export function claimedTable(bundle: BundleParts, { kept, shapes }: Claim): ClaimedTable {
  const statement = parseStatement(bundle.statement);
  const seed = firstSeed(statement);
  const digest = bytesToHex(secondSeed(seed, statement.weights));
  if (digest !== kept.digest)
    throw refuse(
      "CLAIM_STATEMENT",
      `the claim is of statement ${kept.digest}, the bundle has ${digest}`,
      `The exchange shows two books of one epoch: keep this bundle, and tell others. ${DEMAND}`,
    );
  const table = tableOf(bundle, statement);
  const [encoding, rows] = [encodeTable(table), kept.rows];
  return { statement, table, seed: bytesToHex(seed), digest, shapes, encoding, rows };
}

function tableOf({ marketText }: BundleParts, { tableDigest }: Statement): RiskTable {
  const named = bytesToHex(tableDigest);
  const other = (why: string) =>
    refuse("CLAIM_TABLE", `market.json does not give the risk table ${named} of the claim: ${why}`, DEMAND);
  let table: RiskTable;
  try {
    table = compileTable(parseMarketText(marketText));
  } catch (error) {
    if (!(error instanceof MarginproofError)) throw error;
    throw other(`${error.code}: ${error.message}`);
  }
  const own = bytesToHex(table.digest);
  if (own !== named) throw other(`it compiles to ${own}`);
  return table;
}

/**
 * The steps of a claim out of its bundle: those whose tree has the claim's root. Their numbers are taken as they stand: one that
 * is no element of the field is a fault to be shown, not one to stop at.
 * @throws MarginproofError CLAIM_STEPS
 */
export function claimedSteps(
  bundle: BundleParts,
  claim: Claim,
  parts: ClaimedTable,
): { readonly epoch: ClaimedTable & Steps; readonly tree: ClaimTree } {
  const other = (problem: string) => refuse("CLAIM_STEPS", `${problem}: these are not its steps`, DEMAND);
  const [lines, expected] = [stepLines(bundle), stepsOf(claim)];
  if (lines.length !== expected)
    throw other(`the claim is of ${expected} steps, and steps.ndjson has ${lines.length}`);
  const read = lines.map((line, index) => {
    const numbers = stepNumbers(line);
    if (numbers === undefined) throw other(`steps.ndjson line ${index + 1} is no step`);
    return numbers;
  });
  const epoch = {
    ...parts,
    stateOuts: read.map(([stateOut]) => stateOut!),
    proofs: read.map(([, ...proof]) => proof),
  };
  const tree = new ClaimTree(claimSteps(epoch));
  if (tree.root !== claim.kept.rest)
    throw other(`the claim is of steps with root ${claim.kept.rest}, and the bundle's have ${tree.root}`);
  return { epoch, tree };
}

/** State and proof of a step, nine numbers below 2^256; undefined for what has not as many. */
function stepNumbers(line: unknown): readonly bigint[] | undefined {
  const { stateOut, proof } = (line ?? {}) as { stateOut?: unknown; proof?: unknown };
  const { a, b, c } = (proof ?? {}) as { a?: unknown; b?: unknown; c?: unknown };
  const texts: unknown[] = [stateOut, a, b, c].flat(2);
  const sound = texts.length === 9 && texts.every((text) => typeof text === "string" && WORD.test(text));
  return sound ? texts.map((text) => BigInt(text as string)) : undefined;
}

const WORD = /^0x[0-9a-f]{64}$/;

import { readFile } from "node:fs/promises";
import { cpuUsage } from "node:process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { attest } from "../src/attest/attest.js";
import { type CarryingJson, carry } from "../src/attest/carry.js";
import { checkLight, type LightOutcome } from "../src/embed/index.js";
import { bytesToHex, toFieldHex } from "../src/field/encoding.js";
import { keccakToField } from "../src/field/keccak.js";
import { bestPoseidon } from "../src/field/poseidon/bestPoseidon.js";
import type { OpeningJson } from "../src/holder/opening.js";
import { loadProfile } from "../src/keys/instances.js";
import {
  canonicalMarketDigest,
  compileTable,
  type Market,
  type MarketJson,
  parseMarket,
} from "../src/market/index.js";
import { firstSeed, secondSeed } from "../src/protocol/challenges.js";
import { BATCH_CAPACITY, BATCH_TREE_DEPTH, MAX_BATCHES, TREE_ARITY } from "../src/protocol/constants.js";
import { Evaluator } from "../src/protocol/evaluate.js";
import { fits, toRecord } from "../src/protocol/fitShape.js";
import { leafHash } from "../src/protocol/leaf.js";
import type { RiskTable } from "../src/protocol/riskTable.js";
import type { AccountShape } from "../src/protocol/shapes.js";
import { ZERO_TOTALS } from "../src/protocol/state.js";
import { type Statement, statementToJson } from "../src/protocol/statement.js";
import { accountTag } from "../src/protocol/tag.js";
import { rootFromPath, siblingPath, Tree16 } from "../src/protocol/tree.js";
import { buildMarket } from "../src/rules/buildMarket.js";
import { addressOfPrivateKey } from "../src/signing/sign.js";

/*
 * What a light check takes where it takes most: an epoch of as many margin accounts as a statement has room for, and a holder of
 * everything the market lists. Signed without any proof, and all batches but the holder's are of roots that nobody has leaves to:
 * of a light check's own work it is what such an epoch would be.
 */

const KEY = new Uint8Array(32).fill(7);
const ACCOUNT = "holder of everything";
const SALT = new Uint8Array(32).fill(1);
const PROOF_CHECKS = ["statement", "market", "table", "keys", "coverage", "chain", "proofs", "sums"];
const filler = (name: string): bigint => keccakToField(SALT, name);
const hasher = bestPoseidon();

interface LargestFile {
  readonly file: CarryingJson;
  readonly auditors: string;
  readonly batches: number;
  readonly holdings: number;
}

/** A holder's file as of the largest epoch of this market, in the largest account shape of these that has room for the holder. */
export function largestFile(json: MarketJson, shapes: readonly AccountShape[]): LargestFile {
  const market = parseMarket(json);
  const table = compileTable(market);
  const { holdings, evaluation, shape } = holderOfMost(market, table, shapes);
  const tag = accountTag(market.exchange, market.epoch, ACCOUNT, "", SALT);
  const leaf = leafHash(hasher, shape, toRecord(table, shape, evaluation, tag), table.marginCallBp);
  const inBatch = Array.from({ length: BATCH_TREE_DEPTH }, (_, level) =>
    Array.from({ length: TREE_ARITY - 1 }, (_, i) => filler(`sibling ${level} ${i}`)),
  );
  const leafRoots = Array.from({ length: MAX_BATCHES - 1 }, (_, i) => filler(`batch ${i}`));
  leafRoots.push(rootFromPath(hasher, leaf, 0, inBatch));
  const tree = new Tree16(hasher, leafRoots, Math.log2(MAX_BATCHES) / Math.log2(TREE_ARITY));
  const statement = statementOf(market, table, { shape, leafRoots });
  const opening: OpeningJson = {
    ...{ format: "marginproof/opening/1", account: ACCOUNT },
    ...{ exchange: market.exchange, epoch: market.epoch },
    statementDigest: `0x${bytesToHex(secondSeed(firstSeed(statement), statement.weights))}`,
    pockets: [
      {
        ...{ pocket: "", salt: `0x${bytesToHex(SALT)}`, batch: MAX_BATCHES - 1, position: 0 },
        holdings: [...holdings].map(([instrument, steps]) => ({ instrument, steps: steps.toString() })),
        path: [...inBatch, ...siblingPath(tree, MAX_BATCHES - 1)].map((level) => level.map(toFieldHex)),
      },
    ],
  };
  const epoch = { statement: statementToJson(statement), marketText: JSON.stringify(json) };
  const file = carry(opening, { ...epoch, attestations: [signed(statement)] }, hasher);
  const list = [{ name: "Alpha", address: addressOfPrivateKey(KEY) }];
  const auditors = JSON.stringify({ format: "marginproof/auditors/1", quorum: 1, auditors: list });
  return { file, auditors, batches: MAX_BATCHES, holdings: holdings.size };
}

/** One step of every instrument in turn, long unless it is for shorts, as long as a shape has room for all of them. */
function holderOfMost({ instruments }: Market, table: RiskTable, shapes: readonly AccountShape[]) {
  const evaluator = new Evaluator(table);
  const holdings = new Map<string, bigint>();
  let found: { evaluation: ReturnType<Evaluator["evaluate"]>; shape: AccountShape } | undefined;
  for (const { symbol, side } of instruments) {
    const steps = side === "short" ? -1n : 1n;
    const evaluation = evaluator.evaluate(new Map([...holdings, [symbol, steps]]));
    const shape = shapes.find((each) => fits(each, evaluation));
    if (shape === undefined) continue;
    holdings.set(symbol, steps);
    found = { evaluation, shape };
  }
  if (found === undefined) throw new Error("no shape has room for a holding of this market");
  return { holdings, ...found };
}

/** A book in which every long has its short, so that it is worth nothing and covered. */
function statementOf(
  market: Market,
  table: RiskTable,
  { shape, leafRoots }: { readonly shape: AccountShape; readonly leafRoots: readonly bigint[] },
): Statement {
  const keyDigest = new Uint8Array(32).fill(2);
  const accounts = BigInt(MAX_BATCHES) * BigInt(Math.min(shape.accounts, BATCH_CAPACITY));
  return {
    ...{ exchange: market.exchange, epoch: market.epoch, time: market.time },
    ...{ marketDigest: canonicalMarketDigest(market), tableDigest: table.digest },
    batches: leafRoots.map((leafRoot) => ({ shape: shape.id, keyDigest, leafRoot })),
    tableSteps: [{ shape: "table-r64", keyDigest, totals: 1n }],
    weights: [1n],
    instruments: table.instruments.map(({ symbol }) => symbol),
    quantities: market.instruments.map(({ side }) => ({
      long: side === "short" ? 0n : 123_456_789n,
      short: side === "long" ? 0n : 123_456_789n,
    })),
    totals: { ...ZERO_TOTALS, bands: { ...ZERO_TOTALS.bands, free: accounts } },
  };
}

function signed(statement: Statement) {
  const checks = PROOF_CHECKS.map(
    (id) => ({ kind: "proof", id, title: id, status: "pass", detail: "" }) as const,
  );
  const verdict = {
    valid: true,
    proved: true,
    solvent: true,
    checks,
    notProved: [],
    prices: "stated",
  } as const;
  const options = { auditor: "Alpha", verifier: "npm run light", pins: [], hasher };
  const times = { time: "2026-11-23T09:00:00Z", expires: "2500-01-01T00:00:00Z" };
  return attest(
    { verdict: { ...verdict, developmentKeys: false }, statement },
    { ...options, ...times },
    KEY,
  );
}

export const lookAt = ({ file, auditors }: LargestFile): LightOutcome =>
  checkLight(JSON.stringify(file), { auditors, account: ACCOUNT });

/** Account shapes of the example exchange's profile, the smallest first. */
export const exampleShapes = (): AccountShape[] =>
  [...loadProfile("example-exchange").accounts].sort((one, other) => size(one) - size(other));
const size = ({ bracketed, flat }: AccountShape): number => bracketed + flat;

const failed = ({ checks }: LightOutcome["verdict"]): string =>
  checks.flatMap(({ status, detail }) => (status === "fail" ? [`; ${detail}`] : [])).join("");

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = process.argv[2] ?? "examples/exchange/rules.yaml";
  const text = await readFile(path, "utf8");
  const market = path.endsWith(".json") ? (JSON.parse(text) as MarketJson) : buildMarket(text);
  const largest = largestFile(market, exampleShapes());
  const bytes = Buffer.from(JSON.stringify(largest.file));
  const part = (name: "opening" | "statement" | "market" | "attestations"): string =>
    `${name} ${JSON.stringify(largest.file[name]).length}`;
  console.log(
    `${path}: ${market.instruments.length} instruments, a holder of ${largest.holdings}, ${largest.batches} batches`,
  );
  console.log(
    `holder's file: ${bytes.length} bytes (${part("opening")}, ${part("statement")}, ${part("market")}, ${part("attestations")}), ${gzipSync(bytes).length} gzipped`,
  );
  for (const which of ["first", "second"]) {
    const [begin, cpu] = [performance.now(), cpuUsage()];
    const { verdict, account } = lookAt(largest);
    const used = cpuUsage(cpu);
    console.log(
      `${which} check: ${(performance.now() - begin).toFixed(0)} ms, ${((used.user + used.system) / 1000).toFixed(0)} ms of CPU; valid: ${verdict.valid}, ${account.status}${failed(verdict)}`,
    );
  }
}

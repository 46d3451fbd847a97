import { bytesToHex, type Hex, keccak256, toHex } from "viem";
import { poseidonWords } from "../../src/field/poseidon/poseidonWords.js";
import { compileTable, type Market, parseMarket } from "../../src/market/index.js";
import { encodeTable, type TableEncoding } from "../../src/market/tableDigest.js";
import { BANDS } from "../../src/protocol/bands.js";
import { firstSeed, secondSeed } from "../../src/protocol/challenges.js";
import { TOTAL_NAMES } from "../../src/protocol/state.js";
import { parseStatement, type Statement } from "../../src/protocol/statement.js";
import type { BundleParts } from "../../src/verifier/bundle.js";
import type { ProofJson } from "../../src/verifier/groth16/proof.js";
import type { VerifyingKeyJson } from "../../src/verifier/groth16/verifyingKey.js";
import type { PinnedKey } from "../../src/verifier/pins.js";
import { type Anvil, anvilAccount, type Deployed } from "../support/anvil.js";
import { keyWords, proofWords } from "./groth16.js";

/** What stands under the registry. */
export interface Hashes {
  readonly verifier: Deployed;
  readonly poseidon: Deployed;
  readonly columns: Deployed;
}

/** Deploys verifier, hash and table reader, with the Poseidons of these widths. */
export async function deployHashes(anvil: Anvil, widths: readonly number[]): Promise<Hashes> {
  const verifier = await anvil.deploy("Groth16Verifier");
  const poseidon = await anvil.deploy("Poseidon");
  for (const width of widths)
    await anvil.send(poseidon, "addWidth", [BigInt(width), bytesToHex(poseidonWords(width))]);
  const columns = await anvil.deploy("TableColumns", [poseidon.address]);
  return { verifier, poseidon, columns };
}

/** Who does what in the tests. */
export const OWNER = anvilAccount(1);
export const PUBLISHER = anvilAccount(2);
export const CHALLENGER = anvilAccount(3);
export const STRANGER = anvilAccount(4);

export const BOND = 10n ** 18n;
export const DEMAND_PRICE = 10n ** 16n;
export const WINDOW = 3 * 86_400;
export const RESPONSE = 86_400;

export interface Registry extends Hashes {
  readonly registry: Deployed;
}

/** A registry, with the Poseidons for end states and for table steps of these rows. */
export async function deployRegistry(anvil: Anvil, rows: readonly number[]): Promise<Registry> {
  const lengths = rows.map((n) => 4 * n + Math.ceil(n / 253));
  const widths = new Set([15, 17, ...lengths.map((length) => (length % 16 === 0 ? 17 : (length % 16) + 1))]);
  const hashes = await deployHashes(anvil, [...widths]);
  const seeds = await anvil.deploy("StatementSeed", [hashes.poseidon.address]);
  const registry = await anvil.deploy("EpochRegistry", [
    hashes.verifier.address,
    hashes.columns.address,
    seeds.address,
    BOND,
    DEMAND_PRICE,
    BigInt(WINDOW),
    BigInt(RESPONSE),
  ]);
  return { ...hashes, registry };
}

export interface ChainShape {
  readonly id: string;
  readonly key: Hex;
  readonly table: boolean;
  readonly rows: number;
  readonly stress: number;
}

/** A step as a claim's tree has it. */
export interface ChainStep {
  readonly stateOut: bigint;
  readonly columns: bigint;
  readonly laneStart: bigint;
  readonly proof: readonly bigint[];
}

/** A bundle in the words of IEpochRegistry. */
export interface ChainEpoch {
  readonly statement: Statement;
  readonly market: Market;
  readonly seed: Uint8Array;
  readonly digest: Hex;
  readonly shapes: readonly ChainShape[];
  readonly keys: readonly VerifyingKeyJson[];
  readonly encoding: TableEncoding;
  readonly tableDigest: Hex;
  readonly rows: number;
  readonly imfBp: number;
  readonly marginCallBp: number;
  readonly stateOuts: readonly bigint[];
  readonly proofs: readonly (readonly bigint[])[];
  /** IEpochRegistry.Statement under a key set. */
  readonly posted: (keySet: Hex) => PostedStatement;
}

export interface PostedStatement {
  readonly exchange: Hex;
  readonly keySet: Hex;
  readonly epoch: string;
  readonly time: string;
  readonly marketDigest: Hex;
  readonly tableDigest: Hex;
  readonly batchShapes: Hex;
  readonly leafRoots: readonly Hex[];
  readonly tableShape: number;
  readonly tableTotals: readonly Hex[];
  readonly tableWeights: readonly Hex[];
  readonly totals: readonly bigint[];
  readonly quantities: readonly (readonly [bigint, bigint])[];
}

export const word = (value: bigint): Hex => toHex(value, { size: 32 });
export const exchangeId = (name: string): Hex => keccak256(toHex(name));

/** Takes a bundle apart for the chain, believing it. */
export function chainEpoch(bundle: BundleParts, pins: readonly PinnedKey[]): ChainEpoch {
  const statement = parseStatement(bundle.statement);
  const market = parseMarket(JSON.parse(bundle.marketText));
  const table = compileTable(market);
  const used = [...statement.batches, ...statement.tableSteps].map(({ shape, keyDigest }) => ({
    shape,
    key: bytesToHex(keyDigest),
  }));
  const own = pins.filter((pin) => used.some((each) => each.shape === pin.id && each.key === pin.keyDigest));
  const shapes = own.map((pin): ChainShape => {
    const isTable = pin.template === "table";
    return {
      id: pin.id,
      key: pin.keyDigest as Hex,
      table: isTable,
      rows: isTable ? pin.rows : 0,
      stress: pin.template === "accounts" ? pin.stress : 0,
    };
  });
  const place = (shape: string): number => shapes.findIndex(({ id }) => id === shape);
  const tableShape = place(statement.tableSteps[0]!.shape);
  const seed = firstSeed(statement);
  const { totals } = statement;
  const steps = bundle.steps as readonly { readonly stateOut: string; readonly proof: ProofJson }[];
  const keys = bundle.verifyingKeys as Readonly<Record<string, VerifyingKeyJson>>;
  return {
    statement,
    market,
    seed,
    digest: bytesToHex(secondSeed(seed, statement.weights)),
    shapes,
    keys: Object.values(keys),
    encoding: encodeTable(table),
    tableDigest: bytesToHex(table.digest),
    rows: shapes[tableShape]!.rows,
    imfBp: Number(table.imfBp),
    marginCallBp: Number(table.marginCallBp),
    stateOuts: steps.map(({ stateOut }) => BigInt(stateOut)),
    proofs: steps.map(({ proof }) => proofWords(proof)),
    posted: (keySet) => ({
      exchange: exchangeId(statement.exchange),
      keySet,
      epoch: statement.epoch,
      time: statement.time,
      marketDigest: bytesToHex(statement.marketDigest),
      tableDigest: bytesToHex(statement.tableDigest),
      batchShapes: bytesToHex(Uint8Array.from(statement.batches, ({ shape }) => place(shape))),
      leafRoots: statement.batches.map(({ leafRoot }) => word(leafRoot)),
      tableShape,
      tableTotals: statement.tableSteps.map((step) => word(step.totals)),
      tableWeights: statement.weights.map(word),
      totals: [
        ...BANDS.map((band) => totals.bands[band]),
        ...TOTAL_NAMES.map((name) => totals[name]),
        ...totals.stressBadDebt,
      ],
      quantities: statement.quantities.map(({ long, short }) => [long, short] as const),
    }),
  };
}

/** Adds keys and key set, and registers the exchange. @returns the key set's name */
export async function register(
  anvil: Anvil,
  { verifier, registry }: Registry,
  epoch: ChainEpoch,
): Promise<Hex> {
  for (const key of epoch.keys) await anvil.send(verifier, "addKey", [keyWords(key)]);
  const keySet = await simulated(anvil, registry, "addKeySet", [epoch.shapes]);
  await anvil.send(registry, "addKeySet", [epoch.shapes]);
  const { exchange } = epoch.statement;
  const [, owner] = (await anvil.read(registry, "exchangeOf", [exchangeId(exchange)])) as [string, string];
  if (BigInt(owner) === 0n)
    await anvil.send(registry, "registerExchange", [exchange, PUBLISHER.address], { account: OWNER });
  return keySet as Hex;
}

/** What a call would return. */
async function simulated(
  anvil: Anvil,
  { address, abi }: Deployed,
  functionName: string,
  args: readonly unknown[],
) {
  const { result } = await anvil.client.simulateContract({
    address,
    abi,
    functionName,
    args,
    account: OWNER,
  });
  return result as unknown;
}

/** Reads a whole table on chain, at most so many rows a transaction. @returns what it is kept under, and the gas of each call */
export async function readTable(
  anvil: Anvil,
  columns: Deployed,
  {
    digest,
    seed,
    rows,
    encoding,
    most = rows,
  }: {
    readonly digest: Hex;
    readonly seed: Uint8Array;
    readonly rows: number;
    readonly encoding: TableEncoding;
    readonly most?: number;
  },
): Promise<{ readonly id: Hex; readonly gas: readonly bigint[] }> {
  const where = [digest, bytesToHex(seed), BigInt(rows), BigInt(encoding.tail)] as const;
  const id = (await anvil.read(columns, "idOf", where)) as Hex;
  const gas: bigint[] = [];
  for (;;) {
    const { complete } = (await anvil.read(columns, "tableOf", [id])) as { complete: boolean };
    if (complete) return { id, gas };
    const { gasUsed } = await anvil.send(columns, "read", [
      ...where,
      bytesToHex(encoding.bytes),
      BigInt(most),
    ]);
    gas.push(gasUsed);
  }
}

/** Hash of the steps from each place on, as the strict mode keeps it: one more than there are steps. */
function restsOf(posted: PostedStatement): readonly Hex[] {
  const shapes = Buffer.from(posted.batchShapes.slice(2), "hex");
  const leaves = [
    ...posted.leafRoots.map((root, i) => [word(BigInt(shapes[i]!)), root]),
    ...posted.tableTotals.map((totals, i) => [totals, posted.tableWeights[i]!]),
  ];
  const rests: Hex[] = [word(0n)];
  for (const leaf of leaves.reverse())
    rests.unshift(keccak256(`0x${[...leaf, rests[0]!].map((part) => part!.slice(2)).join("")}`));
  return rests;
}

/** IEpochRegistry.AccountSteps of some of an epoch's account steps. */
export function accountSteps(epoch: ChainEpoch, posted: PostedStatement, from: number, to: number) {
  return {
    batchShapes: `0x${posted.batchShapes.slice(2 + 2 * from, 2 + 2 * to)}`,
    leafRoots: posted.leafRoots.slice(from, to),
    rest: restsOf(posted)[to],
    stateOuts: epoch.stateOuts.slice(from, to),
    proofs: epoch.proofs.slice(from, to),
  };
}

/** IEpochRegistry.TableSteps, counted from the first table step. */
export function tableSteps(epoch: ChainEpoch, posted: PostedStatement, from: number, to: number) {
  const batches = posted.leafRoots.length;
  return {
    tableTotals: posted.tableTotals.slice(from, to),
    tableWeights: posted.tableWeights.slice(from, to),
    rest: restsOf(posted)[batches + to],
    stateOuts: epoch.stateOuts.slice(batches + from, batches + to),
    proofs: epoch.proofs.slice(batches + from, batches + to),
  };
}

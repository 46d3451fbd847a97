import { bytesToHex, type Hex, keccak256, toHex } from "viem";
import {
  type EpochWords,
  epochWords,
  type StatementWords,
  statementWords,
} from "../../src/chain/epochWords.js";
import { keySetOf } from "../../src/chain/keyPlan.js";
import { exchangeId } from "../../src/chain/registry.js";
import { restsOf } from "../../src/chain/rests.js";
import { piecesOfRows, tablePieces } from "../../src/chain/tablePieces.js";
import { poseidonWords } from "../../src/field/poseidon/poseidonWords.js";
import { parseMarket } from "../../src/market/index.js";
import { BATCHES_A_BLOCK, firstSeed, secondSeed } from "../../src/protocol/challenges.js";
import { parseStatement } from "../../src/protocol/statement.js";
import type { BundleParts } from "../../src/verifier/bundle.js";
import type { PinnedKey } from "../../src/verifier/pins.js";
import { type Anvil, anvilAccount, type Deployed } from "../support/anvil.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { forgedEpoch } from "../verifier/forgedEpoch.js";

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
  readonly seeds: Deployed;
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
  return { ...hashes, registry, seeds };
}

export const word = (value: bigint): Hex => toHex(value, { size: 32 });

/** A bundle in the words that the command line sends. */
export interface ChainEpoch extends EpochWords {
  /** IEpochRegistry.Statement under a key set. */
  readonly posted: (keySet: Hex) => StatementWords;
}

/** Takes a bundle apart for the chain, believing it. */
export function chainEpoch(bundle: BundleParts, pins: readonly PinnedKey[]): ChainEpoch {
  const market = parseMarket(JSON.parse(bundle.marketText));
  const words = epochWords(bundle, parseStatement(bundle.statement), market, pins);
  return { ...words, posted: (keySet) => statementWords(words, keySet) };
}

/** An epoch of this name under keys whose secrets are known: so many account steps, and a table step. */
export function forgedChainEpoch(name: string, steps: number): ChainEpoch {
  const { bundle, pins } = forgedEpoch({ ...TINY_MARKET, epoch: name }, {}, steps);
  return chainEpoch(bundle, pins);
}

/** The same statement under another name, with so many batches of no accounts, and its digest: for what is not about steps. */
export function manyBatches(epoch: ChainEpoch, keySet: Hex, batches: number, name: string) {
  const { statement } = epoch;
  const roots = Array.from({ length: batches }, (_, n) => BigInt(keccak256(toHex(n))) >> 3n);
  const many = {
    ...statement,
    epoch: name,
    batches: roots.map((leafRoot) => ({ ...statement.batches[0]!, leafRoot })),
  };
  const words: StatementWords = {
    ...epoch.posted(keySet),
    epoch: name,
    batchShapes: toHex(new Uint8Array(batches)),
    leafRoots: roots.map(word),
  };
  return { words, digest: bytesToHex(secondSeed(firstSeed(many), statement.weights)) };
}

/** Notes a block of a statement's batches, or so many from its beginning on. */
export function noteBlock(
  anvil: Anvil,
  { seeds }: Registry,
  { shapes }: ChainEpoch,
  words: StatementWords,
  block: number,
  most = BATCHES_A_BLOCK,
) {
  const first = block * BATCHES_A_BLOCK;
  const end = Math.min(first + most, words.leafRoots.length);
  return anvil.send(seeds, "note", [
    shapes,
    BigInt(first),
    `0x${words.batchShapes.slice(2 + 2 * first, 2 + 2 * end)}`,
    words.leafRoots.slice(first, end),
    restsOf(words)[end],
  ]);
}

/** What a registry keeps an epoch under. */
export const idOf = (anvil: Anvil, { registry }: Registry, { exchange, epoch }: StatementWords) =>
  anvil.read(registry, "idOf", [exchange, epoch]) as Promise<Hex>;

/** The arguments of a claim under this root. */
export const claimOf = ({ table }: ChainEpoch, posted: StatementWords, root: Hex) => [
  posted,
  root,
  Number(table.imfBp),
  Number(table.marginCallBp),
];

/** Adds keys and key set, and registers the exchange. @returns the key set's name */
export async function register(
  anvil: Anvil,
  { verifier, registry }: Registry,
  epoch: ChainEpoch,
): Promise<Hex> {
  for (const key of epoch.keys) await anvil.send(verifier, "addKey", [key]);
  await anvil.send(registry, "addKeySet", [epoch.shapes]);
  const { exchange } = epoch.statement;
  const [, owner] = (await anvil.read(registry, "exchangeOf", [exchangeId(exchange)])) as [string, string];
  if (BigInt(owner) === 0n)
    await anvil.send(registry, "registerExchange", [exchange, PUBLISHER.address], { account: OWNER });
  return keySetOf(epoch);
}

/** A table as `readTable` takes it: its digest, the first seed, rows a step, its encoding. */
interface TableToRead extends Pick<EpochWords, "seed" | "rows" | "encoding"> {
  readonly digest: Hex;
  /** Most rows a transaction. */
  readonly most?: number;
}

/** The table of an epoch. */
export const tableOf = ({ table, seed, rows, encoding }: EpochWords): TableToRead => ({
  digest: bytesToHex(table.digest),
  seed,
  rows,
  encoding,
});

/** Reads a whole table on chain. @returns what it is kept under, and the gas of each call */
export async function readTable(
  anvil: Anvil,
  columns: Deployed,
  { digest, seed, rows, encoding, most = rows }: TableToRead,
): Promise<{ readonly id: Hex; readonly gas: readonly bigint[] }> {
  const where = [digest, seed, BigInt(rows), BigInt(encoding.tail)] as const;
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

/** Puts a table on chain in pieces. @returns the gas of each call */
export async function storeTable(anvil: Anvil, columns: Deployed, bytes: Uint8Array): Promise<bigint[]> {
  const gas: bigint[] = [];
  const pieces = tablePieces(bytes);
  for (const piece of pieces) gas.push((await anvil.send(columns, "store", [bytesToHex(piece)])).gasUsed);
  gas.push((await anvil.send(columns, "join", [pieces.map((piece) => keccak256(piece))])).gasUsed);
  return gas;
}

/** Reads a stored table of one step, 120 rows a call. @returns what it is kept under, and the gas of each call */
export async function readStored(
  anvil: Anvil,
  columns: Deployed,
  { digest, seed, rows, encoding, most = 120 }: TableToRead,
): Promise<{ readonly id: Hex; readonly gas: readonly bigint[] }> {
  const where = [digest, seed, BigInt(rows), BigInt(encoding.tail)] as const;
  const id = (await anvil.read(columns, "idOf", where)) as Hex;
  const gas: bigint[] = [];
  for (;;) {
    const { complete, ...at } = (await anvil.read(columns, "tableOf", [id])) as {
      readonly complete: boolean;
      readonly cursor: number;
      readonly position: number;
    };
    if (complete) return { id, gas };
    const pieces = piecesOfRows(encoding, at.cursor, at.position + most);
    gas.push((await anvil.send(columns, "readStored", [...where, pieces, BigInt(most)])).gasUsed);
  }
}

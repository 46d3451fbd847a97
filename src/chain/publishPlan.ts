import { type Address, type Hex, keccak256, toHex } from "viem";
import { MarginproofError } from "../errors.js";
import type { TableEncoding } from "../market/tableDigest.js";
import { noteSteps, postedStatement } from "./batchBlocks.js";
import { ClaimTree, claimSteps } from "./claimTree.js";
import { read } from "./connect.js";
import { compiled } from "./contracts.js";
import { widthStep } from "./deployPlan.js";
import {
  accountSteps,
  type EpochWords,
  type StatementWords,
  statementWords,
  tableSteps,
} from "./epochWords.js";
import { keySetOf, keySteps, nameStep } from "./keyPlan.js";
import { isReadable } from "./readableTable.js";
import { ask, type ChainEpoch, epochId, epochOf, isUnknown, type Registry } from "./registry.js";
import { callOf, type PlanStep } from "./sender.js";
import { piecesOfRows, tablePieces } from "./tablePieces.js";

/** Most steps of a call, and most rows of a table. */
const STEPS_A_CALL = 100;
const ROWS_A_CALL = 64;
/** A table's encoding above this is put on chain in pieces first: nodes hand on no transaction above 128 KiB. */
const MOST_CALL_DATA = 98_304;

/** Gas by test/contracts/gas.json, rounded up. */
const GAS = {
  publish: 720_000n,
  claim: 740_000n,
  batch: 2_000n,
  call: 310_000n,
  step: 66_000n,
  row: 115_000n,
  /** Of stored pieces: a byte put on chain; reading a table from them, a call. */
  storedByte: 250n,
  stored: 600_000n,
  finalise: 70_000n,
};

/** How an epoch gets final: every step verified on chain, or a bond that stands for them (wei). */
export type Mode = { readonly kind: "strict" } | { readonly kind: "optimistic"; readonly bond?: bigint };

/** What a plan is about. */
interface Subject {
  readonly registry: Registry;
  readonly epoch: EpochWords;
  readonly words: StatementWords;
  readonly id: Hex;
}

/**
 * What is to be sent, in order, until an epoch is final, or claimed.
 * @throws MarginproofError CHAIN_NAME_TAKEN, CHAIN_EPOCH_TAKEN, REGISTRY_TABLE, those of `read`
 */
export async function publishPlan(
  registry: Registry,
  epoch: EpochWords,
  publisher: Address,
  mode: Mode,
): Promise<PlanStep[]> {
  const { exchange, epoch: name } = epoch.statement;
  if (!isReadable(epoch.table)) throw unreadable();
  const words = statementWords(epoch, keySetOf(epoch));
  const subject: Subject = { registry, epoch, words, id: await epochId(registry, exchange, name) };
  const naming = nameStep(registry, exchange, publisher);
  // Refused before anything is sent: that the epoch is another's, or another.
  await naming.done();
  await isThere(subject, mode.kind === "strict" ? "open" : "claimed");
  const before = [...(await keySteps(registry, epoch)), naming, ...(await noteSteps(registry, epoch, words))];
  if (mode.kind === "optimistic") return [...before, await claimStep(subject, mode.bond)];
  return [
    ...(await widthSteps(registry, epoch.rows)),
    ...before,
    openStep(subject),
    ...(await readSteps(registry, epoch)),
    ...proofSteps(subject),
  ];
}

const unreadable = (): MarginproofError =>
  new MarginproofError(
    "REGISTRY_TABLE",
    "no registry can read this risk table: too many scenario gains in four rows for the gas of a transaction",
    { kind: "usage", hint: "Put an instrument into fewer risk groups, or give groups fewer scenarios." },
  );

/**
 * Whether the epoch is there already, with this very statement.
 * @throws MarginproofError CHAIN_EPOCH_TAKEN when another is, or this one the other way, or when it can't get final any more
 */
async function isThere({ registry, epoch }: Subject, status: "open" | "claimed"): Promise<boolean> {
  const { exchange, epoch: name } = epoch.statement;
  const kept = await epochOf(registry, exchange, name);
  if (isUnknown(kept)) return false;
  const refuse = (problem: string, hint: string) =>
    new MarginproofError("CHAIN_EPOCH_TAKEN", `epoch ${JSON.stringify(name)}: ${problem}`, {
      kind: "invalid",
      hint,
    });
  if (kept.digest !== epoch.digest)
    throw refuse(
      `the registry has statement ${kept.digest} under this name, here is ${epoch.digest}`,
      "A name has one statement, for good: nothing was sent. Publish another epoch under a name of its own.",
    );
  if (kept.status !== status && kept.status !== "final")
    throw refuse(
      `it is ${kept.status} there`,
      "Go on in the mode that it was begun in; what is expired or refuted used its name up.",
    );
  return true;
}

/** Poseidons for the columns of table steps of this size. */
export async function widthSteps(registry: Registry, rows: number): Promise<PlanStep[]> {
  const { chain } = registry;
  const { address, abi } = await columnsOf(registry);
  const poseidon = (await read(chain, { address, abi, functionName: "poseidon", args: [] })) as Address;
  // A call that ends inside a step hashes whole blocks: 4 elements a row, rows by four.
  const left = (elements: number) => (elements % 16 === 0 ? 17 : (elements % 16) + 1);
  const flags = Math.ceil(rows / 253);
  const last = rows % ROWS_A_CALL === 0 ? ROWS_A_CALL : rows % ROWS_A_CALL;
  const widths = new Set([15, 17, left(4 * rows + flags), left(4 * last + flags)]);
  return Promise.all([...widths].map((width) => widthStep(chain, poseidon, width)));
}

async function columnsOf(registry: Registry): Promise<Pick<Registry, "address" | "abi">> {
  const address = (await ask(registry, "columns", [])) as Address;
  return { address, abi: (await compiled("TableColumns")).abi };
}

function openStep(subject: Subject): PlanStep {
  const { registry } = subject;
  const { address, abi } = registry;
  const posted = postedStatement(subject.words);
  return {
    label: "publish the statement",
    gas: GAS.publish + GAS.batch * BigInt(posted.leafRoots.length),
    done: () => isThere(subject, "open"),
    payload: async () => callOf({ address, abi, functionName: "publish", args: [posted] }),
  };
}

async function claimStep(subject: Subject, bond: bigint | undefined): Promise<PlanStep> {
  const { registry, epoch, words } = subject;
  const { address, abi } = registry;
  const posted = postedStatement(words);
  const counts = [words.leafRoots.length, words.tableTotals.length, epoch.rows].map(BigInt);
  const value = bond ?? ((await ask(registry, "bondFor", counts)) as bigint);
  const { imfBp, marginCallBp } = epoch.table;
  return {
    label: `claim the statement, with a bond of ${value} wei`,
    gas: GAS.claim + GAS.batch * BigInt(posted.leafRoots.length),
    done: () => isThere(subject, "claimed"),
    payload: async () => {
      const { root } = new ClaimTree(claimSteps(epoch));
      const args = [posted, root, Number(imfBp), Number(marginCallBp)];
      return callOf({ address, abi, functionName: "claim", args }, value);
    },
  };
}

/** Whether a table is read from pieces on chain, not from each call. */
export const isLarge = ({ bytes }: TableEncoding): boolean => bytes.length > MOST_CALL_DATA;

/** Puts a large table on chain, piece by piece: by whomever, once for all epochs that have it. */
export async function storeSteps(registry: Registry, { bytes }: TableEncoding): Promise<PlanStep[]> {
  const columns = await columnsOf(registry);
  const call = (functionName: string, args: readonly unknown[]) => ({ ...columns, functionName, args });
  const pieces = tablePieces(bytes);
  const hashes = pieces.map((piece) => keccak256(piece));
  const digest = keccak256(bytes);
  const joined = async () => ((await read(registry.chain, call("piecesOf", [digest]))) as bigint) > 0n;
  const stores = pieces.map((piece, i) => ({
    label: `store piece ${i + 1} of ${pieces.length} of the risk table`,
    gas: GAS.call + GAS.storedByte * BigInt(piece.length),
    done: async () => (await read(registry.chain, call("hasPiece", [hashes[i]]))) === true,
    payload: async () => callOf(call("store", [toHex(piece)])),
  }));
  const join: PlanStep = {
    label: "join the pieces of the risk table",
    gas: GAS.call + 12n * BigInt(bytes.length),
    done: joined,
    payload: async () => callOf(call("join", [hashes])),
  };
  return [...stores, join];
}

/** A table that is to be read on chain: of an epoch, whose steps need not be those of the table. */
type TableToRead = Pick<EpochWords, "table" | "encoding" | "seed" | "rows">;

/** Reads the table on chain, or what so many calls read, a large one from pieces: by whomever it was read, it is read once. */
export async function readSteps(
  registry: Registry,
  { table, rows, seed, encoding }: TableToRead,
  calls?: number,
): Promise<PlanStep[]> {
  const { chain } = registry;
  const columns = await columnsOf(registry);
  const where = [toHex(table.digest), seed, BigInt(rows), BigInt(encoding.tail)] as const;
  const call = (functionName: string, args: readonly unknown[]) => ({ ...columns, functionName, args });
  const id = await read(chain, call("idOf", where));
  const targets = Array.from({ length: Math.ceil(table.rows.length / rows) }, (_, step) =>
    Array.from({ length: Math.ceil(rows / ROWS_A_CALL) }, (__, i) => {
      const end = Math.min((i + 1) * ROWS_A_CALL, rows);
      return { end: step * rows + end, count: end - i * ROWS_A_CALL };
    }),
  );
  const stores = isLarge(encoding) ? await storeSteps(registry, encoding) : [];
  const reads = targets.flat().map(({ end, count }) => ({
    label: `read the risk table to row ${end}`,
    gas: GAS.call + GAS.row * BigInt(count) + (isLarge(encoding) ? GAS.stored : 0n),
    done: async () => {
      const kept = (await read(chain, call("tableOf", [id]))) as { complete: boolean; position: number };
      return kept.complete || kept.position >= end;
    },
    payload: async () => {
      // Anybody reads, as many rows as they like: to the end of this piece, from where the chain stands.
      const at = (await read(chain, call("tableOf", [id]))) as { cursor: number; position: number };
      const most = BigInt(end - at.position);
      if (!isLarge(encoding)) return callOf(call("read", [...where, toHex(encoding.bytes), most]));
      const pieces = piecesOfRows(encoding, at.cursor, end);
      return callOf(call("readStored", [...where, pieces, most]));
    },
  }));
  return [...stores, ...reads.slice(0, calls)];
}

/** All steps in order, many a call; the last makes the epoch final. */
function proofSteps({ registry, epoch, words, id }: Subject): PlanStep[] {
  const { address, abi } = registry;
  const { exchange, epoch: name } = epoch.statement;
  const batches = words.leafRoots.length;
  const kept = (): Promise<ChainEpoch> => epochOf(registry, exchange, name);
  const tail = BigInt(epoch.encoding.tail);
  const chunk = (what: "account" | "table", from: number, to: number): PlanStep => ({
    label: `submit ${what} steps ${from + 1} to ${to}`,
    gas: GAS.call + GAS.step * BigInt(to - from),
    done: async () => (await kept()).done >= to,
    payload: async () => {
      // Anybody submits steps, as many as they like: begin where the chain stands.
      const begin = Math.max(from, (await kept()).done);
      const [functionName, steps] =
        what === "account"
          ? ["submitAccountSteps", accountSteps(epoch, words, begin, to)]
          : ["submitTableSteps", tableSteps(epoch, words, begin - batches, to - batches)];
      return callOf({ address, abi, functionName, args: [id, steps, tail] });
    },
  });
  return [
    ...pieces(0, batches).map(([from, to]) => chunk("account", from, to)),
    ...pieces(batches, epoch.stateOuts.length).map(([from, to]) => chunk("table", from, to)),
  ];
}

const pieces = (from: number, to: number): (readonly [number, number])[] =>
  Array.from({ length: Math.ceil((to - from) / STEPS_A_CALL) }, (_, i) => {
    const begin = from + i * STEPS_A_CALL;
    return [begin, Math.min(begin + STEPS_A_CALL, to)] as const;
  });

/** Ends a claim whose window is over. */
export async function finaliseStep(registry: Registry, exchange: string, name: string): Promise<PlanStep> {
  const id = await epochId(registry, exchange, name);
  const { address, abi } = registry;
  return {
    label: "finalise the claim",
    gas: GAS.finalise,
    done: async () => (await epochOf(registry, exchange, name)).status === "final",
    payload: async () => callOf({ address, abi, functionName: "finalise", args: [id] }),
  };
}

import { keccakToField } from "../../src/field/keccak.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { loadProfile } from "../../src/keys/instances.js";
import { canonicalMarketDigest } from "../../src/market/index.js";
import type { AccountRecord, Batch } from "../../src/protocol/accountRecord.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { toRecord } from "../../src/protocol/fitShape.js";
import { emptyAccount } from "../../src/protocol/leaf.js";
import type { AccountShape, TableShape } from "../../src/protocol/shapes.js";
import { commitEpoch } from "../../src/prover/commit.js";
import type { CommittedEpoch, EpochInputs, Step } from "../../src/prover/epochInputs.js";
import { epochSteps } from "../../src/prover/steps.js";
import { tinyMarket, tinyTable } from "./tinyMarket.js";

const profile = loadProfile("test");

/** The tiny shapes: without groups, and with one group of 4 scenarios. */
export const plainShape: AccountShape = profile.accounts.find((shape) => shape.groups === 0)!;
export const groupShape: AccountShape = profile.accounts.find((shape) => shape.groups === 1)!;
export const tableShape: TableShape = profile.table;

export const evaluator = new Evaluator(tinyTable);

/** An account of the tiny market; tags count up from 1. */
export function record(
  shape: AccountShape,
  holdings: Readonly<Record<string, bigint>>,
  tag: bigint,
): AccountRecord {
  return toRecord(tinyTable, shape, evaluator.evaluate(new Map(Object.entries(holdings))), tag);
}

/** Batches of records, each filled up with padding. */
export function batches(...parts: readonly [AccountShape, readonly AccountRecord[]][]): Batch[] {
  return parts.map(([shape, accounts], index) => ({
    index,
    shape,
    accounts: [
      ...accounts,
      ...Array.from({ length: shape.accounts - accounts.length }, (_, i) =>
        emptyAccount(shape, BigInt(1000 + 10 * index + i)),
      ),
    ],
  }));
}

/** A balanced little book: one whale, one option trader, one below maintenance, one bankrupt. */
export function tinyBook(): Batch[] {
  return batches(
    [
      plainShape,
      [
        record(plainShape, { USDT: 5_000_000_000n, "USDT-PNL": 60_000_000_000n, "BTC-PERP": -1000n }, 11n),
        record(plainShape, { USDT: 60_000_000n, "USDT-PNL": -60_500_500_000n, "BTC-PERP": 1000n }, 12n),
      ],
    ],
    [
      groupShape,
      [
        record(groupShape, { USDT: 9_000_000_000n, "BTC-60000-C": -150n, BTC: 20_000n }, 13n),
        record(groupShape, { USDT: 100_000_000n, "BTC-60000-C": 150n }, 14n),
      ],
    ],
    [plainShape, [record(plainShape, { USDT: 1n }, 15n)]],
  );
}

/** Inputs of an epoch over these batches, with blindings that are fixed for the test. */
export function tinyInputs(book: readonly Batch[], overrides: Partial<EpochInputs> = {}): EpochInputs {
  return {
    table: tinyTable,
    tableShape,
    marketDigest: canonicalMarketDigest(tinyMarket),
    names: { exchange: tinyMarket.exchange, epoch: tinyMarket.epoch, time: tinyMarket.time },
    batches: { count: book.length, read: async (index) => book[index]! },
    keyDigest: () => new Uint8Array(32).fill(7),
    blinding: (role, index) => keccakToField(new Uint8Array(32).fill(index), `test blinding ${role}`),
    hasher: bestPoseidon(),
    ...overrides,
  };
}

/** Commits an epoch and lists all its steps. */
export async function tinyEpoch(
  book: readonly Batch[],
  overrides: Partial<EpochInputs> = {},
): Promise<{ epoch: CommittedEpoch; steps: Step[] }> {
  const inputs = tinyInputs(book, overrides);
  const epoch = await commitEpoch(inputs);
  const steps: Step[] = [];
  for await (const step of epochSteps(inputs, epoch)) steps.push(step);
  return { epoch, steps };
}

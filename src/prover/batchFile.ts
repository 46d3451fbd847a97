import type { AccountRecord, Batch } from "../protocol/accountRecord.js";
import { BATCH_CAPACITY } from "../protocol/constants.js";
import type { Evaluator } from "../protocol/evaluate.js";
import { toRecord } from "../protocol/fitShape.js";
import { emptyAccount } from "../protocol/leaf.js";
import type { PocketId } from "../protocol/pocket.js";
import type { AccountShape } from "../protocol/shapes.js";
import { accountTag } from "../protocol/tag.js";
import type { EpochSecrets } from "./secrets.js";

/** One margin account as a batch file keeps it: enough to make its record again. */
export interface BatchAccount extends PocketId {
  /** Signed steps by instrument. */
  readonly holdings: ReadonlyMap<string, bigint>;
}

interface BatchJson {
  readonly index: number;
  readonly shape: string;
  readonly accounts: readonly (readonly [
    account: string,
    pocket: string,
    holdings: Readonly<Record<string, string>>,
  ])[];
}

/** The name a batch has in an attempt's store. */
export const batchName = (index: number): string => `batches/${String(index).padStart(6, "0")}.json`;

/** A batch's accounts as text. */
export function batchText(index: number, shape: AccountShape, accounts: readonly BatchAccount[]): string {
  const json: BatchJson = {
    index,
    shape: shape.id,
    accounts: accounts.map(({ account, pocket, holdings }) => [
      account,
      pocket,
      Object.fromEntries([...holdings].map(([symbol, steps]) => [symbol, steps.toString()])),
    ]),
  };
  return JSON.stringify(json);
}

/** A batch's accounts as they were written. */
export function parseBatch(text: string): { shape: string; accounts: BatchAccount[] } {
  const json = JSON.parse(text) as BatchJson;
  return {
    shape: json.shape,
    accounts: json.accounts.map(([account, pocket, holdings]) => ({
      account,
      pocket,
      holdings: new Map(Object.entries(holdings).map(([symbol, steps]) => [symbol, BigInt(steps)])),
    })),
  };
}

/** The pocket's salt: a PRF of the epoch's secret over the names of account and pocket. */
export function accountSalt(secrets: EpochSecrets, { account, pocket }: PocketId): Uint8Array {
  return secrets.bytes("salt", account, pocket);
}

/** The full batch, filled up with padding accounts. */
export function batchRecords(
  index: number,
  shape: AccountShape,
  accounts: readonly BatchAccount[],
  evaluator: Evaluator,
  names: { readonly exchange: string; readonly epoch: string },
  secrets: EpochSecrets,
): Batch {
  const records: AccountRecord[] = accounts.map((own) => {
    const salt = accountSalt(secrets, own);
    const tag = accountTag(names.exchange, names.epoch, own.account, own.pocket, salt);
    return toRecord(evaluator.table, shape, evaluator.evaluate(own.holdings), tag);
  });
  while (records.length < shape.accounts) {
    records.push(emptyAccount(shape, secrets.field("padding", index * BATCH_CAPACITY + records.length)));
  }
  return { index, shape, accounts: records };
}

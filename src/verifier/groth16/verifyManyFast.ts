import type { BatchItem, FastBatch } from "./fastBatch.js";
import { type BatchResult, checkedItems, verifyMany } from "./verifyMany.js";

/**
 * `verifyMany` sooner: what the fast one does not accept is decided without it.
 * @throws MarginproofError as `verifyMany`
 */
export function verifyManyFast(fast: FastBatch | undefined, items: readonly BatchItem[]): BatchResult {
  const checked = checkedItems(items);
  return fast?.allHold(checked) === true ? { ok: true, failed: [] } : verifyMany(checked);
}

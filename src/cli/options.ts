import { availableParallelism } from "node:os";
import { InvalidArgumentError } from "commander";

export const DEFAULT_KEYS = "marginproof-keys";
export const DEFAULT_PROFILE = "p16";
export const DEFAULT_PRIVATE_PROFILE = "p16-private";
export const CORES = availableParallelism();

/** A whole number of at least 1. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^[1-9]\d{0,9}$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError("It must be a whole number from 1.");
  }
  return value;
}

export function workerCount(text: string): number {
  const value = positiveInteger(text);
  if (value > 1024) throw new InvalidArgumentError("It must be at most 1024.");
  return value;
}

export function digest(text: string): string {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) throw new InvalidArgumentError("It must be 0x and 64 hex digits.");
  return text.toLowerCase();
}

/** Options of every command that verifies a bundle. */
export interface TrustOptions {
  readonly market?: string;
  readonly keys?: string | undefined;
  readonly digest?: string | undefined;
  readonly rulesCommitment?: string;
  readonly pricePolicy?: string;
  readonly allowDevKeys?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly json?: boolean;
}

import { MarginproofError } from "../../errors.js";
import type { CheckList } from "../verdict.js";

/** What a check that passed leaves for the next ones, and its figures for people. */
export interface Established<T> {
  readonly value: T;
  readonly detail: string;
}

/** A message may quote a hostile file, and no reader wants megabytes of it. */
const MAX_DETAIL = 1000;

/**
 * Runs one check of what is proved and books how it ended.
 * @param check throws a MarginproofError (or a RangeError of a decoder) for a fault of the bundle
 * @returns what it establishes; undefined when it failed, and then nothing may follow
 */
export function establish<T>(
  list: CheckList,
  { id, title }: About,
  check: () => Established<T>,
): Established<T> | undefined {
  try {
    return passed(list, { id, title }, check());
  } catch (error) {
    return failed(list, { id, title }, error);
  }
}

/** The same of a check that yields on its way. */
export function* establishInSteps<T, P>(
  list: CheckList,
  about: About,
  check: () => Generator<P, Established<T>, void>,
): Generator<P, Established<T> | undefined, void> {
  try {
    return passed(list, about, yield* check());
  } catch (error) {
    return failed(list, about, error);
  }
}

interface About {
  readonly id: string;
  readonly title: string;
}

function passed<T>(list: CheckList, { id, title }: About, established: Established<T>): Established<T> {
  list.add("proof", id, title, true, established.detail);
  return established;
}

/** Books a fault of the bundle. @throws whatever is none */
function failed(list: CheckList, { id, title }: About, error: unknown): undefined {
  if (!(error instanceof MarginproofError || error instanceof RangeError)) throw error;
  // What is wrong with the verifier's own policy says nothing of the bundle.
  if (error instanceof MarginproofError && error.code === "PRICES_POLICY" && error.exitCode === 2)
    throw error;
  const code = error instanceof MarginproofError ? error.code : "OUT_OF_RANGE";
  list.fail("proof", id, title, code, error.message.slice(0, MAX_DETAIL));
  return undefined;
}

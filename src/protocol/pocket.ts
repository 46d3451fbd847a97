/**
 * Pockets of an account. The cross pocket holds what is margined together; each isolated pocket has collateral of its
 * own. Every pocket is a margin account: one leaf, evaluated and counted by itself.
 */

/** The name of the cross pocket. */
export const CROSS_POCKET = "";

/** The same characters as a symbol: no two names differ only in what can't be seen. */
const ISOLATED_NAME = /^[!#-+\--~]{1,64}$/;

/** One margin account: a pocket of an account. */
export interface PocketId {
  readonly account: string;
  /** `CROSS_POCKET`, or the name of an isolated pocket. */
  readonly pocket: string;
}

/** What is wrong with a pocket's name, or undefined. */
export function pocketProblem(pocket: string): string | undefined {
  if (pocket === CROSS_POCKET) return undefined;
  if (!ISOLATED_NAME.test(pocket)) return "is not 1 to 64 visible ASCII characters without comma and quote";
  return pocket.toLowerCase() === "cross" ? "is no name for an isolated pocket" : undefined;
}

/** The pocket in words; its name in quotes, so that no name can pass for other words. */
export function pocketTitle(pocket: string): string {
  return pocket === CROSS_POCKET ? "cross pocket" : `isolated pocket "${pocket}"`;
}

/** The margin account in words. */
export function marginAccountTitle({ account, pocket }: PocketId): string {
  const holder = `account ${JSON.stringify(account)}`;
  return pocket === CROSS_POCKET ? holder : `${pocketTitle(pocket)} of ${holder}`;
}

/** The order of pockets wherever they are listed: cross first, then by character codes. */
export function comparePockets(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

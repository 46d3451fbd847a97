import type { Profile } from "../keys/instances.js";
import type { Statement } from "../protocol/statement.js";

/**
 * What the largest accounts cost, if any is proved alone: the steps of shapes that take one, and their share of all
 * constraints to prove.
 */
export function giantsNote(
  { batches, tableSteps }: Pick<Statement, "batches" | "tableSteps">,
  { accounts, stepCost }: Pick<Profile, "accounts" | "stepCost">,
): string | undefined {
  const alone = new Set(accounts.filter((shape) => shape.accounts === 1).map(({ id }) => id));
  const giants = batches.filter(({ shape }) => alone.has(shape));
  if (giants.length === 0) return undefined;
  const cost = (steps: readonly { readonly shape: string }[]): number =>
    steps.reduce((sum, { shape }) => sum + stepCost({ id: shape }), 0);
  const share = Math.round((100 * cost(giants)) / cost([...batches, ...tableSteps]));
  const largest = Math.max(...giants.map(({ shape }) => stepCost({ id: shape })));
  return `${giants.length} of ${batches.length} account steps hold one large account each: ${share}% of all constraints, the largest step ${largest.toLocaleString("en-US")}`;
}

import { setTimeout } from "node:timers/promises";
import { asked } from "./connect.js";
import { demanded, openDemands } from "./demands.js";
import { notFinal } from "./finalised.js";
import { type ChainEpoch, epochId, epochOf, isUnknown, type Registry } from "./registry.js";

/** How a watch ended: final with the digest looked for; anything that says it never will be; or no end in sight. */
export type WatchEnd = "final" | "never" | "waiting";

/** What changes while an epoch is on its way, as one line. */
export function stateLine(epoch: ChainEpoch): string {
  const { status, done, batches, tableSteps, digest, deadline, demands, bond } = epoch;
  if (isUnknown(epoch)) return "none: nobody published it";
  const until = new Date(Number(deadline) * 1000).toISOString();
  const more = {
    none: "",
    open: `, ${done} of ${batches + tableSteps} steps verified, until ${until}`,
    claimed: `, bond ${bond} wei, ${demands} demands open, can be challenged until ${until}`,
    final: "",
    expired: ", its name is used up",
    refuted: ", its name is used up",
  }[status];
  return `${status}: statement ${digest}${more}`;
}

/** An exchange's epoch by its names. */
interface EpochNames {
  readonly exchange: string;
  readonly epoch: string;
}

/** What is demanded of a claim and not answered: until when, by the chain's clock; and what the node's events do not tell. */
async function demandLines(
  registry: Registry,
  { exchange, epoch }: EpochNames,
  kept: ChainEpoch,
): Promise<(readonly [line: string, left: string])[]> {
  if (kept.status !== "claimed" || kept.demands === 0) return [];
  const { chain } = registry;
  const { timestamp } = await asked(chain.url, () => chain.client.getBlock());
  const open = await openDemands({ registry, kept, id: await epochId(registry, exchange, epoch) });
  const unseen = kept.demands - open.length;
  const lines = open.map(({ index, by, deadline }): readonly [string, string] => {
    const until = new Date(Number(deadline) * 1000).toISOString();
    const left = deadline - timestamp;
    return [
      `  ${demanded(index)} is demanded by ${by}, to be shown until ${until}`,
      left < 0n ? " (too late: whoever says so refutes the claim)" : ` (${left} seconds left)`,
    ];
  });
  return unseen <= 0 ? lines : [...lines, [`  ${unseen} more, whose events this node does not have`, ""]];
}

/** How an epoch is followed. */
export interface Watch {
  /** Digest that it must have, if the watcher knows it. */
  readonly expected?: string;
  /** How often to ask, `seconds` apart. */
  readonly rounds: number;
  readonly seconds: number;
  /** What to do about open demands of a claim that has that digest. */
  readonly onDemands?: () => Promise<void>;
}

/** Follows an epoch until it is final, or never will be; tells every state that differs from the one before. */
export async function watchEpoch(
  registry: Registry,
  names: EpochNames,
  { expected, rounds, seconds, onDemands }: Watch,
  tell: (line: string) => void,
): Promise<WatchEnd> {
  let last = "";
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await setTimeout(seconds * 1000);
    const kept = await epochOf(registry, names.exchange, names.epoch);
    const demands = await demandLines(registry, names, kept);
    // Time goes by without being news.
    const state = [stateLine(kept), ...demands.map(([line]) => line)].join("\n");
    if (state !== last) tell([stateLine(kept), ...demands.map((line) => line.join(""))].join("\n"));
    last = state;
    if (isUnknown(kept)) continue;
    if (expected !== undefined && kept.digest !== expected) {
      const where = `registry ${registry.address} on chain ${registry.chain.id}`;
      const fault = notFinal({ epoch: kept, where }, expected)!;
      tell(`${fault.code}: ${fault.message}`);
      return "never";
    }
    if (kept.status === "final") return "final";
    if (kept.status === "expired" || kept.status === "refuted") return "never";
    if (demands.length > 0) await onDemands?.();
  }
  return "waiting";
}

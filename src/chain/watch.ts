import { setTimeout } from "node:timers/promises";
import { notFinal } from "./finalised.js";
import { type ChainEpoch, epochOf, isUnknown, type Registry } from "./registry.js";

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

/**
 * Follows an epoch until it is final, or never will be; tells every state that differs from the one before.
 * @param expected digest that it must have, if the watcher knows it
 * @param rounds how often to ask, `seconds` apart
 */
export async function watchEpoch(
  registry: Registry,
  epoch: { readonly exchange: string; readonly epoch: string },
  { expected, rounds, seconds }: { expected?: string; rounds: number; seconds: number },
  tell: (line: string) => void,
): Promise<WatchEnd> {
  let last = "";
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await setTimeout(seconds * 1000);
    const kept = await epochOf(registry, epoch.exchange, epoch.epoch);
    const line = stateLine(kept);
    if (line !== last) tell(line);
    last = line;
    if (isUnknown(kept)) continue;
    if (expected !== undefined && kept.digest !== expected) {
      const where = `registry ${registry.address} on chain ${registry.chain.id}`;
      const fault = notFinal({ epoch: kept, where }, expected)!;
      tell(`${fault.code}: ${fault.message}`);
      return "never";
    }
    if (kept.status === "final") return "final";
    if (kept.status === "expired" || kept.status === "refuted") return "never";
  }
  return "waiting";
}

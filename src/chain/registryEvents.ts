import { asked } from "./connect.js";
import type { Registry } from "./registry.js";

/** An event of a registry, and the block that it is in. */
export interface RegistryEvent {
  readonly args: Readonly<Record<string, unknown>>;
  readonly block: bigint;
}

/** Blocks that a node is asked about at once: most answer for no more. */
const BLOCKS = 5000n;

/**
 * A registry's events of one kind, the newest first, back to a time (seconds since 1970).
 * @param args what indexed parameters must be
 */
export async function* eventsSince(
  { chain: { client, url }, address, abi }: Registry,
  eventName: string,
  args: Readonly<Record<string, unknown>>,
  since: bigint,
): AsyncGenerator<RegistryEvent, void> {
  let toBlock = await asked(url, () => client.getBlockNumber());
  for (;;) {
    const fromBlock = toBlock >= BLOCKS ? toBlock - BLOCKS + 1n : 0n;
    const query = { address, abi, eventName, args, fromBlock, toBlock } as const;
    const found = await asked(url, () => client.getContractEvents(query as never));
    for (const { args: values, blockNumber } of [...found].reverse() as readonly {
      args: Record<string, unknown>;
      blockNumber: bigint;
    }[])
      yield { args: values, block: blockNumber };
    const { timestamp } = await asked(url, () => client.getBlock({ blockNumber: fromBlock }));
    if (fromBlock === 0n || timestamp < since) return;
    toBlock = fromBlock - 1n;
  }
}

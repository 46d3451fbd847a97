import type { Command } from "commander";
import type { Finalised } from "../chain/finalised.js";
import type { Registry } from "../chain/registry.js";
import { MarginproofError } from "../errors.js";
import { positiveInteger } from "./options.js";

/** Where a registry is. */
export interface RegistryFlags {
  readonly registry?: string;
  readonly chainId?: number;
}

/** Adds the options that name a registry; the nodes' option is the command's own. */
export const registryFlags = (command: Command): Command =>
  command
    .option("--registry <address>", "the exchange's registry on chain")
    .option("--chain-id <n>", "the chain it is on: a node of another is refused", positiveInteger);

/** Options that don't go together. */
export const chainFlags = (message: string, hint: string): MarginproofError =>
  new MarginproofError("CHAIN_FLAGS", message, { kind: "usage", hint });

/**
 * Connects to the registry that the flags name, and gives a way to ask it; undefined without --registry.
 * @throws MarginproofError CHAIN_FLAGS, CHAIN_ID, REGISTRY_ADDRESS, RPC_UNREACHABLE, RPC_ANSWER
 */
export async function registryLook(
  { registry, chainId }: RegistryFlags,
  rpc: readonly string[],
): Promise<((statement: { exchange: string; epoch: string }) => Promise<Finalised>) | undefined> {
  if (registry === undefined && chainId === undefined) return undefined;
  if (registry === undefined)
    throw chainFlags(
      "--chain-id is of no use without --registry",
      "Give --registry ADDRESS, or leave it out.",
    );
  const opened = await openOn(registry, rpc, chainId);
  const { askFinalised } = await import("../chain/finalised.js");
  return (statement) => askFinalised(opened, statement);
}

/** The registry, by the one node that is of its chain. */
async function openOn(registry: string, rpc: readonly string[], chainId?: number): Promise<Registry> {
  // Only now: a command that asks no chain starts without viem.
  const [{ connectChain }, { openRegistry }] = await Promise.all([
    import("../chain/connect.js"),
    import("../chain/registry.js"),
  ]);
  const [only, ...others] = rpc;
  if (only === undefined)
    throw chainFlags("--registry needs a node to ask", "Give --rpc URL, a node of the registry's chain.");
  if (others.length === 0) return openRegistry(await connectChain(only, chainId), registry);
  if (chainId === undefined)
    throw chainFlags("several nodes, and not said which chain the registry is on", "Give --chain-id.");
  const chains = await Promise.all(rpc.map((url) => connectChain(url)));
  const own = chains.find(({ id }) => id === chainId);
  if (own === undefined)
    throw new MarginproofError("CHAIN_ID", `no node given is of chain ${chainId}`, {
      kind: "usage",
      hint: "Give the --rpc of a node of that chain; nothing was sent.",
    });
  return openRegistry({ ...own, said: true }, registry);
}

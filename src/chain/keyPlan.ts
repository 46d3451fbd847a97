import { type Address, encodeAbiParameters, type Hex, keccak256 } from "viem";
import { MarginproofError } from "../errors.js";
import { read } from "./connect.js";
import { compiled } from "./contracts.js";
import type { EpochWords } from "./epochWords.js";
import { ask, exchangeId, type Registry } from "./registry.js";
import { callOf, type PlanStep } from "./sender.js";

const SHAPES = {
  type: "tuple[]",
  components: [
    { name: "id", type: "string" },
    { name: "key", type: "bytes32" },
    { name: "table", type: "bool" },
    { name: "rows", type: "uint32" },
    { name: "stress", type: "uint8" },
  ],
} as const;

/** The name of an epoch's key set. */
export const keySetOf = ({ shapes }: EpochWords): Hex => keccak256(encodeAbiParameters([SHAPES], [shapes]));

/** Gas by test/contracts/gas.json, rounded up: a key; of a key set, and of a name. */
const GAS = { key: 1_250_000n, set: 150_000n, shape: 60_000n, name: 250_000n };

/** Whether a call answers: contracts revert for what they don't know. */
async function known(question: Promise<unknown>): Promise<boolean> {
  try {
    await question;
    return true;
  } catch (error) {
    if (error instanceof MarginproofError && error.code === "CHAIN_REVERTED") return false;
    throw error;
  }
}

/** Adds keys and key set, each once a registry. */
export async function keySteps(registry: Registry, epoch: EpochWords): Promise<PlanStep[]> {
  const { chain, address, abi } = registry;
  const verifier = {
    address: (await ask(registry, "verifier", [])) as Address,
    abi: (await compiled("Groth16Verifier")).abi,
  };
  const keys = epoch.shapes.map(
    ({ id, key }, at): PlanStep => ({
      label: `add the verifying key of ${id}`,
      gas: GAS.key,
      done: () => known(read(chain, { ...verifier, functionName: "signalCount", args: [key] })),
      payload: async () => callOf({ ...verifier, functionName: "addKey", args: [epoch.keys[at]] }),
    }),
  );
  const keySet = keySetOf(epoch);
  return [
    ...keys,
    {
      label: `add the key set ${keySet}`,
      gas: GAS.set + GAS.shape * BigInt(epoch.shapes.length),
      done: () => known(ask(registry, "keySetOf", [keySet])),
      payload: async () => callOf({ address, abi, functionName: "addKeySet", args: [epoch.shapes] }),
    },
  ];
}

/**
 * Registers the exchange's name for the sender, where nobody has it.
 * @throws MarginproofError CHAIN_NAME_TAKEN, from `done`, when somebody else publishes under it
 */
export function nameStep(registry: Registry, name: string, publisher: Address): PlanStep {
  const { address, abi } = registry;
  return {
    label: `register the name ${JSON.stringify(name)}`,
    gas: GAS.name,
    done: async () => {
      const [, owner, named] = (await ask(registry, "exchangeOf", [exchangeId(name)])) as [
        string,
        Address,
        Address,
      ];
      if (BigInt(owner) === 0n) return false;
      if (named.toLowerCase() === publisher.toLowerCase()) return true;
      throw new MarginproofError(
        "CHAIN_NAME_TAKEN",
        `${JSON.stringify(name)} is published by ${named}, not by ${publisher}`,
        {
          kind: "usage",
          hint: "Use the publisher's key, or have the owner name this address with setPublisher; if the name was taken by another, say in public which registry is yours.",
        },
      );
    },
    payload: async () => callOf({ address, abi, functionName: "registerExchange", args: [name, publisher] }),
  };
}

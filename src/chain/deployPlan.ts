import {
  type Address,
  concat,
  encodeDeployData,
  getCreate2Address,
  type Hex,
  keccak256,
  toHex,
  zeroHash,
} from "viem";
import { MarginproofError } from "../errors.js";
import { poseidonWords } from "../field/poseidon/poseidonWords.js";
import { asked, type Chain, read } from "./connect.js";
import { type ContractName, compiled } from "./contracts.js";
import type { Registry } from "./registry.js";
import { callOf, type PlanStep } from "./sender.js";

/**
 * The usual factory for contracts whose address follows from what they are, at this address on nearly every chain. So what is
 * deployed already is found, by whomever it was, and one package and one set of terms make one registry a chain.
 */
const FACTORY: Address = "0x4e59b44847b379578588920cA78FbF26c0B4956C";

/** What a registry is deployed with, for good. Money in wei, times in seconds. */
export interface RegistryTerms {
  readonly minBond: bigint;
  readonly demandPrice: bigint;
  readonly window: bigint;
  readonly response: bigint;
}

/** Poseidons that every epoch needs: of end states, and of whole blocks. */
const WIDTHS = [15, 17];

/** Gas of deploying 1 byte of code and data, and of a call's least, rounded up. */
const GAS_BYTE = 250n;

interface Deployment {
  readonly name: ContractName;
  readonly address: Address;
  readonly step: PlanStep;
}

/** @throws MarginproofError CHAIN_FACTORY, CONTRACTS_MISSING */
export async function deployPlan(
  chain: Chain,
  terms: RegistryTerms,
): Promise<{ readonly registry: Address; readonly reserves: Address; readonly steps: readonly PlanStep[] }> {
  if (!(await hasCode(chain, FACTORY)))
    throw new MarginproofError("CHAIN_FACTORY", `chain ${chain.id} has no factory at ${FACTORY}`, {
      kind: "usage",
      hint: "Have the deterministic deployment proxy put there, or deploy with tools of your own: marginproof export solidity.",
    });
  const verifier = await deployment(chain, "Groth16Verifier", []);
  const poseidon = await deployment(chain, "Poseidon", []);
  const columns = await deployment(chain, "TableColumns", [poseidon.address]);
  const seeds = await deployment(chain, "StatementSeed", [poseidon.address]);
  const registry = await deployment(chain, "EpochRegistry", [
    verifier.address,
    columns.address,
    seeds.address,
    terms.minBond,
    terms.demandPrice,
    terms.window,
    terms.response,
  ]);
  const widths = await Promise.all(WIDTHS.map((width) => widthStep(chain, poseidon.address, width)));
  const reserves = await deployment(chain, "ReserveClaims", [registry.address]);
  const contracts = [verifier, poseidon, columns, seeds, registry, reserves].map(({ step }) => step);
  return { registry: registry.address, reserves: reserves.address, steps: [...contracts, ...widths] };
}

/** Where a registry's contract of reserve addresses is, on every chain. */
export const reserveClaimsAt = async (registry: Address): Promise<Address> =>
  (await placed("ReserveClaims", [registry])).address;

/** Puts it there, for a registry that was deployed without. */
export const reserveClaimsStep = async ({ chain, address }: Registry): Promise<PlanStep> =>
  (await deployment(chain, "ReserveClaims", [address])).step;

/** What the factory is sent for a contract, and where it then is. */
async function placed(
  name: ContractName,
  args: readonly unknown[],
): Promise<{ init: Hex; address: Address }> {
  const { abi, bytecode } = await compiled(name);
  const init: Hex = encodeDeployData({ abi, bytecode, args });
  return {
    init,
    address: getCreate2Address({ from: FACTORY, salt: zeroHash, bytecodeHash: keccak256(init) }),
  };
}

async function deployment(chain: Chain, name: ContractName, args: readonly unknown[]): Promise<Deployment> {
  const { init, address } = await placed(name, args);
  const step: PlanStep = {
    label: `deploy ${name} at ${address}`,
    gas: 100_000n + GAS_BYTE * BigInt(init.length / 2),
    done: () => hasCode(chain, address),
    payload: async () => ({ to: FACTORY, data: concat([zeroHash, init]) }),
  };
  return { name, address, step };
}

/** Adds a width's constants to the Poseidon, where it has them not. */
export async function widthStep(chain: Chain, poseidon: Address, width: number): Promise<PlanStep> {
  const { abi } = await compiled("Poseidon");
  const constants = toHex(poseidonWords(width));
  const call = (functionName: string, args: readonly unknown[]) => ({
    address: poseidon,
    abi,
    functionName,
    args,
  });
  return {
    label: `add Poseidon constants of width ${width}`,
    gas: 100_000n + GAS_BYTE * BigInt(constants.length / 2),
    // Before the contract is there it has no constants.
    done: async () =>
      (await hasCode(chain, poseidon)) && (await read(chain, call("hasWidth", [BigInt(width)]))) === true,
    payload: async () => callOf(call("addWidth", [BigInt(width), constants])),
  };
}

async function hasCode({ client, url }: Chain, address: Address): Promise<boolean> {
  const code = await asked(url, () => client.getCode({ address }));
  return code !== undefined && code !== "0x";
}

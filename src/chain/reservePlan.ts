import type { EvmEntry, ReserveFile } from "../reserves/reserveFile.js";
import { placeOf } from "../reserves/reserveFile.js";
import { read } from "./connect.js";
import { reserveClaimsStep } from "./deployPlan.js";
import { exchangeId } from "./registry.js";
import { claimedReserve, declaredReserve, type ReserveRegister, toDeclare } from "./reserveClaims.js";
import { callOf, type PlanStep } from "./sender.js";

/** Addresses of a `declare`. */
const DECLARED_A_CALL = 100;

/** Gas of a claim, of a call that declares, and of each address in it, rounded up. */
const GAS = { claim: 180_000n, declare: 60_000n, declared: 105_000n };

/**
 * Brings a file's signatures to a registry, each once: anybody may. With `declare` also the addresses whose signatures a registry
 * can't check, by the publisher's word.
 */
export async function reservePlan(
  register: ReserveRegister,
  file: ReserveFile,
  { declare }: { readonly declare: boolean },
): Promise<PlanStep[]> {
  const { id } = register.registry.chain;
  const claims = file.addresses.flatMap((entry) =>
    entry.kind === "evm" && claimedReserve(entry, id) !== undefined ? [claimStep(register, file, entry)] : [],
  );
  const declared = declare ? declareSteps(register, file) : [];
  return [await reserveClaimsStep(register.registry), ...claims, ...declared];
}

function claimStep(register: ReserveRegister, file: ReserveFile, entry: EvmEntry): PlanStep {
  const { address, abi } = register;
  const { exchange, epoch } = file;
  const { kind, signature } = entry.ownership!;
  const reserve = claimedReserve(entry, register.registry.chain.id)!;
  const [functionName, where] =
    kind === "erc1271" ? ["claimByContract", []] : ["claimByKey", [BigInt(entry.chainId)]];
  const args = [exchange, epoch, ...where, entry.address, signature];
  return {
    label: `claim ${placeOf(entry)} for ${JSON.stringify(exchange)}`,
    gas: GAS.claim,
    done: () => isClaimed(register, reserve, exchange),
    payload: async () => callOf({ address, abi, functionName, args }),
  };
}

function declareSteps(register: ReserveRegister, { exchange, addresses }: ReserveFile): PlanStep[] {
  const { address, abi, registry } = register;
  const left = addresses.filter((entry) => claimedReserve(entry, registry.chain.id) === undefined);
  return Array.from({ length: Math.ceil(left.length / DECLARED_A_CALL) }, (_, i) => {
    const some = left.slice(i * DECLARED_A_CALL, (i + 1) * DECLARED_A_CALL);
    return {
      label: `declare ${some.length} addresses for ${JSON.stringify(exchange)}`,
      gas: GAS.declare + GAS.declared * BigInt(some.length),
      done: async () => {
        for (const entry of some)
          if (!(await isClaimed(register, declaredReserve(entry), exchange))) return false;
        return true;
      },
      payload: async () =>
        callOf({
          address,
          abi,
          functionName: "declare",
          args: [exchangeId(exchange), some.map(toDeclare)],
        }),
    };
  });
}

/** Before the contract is there nothing is claimed in it. */
async function isClaimed(register: ReserveRegister, reserve: string, exchange: string): Promise<boolean> {
  const { registry, address, abi } = register;
  const { client } = registry.chain;
  if (!register.there && (await client.getCode({ address })) === undefined) return false;
  const args = [reserve, exchangeId(exchange)];
  return (await read(registry.chain, { address, abi, functionName: "isClaimed", args })) === true;
}

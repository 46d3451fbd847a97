import { type Address, bytesToHex } from "viem";
import { parseStatement } from "../protocol/statement.js";
import type { BundleParts } from "../verifier/bundle.js";
import { type Claim, claimOf, stepsOf, TABLE_INDEX } from "./claim.js";
import { type ClaimedTable, claimedSteps, claimedTable } from "./claimedEpoch.js";
import { asked } from "./connect.js";
import { ask, type Registry } from "./registry.js";
import { eventsSince } from "./registryEvents.js";
import { callOf, type PlanStep } from "./sender.js";

/** Somebody paid for a step, or the table, to be shown. Times in seconds since 1970. */
export interface Demand {
  readonly index: number;
  readonly by: Address;
  readonly deadline: bigint;
  readonly answered: boolean;
}

/** Gas by test/contracts/gas.json and what an answer brings, rounded up. */
const GAS = { demand: 110_000n, answer: 110_000n, byte: 50n, refute: 130_000n };

/** Most bytes of an answer with a step. */
const STEP_BYTES = 1024;

/** What is demanded, in words. */
export const demanded = (index: number): string =>
  index === TABLE_INDEX ? "the risk table" : `step ${index}`;

/** An epoch whose demands are asked for. */
type Asked = Pick<Claim, "registry" | "id" | "kept">;

/** What became of a demand; undefined where nobody demanded it. */
async function demandOf({ registry, id }: Asked, index: number): Promise<Demand | undefined> {
  const kept = (await ask(registry, "demandOf", [id, BigInt(index)])) as Omit<Demand, "index">;
  return BigInt(kept.by) === 0n ? undefined : { ...kept, index };
}

/**
 * Every demand that has no answer yet, the most urgent first. There may be fewer than the registry counts where the node
 * does not have its events.
 */
export async function openDemands(claim: Asked): Promise<Demand[]> {
  const { registry, id, kept } = claim;
  if (kept.demands === 0) return [];
  const window = (await ask(registry, "window", [])) as bigint;
  const open: Demand[] = [];
  for await (const { args } of eventsSince(registry, "Demanded", { epochId: id }, kept.demandsEnd - window)) {
    const demand = await demandOf(claim, Number(args.index));
    if (demand !== undefined && !demand.answered) open.push(demand);
    if (open.length === kept.demands) break;
  }
  return open.sort((one, two) => Number(one.deadline - two.deadline));
}

/** Demands a step, or the table; of what was not answered in time, refutes the claim. */
export async function demandPlan(claim: Claim, index: number, now: bigint): Promise<PlanStep[]> {
  const { registry, id } = claim;
  const { address, abi } = registry;
  const call = (functionName: string) => ({ address, abi, functionName, args: [id, BigInt(index)] });
  const price = (await ask(registry, "demandPrice", [])) as bigint;
  const before = await demandOf(claim, index);
  const demand: PlanStep = {
    label: `demand ${demanded(index)}, for ${price} wei`,
    gas: GAS.demand,
    done: async () => (await demandOf(claim, index)) !== undefined,
    payload: async () => callOf(call("demand"), price),
  };
  if (before === undefined || before.answered || before.deadline >= now) return [demand];
  const refute: PlanStep = {
    label: `refute the claim: nobody showed ${demanded(index)} in time`,
    gas: GAS.refute,
    done: async () => (await demandOf(claim, index))?.answered === true,
    payload: async () => callOf(call("refuteUnanswered")),
  };
  return [demand, refute];
}

/**
 * What answers the open demands of a claim out of its bundle, the most urgent first; of those whose time is not over.
 * @throws MarginproofError CLAIM_NONE, CLAIM_STATEMENT, CLAIM_TABLE; CLAIM_STEPS when a step is demanded
 */
export async function openAnswers(registry: Registry, bundle: BundleParts): Promise<PlanStep[]> {
  const claim = await claimOf(registry, parseStatement(bundle.statement));
  const parts = claimedTable(bundle, claim);
  const { chain } = registry;
  const { timestamp } = await asked(chain.url, () => chain.client.getBlock());
  const open = (await openDemands(claim)).filter(({ deadline }) => deadline >= timestamp);
  return answerSteps(claim, bundle, parts, open);
}

function answerSteps(
  claim: Claim,
  bundle: BundleParts,
  parts: ClaimedTable,
  demands: readonly Demand[],
): PlanStep[] {
  const { registry, id } = claim;
  const { address, abi } = registry;
  const { bytes } = parts.encoding;
  const tree = demands.some(({ index }) => index < stepsOf(claim))
    ? claimedSteps(bundle, claim, parts).tree
    : undefined;
  return demands.map(({ index }) => {
    const [functionName, shown, size] =
      index === TABLE_INDEX
        ? ["answerTable", bytesToHex(bytes), bytes.length]
        : ["answerStep", tree!.opened(index), STEP_BYTES];
    return {
      label: `show ${demanded(index)}`,
      gas: GAS.answer + GAS.byte * BigInt(size),
      done: async () => (await demandOf(claim, index))?.answered === true,
      payload: async () => callOf({ address, abi, functionName, args: [id, shown] }),
    };
  });
}

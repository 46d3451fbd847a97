import { setTimeout } from "node:timers/promises";
import { encodeAbiParameters, type Hex, keccak256, parseAbiParameters } from "viem";
import { MarginproofError } from "../errors.js";
import { BATCHES_A_BLOCK } from "../protocol/challenges.js";
import { shownStatement } from "./batchBlocks.js";
import type { Claim } from "./claim.js";
import type { ClaimedTable } from "./claimedEpoch.js";
import { type ClaimFault, FAULTS } from "./claimFault.js";
import type { ClaimTree } from "./claimTree.js";
import { asked, type ContractCall } from "./connect.js";
import { statementWords } from "./epochWords.js";
import { readSteps, widthSteps } from "./publishPlan.js";
import { ask, epochOf } from "./registry.js";
import { eventsSince } from "./registryEvents.js";
import { callOf, type PlanStep, type Sender } from "./sender.js";

/** Gas by test/contracts/gas.json, rounded up. */
const GAS = { commit: 60_000n, show: 450_000n, batch: 1_200n, take: 60_000n };
const POLL_MS = 500;
/** How long blocks are waited for; a later run goes on. */
const MOST_POLLS = 2400;

/** What is challenged; a step's fault with the claim's tree. */
export interface Challenge {
  readonly claim: Claim;
  readonly epoch: ClaimedTable;
  readonly fault: ClaimFault;
  readonly tree?: ClaimTree;
}

/**
 * What is to be sent until the claim is refuted and its bond taken: the table read where the fault is in it, the commitment, some
 * blocks later the fault, and the withdrawal. Nothing is kept: the commitment's salt follows from the sender's key.
 */
export async function challengePlan(challenge: Challenge, sender: Sender): Promise<PlanStep[]> {
  const { claim, epoch, fault } = challenge;
  const { registry, kept } = claim;
  const salt = await saltOf(sender, challenge);
  const commitment = commitmentOf(sender, challenge, salt);
  const window = (await ask(registry, "window", [])) as bigint;
  const made = async (): Promise<bigint | undefined> => {
    const events = eventsSince(registry, "ChallengeCommitted", { commitment }, kept.demandsEnd - window);
    for await (const { block } of events) return block;
    return undefined;
  };
  const { address, abi } = registry;
  const table =
    fault.kind === "table"
      ? [...(await widthSteps(registry, epoch.rows)), ...(await readSteps(registry, epoch, fault.reads))]
      : [];
  return [
    ...table,
    {
      label: "commit to a challenge",
      gas: GAS.commit,
      done: async () => (await over(challenge)) || (await made()) !== undefined,
      payload: async () => callOf({ address, abi, functionName: "commitChallenge", args: [commitment] }),
    },
    {
      label: `show that ${fault.says}`,
      gas: GAS.show + GAS.batch * BigInt(Math.min(kept.batches, BATCHES_A_BLOCK)),
      done: () => over(challenge),
      payload: async () => {
        await ripe(challenge, await made());
        return callOf(showing(challenge, salt));
      },
    },
    withdrawStep(challenge.claim, sender),
  ];
}

/** Takes out what the registry owes the sender. */
export function withdrawStep({ registry }: Pick<Claim, "registry">, { account }: Sender): PlanStep {
  const { address, abi } = registry;
  return {
    label: `withdraw what the registry owes ${account.address}`,
    gas: GAS.take,
    done: async () => (await ask(registry, "balanceOf", [account.address])) === 0n,
    payload: async () => callOf({ address, abi, functionName: "withdraw", args: [] }),
  };
}

/** Whether the claim was decided meanwhile, by whomever. */
async function over({ claim: { registry }, epoch: { statement } }: Challenge): Promise<boolean> {
  return (await epochOf(registry, statement.exchange, statement.epoch)).status !== "claimed";
}

const COMMITMENT = parseAbiParameters("uint256, address, address, bytes32, uint8, uint256, bytes32, bytes32");

/** IEpochRegistry.commitmentOf, computed here: asked for it, a node would know the challenge first. */
function commitmentOf(
  { chain, account }: Sender,
  { claim: { registry, id }, fault: { kind, index, leaf } }: Challenge,
  salt: Hex,
): Hex {
  const { address } = registry;
  const parts = [
    BigInt(chain.id),
    address,
    account.address,
    id,
    FAULTS[kind],
    BigInt(index),
    leaf,
    salt,
  ] as const;
  return keccak256(encodeAbiParameters(COMMITMENT, parts));
}

/** Known to the sender's key alone until the challenge is shown, and the same in every run. */
async function saltOf({ account, chain }: Sender, { claim, fault }: Challenge): Promise<Hex> {
  const { registry, id } = claim;
  const message = `marginproof challenge ${chain.id} ${registry.address} ${id} ${fault.kind} ${fault.leaf}`;
  return keccak256(await account.signMessage!({ message }));
}

/** Waits until a commitment is old enough for its challenge. @throws MarginproofError CHAIN_PENDING */
async function ripe({ claim: { registry } }: Challenge, made: bigint | undefined): Promise<void> {
  const { chain } = registry;
  const age = (await ask(registry, "REVEAL_BLOCKS", [])) as bigint;
  for (let tries = 0; tries < MOST_POLLS; tries++) {
    const now = await asked(chain.url, () => chain.client.getBlockNumber());
    if (made !== undefined && now >= made + age) return;
    await setTimeout(POLL_MS);
  }
  throw new MarginproofError("CHAIN_PENDING", `the commitment is not ${age} blocks old yet`, {
    kind: "io",
    hint: "Run the same command again: it goes on from the chain.",
  });
}

function showing({ claim, epoch, fault, tree }: Challenge, salt: Hex): ContractCall {
  const { registry, id, kept } = claim;
  const { address, abi } = registry;
  const call = (functionName: string, args: readonly unknown[]) => ({ address, abi, functionName, args });
  if (fault.kind === "table") return call("challengeTable", [id, BigInt(epoch.encoding.tail), salt]);
  const opened = tree!.opened(fault.index);
  if (fault.kind === "end") return call("challengeEnd", [id, opened, salt]);
  const before = tree!.opened(Math.max(fault.index - 1, 0));
  const shown = shownStatement(statementWords(epoch, kept.keySet), fault.index);
  return call("challengeProof", [id, shown, opened, before, salt]);
}

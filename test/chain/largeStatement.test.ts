import { keccak256, zeroHash } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postedStatement, shownStatement } from "../../src/chain/batchBlocks.js";
import { challengePlan } from "../../src/chain/challengePlan.js";
import { claimOf } from "../../src/chain/claim.js";
import { ClaimTree, claimSteps } from "../../src/chain/claimTree.js";
import { connectChain } from "../../src/chain/connect.js";
import { deployPlan } from "../../src/chain/deployPlan.js";
import { type EpochWords, epochWords, statementWords } from "../../src/chain/epochWords.js";
import { keySetOf } from "../../src/chain/keyPlan.js";
import { publishPlan } from "../../src/chain/publishPlan.js";
import { epochOf, openRegistry, type Registry } from "../../src/chain/registry.js";
import { type PlanStep, runPlan, type Sender, senderOf } from "../../src/chain/sender.js";
import { parseMarket } from "../../src/market/index.js";
import { BATCHES_A_BLOCK } from "../../src/protocol/challenges.js";
import { parseStatement } from "../../src/protocol/statement.js";
import { Anvil, anvilAccount, anvilKey } from "../support/anvil.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { forgedEpoch } from "../verifier/forgedEpoch.js";

/** Account steps: more than a block of them, so that no transaction is to hold them all. */
const STEPS = BATCHES_A_BLOCK + 10;
const [PUBLISHER, CHALLENGER] = [2, 3];

let anvil: Anvil;
/** Two of other terms: in one the statement is proved, in the other claimed. */
let registries: readonly [Registry, Registry];
let words: EpochWords;
const sender = (n: number): Sender => senderOf(registries[0].chain, anvilKey(n));

beforeAll(async () => {
  anvil = await Anvil.start();
  const chain = await connectChain(anvil.url, 31_337);
  const deployed = async (minBond: bigint): Promise<Registry> => {
    const terms = { minBond, demandPrice: 1n, window: 86_400n, response: 86_400n };
    const plan = await deployPlan(chain, terms);
    await runPlan(senderOf(chain, anvilKey(1)), plan.steps, () => {});
    return openRegistry(chain, plan.registry);
  };
  registries = [await deployed(1n), await deployed(2n)];
  // Every step has a proof that holds: its maker knows the keys' secrets.
  const { bundle, pins } = forgedEpoch({ ...TINY_MARKET, epoch: "large" }, {}, STEPS);
  const market = parseMarket(JSON.parse(bundle.marketText));
  words = epochWords(bundle, parseStatement(bundle.statement), market, pins);
});
afterAll(() => anvil.stop());

const plan = (at: 0 | 1, epoch = words): Promise<PlanStep[]> =>
  publishPlan(registries[at], epoch, anvilAccount(PUBLISHER).address, {
    kind: at === 0 ? "strict" : "optimistic",
  });
const kept = (at: 0 | 1) => epochOf(registries[at], words.statement.exchange, words.statement.epoch);

async function run(steps: readonly PlanStep[], n: number) {
  const sent: string[] = [];
  await runPlan(sender(n), steps, (label, gas) => void (gas === undefined ? 0 : sent.push(label)));
  return sent;
}

describe("a statement of more batches than a transaction is to hold", () => {
  it("is published block by block, goes on where a run ended, and is final once every step was verified", async () => {
    const steps = await plan(0);
    const upTo = (label: string) => steps.findIndex((step) => step.label.startsWith(label));
    // A run that ends between the two blocks, and one in the middle of the steps.
    await run(steps.slice(0, upTo(`note batches ${BATCHES_A_BLOCK + 1}`)), PUBLISHER);
    const second = await run((await plan(0)).slice(0, upTo("submit account steps 101")), PUBLISHER);
    expect(second).not.toContain(`note batches 1 to ${BATCHES_A_BLOCK} of ${STEPS}`);
    expect(second).toContain(`note batches ${BATCHES_A_BLOCK + 1} to ${STEPS} of ${STEPS}`);
    // The contract's seeds are the verifier's.
    expect(await kept(0)).toMatchObject({
      ...{ status: "open", done: 100, batches: STEPS },
      ...{ seed: words.seed, digest: words.digest },
    });
    const last = await run(await plan(0), PUBLISHER);
    expect(last[0]).toBe("submit account steps 101 to 200");
    expect(await kept(0)).toMatchObject({ status: "final", done: STEPS + 1 });
  });

  it("is claimed over the same notes; no challenge of a true step holds, and one of a false step takes the bond", async () => {
    const at = BATCHES_A_BLOCK + 5;
    const stateOuts = words.stateOuts.map((state, index) => (index === at ? state + 1n : state));
    const cooked = { ...words, stateOuts };
    expect(await run(await plan(1, cooked), PUBLISHER)).not.toContainEqual(expect.stringContaining("note"));
    expect(await kept(1)).toMatchObject({ status: "claimed", digest: words.digest, batches: STEPS });
    const claim = await claimOf(registries[1], words.statement);
    const tree = new ClaimTree(claimSteps(cooked));
    expect(claim.kept.rest).toBe(tree.root);
    const fault = (index: number) =>
      ({ kind: "proof", index, leaf: tree.leaf(index), says: `step ${index} is false` }) as const;
    const challenge = (index: number) =>
      challengePlan({ claim, epoch: cooked, fault: fault(index), tree }, sender(CHALLENGER));
    const commits = (steps: readonly PlanStep[]) => steps.filter(({ label }) => label.startsWith("commit"));
    // The first step, the first of the second block, a table step: all true.
    for (const index of [0, BATCHES_A_BLOCK, STEPS]) await run(commits(await challenge(index)), CHALLENGER);
    await anvil.client.mine({ blocks: 5 });
    for (const index of [0, BATCHES_A_BLOCK])
      await expect(run(await challenge(index), CHALLENGER)).rejects.toThrow("the contract refuses: NoFault");
    await run(commits(await challenge(at)), CHALLENGER);
    await anvil.client.mine({ blocks: 5 });
    await expect(run(await challenge(STEPS), CHALLENGER)).rejects.toThrow("NoFault");
    expect(await run(await challenge(at), CHALLENGER)).toContain(`show that step ${at} is false`);
    expect((await kept(1)).status).toBe("refuted");
  });

  it("has in a challenge the step's own block, or the table's own steps, and nothing else", async () => {
    const [registry] = registries;
    const posted = statementWords(words, keySetOf(words));
    const { notedRest } = postedStatement(posted);
    const seeds = {
      address: (await anvil.read(registry, "seeds")) as `0x${string}`,
      abi: (await import("../../src/chain/contracts.js")).compiled("StatementSeed"),
    };
    const contract = { address: seeds.address, abi: (await seeds.abi).abi };
    const holds = (shown: object, index: number) =>
      anvil.read(contract, "holds", [shown, BigInt(STEPS), notedRest, BigInt(index)]);
    for (const index of [0, BATCHES_A_BLOCK - 1, BATCHES_A_BLOCK, STEPS - 1, STEPS])
      expect(await holds(shownStatement(posted, index), index)).toBe(true);
    // Another block, a root that is another's, a shorter block, other table steps, none.
    const second = shownStatement(posted, BATCHES_A_BLOCK);
    const { leafRoots, batchShapes } = second;
    expect(await holds(second, 0)).toBe(false);
    expect(await holds({ ...second, leafRoots: [...leafRoots.slice(1), leafRoots[0]] }, STEPS - 1)).toBe(
      false,
    );
    const shorter = { leafRoots: leafRoots.slice(1), batchShapes: `0x${batchShapes.slice(4)}` };
    expect(await holds({ ...second, ...shorter }, STEPS - 1)).toBe(false);
    const table = shownStatement(posted, STEPS);
    expect(await holds({ ...table, tableTotals: [keccak256("0x")] }, STEPS)).toBe(false);
    expect(await holds({ ...table, tableTotals: [], tableWeights: [] }, STEPS)).toBe(false);
    expect(await holds({ ...table, notedRest: zeroHash }, STEPS)).toBe(true);
  });
});

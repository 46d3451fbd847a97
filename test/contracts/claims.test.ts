import { type Account, type Hex, keccak256 } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClaimStep, ClaimTree, claimSteps } from "../../src/chain/claimTree.js";
import { Anvil } from "../support/anvil.js";
import { tinyTable } from "../support/tinyMarket.js";
import {
  BOND,
  CHALLENGER,
  type ChainEpoch,
  claimOf,
  DEMAND_PRICE,
  deployRegistry,
  forgedChainEpoch,
  idOf,
  OWNER,
  PUBLISHER,
  RESPONSE,
  type Registry,
  readTable,
  register,
  STRANGER,
  tableOf,
  WINDOW,
  word,
} from "./epoch.js";

const [CLAIMED, FINAL, REFUTED] = [2, 3, 5];
const [PROOF, END, COLUMNS, TABLE_FAULT] = [0, 1, 2, 3];
const SALT = word(77n);
const REWARD = (BOND * 80n) / 100n;
const TABLE = 2n ** 32n - 1n;

let anvil: Anvil;
let on: Registry;
let keySet: Hex;

const epochOf = (name: string): ChainEpoch => forgedChainEpoch(name.replace(/\W+/g, "-"), 3);

beforeAll(async () => {
  anvil = await Anvil.start();
  on = await deployRegistry(anvil, [tinyTable.rows.length]);
  keySet = await register(anvil, on, epochOf("any"));
});
afterAll(() => anvil.stop());

const send = (name: string, args: readonly unknown[], account: Account = CHALLENGER, value = 0n) =>
  anvil.send(on.registry, name, args, { account, value });
const statusOf = (id: Hex) => anvil.read(on.registry, "statusOf", [id]);
const balanceOf = (who: Account) => anvil.read(on.registry, "balanceOf", [who.address]) as Promise<bigint>;

/** A claim on chain, over an epoch of a name of its own, its steps and factors spoilt as said. */
async function claimed(
  name: string,
  spoil: (steps: readonly ClaimStep[]) => readonly ClaimStep[] = (steps) => steps,
  factors: { readonly imfBp?: bigint } = {},
) {
  const epoch = epochOf(name);
  const posted = epoch.posted(keySet);
  const claim = new ClaimTree(spoil(claimSteps(epoch)));
  const said = { ...epoch, table: { ...epoch.table, ...factors } };
  await send("claim", claimOf(said, posted, claim.root), PUBLISHER, BOND);
  const id = await idOf(anvil, on, posted);
  return { epoch, posted, claim, id };
}

async function commit(id: Hex, fault: number, index: number, leaf: Hex, account = CHALLENGER, mine = true) {
  const args = [account.address, id, fault, BigInt(index), leaf, SALT];
  const commitment = await anvil.read(on.registry, "commitmentOf", args);
  await send("commitChallenge", [commitment], account);
  if (mine) await anvil.client.mine({ blocks: 5 });
}

const changed = (at: number, change: Partial<ClaimStep>) => (steps: readonly ClaimStep[]) =>
  steps.map((step, n) => (n === at ? { ...step, ...change } : step));

/** Commits to a bad proof, and shows it. */
async function showProof({ posted, claim, id }: Awaited<ReturnType<typeof claimed>>, index: number) {
  await commit(id, PROOF, index, claim.leaf(index));
  return send("challengeProof", [
    id,
    posted,
    claim.opened(index),
    claim.opened(Math.max(index - 1, 0)),
    SALT,
  ]);
}

async function expectRefuted(id: Hex, before: bigint) {
  expect(await statusOf(id)).toBe(REFUTED);
  expect((await balanceOf(CHALLENGER)) - before).toBe(REWARD);
}

describe("a claim that is true", () => {
  it("stands against every challenge, and is final after its window; the bond comes back", async () => {
    const honest = await claimed("honest");
    const { epoch, claim, id } = honest;
    for (let index = 0; index < 4; index++) await expect(showProof(honest, index)).rejects.toThrow("NoFault");
    await commit(id, END, 3, claim.leaf(3));
    await expect(send("challengeEnd", [id, claim.opened(3), SALT])).rejects.toThrow("NoFault");
    await readTable(anvil, on.columns, tableOf(epoch));
    const tail = BigInt(epoch.encoding.tail);
    await commit(id, COLUMNS, 3, claim.leaf(3));
    await expect(send("challengeColumns", [id, claim.opened(3), tail, SALT])).rejects.toThrow("NoFault");
    await commit(id, TABLE_FAULT, 0, word(0n));
    await expect(send("challengeTable", [id, tail, SALT])).rejects.toThrow("NoFault");

    await expect(send("finalise", [id], STRANGER)).rejects.toThrow("WindowOpen");
    expect(await statusOf(id)).toBe(CLAIMED);
    await anvil.passTime(WINDOW + 1);
    const before = await balanceOf(OWNER);
    await send("finalise", [id], STRANGER);
    expect(await statusOf(id)).toBe(FINAL);
    expect((await balanceOf(OWNER)) - before).toBe(BOND);
    const names = [epoch.statement.exchange, epoch.statement.epoch, keySet];
    expect(await anvil.read(on.registry, "finalDigest", names)).toBe(epoch.digest);
    await send("withdraw", [], OWNER);
    expect(await balanceOf(OWNER)).toBe(0n);
    await expect(send("withdraw", [], OWNER)).rejects.toThrow("NothingToWithdraw");
    // Final is final.
    await expect(showProof(honest, 0)).rejects.toThrow("EpochState");
    await expect(send("claim", [honest.posted, claim.root, 0, 0], PUBLISHER, BOND)).rejects.toThrow(
      "EpochTaken",
    );
    await expect(send("publish", [honest.posted], PUBLISHER)).rejects.toThrow("EpochTaken");
  });
});

describe("a claim that is false", () => {
  const honestStep = (index: number) => claimSteps(epochOf("spoilt"))[index]!;
  it.each([
    ["an account step with another step's proof", 1, { proof: honestStep(0).proof }],
    ["a state that the proof is not of", 0, { stateOut: 5n }],
    ["a state that is no element", 2, { stateOut: 2n ** 255n }],
    ["a proof of no points", 0, { proof: [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n] }],
    ["a proof off the twist", 2, { proof: [1n, 2n, 1n, 1n, 1n, 1n, 1n, 2n] }],
    ["a table step over other columns", 3, { columns: 5n }],
    ["a table step from another lane", 3, { laneStart: 5n }],
  ])("%s: whoever shows the proof takes the bond", async (name, index, change) => {
    const before = await balanceOf(CHALLENGER);
    const spoilt = await claimed(name, changed(index, change));
    await showProof(spoilt, index);
    await expectRefuted(spoilt.id, before);
    await expect(send("finalise", [spoilt.id])).rejects.toThrow("EpochState");
    await expect(send("publish", [spoilt.posted], PUBLISHER)).rejects.toThrow("EpochTaken");
  });

  it("a chain that ends elsewhere, a proof of every step", async () => {
    // The forger's quantities are all 0: claiming others leaves the steps as good as they were, but for the end.
    const before = await balanceOf(CHALLENGER);
    const { id, claim } = await claimed("ends", changed(3, { stateOut: 9n }));
    await commit(id, END, 3, claim.leaf(3));
    await send("challengeEnd", [id, claim.opened(3), SALT]);
    await expectRefuted(id, before);
  });

  it("columns and a proof that fit each other, but not the table", async () => {
    const before = await balanceOf(CHALLENGER);
    const { id, claim, epoch } = await claimed("columns", changed(3, { columns: 9n }));
    const tail = BigInt(epoch.encoding.tail);
    await commit(id, COLUMNS, 3, claim.leaf(3));
    await expect(send("challengeColumns", [id, claim.opened(3), tail, SALT])).rejects.toThrow("TableNotRead");
    await readTable(anvil, on.columns, tableOf(epoch));
    await send("challengeColumns", [id, claim.opened(3), tail, SALT]);
    await expectRefuted(id, before);
  });

  it("an initial factor that is not the table's", async () => {
    const before = await balanceOf(CHALLENGER);
    const { id, epoch } = await claimed("factor", undefined, { imfBp: 10_000n });
    await readTable(anvil, on.columns, tableOf(epoch));
    await commit(id, TABLE_FAULT, 0, word(0n));
    await send("challengeTable", [id, BigInt(epoch.encoding.tail), SALT]);
    await expectRefuted(id, before);
  });
});

describe("what is withheld", () => {
  it("refutes the claim when nobody answers", async () => {
    const before = await balanceOf(CHALLENGER);
    const { id } = await claimed("withheld");
    await expect(send("demand", [id, 2n], CHALLENGER, 1n)).rejects.toThrow("DemandPrice");
    await expect(send("demand", [id, 4n], CHALLENGER, DEMAND_PRICE)).rejects.toThrow("NotInClaim");
    await send("demand", [id, 2n], CHALLENGER, DEMAND_PRICE);
    await expect(send("refuteUnanswered", [id, 2n], STRANGER)).rejects.toThrow("AnswerTime");
    await anvil.passTime(WINDOW + 1);
    await expect(send("finalise", [id])).rejects.toThrow("DemandsOpen");
    await send("refuteUnanswered", [id, 2n], STRANGER);
    expect(await statusOf(id)).toBe(REFUTED);
    expect((await balanceOf(CHALLENGER)) - before).toBe(REWARD + DEMAND_PRICE);
    await expect(send("refuteUnanswered", [id, 2n], STRANGER)).rejects.toThrow("DemandUnknown");
  });

  it("is paid for when answered, and can be looked at for a whole window more", async () => {
    const { id, claim, epoch, posted } = await claimed("answered");
    await anvil.passTime(WINDOW - 60);
    for (const index of [1n, TABLE]) await send("demand", [id, index], CHALLENGER, DEMAND_PRICE);
    await expect(send("demand", [id, 1n], STRANGER, DEMAND_PRICE)).rejects.toThrow("DemandUnknown");
    const before = await balanceOf(STRANGER);
    const wrong = { ...claim.opened(1), step: claim.opened(2).step };
    await expect(send("answerStep", [id, wrong], STRANGER)).rejects.toThrow("NotInClaim");
    await send("answerStep", [id, claim.opened(1)], STRANGER);
    await expect(send("answerStep", [id, claim.opened(1)], STRANGER)).rejects.toThrow("DemandUnknown");
    await expect(send("answerTable", [id, "0x1234"], STRANGER)).rejects.toThrow("AnswerWrong");
    const table: Hex = `0x${Buffer.from(epoch.encoding.bytes).toString("hex")}`;
    expect(keccak256(table)).toBe(posted.tableDigest);
    await send("answerTable", [id, table], STRANGER);
    expect((await balanceOf(STRANGER)) - before).toBe(2n * DEMAND_PRICE);
    await anvil.passTime(WINDOW - 60);
    await expect(send("finalise", [id])).rejects.toThrow("WindowOpen");
    await expect(send("demand", [id, 0n], CHALLENGER, DEMAND_PRICE)).rejects.toThrow("DemandLate");
    await anvil.passTime(120);
    await send("finalise", [id]);
    expect(await statusOf(id)).toBe(FINAL);
  });

  it("comes too late after its time", async () => {
    const { id, claim } = await claimed("late");
    await send("demand", [id, 0n], CHALLENGER, DEMAND_PRICE);
    await anvil.passTime(RESPONSE + 10);
    await expect(send("answerStep", [id, claim.opened(0)], PUBLISHER)).rejects.toThrow("AnswerTime");
  });
});

describe("a challenge that somebody copies", () => {
  it("pays nobody but the one who committed to it, some blocks before", async () => {
    const spoilt = await claimed("copied", changed(1, { stateOut: 5n }));
    const { id, posted, claim } = spoilt;
    const show = (account: Account) =>
      send("challengeProof", [id, posted, claim.opened(1), claim.opened(0), SALT], account);
    await expect(show(CHALLENGER)).rejects.toThrow("CommitmentUnknown");
    await commit(id, PROOF, 1, claim.leaf(1));
    // The copier sees the challenge waiting for its block, and can only commit now.
    await expect(show(STRANGER)).rejects.toThrow("CommitmentUnknown");
    await commit(id, PROOF, 1, claim.leaf(1), STRANGER, false);
    await expect(show(STRANGER)).rejects.toThrow("CommitmentYoung");
    const before = await balanceOf(CHALLENGER);
    await show(CHALLENGER);
    await expectRefuted(id, before);
    await anvil.client.mine({ blocks: 5 });
    await expect(show(STRANGER)).rejects.toThrow("EpochState");
  });

  it("is bound to its chain, registry, epoch, fault, step and content", async () => {
    const { id, claim } = await claimed("bound");
    const args = [CHALLENGER.address, id, PROOF, 1n, claim.leaf(1), SALT] as const;
    const of = (...changed_: readonly unknown[]) =>
      anvil.read(on.registry, "commitmentOf", changed_) as Promise<Hex>;
    const all = await Promise.all([
      of(...args),
      of(STRANGER.address, ...args.slice(1)),
      of(args[0], word(1n), ...args.slice(2)),
      of(...args.slice(0, 2), END, ...args.slice(3)),
      of(...args.slice(0, 3), 2n, ...args.slice(4)),
      of(...args.slice(0, 4), claim.leaf(2), SALT),
      of(...args.slice(0, 5), word(78n)),
    ]);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe("a claim that is none", () => {
  it("needs its bond, its publisher, and a step that is in it", async () => {
    const epoch = epochOf("none");
    const args = claimOf(epoch, epoch.posted(keySet), word(1n));
    await expect(send("claim", args, PUBLISHER, BOND - 1n)).rejects.toThrow("BondTooSmall");
    await expect(send("claim", args, STRANGER, BOND)).rejects.toThrow("NotPublisher");
    const { id, claim, posted } = await claimed("other step", changed(1, { stateOut: 5n }));
    await commit(id, PROOF, 1, claim.leaf(1));
    const [opened, before] = [claim.opened(1), claim.opened(0)];
    const show = (...parts: readonly unknown[]) => send("challengeProof", [id, ...parts, SALT]);
    await expect(show(posted, { ...opened, index: 2n }, before)).rejects.toThrow("NotInClaim");
    await expect(show(posted, opened, claim.opened(2))).rejects.toThrow("NotInClaim");
    await expect(show(posted, opened, { ...before, step: claim.opened(2).step })).rejects.toThrow(
      "NotInClaim",
    );
    const other = { ...posted, leafRoots: [...posted.leafRoots].reverse() };
    await expect(show(other, opened, before)).rejects.toThrow("StatementOther");
    await show(posted, opened, before);
    expect(await statusOf(id)).toBe(REFUTED);
  });
});

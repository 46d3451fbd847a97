import { bytesToHex, concat, encodeFunctionData, type Hex, keccak256, toHex, zeroHash } from "viem";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { postedStatement } from "../../src/chain/batchBlocks.js";
import { type ClaimStep, ClaimTree, claimSteps } from "../../src/chain/claimTree.js";
import { accountSteps, type StatementWords, tableSteps } from "../../src/chain/epochWords.js";
import { keySetOf } from "../../src/chain/keyPlan.js";
import { BATCHES_A_BLOCK } from "../../src/protocol/challenges.js";
import { BASE_FIELD_ORDER } from "../../src/verifier/groth16/curve.js";
import { Anvil, type Deployed } from "../support/anvil.js";
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
  manyBatches,
  noteBlock,
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

/** What somebody tries who reads the contracts to get around them. */
const [OPEN, CLAIMED, FINAL, EXPIRED, REFUTED] = [1, 2, 3, 4, 5];
const [PROOF, TABLE_FAULT] = [0, 3];
const SALT = word(9n);
const STRICT_PERIOD = 7n * 86_400n;

let anvil: Anvil;
let on: Registry;
let keySet: Hex;

beforeAll(async () => {
  anvil = await Anvil.start();
  on = await deployRegistry(anvil, [tinyTable.rows.length]);
  keySet = await register(anvil, on, forgedChainEpoch("any", 2));
});
afterEach(() => anvil.client.removeBlockTimestampInterval());
afterAll(() => anvil.stop());

const send = (name: string, args: readonly unknown[], account = CHALLENGER, value = 0n) =>
  anvil.send(on.registry, name, args, { account, value });
const statusOf = (id: Hex) => anvil.read(on.registry, "statusOf", [id]);
const kept = (id: Hex) =>
  anvil.read(on.registry, "epochOf", [id]) as Promise<{
    readonly deadline: bigint;
    readonly digest: Hex;
    readonly seed: Hex;
  }>;

/** A node of a claim's tree: pairs are sorted. */
const parentOf = (one: Hex, other: Hex): Hex => keccak256(concat(one < other ? [one, other] : [other, one]));

/** Whatever follows, calls and transactions, happens in this second. */
async function at(time: bigint): Promise<void> {
  await anvil.client.setNextBlockTimestamp({ timestamp: time });
  await anvil.client.mine({ blocks: 1 });
  await anvil.client.setBlockTimestampInterval({ interval: 0 });
}

async function claimed(
  name: string,
  change: (steps: readonly ClaimStep[]) => readonly ClaimStep[] = (s) => s,
) {
  const epoch = forgedChainEpoch(name, 2);
  const posted = epoch.posted(keySet);
  const claim = new ClaimTree(change(claimSteps(epoch)));
  await send("claim", claimOf(epoch, posted, claim.root), PUBLISHER, BOND);
  return { epoch, posted, claim, id: await idOf(anvil, on, posted) };
}

async function published(epoch: ChainEpoch, posted: StatementWords) {
  await send("publish", [posted], PUBLISHER);
  await readTable(anvil, on.columns, tableOf(epoch));
  return idOf(anvil, on, posted);
}

async function committed(id: Hex, index: number, leaf: Hex, fault = PROOF): Promise<void> {
  const args = [CHALLENGER.address, id, fault, BigInt(index), leaf, SALT];
  await send("commitChallenge", [await anvil.read(on.registry, "commitmentOf", args)]);
  await anvil.client.mine({ blocks: 5 });
}

describe("a wallet that calls back when it is paid", () => {
  const callOf = (contract: Deployed, functionName: string, args: readonly unknown[] = []) =>
    encodeFunctionData({ abi: contract.abi, functionName, args } as never);

  it("is paid once", async () => {
    const back = callOf(on.registry, "withdraw");
    const wallet = await anvil.deploy("Reenterer", [back]);
    const { id } = await claimed("called-back");
    const demand = callOf(on.registry, "demand", [id, 0n]);
    await anvil.send(wallet, "act", [on.registry.address, demand], { value: DEMAND_PRICE });
    await anvil.passTime(RESPONSE + 1);
    await send("refuteUnanswered", [id, 0n]);
    const owed = (await anvil.read(on.registry, "balanceOf", [wallet.address])) as bigint;
    expect(owed).toBe((BOND * 8n) / 10n + DEMAND_PRICE);
    // Somebody else's money to take is there.
    await claimed("bystander");
    await anvil.send(wallet, "act", [on.registry.address, back]);
    expect(await anvil.client.getBalance({ address: wallet.address })).toBe(owed);
    expect(await anvil.read(wallet, "times")).toBe(1n);
    expect(await anvil.read(wallet, "succeeded")).toBe(false);
    expect(await anvil.read(on.registry, "balanceOf", [wallet.address])).toBe(0n);
  });
});

describe("at the second of a border", () => {
  it("steps are taken in an epoch's last second, and not in the next", async () => {
    for (const [late, status] of [
      [0n, OPEN],
      [1n, EXPIRED],
    ] as const) {
      const epoch = forgedChainEpoch(`strict-${late}`, 2);
      const posted = epoch.posted(keySet);
      const id = await published(epoch, posted);
      const { deadline } = await kept(id);
      await at(deadline + late);
      expect(await statusOf(id)).toBe(status);
      const submit = send("submitAccountSteps", [
        id,
        accountSteps(epoch, posted, 0, 1),
        BigInt(epoch.encoding.tail),
      ]);
      if (late === 0n) await submit;
      else await expect(submit).rejects.toThrow("EpochExpired");
    }
    expect(STRICT_PERIOD).toBe(await anvil.read(on.registry, "STRICT_PERIOD"));
  });

  it("a claim can be demanded from in its last second and is final in the next; an answer and its absence exclude each other", async () => {
    const { id, claim } = await claimed("border");
    const { deadline } = await kept(id);
    await at(deadline);
    await expect(send("finalise", [id])).rejects.toThrow("WindowOpen");
    await send("demand", [id, 1n], CHALLENGER, DEMAND_PRICE);
    const due = deadline + BigInt(RESPONSE);
    await at(deadline + 1n);
    await expect(send("demand", [id, 0n], CHALLENGER, DEMAND_PRICE)).rejects.toThrow("DemandLate");
    await expect(send("finalise", [id])).rejects.toThrow("DemandsOpen");
    await at(due);
    await expect(send("refuteUnanswered", [id, 1n])).rejects.toThrow("AnswerTime");
    await send("answerStep", [id, claim.opened(1)], STRANGER);
    await at(due + BigInt(WINDOW));
    await expect(send("finalise", [id])).rejects.toThrow("WindowOpen");
    await at(due + BigInt(WINDOW) + 1n);
    await send("finalise", [id]);
    expect(await statusOf(id)).toBe(FINAL);
  });
});

describe("names", () => {
  it("that look the same are two epochs, each under the digest of its own letters", async () => {
    // é as one letter, and as e with an accent.
    const [one, two] = ["caf\u00e9", "cafe\u0301"];
    const epoch = forgedChainEpoch("looks", 2);
    const ids: Hex[] = [];
    for (const name of [one, two]) {
      const posted = { ...epoch.posted(keySet), epoch: name };
      await send("publish", [posted], PUBLISHER);
      ids.push(await idOf(anvil, on, posted));
    }
    const [first, second] = await Promise.all(ids.map(kept));
    expect(ids[0]).not.toBe(ids[1]);
    expect(first!.digest).not.toBe(second!.digest);
    const asked = (exchange: string, name: string) =>
      anvil.read(on.registry, "finalDigest", [exchange, name, keySet]);
    for (const name of [one, two]) expect(await asked("tiny exchange", name)).toBe(word(0n));
  });
});

describe("call data in another form", () => {
  it("is the same statement or none", async () => {
    const epoch = forgedChainEpoch("forms", 2);
    const posted = epoch.posted(keySet);
    const data = encodeFunctionData({
      abi: on.registry.abi,
      functionName: "publish",
      args: [posted],
    } as never);
    const raw = (bytes: Hex) =>
      anvil.client.call({ account: PUBLISHER, to: on.registry.address, data: bytes, gas: 16_000_000n });
    // tableShape is the ninth word of the statement: bits above its byte are no number.
    const word9 = 2 + 8 + 64 + 8 * 64;
    const dirty = `${data.slice(0, word9)}01${data.slice(word9 + 2)}` as Hex;
    await expect(raw(dirty)).rejects.toThrow();
    // What follows the arguments is read by nobody.
    await anvil.client.sendTransaction({
      account: PUBLISHER,
      to: on.registry.address,
      data: `${data}deadbeef`,
      gas: 16_000_000n,
    } as never);
    const id = await idOf(anvil, on, posted);
    expect(await kept(id)).toMatchObject({ digest: epoch.digest });
    await expect(send("publish", [posted], PUBLISHER)).rejects.toThrow("EpochTaken");
  });
});

describe("points and keys", () => {
  const other = (steps: readonly ClaimStep[]) =>
    steps.map((step, n) =>
      n === 1 ? { ...step, proof: step.proof.map((x, i) => (i === 0 ? x + BASE_FIELD_ORDER : x)) } : step,
    );

  it("a proof whose coordinate is written in a second form is false, in both modes", async () => {
    const { id, posted, claim } = await claimed("second-form", other);
    await committed(id, 1, claim.leaf(1));
    await send("challengeProof", [id, posted, claim.opened(1), claim.opened(0), SALT]);
    expect(await statusOf(id)).toBe(REFUTED);

    const epoch = forgedChainEpoch("second-form-strict", 2);
    const strict = epoch.posted(keySet);
    const tail = BigInt(epoch.encoding.tail);
    const strictId = await published(epoch, strict);
    const steps = accountSteps(epoch, strict, 0, 2);
    const proofs = other(claimSteps(epoch))
      .slice(0, 2)
      .map(({ proof }) => proof);
    await expect(send("submitAccountSteps", [strictId, { ...steps, proofs }, tail])).rejects.toThrow(
      "ProofFalse",
    );
  });

  it("keys are those of the set that was published under, whatever is added later", async () => {
    const epoch = forgedChainEpoch("swapped", 2);
    const posted = epoch.posted(keySet);
    const id = await published(epoch, posted);
    // The same shapes under each other's keys are another set, which no step of this epoch is looked up in.
    const shapes = epoch.shapes.map((shape) => ({ ...shape, stress: shape.table ? 0 : 1 }));
    await send("addKeySet", [shapes]);
    const tail = BigInt(epoch.encoding.tail);
    await send("submitAccountSteps", [id, accountSteps(epoch, posted, 0, 2), tail]);
    await send("submitTableSteps", [id, tableSteps(epoch, posted, 0, 1), tail]);
    expect(await kept(id)).toMatchObject({ keySet, status: FINAL });
    const swapped = epoch.shapes.map((shape, n) => ({ ...shape, key: epoch.shapes[1 - n]!.key }));
    await expect(send("addKeySet", [swapped])).rejects.toThrow("ShapeWrong");
  });

  it("of one set are each there once: which of two places a noted batch has, no statement would say", async () => {
    const { shapes } = forgedChainEpoch("twice", 1);
    const twice = (...more: typeof shapes) => send("addKeySet", [[...shapes, ...more]]);
    await expect(twice(shapes[0]!)).rejects.toThrow("ShapeWrong");
    await expect(twice({ ...shapes[0]!, stress: 0 })).rejects.toThrow("ShapeWrong");
    await expect(twice({ ...shapes[1]!, id: "table-r8", rows: 8 })).rejects.toThrow("ShapeWrong");
  });
});

describe("too little gas", () => {
  it("refutes no true step, wherever it runs out", async () => {
    const { id, posted, claim } = await claimed("starved");
    await committed(id, 1, claim.leaf(1));
    const data = encodeFunctionData({
      abi: on.registry.abi,
      functionName: "challengeProof",
      args: [id, posted, claim.opened(1), claim.opened(0), SALT],
    } as never);
    let refused = 0;
    for (let gas = 60_000n; gas <= 900_000n; gas += 17_009n) {
      const call = anvil.client.call({ account: CHALLENGER, to: on.registry.address, data, gas });
      await expect(call, `${gas} gas`).rejects.toThrow();
      refused++;
    }
    expect(refused).toBeGreaterThan(40);
    expect(await statusOf(id)).toBe(CLAIMED);
  });
});

describe("a claim that nobody could challenge", () => {
  it("is not taken: a statement above what nodes hand on, a bond below what a challenge costs", async () => {
    const epoch = forgedChainEpoch("too-large", 2);
    const posted = epoch.posted(keySet);
    const many = (n: number) => ({
      ...posted,
      batchShapes: `0x${posted.batchShapes.slice(2, 4).repeat(n)}` as Hex,
      leafRoots: Array.from({ length: n }, (_, i) => word(BigInt(i + 1))),
    });
    const claim = (statement: StatementWords, value = BOND) =>
      send("claim", claimOf(epoch, statement, word(1n)), PUBLISHER, value);
    const instruments = (n: number) => Array.from({ length: n }, () => [0n, 0n] as const);
    // Batches of a block, and as much beside them as a challenge brings.
    const most = (98_304 - 33 * BATCHES_A_BLOCK) / 64 - posted.tableTotals.length;
    const full = many(BATCHES_A_BLOCK);
    await expect(claim({ ...full, quantities: instruments(most + 1) })).rejects.toThrow("StepsTooMany");
    await expect(claim({ ...full, quantities: instruments(most) }, BOND - 1n)).rejects.toThrow(
      "BondTooSmall",
    );
    await expect(claim(many(BATCHES_A_BLOCK + 1))).rejects.toThrow("StatementShape");
    await expect(claim({ ...posted, quantities: instruments(1536) })).rejects.toThrow("StepsTooMany");
    const bondFor = (steps: bigint, rows: bigint) => anvil.read(on.registry, "bondFor", [1n, steps, rows]);
    expect(await bondFor(1n, 1024n)).toBe(BOND);
    expect(await bondFor(1n, 1025n)).toBe(2n * BOND);
    // Padding is read too.
    expect(await bondFor(1n, 65_536n)).toBe(64n * BOND);
  });

  it("is not taken for a bond below what it costs to demand every step: who withholds all of them loses more", async () => {
    const epoch = forgedChainEpoch("withheld", 1);
    const batches = 2 * BATCHES_A_BLOCK;
    const { words } = manyBatches(epoch, keySet, batches, "withheld");
    for (const block of [0, 1]) await noteBlock(anvil, on, epoch, words, block);
    const posted = postedStatement(words);
    const claim = (value: bigint) => send("claim", claimOf(epoch, posted, word(1n)), PUBLISHER, value);
    // Every batch, the table's step, and the table.
    const paid = DEMAND_PRICE * (BigInt(batches) + 2n);
    const bond = (paid * 100n) / 80n;
    await expect(claim(BOND)).rejects.toThrow("BondTooSmall");
    await expect(claim(bond - 1n)).rejects.toThrow("BondTooSmall");
    await claim(bond);
    const id = await idOf(anvil, on, posted);
    const owed = () => anvil.read(on.registry, "balanceOf", [CHALLENGER.address]) as Promise<bigint>;
    const before = await owed();
    await send("demand", [id, 0n], CHALLENGER, DEMAND_PRICE);
    await anvil.passTime(RESPONSE + 1);
    await send("refuteUnanswered", [id, 0n]);
    expect((await owed()) - before).toBeGreaterThanOrEqual(paid);
  });
});

describe("a step so deep in its tree that no node hands on its path", () => {
  it("is not in the claim: it answers no demand", async () => {
    const epoch = forgedChainEpoch("deep", 2);
    const posted = epoch.posted(keySet);
    const deep = (nodes: number) => {
      const path = Array.from({ length: nodes }, (_, n) => keccak256(toHex(n)));
      const leaf = new ClaimTree(claimSteps(epoch)).leaf(0);
      return { path, root: path.reduce(parentOf, leaf) };
    };
    for (const [nodes, taken] of [
      [32, true],
      [33, false],
    ] as const) {
      const name = `deep-${nodes}`;
      const { path, root } = deep(nodes);
      const own = { ...posted, epoch: name };
      await send("claim", claimOf(epoch, own, root), PUBLISHER, BOND);
      const id = await idOf(anvil, on, own);
      await send("demand", [id, 0n], CHALLENGER, DEMAND_PRICE);
      const answer = send("answerStep", [id, { index: 0n, step: claimSteps(epoch)[0], path }], PUBLISHER);
      if (taken) await answer;
      else await expect(answer).rejects.toThrow("NotInClaim");
    }
  });
});

describe("a claim of fewer rows than its table has", () => {
  it("is shown by what stands before the rows: its bond pays for the rows that it says", async () => {
    const epoch = forgedChainEpoch("fewer-rows", 2);
    // The same key under the name of 16 rows: the claim has one step of them.
    const shapes = epoch.shapes.map((shape) =>
      shape.table ? { ...shape, id: "table-r16", rows: 16 } : shape,
    );
    expect(tinyTable.rows.length).toBeGreaterThan(16);
    await send("addKeySet", [shapes]);
    const few = { ...epoch.posted(keySetOf({ ...epoch, shapes })), epoch: "few-rows" };
    const honest = epoch.posted(keySet);
    const { bytes, tail } = epoch.encoding;
    const read = async (words: StatementWords, rows: number) => {
      await send("claim", claimOf(epoch, words, word(1n)), PUBLISHER, BOND);
      const id = await idOf(anvil, on, words);
      await committed(id, 0, zeroHash, TABLE_FAULT);
      const show = () => send("challengeTable", [id, BigInt(tail), SALT]);
      await expect(show()).rejects.toThrow("TableNotRead");
      const { seed } = await kept(id);
      const where = [words.tableDigest, seed, BigInt(rows), BigInt(tail), bytesToHex(bytes)];
      await anvil.send(on.columns, "read", [...where, 4n]);
      return { id, show };
    };
    const fair = await read(honest, epoch.rows);
    await expect(fair.show()).rejects.toThrow("TableNotRead");
    const lie = await read(few, 16);
    await lie.show();
    expect(await statusOf(lie.id)).toBe(REFUTED);
  });
});

describe("a challenger's commitment", () => {
  it("can be neither taken, used up nor made younger by others", async () => {
    const spoil = (steps: readonly ClaimStep[]) =>
      steps.map((s, n) => (n === 0 ? { ...s, stateOut: 4n } : s));
    const { id, posted, claim } = await claimed("commitments", spoil);
    const args = [CHALLENGER.address, id, PROOF, 0n, claim.leaf(0), SALT];
    const commitment = (await anvil.read(on.registry, "commitmentOf", args)) as Hex;
    await send("commitChallenge", [commitment]);
    await anvil.client.mine({ blocks: 4 });
    await send("commitChallenge", [commitment], STRANGER);
    const show = (account = CHALLENGER) =>
      send("challengeProof", [id, posted, claim.opened(0), claim.opened(0), SALT], account);
    await expect(show(STRANGER)).rejects.toThrow("CommitmentUnknown");
    await show();
    expect(await statusOf(id)).toBe(REFUTED);
    await expect(show()).rejects.toThrow("EpochState");
    // The owner's side gets nothing back.
    await expect(send("finalise", [id], OWNER)).rejects.toThrow("EpochState");
  });
});

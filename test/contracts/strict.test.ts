import { type Hex, toFunctionSelector } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountSteps, type StatementWords, tableSteps } from "../../src/chain/epochWords.js";
import { exchangeId } from "../../src/chain/registry.js";
import { FIELD_ORDER } from "../../src/field/order.js";
import { ZERO_TOTALS } from "../../src/protocol/state.js";
import { Anvil } from "../support/anvil.js";
import { TINY_MARKET, tinyTable } from "../support/tinyMarket.js";
import { forgedEpoch } from "../verifier/forgedEpoch.js";
import {
  type ChainEpoch,
  chainEpoch,
  deployRegistry,
  forgedChainEpoch,
  idOf,
  OWNER,
  PUBLISHER,
  type Registry,
  readTable,
  register,
  STRANGER,
  tableOf,
  word,
} from "./epoch.js";

/** Open, Claimed, ... as IEpochRegistry.Status counts them. */
const [OPEN, FINAL, EXPIRED] = [1, 3, 4];
const ROWS = tinyTable.rows.length;

/** Groth16Verifier.KeyUnknown, which the registry's ABI has no name for. */
const KEY_UNKNOWN = toFunctionSelector("KeyUnknown(bytes32)");

let anvil: Anvil;
let on: Registry;
let keySet: Hex;

/** An epoch of a name of its own, four account steps and a table step, under keys whose secrets are known. */
const epochOf = (name: string): ChainEpoch => forgedChainEpoch(name, 4);

beforeAll(async () => {
  anvil = await Anvil.start();
  on = await deployRegistry(anvil, [ROWS]);
  keySet = await register(anvil, on, epochOf("any"));
});
afterAll(() => anvil.stop());

const send = (name: string, args: readonly unknown[], account = PUBLISHER) =>
  anvil.send(on.registry, name, args, { account });
const seedOf = async (id: Hex) =>
  ((await anvil.read(on.registry, "epochOf", [id])) as { readonly seed: Hex }).seed;
const statusOf = (id: Hex) => anvil.read(on.registry, "statusOf", [id]);

/** Publishes, and reads the table. */
async function opened(name: string) {
  const epoch = epochOf(name);
  const posted = epoch.posted(keySet);
  const { gasUsed } = await send("publish", [posted]);
  const id = await idOf(anvil, on, posted);
  const table = await readTable(anvil, on.columns, tableOf(epoch));
  const tail = BigInt(epoch.encoding.tail);
  return { epoch, posted, id, tail, gas: { publish: gasUsed, table: table.gas } };
}

describe("an epoch verified step by step", () => {
  it("is final after its last step and not before, with the digest that TypeScript computes", async () => {
    const { epoch, posted, id, tail } = await opened("whole");
    expect(await anvil.read(on.registry, "epochOf", [id])).toMatchObject({
      digest: epoch.digest,
      status: OPEN,
    });
    const asked = () =>
      anvil.read(on.registry, "finalDigest", [epoch.statement.exchange, epoch.statement.epoch, keySet]);
    await send("submitAccountSteps", [id, accountSteps(epoch, posted, 0, 1), tail], STRANGER);
    await send("submitAccountSteps", [id, accountSteps(epoch, posted, 1, 4), tail]);
    expect(BigInt((await asked()) as Hex)).toBe(0n);
    await send("submitTableSteps", [id, tableSteps(epoch, posted, 0, 1), tail]);
    expect(await statusOf(id)).toBe(FINAL);
    expect(await asked()).toBe(epoch.digest);
    // Under another key set it says nothing.
    const other = await anvil.read(on.registry, "finalDigest", [
      epoch.statement.exchange,
      epoch.statement.epoch,
      posted.tableDigest,
    ]);
    expect(BigInt(other as Hex)).toBe(0n);
  });

  it("takes steps only in order, of this statement, once, and true", async () => {
    const { epoch, posted, id, tail } = await opened("ordered");
    const accounts = (steps: object) => send("submitAccountSteps", [id, steps, tail]);
    const first = accountSteps(epoch, posted, 0, 2);
    await expect(accounts(accountSteps(epoch, posted, 1, 3))).rejects.toThrow("StepsNotNext");
    await expect(send("submitTableSteps", [id, tableSteps(epoch, posted, 0, 1), tail])).rejects.toThrow(
      "StepsNotNext",
    );
    await expect(accounts({ ...first, rest: accountSteps(epoch, posted, 0, 3).rest })).rejects.toThrow(
      "StepsNotNext",
    );
    await expect(accounts({ ...first, stateOuts: first.stateOuts.slice(1) })).rejects.toThrow("StepsNotNext");
    // A cooked step: another end, another proof, a proof of another step.
    await expect(accounts({ ...first, stateOuts: [first.stateOuts[0]!, 5n] })).rejects.toThrow("ProofFalse");
    await expect(accounts({ ...first, proofs: [...first.proofs].reverse() })).rejects.toThrow("ProofFalse");
    // Steps of another epoch: their leaf roots are not the statement's, their proofs hold under other challenges.
    const other = epochOf("another");
    const foreign = accountSteps(other, other.posted(keySet), 0, 2);
    await expect(accounts({ ...foreign, rest: first.rest })).rejects.toThrow("ProofFalse");
    await expect(accounts({ ...first, leafRoots: [...first.leafRoots].reverse() })).rejects.toThrow(
      "StepsNotNext",
    );
    await accounts(first);
    await expect(accounts(first)).rejects.toThrow("StepsNotNext");
    await expect(accounts(accountSteps(epoch, posted, 2, 5))).rejects.toThrow("StepsNotNext");
    expect(await statusOf(id)).toBe(OPEN);
  });

  it("ends in the published totals, or not at all", async () => {
    const { epoch, posted, id, tail } = await opened("ends");
    await send("submitAccountSteps", [id, accountSteps(epoch, posted, 0, 4), tail]);
    const last = tableSteps(epoch, posted, 0, 1);
    await expect(send("submitTableSteps", [id, { ...last, stateOuts: [7n] }, tail])).rejects.toThrow(
      "ProofFalse",
    );
    // Who knows the secrets of a setup proves any end; the contract computes its own.
    const { bundle, pins } = forgedEpoch(
      { ...TINY_MARKET, epoch: "other-totals" },
      { totals: { ...ZERO_TOTALS, badDebt: 5n } },
    );
    const liar = chainEpoch(bundle, pins);
    const honest = { ...liar.posted(keySet), totals: liar.posted(keySet).totals.map(() => 0n) };
    await send("publish", [honest]);
    const lie = await idOf(anvil, on, honest);
    await readTable(anvil, on.columns, { ...tableOf(liar), seed: await seedOf(lie) });
    const steps = accountSteps(liar, honest, 0, 1);
    await expect(send("submitAccountSteps", [lie, steps, tail])).rejects.toThrow("ProofFalse");
  });

  it("waits for its table to be read to the end", async () => {
    const epoch = epochOf("unread");
    const posted = epoch.posted(keySet);
    await send("publish", [posted]);
    const id = await idOf(anvil, on, posted);
    const steps = accountSteps(epoch, posted, 0, 1);
    await expect(send("submitAccountSteps", [id, steps, BigInt(epoch.encoding.tail)])).rejects.toThrow(
      "TableNotRead",
    );
  });

  it("expires, and its name with it", async () => {
    const { epoch, posted, id, tail } = await opened("expired");
    await anvil.passTime(7 * 86_400 + 5);
    expect(await statusOf(id)).toBe(EXPIRED);
    await expect(send("submitAccountSteps", [id, accountSteps(epoch, posted, 0, 1), tail])).rejects.toThrow(
      "EpochExpired",
    );
    await expect(send("publish", [posted])).rejects.toThrow("EpochTaken");
  });

  it("is the only one of its name, and its publisher's", async () => {
    const { posted } = await opened("only");
    await expect(send("publish", [posted])).rejects.toThrow("EpochTaken");
    const second = { ...posted, time: "2026-11-23T09:00:00Z" };
    await expect(send("publish", [second])).rejects.toThrow("EpochTaken");
    await expect(send("publish", [{ ...posted, epoch: "mine" }], STRANGER)).rejects.toThrow("NotPublisher");
    await expect(
      send("publish", [{ ...posted, exchange: exchangeId("nobody"), epoch: "mine" }], STRANGER),
    ).rejects.toThrow("NotPublisher");
  });

  it.each<readonly [string, (posted: StatementWords) => Partial<StatementWords>, string]>([
    [
      "a count that carries into the next",
      ({ totals }) => ({ totals: [2n ** 32n, ...totals.slice(1)] }),
      "SumTooLarge",
    ],
    [
      "a sum that could wrap",
      ({ totals }) => ({ totals: [...totals.slice(0, 13), 2n ** 180n] }),
      "SumTooLarge",
    ],
    [
      "a quantity that could wrap",
      (p) => ({ quantities: [[2n ** 180n, 0n], ...p.quantities.slice(1)] }),
      "SumTooLarge",
    ],
    [
      "a leaf root that is no element",
      (p) => ({ leafRoots: [word(FIELD_ORDER), ...p.leafRoots.slice(1)] }),
      "NotCanonical",
    ],
    ["totals of rows that are no element", () => ({ tableTotals: [word(FIELD_ORDER)] }), "NotCanonical"],
    ["weights that are no element", () => ({ tableWeights: [word(FIELD_ORDER)] }), "NotCanonical"],
    ["a batch without a root", (p) => ({ leafRoots: p.leafRoots.slice(1) }), "StatementShape"],
    ["no batches", () => ({ leafRoots: [], batchShapes: "0x" }), "StatementShape"],
    ["no table steps", () => ({ tableTotals: [], tableWeights: [] }), "StatementShape"],
    [
      "a batch of a table's shape",
      (p) => ({ batchShapes: `0x${"01".repeat(p.leafRoots.length)}` }),
      "ShapeUnknown",
    ],
    ["a batch of no shape", (p) => ({ batchShapes: `0x${"09".repeat(p.leafRoots.length)}` }), "ShapeUnknown"],
    ["table steps of an account's shape", () => ({ tableShape: 0 }), "ShapeUnknown"],
    ["no name", () => ({ epoch: "" }), "NameLength"],
    ["another key set", () => ({ keySet: word(5n) }), "KeySetUnknown"],
  ])("is refused with %s", async (_, change, error) => {
    const posted = epochOf("refused").posted(keySet);
    await expect(send("publish", [{ ...posted, ...change(posted) }])).rejects.toThrow(error);
  });
});

describe("exchanges and key sets", () => {
  it("a name is whose who registered it first, and is handed on in two steps", async () => {
    await expect(send("registerExchange", ["tiny exchange", STRANGER.address], STRANGER)).rejects.toThrow(
      "NameTaken",
    );
    await expect(send("registerExchange", ["", STRANGER.address], STRANGER)).rejects.toThrow("NameLength");
    await send("registerExchange", ["another", PUBLISHER.address], OWNER);
    const id = exchangeId("another");
    await expect(send("setPublisher", [id, STRANGER.address], STRANGER)).rejects.toThrow("NotOwner");
    await expect(send("offerOwnership", [id, STRANGER.address], PUBLISHER)).rejects.toThrow("NotOwner");
    await send("offerOwnership", [id, STRANGER.address], OWNER);
    await expect(send("takeOwnership", [id], PUBLISHER)).rejects.toThrow("NotOwner");
    await send("takeOwnership", [id], STRANGER);
    await send("setPublisher", [id, STRANGER.address], STRANGER);
    await expect(send("setPublisher", [id, OWNER.address], OWNER)).rejects.toThrow("NotOwner");
    expect(await anvil.read(on.registry, "exchangeOf", [id])).toEqual([
      "another",
      STRANGER.address,
      STRANGER.address,
    ]);
  });

  it("a key set names circuits by the keys that they have, and tables by their rows", async () => {
    const { shapes } = epochOf("any");
    const [accounts, table] = [shapes[0]!, shapes[1]!];
    const add = (...set: readonly object[]) => send("addKeySet", [set]);
    await expect(add()).rejects.toThrow("ShapeWrong");
    await expect(add({ ...table, rows: table.rows + 1 })).rejects.toThrow("ShapeWrong");
    await expect(add({ ...table, key: accounts.key })).rejects.toThrow("ShapeWrong");
    await expect(add({ ...accounts, key: table.key })).rejects.toThrow("ShapeWrong");
    await expect(add({ ...accounts, stress: 5 })).rejects.toThrow("ShapeWrong");
    await expect(add({ ...accounts, key: word(3n) })).rejects.toThrow(KEY_UNKNOWN);
    expect(await anvil.read(on.registry, "keySetOf", [keySet])).toEqual(shapes);
  });
});

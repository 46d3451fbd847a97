import { afterAll, beforeAll, expect, it } from "vitest";
import { connectChain } from "../../src/chain/connect.js";
import { deployPlan } from "../../src/chain/deployPlan.js";
import { epochWords } from "../../src/chain/epochWords.js";
import { askFinalised, withRegistry } from "../../src/chain/finalised.js";
import { publishPlan } from "../../src/chain/publishPlan.js";
import { MOST_GAINS } from "../../src/chain/readableTable.js";
import { openRegistry, type Registry } from "../../src/chain/registry.js";
import { runPlan, type Sender, senderOf } from "../../src/chain/sender.js";
import { parseMarket } from "../../src/market/index.js";
import { parseStatement } from "../../src/protocol/statement.js";
import { Anvil, anvilAccount, anvilKey } from "../support/anvil.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { forgedEpoch } from "../verifier/forgedEpoch.js";

let anvil: Anvil;
let sender: Sender;
let registry: Registry;

beforeAll(async () => {
  anvil = await Anvil.start();
  const chain = await connectChain(anvil.url, 31_337);
  sender = senderOf(chain, anvilKey(2));
  const terms = { minBond: 1n, demandPrice: 1n, window: 60n, response: 60n };
  const plan = await deployPlan(chain, terms);
  await runPlan(sender, plan.steps, () => {});
  registry = await openRegistry(chain, plan.registry);
});
afterAll(() => anvil.stop());

/** An epoch under keys whose secrets are known, with so many account steps. */
function wordsOf(steps: number) {
  const { bundle, pins } = forgedEpoch(TINY_MARKET, {}, steps);
  return epochWords(
    bundle,
    parseStatement(bundle.statement),
    parseMarket(JSON.parse(bundle.marketText)),
    pins,
  );
}

it("publishes until final; then another statement of the name is refused before a plan is made", async () => {
  const [words, other] = [wordsOf(4), wordsOf(2)];
  const plan = () => publishPlan(registry, words, sender.account.address, { kind: "strict" });
  expect(await runPlan(sender, await plan(), () => {})).toBeGreaterThan(0n);
  expect(await runPlan(sender, await plan(), () => {})).toBe(0n);
  await expect(
    publishPlan(registry, other, sender.account.address, { kind: "strict" }),
  ).rejects.toMatchObject({ code: "CHAIN_EPOCH_TAKEN" });
  await expect(
    publishPlan(registry, words, anvilAccount(5).address, { kind: "strict" }),
  ).rejects.toMatchObject({ code: "CHAIN_NAME_TAKEN" });
  const found = await askFinalised(registry, words.statement);
  const checks = [
    { kind: "proof", id: "sums", title: "", status: "pass", detail: "" },
    { kind: "solvency", id: "solvency", title: "", status: "fail", detail: "" },
  ] as const;
  const base = {
    valid: false,
    proved: true,
    solvent: false,
    checks,
    notProved: [],
    prices: "stated",
  } as const;
  const verdict = { ...base, developmentKeys: false };
  const told = (statementDigest: string) => withRegistry({ ...verdict, statementDigest }, found);
  expect(told(words.digest)).toMatchObject({ proved: true, checks: [{}, { status: "pass" }, {}] });
  // What is not proved is told before what it would say.
  expect(told(other.digest)).toMatchObject({ proved: false, checks: [{}, { code: "REGISTRY_OTHER" }, {}] });
});

it("is not begun with a table that no registry can read", async () => {
  const words = wordsOf(3);
  const stress = Array<bigint>(MOST_GAINS).fill(1n);
  const table = { ...words.table, rows: words.table.rows.map((row) => ({ ...row, stress })) };
  for (const kind of ["strict", "optimistic"] as const)
    await expect(
      publishPlan(registry, { ...words, table }, sender.account.address, { kind }),
    ).rejects.toMatchObject({ code: "REGISTRY_TABLE" });
});

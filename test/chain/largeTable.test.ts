import { keccak256, toHex } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { claimOf, TABLE_INDEX } from "../../src/chain/claim.js";
import { connectChain } from "../../src/chain/connect.js";
import { demandPlan, openAnswers, openDemands } from "../../src/chain/demands.js";
import { deployPlan } from "../../src/chain/deployPlan.js";
import { epochWords } from "../../src/chain/epochWords.js";
import { publishPlan } from "../../src/chain/publishPlan.js";
import { epochOf, openRegistry, type Registry } from "../../src/chain/registry.js";
import { runPlan, type Sender, senderOf } from "../../src/chain/sender.js";
import { parseMarket } from "../../src/market/index.js";
import { parseStatement } from "../../src/protocol/statement.js";
import { Anvil, anvilAccount, anvilKey } from "../support/anvil.js";
import { manyContracts } from "../support/manyContracts.js";
import { forgedEpoch } from "../verifier/forgedEpoch.js";

/** A table that no transaction holds, sent as the commands send it. */
const LARGE = manyContracts(40, 12);
const BOND = 10n ** 18n;
const PRICE = 10n ** 16n;

let anvil: Anvil;
let registry: Registry;
let miner: NodeJS.Timeout;
const sender = (n: number): Sender => senderOf(registry.chain, anvilKey(n));

beforeAll(async () => {
  anvil = await Anvil.start();
  const chain = await connectChain(anvil.url, 31_337);
  const terms = { minBond: BOND, demandPrice: PRICE, window: 86_400n, response: 86_400n };
  const plan = await deployPlan(chain, terms);
  await runPlan(senderOf(chain, anvilKey(1)), plan.steps, () => {});
  registry = await openRegistry(chain, plan.registry);
  // Blocks go on, as they do on a chain with others on it.
  miner = setInterval(() => void anvil.client.mine({ blocks: 1 }).catch(() => {}), 200);
});
afterAll(async () => {
  clearInterval(miner);
  await anvil.stop();
});

function epoch(name: string) {
  const { bundle, pins } = forgedEpoch({ ...LARGE, epoch: name }, {}, 2);
  const statement = parseStatement(bundle.statement);
  return { bundle, words: epochWords(bundle, statement, parseMarket(JSON.parse(bundle.marketText)), pins) };
}

const statusOf = async ({ statement }: ReturnType<typeof epoch>["words"]) =>
  (await epochOf(registry, statement.exchange, statement.epoch)).status;
const publisher = anvilAccount(2).address;

it("claims with the bond that the rows need, and answers a demand of the table with what is stored", async () => {
  const { bundle, words } = epoch("claimed");
  await runPlan(sender(2), await publishPlan(registry, words, publisher, { kind: "optimistic" }), () => {});
  const claim = await claimOf(registry, words.statement);
  expect(claim.kept.bond).toBe(BOND * BigInt(Math.ceil(words.rows / 1024)));
  await runPlan(sender(3), await demandPlan(claim, TABLE_INDEX, 0n), () => {});
  const steps = await openAnswers(registry, bundle);
  expect(steps.length).toBeGreaterThan(words.encoding.bytes.length / 24_575);
  await runPlan(sender(2), steps, () => {});
  expect(await openDemands(await claimOf(registry, words.statement))).toEqual([]);
  const paid = await anvil.read(registry, "balanceOf", [publisher]);
  expect(paid).toBe(PRICE * BigInt(Math.ceil(words.rows / 256)));
  expect(keccak256(words.encoding.bytes)).toBe(toHex(words.statement.tableDigest));
});

it("publishes until final, reading the table from its pieces", async () => {
  const { words } = epoch("proved");
  expect(words.encoding.bytes.length).toBeGreaterThan(98_304);
  await runPlan(sender(2), await publishPlan(registry, words, publisher, { kind: "strict" }), () => {});
  expect(await statusOf(words)).toBe("final");
});

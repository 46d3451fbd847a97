import { describe, expect, test } from "vitest";
import { loadProfile, type Profile } from "../../src/keys/instances.js";
import { compileTable, type MarketJson, parseMarket } from "../../src/market/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { type AccountShape, instanceId } from "../../src/protocol/shapes.js";
import { type BatchAccount, parseBatch } from "../../src/prover/batchFile.js";
import { giantsNote } from "../../src/prover/giantsNote.js";
import { planBatches } from "../../src/prover/plan.js";
import { TINY_MARKET } from "../support/tinyMarket.js";

/** 1,100 coins and 1,100 contracts of two brackets, one of 20. */
const [, , , perp] = TINY_MARKET.instruments;
const tiers = (count: number) => ({
  brackets: Array.from({ length: count }, (_, k) => ({ notionalFloor: `${1000 * k}`, rate: `0.0${20 + k}` })),
});
const market: MarketJson = {
  ...TINY_MARKET,
  instruments: [
    ...TINY_MARKET.instruments,
    ...Array.from({ length: 1100 }, (_, k) => ({
      ...{ symbol: `C${k}`, kind: "asset" as const, quantityStep: "1", markPrice: "1" },
      stressGains: ["0", "0"],
    })),
    ...Array.from({ length: 1100 }, (_, k) => {
      const requirement = tiers(k === 0 ? 20 : 2);
      return { ...perp!, symbol: `P${k}`, maintenance: requirement, initial: requirement };
    }),
  ],
};
const evaluator = new Evaluator(compileTable(parseMarket(market)));

/** An account of so many contracts and coins. */
function account(name: string, bracketed: number, flat: number, deep = false): BatchAccount {
  const contracts = Array.from({ length: bracketed }, (_, k) => `P${deep ? k : k + 1}`);
  const coins = Array.from({ length: flat }, (_, k) => `C${k}`);
  const holdings = new Map([...contracts, ...coins].map((symbol) => [symbol, 1n]));
  return { account: name, pocket: "", holdings };
}

const shape = (accounts: number, bracketed: number, flat: number): AccountShape => {
  const parts = { template: "accounts", groups: 0, scenarios: 0, stress: 2 } as const;
  const unnamed = { ...parts, accounts, bracketed, flat };
  return { ...unnamed, id: instanceId(unnamed) };
};

/** Shapes in this order, each with what its step costs. */
const profileOf = (...shapes: (readonly [AccountShape, number])[]): Profile => ({
  ...loadProfile("test"),
  accounts: shapes.map(([each]) => each),
  stepCost: ({ id }) => shapes.find(([each]) => each.id === id)?.[1] ?? 5,
});

async function plan(profile: Profile, ...accounts: readonly BatchAccount[]) {
  const batches: string[] = [];
  const all = (async function* () {
    yield* accounts;
  })();
  const keep = async (index: number, text: string): Promise<void> => {
    const { shape: id, accounts: held } = parseBatch(text);
    expect(index).toBe(batches.length);
    batches.push(`${id}: ${held.map((each) => each.account).join(" ")}`);
  };
  const made = await planBatches(all, profile, evaluator, keep, () => {});
  expect(made.shapes).toEqual(batches.map((text) => text.split(":")[0]));
  return batches;
}

const [small, middle, large] = [shape(4, 1, 1), shape(2, 3, 3), shape(1, 40, 40)];

describe("the plan of an epoch", () => {
  const profile = profileOf([small, 10], [middle, 10], [large, 40]);

  test("an account goes to the cheapest places that take it, and a full batch is written at once", async () => {
    const many = Array.from({ length: 5 }, (_, k) => account(`s${k}`, 1, 0));
    expect(await plan(profile, account("m", 3, 0), ...many, account("l", 4, 4), account("n", 0, 3))).toEqual([
      `${small.id}: s0 s1 s2 s3`,
      `${large.id}: l`,
      `${middle.id}: m n`,
      `${small.id}: s4`,
    ]);
  });

  test("accounts of a last batch fill the free places of others, when all find one", async () => {
    const three = shape(3, 3, 3);
    const roomy = profileOf([small, 10], [three, 10], [large, 40]);
    expect(await plan(roomy, account("m", 3, 0), account("s", 1, 0), account("t", 0, 1))).toEqual([
      `${three.id}: m s t`,
    ]);
    // Only one of the two would.
    expect(await plan(profile, account("m", 3, 0), account("s", 1, 0), account("t", 0, 1))).toEqual([
      `${middle.id}: m`,
      `${small.id}: s t`,
    ]);
  });

  test("a last batch goes to a smaller step that takes it: one account does not fill a step of hundreds", async () => {
    const hundreds = shape(200, 3, 3);
    const wide = profileOf([hundreds, 250], [large, 40], [middle, 10]);
    expect(await plan(wide, account("m", 3, 0))).toEqual([`${middle.id}: m`]);
    expect(await plan(wide, ...[1, 2, 3].map((k) => account(`m${k}`, 3, 0)))).toEqual([
      `${hundreds.id}: m1 m2 m3`,
    ]);
  });
});

describe("what the largest accounts cost", () => {
  const profile = profileOf([small, 10], [large, 35]);
  const steps = (...shapes: AccountShape[]) => ({
    batches: shapes.map(({ id }) => ({ shape: id })),
    tableSteps: [{ shape: "table-r16" }],
  });

  test("is said with their share of all constraints, and not where there are none", () => {
    expect(giantsNote(steps(small, small) as never, profile)).toBeUndefined();
    expect(giantsNote(steps(small, large, small, large) as never, profile)).toBe(
      "2 of 4 account steps hold one large account each: 74% of all constraints, the largest step 35",
    );
  });
});

describe("an account that the profile has no room for", () => {
  const refusal = async (...accounts: BatchAccount[]) => {
    const profile = loadProfile("p16");
    const error = await plan(profile, ...accounts).catch((found: unknown) => found);
    expect(error).toMatchObject({ code: "ACCOUNT_TOO_LARGE" });
    const { message, options } = error as Error & { options: { hint: string } };
    expect(options.hint).not.toMatch(/split/);
    return { message, hint: options.hint };
  };

  test("of 17 to 1,024 positions is taken by profile exchange, the message says, and so is a deep lane", async () => {
    for (const [bracketed, flat, deep] of [
      [17, 0, false],
      [61, 3, false],
      [300, 100, false],
      [1000, 1000, true],
      [1, 0, true],
    ] as const) {
      const { message, hint } = await refusal(account("fine", 2, 2), account("big", bracketed, flat, deep));
      expect(message).toContain(`account "big": ${bracketed} bracketed and ${flat} flat holdings`);
      expect(message).not.toContain("fine");
      expect(message.includes("more than 16 brackets")).toBe(deep);
      expect(hint).toMatch(/--profile exchange/);
      const { accounts } = loadProfile("exchange");
      expect(accounts.some((each) => each.bracketed >= bracketed && each.flat >= flat)).toBe(true);
    }
  });

  test("beyond every circuit is told the limits of all", async () => {
    const { hint } = await refusal(account("huge", 1025, 0));
    expect(hint).toContain("1024 bracketed and 1024 flat holdings, 96 risk groups of 255 scenarios");
  });

  test("beyond every profile is told the shape to add, one for all that are listed", async () => {
    const groups = Array.from({ length: 70 }, (_, g) => ({ name: `g${g}`, scenarios: ["up", "down"] }));
    const options = groups.map(({ name }) => ({
      ...{ symbol: name, kind: "option" as const, quantityStep: "1", markPrice: "1" },
      scenarioGains: { [name]: ["-2", "3"] },
      stressGains: ["0", "0"],
    }));
    const own = { ...TINY_MARKET, groups, instruments: [...TINY_MARKET.instruments.slice(0, 4), ...options] };
    const table = compileTable(parseMarket(own));
    const holdings = new Map(options.map(({ symbol }) => [symbol, 1n]));
    const many = (async function* () {
      yield { account: "many", pocket: "", holdings };
    })();
    const made = planBatches(
      many,
      loadProfile("pm16"),
      new Evaluator(table),
      async () => {},
      () => {},
    );
    await expect(made).rejects.toMatchObject({
      code: "ACCOUNT_TOO_LARGE",
      options: { hint: expect.stringContaining("add the shape accounts-a1-b0-f70-g70-s2-z2 ") },
    });
  });
});

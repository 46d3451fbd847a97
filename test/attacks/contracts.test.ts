import { describe, expect, test } from "vitest";
import { compileTable, type MarketJson, openBook, parseMarket } from "../../src/market/index.js";
import { parsedVariants, variantMarket } from "../support/variantMarket.js";

/**
 * Variants of a contract net in the open-interest check. The exchange writes the market file: here it nets what are
 * different claims, or lists variants in which a position is charged less.
 */
type Instrument = MarketJson["instruments"][number];
const of = (m: MarketJson, symbol: string): Instrument => m.instruments.find((i) => i.symbol === symbol)!;

function refused(
  code: string,
  path: string,
  edit: (market: MarketJson) => void,
  mode: "net" | "hedge" = "net",
) {
  const market = variantMarket(mode);
  parseMarket(market);
  edit(market);
  expect(() => parseMarket(market)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(path) }),
  );
}

const FIVE = "ETH-PERP.5x";
/** Another settlement instrument of the same asset is another wallet of claims. */
const second = {
  symbol: "USDT-PNL-2",
  kind: "settlement",
  asset: "USDT",
  quantityStep: "1",
  markPrice: "1",
} as const;

describe("what differs is another contract", () => {
  test.each<[field: string, edit: (i: Instrument, market: MarketJson) => void]>([
    ["kind", (i) => void (i.kind = "future")],
    ["multiplier", (i) => void (i.multiplier = "0.01")],
    ["markPrice", (i) => void (i.markPrice = "3001.01")],
    ["stressGains", (i) => void (i.stressGains = ["-0.01"])],
    ["maintenance", (i) => void (i.maintenance!.brackets![1]!.rate = "0.01")],
    ["maintenance", (i) => void i.maintenance!.brackets!.pop()],
    ["maintenance", (i) => void (i.maintenance!.brackets![1]!.notionalFloor = "9000000")],
    [
      "scenarioGains",
      (i, m) => {
        m.groups = [{ name: "G", scenarios: ["s"] }];
        i.scenarioGains = { G: ["-1"] };
      },
    ],
    [
      "settlement",
      (i, m) => {
        m.instruments.push({ ...second });
        i.settlement = "USDT-PNL-2";
      },
    ],
  ])("%s", (field, edit) => {
    refused("MARKET_CONTRACT", `(${FIVE}).${field}: not that of ETH-PERP.1x`, (m) => edit(of(m, FIVE), m));
  });

  test("an inverse contract's size: 100 USD against 60, both about what one is worth", () => {
    refused("MARKET_CONTRACT", ".inverse", (m) => {
      m.instruments.push({
        symbol: "ETH-PNL",
        kind: "settlement",
        asset: "ETH",
        quantityStep: "0.00001",
        markPrice: "3000",
        stressGains: ["-1200"],
      });
      for (const i of m.instruments.filter(({ contract }) => contract === "ETH-PERP"))
        Object.assign(i, {
          settlement: "ETH-PNL",
          markPrice: "-75",
          inverse: { contract: i.symbol === FIVE ? "60" : "100", tick: "1" },
        });
    });
  });

  test.each([
    ["a dated future as a perpetual's variant", "ETH-25DEC26", "ETH-PERP"],
    ["two expiries", "ETH-25DEC26", "ETH-"],
    ["a strike or date after the name", "ETH-25DEC26", "ETH"],
    ["something else altogether", "ETH-25DEC26", "BTC-PERP"],
  ])("%s, told by the name", (_, symbol, contract) => {
    refused("MARKET_CONTRACT", `(${symbol})`, (m) => void (of(m, symbol).contract = contract));
  });

  test("two dates under one name", () => {
    refused("MARKET_CONTRACT", "(ETH-F-25DEC26).contract", (m) => {
      const future = of(m, "ETH-25DEC26");
      m.instruments.push({ ...structuredClone(future), symbol: "ETH-F-25MAR27", contract: "ETH-F" });
      Object.assign(future, { symbol: "ETH-F-25DEC26", contract: "ETH-F", leverage: "50" });
    });
    // The day as the leverage.
    refused("MARKET_CONTRACT", "(ETH-F-25DEC).contract", (m) =>
      Object.assign(of(m, "ETH-25DEC26"), { symbol: "ETH-F-25DEC", contract: "ETH-F", leverage: "50" }),
    );
    refused("MARKET_CONTRACT", "(ETH-F-50DEC).contract", (m) =>
      Object.assign(of(m, "ETH-25DEC26"), { symbol: "ETH-F-50DEC", contract: "ETH-F", leverage: "50" }),
    );
  });
});

describe("names of contracts", () => {
  test("a contract called as an asset, or like another contract", () => {
    refused("MARKET_CONTRACT", "reads as the asset ETH", (m) =>
      Object.assign(of(m, "ETH-25DEC26"), { symbol: "ETH-F", contract: "ETH" }),
    );
    refused("MARKET_NAME_ALIKE", "looks like", (m) =>
      Object.assign(of(m, "ETH-25DEC26"), { symbol: "ETH-PERP..F", contract: "ETH-PERP." }),
    );
    refused("MARKET_NAME_ALIKE", "looks like", (m) =>
      Object.assign(of(m, "ETH-25DEC26"), { symbol: "eth-perp.F", contract: "eth-perp" }),
    );
  });

  test("a stress scenario called as a contract", () => {
    refused("MARKET_STRESS_NAME", "ETH-PERP", (m) => void (m.stress[0]!.name = "ETH-PERP"));
  });

  test("an asset or a settlement with a contract, a side or a leverage", () => {
    for (const fields of [{ contract: "ETH" }, { side: "long" }, { leverage: "5" }])
      refused("MARKET_FIELD_NOT_ALLOWED", Object.keys(fields)[0]!, (m) =>
        Object.assign(of(m, "ETH"), fields),
      );
  });
});

describe("one place for a position", () => {
  test("a second variant of the same side and leverage, to split a position over brackets", () => {
    refused("MARKET_CONTRACT", "the same side and leverage", (m) =>
      m.instruments.push({ ...structuredClone(of(m, FIVE)), symbol: "ETH-PERP.again" }),
    );
  });

  test("a leverage said and not charged", () => {
    refused(
      "MARKET_CONTRACT",
      "below 1 / 5",
      (m) => void (of(m, FIVE).initial!.brackets![0]!.rate = "0.199"),
    );
    refused("MARKET_CONTRACT", "below 1 / 5", (m) => void delete of(m, FIVE).initial);
  });

  test("one side alone, or sides and none", () => {
    const without = (symbol: string) => (m: MarketJson) =>
      void m.instruments.splice(m.instruments.indexOf(of(m, symbol)), 1);
    refused("MARKET_CONTRACT", "no short side of leverage 5", without("ETH-PERP.S.5x"), "hedge");
    refused("MARKET_CONTRACT", "no long side beside it", without("ETH-25DEC26.L"), "hedge");
    refused("MARKET_CONTRACT", "some have none", (m) => void delete of(m, "ETH-PERP.L.5x").side, "hedge");
  });

  test("net said of a book in hedge mode, and the reverse", () => {
    refused("MARKET_POSITION_MODE", "(ETH-PERP.L.1x).side", (m) => void (m.positionMode = "net"), "hedge");
    refused("MARKET_POSITION_MODE", "positionMode", (m) => void (m.positionMode = "hedge"));
  });

  test("longs held in the variant for shorts balance, and fail the book", () => {
    const market = parsedVariants("hedge");
    const table = compileTable(market);
    const held = new Map([
      ["ETH-PERP.S.5x long", 9n],
      ["ETH-PERP.S.1x short", 9n],
    ]);
    const lanes = table.lanes.map(({ instrument, side }) => held.get(`${instrument} ${side}`) ?? 0n);
    const failed = openBook(market, table, lanes).checks.filter(({ passed }) => !passed);
    expect(failed.map(({ name, parts }) => [name, parts])).toEqual([
      ["position-side", "ETH-PERP.S.5x is for shorts, and others hold it"],
    ]);
  });
});

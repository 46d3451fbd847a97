import { describe, expect, it } from "vitest";
import { parseMarket } from "../../src/market/index.js";
import { parsePolicy } from "../../src/prices/index.js";
import { assertTerms } from "../../src/prices/marketTerms.js";
import { type InstrumentJson, instrumentOf, smallMarket } from "../market/smallMarket.js";
import { expectRefusal, policy } from "./support.js";

describe("what a market says its instruments are", () => {
  const brackets = [{ notionalFloor: "0", rate: "0.01" }];
  const future = (symbol: string, more: Partial<InstrumentJson> = {}): InstrumentJson => ({
    ...{ symbol, kind: "future", quantityStep: "0.001", markPrice: "60000", stressGains: ["-1"] },
    ...{ maintenance: { brackets }, ...more },
  });
  const own = policy(1, {
    quorum: 1,
    terms: [
      { instrument: "USDT", kind: "asset", asset: "USDT" },
      { instrument: "BTC", kind: "asset", asset: "BTC" },
      { instrument: "USDT-PNL", kind: "settlement", asset: "USDT" },
      { instrument: "BTC-PNL", kind: "settlement", asset: "BTC" },
      { instrument: "PNL", kind: "settlement", asset: "USDT" },
      { instrument: "BTC-PERP", kind: "perpetual", settlement: "USDT" },
      { instrument: "CALL", kind: "option", settlement: "USDT", underlyings: ["BTC"] },
      { instrument: "F-{DDMMMYY}", kind: "future", settlement: "USDT" },
      { instrument: "G", kind: "future", settlement: "BTC" },
      { instrument: "INV", kind: "future", settlement: "BTC", contract: "100" },
      { instrument: "TENTH", kind: "future", settlement: "USDT", multiplier: "0.1" },
      { instrument: "ORDERS", kind: "orders", asset: "BTC" },
    ],
  });
  const coin: InstrumentJson = {
    ...{ symbol: "BTC-PNL", kind: "settlement", asset: "BTC", quantityStep: "0.00000001" },
    ...{ markPrice: "60000", stressGains: ["-18000"] },
  };
  const inverse = {
    ...{ settlement: "BTC-PNL", markPrice: "-100" },
    inverse: { contract: "100", tick: "0.01" },
  };
  const judge = (edit: (m: ReturnType<typeof smallMarket>) => void, whose?: string) => () => {
    const json = smallMarket();
    json.instruments.push(coin);
    edit(json);
    return assertTerms(parseMarket(json), parsePolicy(own), whose);
  };

  it("is what the policy says", () => {
    const found = judge((m) => m.instruments.push(future("F-25DEC26"), future("INV", inverse)))();
    expect([...found.keys()]).toEqual([
      "USDT",
      "BTC",
      "USDT-PNL",
      "BTC-PERP",
      "CALL",
      "BTC-PNL",
      "F-25DEC26",
      "INV",
    ]);
    const tenth = judge((m) =>
      m.instruments.push(future("TENTH", { multiplier: "0.1", markPrice: "6000" })),
    )();
    expect(tenth.get("TENTH")?.entry).toMatchObject({ kind: "future", multiplier: "0.1" });
    expect(found.get("F-25DEC26")?.filling.texts).toEqual({ DDMMMYY: "25DEC26" });
    expect(found.get("CALL")?.entry).toMatchObject({ kind: "option", underlyings: ["BTC"] });
  });

  it.each<[string, (m: ReturnType<typeof smallMarket>) => void, string]>([
    [
      "kind",
      (m) => (instrumentOf(m, "BTC-PERP").kind = "future"),
      "its kind is future in the market file, and perpetual in the terms",
    ],
    [
      "asset",
      (m) => m.instruments.push({ ...coin, symbol: "PNL" }),
      "its asset is BTC in the market file, and USDT",
    ],
    [
      "settlement",
      (m) => (instrumentOf(m, "CALL").settlement = "BTC-PNL"),
      "its settlement is BTC in the market file, and USDT",
    ],
    [
      "contract",
      (m) =>
        m.instruments.push(
          future("INV", { ...inverse, markPrice: "-10", inverse: { contract: "10", tick: "0.01" } }),
        ),
      "its contract is 10 in the market file, and 100",
    ],
    [
      "contract than none",
      (m) => m.instruments.push(future("F-25DEC26", inverse)),
      "its settlement is BTC in the market file, and USDT",
    ],
    [
      "size than one",
      (m) => m.instruments.push(future("G", inverse)),
      "its contract is 100 in the market file, and not there, so that it is linear, in the terms",
    ],
    [
      "lack of a contract",
      (m) => m.instruments.push(future("INV", { settlement: "BTC-PNL" })),
      "its contract is not there, so that it is linear, in the market file, and 100",
    ],
    [
      "multiplier",
      (m) => m.instruments.push(future("TENTH", { multiplier: "0.01", markPrice: "600" })),
      "its multiplier is 0.01 in the market file, and 0.1",
    ],
    [
      "multiplier than none",
      (m) => m.instruments.push(future("F-25DEC26", { multiplier: "0.1", markPrice: "6000" })),
      "its multiplier is 0.1 in the market file, and not there, so that it is one unit",
    ],
    [
      "lack of a multiplier",
      (m) => m.instruments.push(future("TENTH")),
      "its multiplier is not there, so that it is one unit priced in quote currency, in the market file, and 0.1",
    ],
  ])("of another %s than the terms say, it is refused", (_, edit, problem) => {
    expectRefusal(judge(edit, "MINE"), "PRICES_TERMS", problem, "of MINE");
  });

  it("has not expired: the epoch's own day still counts", () => {
    const listed = (day: string) => judge((m) => m.instruments.push(future(`F-${day}`)));
    expect(listed("23NOV26")().has("F-23NOV26")).toBe(true);
    expect(listed("24NOV26")().has("F-24NOV26")).toBe(true);
    for (const day of ["22NOV26", "23NOV25", "01JAN26"])
      expectRefusal(listed(day), "PRICES_TERMS", `F-${day}: it has expired`);
  });

  it("is listed to the last second of the day before, and from the first of its own", () => {
    const at = (time: string, day: string) =>
      judge((m) => {
        m.time = time;
        m.instruments.push(future(`F-${day}`));
      });
    for (const second of ["00:00:00", "05:00:00", "18:00:00", "23:59:59"]) {
      expect(at(`2026-11-24T${second}Z`, "24NOV26")().has("F-24NOV26")).toBe(true);
      expectRefusal(at(`2026-11-24T${second}Z`, "23NOV26"), "PRICES_TERMS", "F-23NOV26: it has expired");
    }
  });

  it("is known: those without terms are named, five of many", () => {
    const many = (count: number) =>
      judge((m) => m.instruments.push(...Array.from({ length: count }, (_, n) => future(`G${n}`))));
    expectRefusal(many(1), "PRICES_TERMS", "market, G0: the price policy has no terms that say what this is");
    expectRefusal(many(5), "PRICES_TERMS", "market, G0, G1, G2, G3, G4: ");
    expectRefusal(many(7), "PRICES_TERMS", "market, G0, G1, G2, G3, G4 and 2 more: ");
  });
});

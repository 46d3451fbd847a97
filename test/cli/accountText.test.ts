import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileTable, parseMarketText } from "../../src/market/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { type AccountReport, accountReport, type PocketReport } from "../../src/report/accountReport.js";
import { accountText } from "../../src/report/accountText.js";
import { checkText } from "../../src/report/checkText.js";
import { NOT_PROVED } from "../../src/verifier/verdict.js";

const market = parseMarketText(readFileSync(new URL("../../examples/market.json", import.meta.url), "utf8"));
const table = compileTable(market);

type Held = Record<string, bigint>;

function reportOf(pockets: Readonly<Record<string, Held>>): AccountReport {
  const evaluator = new Evaluator(table);
  const findings = Object.entries(pockets).map(([pocket, held]) => {
    const holdings = new Map(Object.entries(held));
    const opening = { pocket, salt: new Uint8Array(32), batch: 0, position: 0, holdings, path: [] };
    return { opening, evaluation: evaluator.evaluate(holdings) };
  });
  return accountReport({ account: "alice", pockets: findings }, market, table);
}

/** One cross pocket's report. */
const report = (held: Held): PocketReport => reportOf({ "": held }).pockets[0]!;

describe("account report", () => {
  it("shows exact quantities and values", () => {
    const { positions, equity, health, maintenance } = report({ USDT: 100_000n, "BTC-PERP": -15_123n });
    expect(positions).toEqual([
      expect.objectContaining({ instrument: "USDT", quantity: "1000", value: "1000", brackets: 1 }),
      expect.objectContaining({
        instrument: "BTC-PERP",
        quantity: "-15.123",
        steps: "-15123",
        markPrice: "60000",
        value: "-907380",
        bracket: 3,
        brackets: 3,
      }),
    ]);
    expect(equity).toBe("-906380");
    expect(health).toBe("bankrupt");
    expect(Number(maintenance)).toBeCloseTo(20 + 0.005 * 595_000 + 0.01 * 307_380, 3);
  });

  it("tells the three states of health apart", () => {
    expect(report({ USDT: 1_000_000n }).health).toBe("sound");
    // 1 BTC long, entered at 60,000: maintenance about 295.
    const long = { "BTC-PERP": 1000n, "USDT-PNL": -60_000_000_000n };
    expect(report({ USDT: 100_00n, ...long })).toMatchObject({ health: "below-maintenance", equity: "100" });
    expect(report({ USDT: 1000_00n, ...long }).health).toBe("sound");
    expect(report({ "USDT-PNL": -1n })).toMatchObject({
      health: "bankrupt",
      marginRatio: null,
      equity: "-0.000001",
    });
  });

  it("says how opposite positions were counted, to whoever holds any", () => {
    const net = "Positions are net: your long and short of one contract in a pocket count as one.";
    expect(accountText(reportOf({ "": { "BTC-PERP": 1n } }))).toContain(net);
    expect(reportOf({ "": { "BTC-PERP": 1n } }).positionMode).toBe("net");
    const cash = reportOf({ "": { USDT: 1n, "USDT-PNL": 1n } });
    expect(cash.positionMode).toBeNull();
    expect(accountText(cash)).not.toContain("Positions are net");
    const hedged = { ...reportOf({ "": { "BTC-PERP": 1n } }), positionMode: "hedge" } as const;
    expect(accountText(hedged)).toContain(
      "Hedge mode: long and short of a contract that has sides stand beside",
    );
  });

  it("names the holder's band, in words and for scripts", () => {
    // 1 BTC long, entered at 60,000: maintenance 295, initial 590, margin call below 708.
    const long = { "BTC-PERP": 1000n, "USDT-PNL": -60_000_000_000n };
    const shown = (cents: bigint) => {
      const found = reportOf({ "": { USDT: cents, ...long } });
      return [found.pockets[0]!.band, /band +(.*)/.exec(accountText(found))?.[1]];
    };
    expect(shown(-1n)).toEqual(["bankrupt", "BANKRUPT: equity is negative"]);
    expect(shown(294_99n)).toEqual([
      "liquidation",
      "LIQUIDATION: equity is not negative, but less than the maintenance requirement",
    ]);
    expect(shown(295_00n)).toEqual([
      "reduceOnly",
      "REDUCE ONLY: equity covers the maintenance, not the initial requirement",
    ]);
    expect(shown(590_00n)).toEqual([
      "marginCall",
      "MARGIN CALL: equity covers the initial requirement, but less than 1.2 times",
    ]);
    expect(shown(708_00n)).toEqual(["free", "free: equity is at least 1.2 times the initial requirement"]);
    expect(report({}).band).toBe("free");
  });

  it("covers the initial requirement to the last ten-thousandth of a unit", () => {
    const { coversInitial, initial } = report({
      USDT: 600_00n,
      "BTC-PERP": 1000n,
      "USDT-PNL": -60_000_000_000n,
    });
    expect(Number(initial)).toBeCloseTo(590, 3);
    expect(coversInitial).toBe(true);
    const less = report({ USDT: 500_00n, "BTC-PERP": 1000n, "USDT-PNL": -60_000_000_000n });
    expect(less.coversInitial).toBe(false);
  });

  it("reads in plain words", () => {
    const text = accountText(
      reportOf({ "": { USDT: 100_000_000n, "BTC-25DEC26-60000-C": -5n, "USDT-PNL": 7n } }),
    );
    expect(text).toContain("999,800.000007 USDT");
    expect(text).toContain("worst case BTC-options");
    expect(text).toContain("equity under BTC -30%, ETH -45%");
    expect(text).toContain("USDT-PNL: what your derivatives were entered at");
    expect(accountText(reportOf({ "": {} }))).toContain("nothing");
  });

  it("shows every pocket by itself, and the holdings of all together", () => {
    const report = reportOf({
      "": { USDT: 1_000_000n },
      "BTC-PERP": { USDT: 100_00n, "BTC-PERP": 1000n, "USDT-PNL": -60_000_000_000n },
      lost: { USDT: -5n, "BTC-PERP": -400n, "USDT-PNL": 24_000_000_000n },
    });
    expect(report.pockets.map(({ pocket, isolated, health }) => [pocket, isolated, health])).toEqual([
      ["", false, "sound"],
      ["BTC-PERP", true, "below-maintenance"],
      ["lost", true, "bankrupt"],
    ]);
    expect(report.holdings).toMatchObject([
      { instrument: "USDT", quantity: "10099.95" },
      { instrument: "USDT-PNL", quantity: "-36000" },
      { instrument: "BTC-PERP", quantity: "0.6" },
    ]);
    const text = accountText(report);
    expect(text).toContain(
      'The file shows 3 pockets, each counted by itself: cross pocket, isolated pocket "BTC-PERP", isolated pocket "lost".',
    );
    expect(text).toContain("Compare with the pockets you have:");
    expect(text).toMatch(/isolated pocket "BTC-PERP" +100 +\d[\d.]+ +.*in liquidation/);
    expect(text).toMatch(/isolated pocket "lost" +-0\.05 +.*bankrupt/);
    expect(text).toContain(
      '2 of 3 below maintenance: isolated pocket "BTC-PERP", isolated pocket "lost" (bankrupt). No other pocket stands in.',
    );
    expect(text).toMatch(/BTC-PERP +0\.6/);
    expect(accountText(reportOf({ "": { USDT: 1n } }))).toContain(
      "The file shows 1 pocket, and it is counted",
    );
  });

  it("asks a holder whose name was not compared", () => {
    const verdict = {
      valid: true,
      proved: true,
      solvent: true,
      checks: [],
      notProved: NOT_PROVED,
      developmentKeys: false,
      prices: "stated",
    } as const;
    const counted = { status: "counted", report: reportOf({ "": { USDT: 1n } }) } as const;
    expect(checkText({ verdict }, { ...counted, nameCompared: false }, true)).toContain('Is "alice" you?');
    expect(checkText({ verdict }, { ...counted, nameCompared: true }, true)).not.toContain("Is ");
  });
});

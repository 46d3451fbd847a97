import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";
import { run } from "./run.js";

describe("inspect", () => {
  const bundle = tinyEpochPaths("covered").bundle;

  it("shows accounts per band with their shares, and what each band means", () => {
    const { code, out } = run(["inspect", bundle]);
    expect(code).toBe(0);
    expect(out).toContain("NOTHING HERE HAS BEEN VERIFIED");
    const lines = out.slice(out.indexOf("Margin accounts by band")).split("\n").slice(2, 9);
    expect(lines).toEqual([
      "  band            accounts  share  equity",
      "  --------------  --------  -----  ------------------------------------------",
      "  free                   2    25%  at least 1.2 times the initial requirement",
      "  in margin call         0     0%  below 1.2 times the initial requirement",
      "  reduce only            2    25%  below the initial requirement",
      "  in liquidation         3  37.5%  below the maintenance requirement",
      "  bankrupt               1  12.5%  negative",
    ]);
  });

  it("says what every instrument is, and what the book is judged by", () => {
    const { out } = run(["inspect", bundle]);
    expect(out).toMatch(/^ {2}BTC .* asset$/m);
    expect(out).toMatch(/^ {2}BTC-PERP .* perpetual, a claim on the exchange$/m);
    expect(out).toMatch(/^ {2}USDT-PNL .* profit or loss in USDT not yet paid, a claim on the exchange$/m);
    expect(out).toMatch(/^ {2}margin call +below 1\.2 times the initial requirement$/m);
    expect(out).toMatch(/^ {2}stress BTC \+50% +moves 3 of 3 instruments held, USDT aside, by at most /m);
  });

  it("gives the same to scripts", () => {
    const json = JSON.parse(run(["inspect", bundle, "--json"]).out) as Record<string, unknown>;
    expect(json).toMatchObject({
      marginCallFactor: "1.2",
      judgedBy: { initialFactor: "1.3", marginCallFactor: "1.2", prices: null },
      totals: { accounts: "8", belowMaintenance: "4", bankrupt: "1" },
      bands: [
        { band: "free", accounts: "2", share: "25%" },
        { band: "marginCall", accounts: "0", share: "0%" },
        { band: "reduceOnly", accounts: "2", share: "25%" },
        { band: "liquidation", accounts: "3", share: "37.5%" },
        { band: "bankrupt", accounts: "1", share: "12.5%" },
      ],
    });
  });

  const usdt = {
    asset: "USDT",
    gross: "14520.5",
    customerDebt: "700",
    settlement: "940",
    net: "14760.5",
    fund: "100000",
    needed: "114760.5",
    reserve: "10000000",
  };

  it("shows what customers hold and owe of each asset beside fund and reserve, as verify does", () => {
    const { out } = run(["inspect", bundle]);
    const [header, , first] = out.slice(out.indexOf("  asset ")).split("\n");
    const cells = (line: string | undefined) => line!.trim().split(/ {2,}/);
    expect(cells(header)).toEqual(
      "asset,held,owed by customers,settlement,net,insurance fund,declared reserve,coverage".split(","),
    );
    expect(cells(first)).toEqual([
      "USDT",
      "14,520.5",
      "700",
      "940",
      "14,760.5",
      "100,000",
      "10,000,000",
      "8713.79%",
    ]);
    const report = JSON.parse(run(["inspect", bundle, "--json"]).out) as { assets: unknown[] };
    expect(report).toMatchObject({ insuranceFund: "100000", stress: [{ insuranceFund: "100000" }, {}] });
    expect(report.assets[0]).toEqual(usdt);

    const verified = run([
      "verify",
      bundle,
      "--keys",
      join(TEST_KEYS, "keys.json"),
      "--allow-dev-keys",
      "--json",
    ]);
    const { assets, checks } = JSON.parse(verified.out) as {
      assets: unknown;
      checks: { id: string; detail: string }[];
    };
    expect(assets).toEqual(report.assets);
    expect(checks.find(({ id }) => id === "reserves:USDT")!.detail).toBe(
      "114760.5 against 10000000: held by customers 14520.5, owed by customers 700, settlement 940, net 14760.5, fund 100000",
    );
  });
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  accountsOf,
  EXAMPLES,
  edited,
  exampleNames,
  inFolder,
  marginproof,
  rulesOf,
  write,
} from "./support.js";

const market = (...args: string[]) => marginproof("market", ...args);
const rules = (name: string): string => join(EXAMPLES, `${name}.yaml`);

describe("marginproof market", () => {
  test("build writes once, verify recomputes", async () => {
    await inFolder(async (folder) => {
      const path = join(folder, "market.json");
      const built = await market("build", rules("span"), "--out", path);
      expect([built.code, built.err]).toEqual([0, ""]);
      expect(built.out).toContain("scan: BTC scan");
      expect((await market("build", rules("span"), "--out", path)).err).toContain("OUT_EXISTS");
      expect(await market("verify", path, "--rules", rules("span"))).toMatchObject({ code: 0, err: "" });
      const text = readFileSync(path, "utf8");
      const edit = write(folder, "edit.json", edited(text, '"USDT": "100000"', '"USDT": "1"'));
      const different = await market("verify", edit, "--rules", rules("span"));
      expect(different.code).toBe(1);
      expect(different.err).toContain("RULES_MARKET_DIFFERS");
      expect(different.err).toContain('insuranceFund.USDT is "1", but the rules make it "100000"');
      expect(
        (await market("verify", write(folder, "cut.json", text.slice(0, 99)), "--rules", rules("span"))).code,
      ).toBe(1);
      const bad = write(folder, "bad.yaml", edited(rulesOf("span"), "priceScan: 0.15", "priceScan: 0"));
      expect(await market("verify", path, "--rules", bad)).toMatchObject({ code: 2 });
      expect(await market("verify", join(folder, "none.json"), "--rules", rules("span"))).toMatchObject({
        code: 2,
      });
      expect(await market("verify", path)).toMatchObject({ code: 2 });
      expect((await market("build", bad, "--out", join(folder, "x.json"))).err).toMatch(
        /RULES_SCHEMA: rules, line \d+: /,
      );
    });
  });

  test("help teaches; no subcommand is misuse", async () => {
    expect((await market("--help")).out).toMatch(/build[\s\S]*verify[\s\S]*explain[\s\S]*Example/);
    expect(await market()).toMatchObject({ code: 2, out: "" });
  });

  test("explain shows every line, and lines add up to the totals", async () => {
    await inFolder(async (folder) => {
      for (const name of exampleNames) {
        const path = join(folder, `${name}.json`);
        await market("build", rules(name), "--out", path);
        for (const account of ["alice", "bob", "carol", "dave"]) {
          const args = ["explain", account, "--market", path, "--accounts", accountsOf(name)];
          const shown = await market(...args);
          expect([shown.code, shown.err]).toEqual([0, ""]);
          const json = JSON.parse((await market(...args, "--json")).out) as Report;
          const total = (amounts: readonly Amount[]) => amounts.reduce((sum, a) => sum + BigInt(a.units), 0n);
          const [{ pocket, holdings, groups, totals }, ...others] = json.pockets;
          expect([pocket, others]).toEqual(["", []]);
          expect(total(holdings.map((h) => h.value))).toBe(BigInt(totals.equity.units));
          expect(total([...holdings.map((h) => h.maintenance), ...groups.map((g) => g.loss)])).toBe(
            BigInt(totals.maintenance.units),
          );
          expect(total([...holdings, ...groups].map((x) => x.initial))).toBe(BigInt(totals.initial.units));
          for (const g of groups) expect(total(g.parts.map((p) => p.gain))).toBe(-BigInt(g.loss.units));
          for (const h of holdings) expect(shown.out).toContain(h.instrument);
        }
      }
    });
  });

  test("explain: an inverse position, by hand", async () => {
    await inFolder(async (folder) => {
      const path = join(folder, "market.json");
      await market("build", rules("tiered"), "--out", path);
      const { out } = await market("explain", "erin", "--market", path, "--accounts", accountsOf("tiered"));
      // 0.5 BTC; 250 * 0.0017 BTC from the entry; 250 * -100 USDT: 30000 + 25500 - 25000.
      expect(out).toContain("30,500 USDT");
      expect(out).toMatch(/BTC-INV +250 +-100 +-25,000 +1 of 3, from 0 +112.5 +212.5/);
      expect(out).toMatch(/BTC -50% alts -70% +-27,750 +2,750 +0/);
      const none = await market(
        "explain",
        "Erin",
        "--market",
        path,
        "--accounts",
        accountsOf("tiered"),
        "--json",
      );
      expect(none.code).toBe(2);
      expect(JSON.parse(none.out)).toMatchObject({ code: "EXPLAIN_NO_ACCOUNT" });
    });
  });
});

interface Amount {
  readonly units: string;
}
interface Report {
  readonly pockets: readonly [Pocket, ...Pocket[]];
}
interface Pocket {
  readonly pocket: string;
  readonly holdings: readonly { instrument: string; value: Amount; maintenance: Amount; initial: Amount }[];
  readonly groups: readonly { loss: Amount; initial: Amount; parts: readonly { gain: Amount }[] }[];
  readonly totals: { equity: Amount; maintenance: Amount; initial: Amount };
}

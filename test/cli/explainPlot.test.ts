import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explainSvg } from "../../src/cli/plot/explainSvg.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import type { ExplainReport } from "../../src/report/explainReport.js";
import { grouped } from "../../src/report/money.js";
import {
  accountsOf,
  EXAMPLES,
  edited,
  exampleNames,
  marginproof,
  rulesOf,
  temporaryFolder,
  write,
} from "../rules/support.js";
import { run } from "./run.js";
import { parseSvg, type SvgElement } from "./svg.js";

const { folder, remove } = temporaryFolder();
const at = (name: string): string => join(folder, name);
const explain = (account: string, example: string, ...more: string[]) =>
  marginproof(
    "market",
    "explain",
    account,
    "--market",
    at(`${example}.json`),
    "--accounts",
    accountsOf(example),
    ...more,
  );
const WORST = "#c1272d";

beforeAll(async () => {
  for (const name of exampleNames)
    expect(
      (await marginproof("market", "build", join(EXAMPLES, `${name}.yaml`), "--out", at(`${name}.json`)))
        .code,
    ).toBe(0);
});
afterAll(remove);

const all = (root: SvgElement, name: string): SvgElement[] => [
  ...(root.name === name ? [root] : []),
  ...root.children.flatMap((child) => all(child, name)),
];
const textsOf = (root: SvgElement): string[] =>
  all(root, "text")
    .map((t) => t.text)
    .filter((text) => text !== "");
const isWorst = ({ attributes }: SvgElement): boolean => attributes.fill === WORST;

describe("marginproof market explain --plot", () => {
  test.each(exampleNames)(
    "%s: a panel for every risk group, its worst cell marked with explain's own figures",
    async (name) => {
      for (const account of ["alice", "carol"]) {
        const file = at(`${name}-${account}.svg`);
        const { code, err, out } = await explain(account, name, "--plot", file, "--json");
        expect([code, err]).toEqual([0, ""]);
        const report = JSON.parse(out) as ExplainReport;
        const root = parseSvg(readFileSync(file, "utf8"));
        expect(root.attributes.viewBox).toBe(`0 0 ${root.attributes.width} ${root.attributes.height}`);
        const texts = textsOf(root);
        expect(texts[0]).toBe(`${report.exchange}, epoch ${report.epoch}, ${report.time}`);
        const pocket = report.pockets[0]!;
        const losing = pocket.groups.filter((g) => g.scenario !== null);
        for (const g of pocket.groups) {
          expect(texts).toContain(`account "${account}": group ${g.group}`);
          for (const { scenario } of g.cells) expect(texts).toContain(scenario);
        }
        for (const g of losing) {
          const cell = g.cells.find(({ scenario }) => scenario === g.scenario)!;
          expect(-BigInt(cell.gain.units)).toBe(BigInt(g.loss.units));
          expect(BigInt(cell.value.units)).toBe(BigInt(pocket.totals.equity.units) - BigInt(g.loss.units));
          for (const { gain } of g.cells) expect(BigInt(gain.units) >= -BigInt(g.loss.units)).toBe(true);
          const [value, loss, initial] = [cell.value, g.loss, g.initial].map(({ amount }) => grouped(amount));
          expect(texts).toContain(`worst: ${value} USDT, a loss of ${loss}`);
          expect(texts).toContain(
            `requirement of the group: maintenance ${loss} USDT, initial ${initial} USDT`,
          );
        }
        const panels = pocket.groups.length === 0 ? 1 : pocket.groups.length;
        expect(texts.filter((text) => text.startsWith("equity now "))).toHaveLength(panels);
        expect(texts.filter((text) => text.endsWith("scenario happens, USDT; dashed: now"))).toHaveLength(
          panels,
        );
        const marked = pocket.groups.length === 0 ? 1 : losing.length;
        expect(all(root, "path").filter(isWorst)).toHaveLength(marked);
        expect(texts.filter((text) => text.startsWith("worst: "))).toHaveLength(marked);
      }
    },
  );

  test("the marked bar is the one that reaches furthest down", async () => {
    const file = at("bars.svg");
    await explain("carol", "span", "--plot", file);
    const bars = all(parseSvg(readFileSync(file, "utf8")), "path").filter((p) =>
      /^#(?:0072b2|e69f00|c1272d)$/.test(p.attributes.fill ?? ""),
    );
    const left = (bar: SvgElement): number => Number(/^M([-\d.]+)/.exec(bar.attributes.d!)![1]);
    expect(bars).toHaveLength(16);
    const worst = bars.filter(isWorst);
    expect(worst).toHaveLength(1);
    expect(left(worst[0]!)).toBe(Math.min(...bars.map(left)));
  });

  test("the same account makes the same bytes, in this process and in another; for its owner alone", async () => {
    const files = ["one.svg", "again.svg", "other.svg"].map(at);
    for (const file of files.slice(0, 2))
      expect((await explain("bob", "deribit", "--plot", file)).code).toBe(0);
    const args = ["--market", at("deribit.json"), "--accounts", accountsOf("deribit"), "--plot", files[2]!];
    expect(run(["market", "explain", "bob", ...args])).toMatchObject({
      code: 0,
      out: expect.stringContaining("Wrote "),
    });
    const [one, again, other] = files.map((file) => readFileSync(file, "utf8"));
    expect(again).toBe(one);
    expect(other).toBe(one);
    expect(statSync(files[0]!).mode & 0o777).toBe(0o600);
  });

  test("overwrites nothing, and looks first", async () => {
    const file = at("taken.svg");
    writeFileSync(file, "mine");
    const taken = await explain("nobody", "span", "--plot", file);
    expect(taken).toMatchObject({ code: 2, out: "", err: expect.stringContaining("OUT_EXISTS") });
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  test("needs vega, and says so before it looks at anything", async () => {
    // The built command with everything that it depends on but vega.
    const home = at("without-vega");
    const { dependencies } = JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    expect(dependencies).not.toHaveProperty("vega");
    for (const name of Object.keys(dependencies)) {
      mkdirSync(dirname(join(home, "node_modules", name)), { recursive: true });
      symlinkSync(join(PACKAGE_ROOT, "node_modules", name), join(home, "node_modules", name));
    }
    for (const name of ["package.json", "circuits"])
      cpSync(join(PACKAGE_ROOT, name), join(home, name), { recursive: true });
    cpSync(join(PACKAGE_ROOT, "build", "dist"), join(home, "build", "dist"), { recursive: true });
    const file = at("never.svg");
    const explain = (...args: string[]) =>
      spawnSync(
        process.execPath,
        [join(home, "build", "dist", "cli", "main.js"), "market", "explain", "alice", ...args],
        { encoding: "utf8" },
      );
    const inputs = ["--market", at("span.json"), "--accounts", accountsOf("span")];
    expect(explain(...inputs)).toMatchObject({ status: 0, stderr: "" });
    const refused = explain("--market", at("missing.json"), "--accounts", at("missing.csv"), "--plot", file);
    expect(refused).toMatchObject({ status: 2, stdout: "" });
    expect(refused.stderr).toContain("PLOT_WITHOUT_VEGA");
    expect(refused.stderr).toContain("npm install vega@6");
    expect(existsSync(file)).toBe(false);
  });

  test("without risk groups: the stress scenarios, the lowest marked", async () => {
    const file = at("stress.svg");
    const report = JSON.parse(
      (await explain("carol", "tiered", "--plot", file, "--json")).out,
    ) as ExplainReport;
    const texts = textsOf(parseSvg(readFileSync(file, "utf8")));
    const { stress, totals } = report.pockets[0]!;
    expect(texts).toContain('account "carol": exchange-wide stress');
    expect(texts.find((text) => text.startsWith("in no risk group"))).toContain(
      grouped(totals.maintenance.amount),
    );
    expect(texts).toContain(
      `worst: ${grouped(stress[0]!.equity.amount)} USDT, a change of ${grouped(stress[0]!.change.amount)}`,
    );
    for (const { name } of stress) expect(texts).toContain(name);
  });

  test("neither groups nor stress: says so and writes nothing", async () => {
    const rules = rulesOf("tiered").replace(/^stress:\n(?: .*\n)*/m, "");
    await marginproof("market", "build", write(folder, "bare.yaml", rules), "--out", at("bare.json"));
    const args = ["--market", at("bare.json"), "--accounts", accountsOf("tiered"), "--plot", at("bare.svg")];
    const { code, err } = await marginproof("market", "explain", "carol", ...args);
    expect([code, err]).toEqual([2, expect.stringContaining("EXPLAIN_NOTHING_TO_PLOT")]);
    expect(existsSync(at("bare.svg"))).toBe(false);
  });

  test("every pocket is drawn; names can't break out of the text", async () => {
    const csv = edited(
      readFileSync(accountsOf("span"), "utf8"),
      "account,instrument,quantity,entry_price\n",
      "account,pocket,instrument,quantity,entry_price\n",
    )
      .replace(/^(\w+),(?=[A-Z])/gm, "$1,,")
      .concat(
        '"</text><script>alert(1)</script>&amp;",,USDT,5000,\n"</text><script>alert(1)</script>&amp;",,BTC-PERP,0.1,60000\n',
      )
      .concat(
        '"</text><script>alert(1)</script>&amp;",one,USDT,70,\n"</text><script>alert(1)</script>&amp;",one,BTC-PERP,-0.1,60000\n',
      );
    const accounts = write(folder, "pockets.csv", csv);
    const file = at("names.svg");
    const name = "</text><script>alert(1)</script>&amp;";
    const { code, err } = await marginproof(
      "market",
      "explain",
      name,
      "--market",
      at("span.json"),
      "--accounts",
      accounts,
      "--plot",
      file,
    );
    expect([code, err]).toEqual([0, ""]);
    const root = parseSvg(readFileSync(file, "utf8"));
    expect(all(root, "script")).toEqual([]);
    const titles = textsOf(root).filter((text) => text.includes(": group scan: BTC scan"));
    expect(titles).toHaveLength(2);
    for (const title of titles) expect(title).toContain(name);
    expect(titles[1]).toContain('isolated pocket "one"');
  });

  test("a group that nothing loses in is drawn without a mark", async () => {
    const report = JSON.parse((await explain("carol", "span", "--json")).out) as ExplainReport;
    const [pocket] = report.pockets;
    const zero = { amount: "0", units: "0" };
    const calm = { ...pocket!.groups[0]!, scenario: null, loss: zero, initial: zero };
    const flat = calm.cells.map((cell) => ({ ...cell, gain: zero, value: pocket!.totals.equity }));
    const texts = textsOf(
      parseSvg(
        await explainSvg({ ...report, pockets: [{ ...pocket!, groups: [{ ...calm, cells: flat }] }] }),
      ),
    );
    expect(texts).toContain("no loss in any of 16 scenarios: the group requires nothing");
    expect(texts.filter((text) => text.startsWith("worst"))).toEqual([]);
  });
});

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { marginproof } from "../rules/support.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";

const folder = mkdtempSync(join(tmpdir(), "marginproof-named-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
writeFileSync(at("huge"), "");
truncateSync(at("huge"), 3 * 2 ** 30);
writeFileSync(at("empty"), "");
mkdirSync(at("folder"));
const policy = { format: "marginproof/reserve-policy/1", require: "proved", maxSecondsFromEpoch: 0 };
writeFileSync(at("policy"), JSON.stringify({ ...policy, chains: [], tokens: [] }));
spawnSync("mkfifo", [at("pipe")]);

const { bundle, market } = tinyEpochPaths("covered");
const accounts = ["--accounts", tinyEpochPaths("covered").accounts];
const prices = ["--price-policy", "examples/prices/policy.json", "--evidence", at("e")];

/** Every option and argument that names a file which is read whole, given this path. */
const NAMED: Readonly<Record<string, (path: string) => string[]>> = {
  "verify --keys": (path) => ["verify", bundle, "--keys", path],
  "verify --market": (path) => ["verify", bundle, "--market", path],
  "verify --price-policy": (path) => ["verify", bundle, "--price-policy", path],
  "check <file>": (path) => ["check", path, "--epoch", bundle],
  "explain --market": (path) => ["market", "explain", "a", "--market", path, ...accounts],
  "explain --model": (path) => ["market", "explain", "a", "--market", market, "--model", path, ...accounts],
  "build <rules>": (path) => ["market", "build", path, "--out", at("m")],
  "build --prices": (path) => [
    "market",
    "build",
    "examples/prices/rules.yaml",
    "--out",
    at("m"),
    "--prices",
    path,
    ...prices,
  ],
  "market verify --evidence": (path) => [
    "market",
    "verify",
    market,
    "--rules",
    "examples/prices/rules.yaml",
    "--evidence",
    path,
  ],
  "reserves verify <file>": (path) => ["reserves", "verify", path, "--policy", at("policy")],
  "reserves verify --policy": (path) => ["reserves", "verify", at("none"), "--policy", path],
  "reserves attest <addresses>": (path) => ["reserves", "attest", path, "--messages"],
  "prices verify": (path) => ["prices", "verify", path],
};

describe.each(Object.entries(NAMED))("%s", (name, args) => {
  test("is refused by its size, and as a pipe without waiting", async () => {
    const huge = await marginproof(...args(at("huge")));
    expect([huge.code, huge.err]).toEqual([
      2,
      expect.stringMatching(/^error FILE_TOO_LARGE: .*huge is larger than/),
    ]);
    const pipe = await marginproof(...args(at("pipe")));
    expect([pipe.code, pipe.err]).toEqual([2, expect.stringContaining("it is not a plain file")]);
  });

  test("is named when it is a folder, or not there", async () => {
    // --keys takes the folder that keys.json is in.
    const inside = name === "verify --keys" ? "there is no such file" : "it is a folder";
    for (const [path, reason] of [
      ["folder", inside],
      ["none", "there is no such file"],
    ] as const) {
      const { code, err } = await marginproof(...args(at(path)));
      expect([code, err]).toEqual([2, expect.stringMatching(/^error FILE_UNREADABLE: can't read /)]);
      expect(err).toContain(reason);
      expect(err).toContain(at(path));
    }
  });
});

test.each(["--keys", "--market", "--price-policy"])(
  "an empty file for %s is called empty",
  async (option) => {
    const { code, err } = await marginproof(...["verify", bundle, option, at("empty")]);
    expect([code, err]).toEqual([2, expect.stringContaining("it is empty")]);
  },
);

test.each(["+1", " 1", "1e3", "1.0", "0x10", "１"])(
  "a number of accounts written %j is misuse",
  async (text) => {
    const { code, err } = await marginproof(...["sample", "--accounts", text, "--out", at("sample")]);
    expect([code, err]).toEqual([2, expect.stringContaining("whole number from 1")]);
  },
);

test("control characters and names of any script reach no terminal as they are", async () => {
  const account = "Ж\u001b[31m\u202e客";
  const { code, err } = await marginproof(...["market", "explain", account, "--market", market, ...accounts]);
  expect([code, err]).toEqual([2, expect.stringContaining("EXPLAIN_NO_ACCOUNT")]);
  expect(err).toContain("Ж");
  expect(err).toContain("客");
  for (const hidden of ["\u001b", "\u202e"]) expect(err).not.toContain(hidden);
});

describe("explain", () => {
  test("--json says its units, and they give the amounts", async () => {
    const { code, out } = await marginproof(
      ...["market", "explain", "alice", "--market", market, ...accounts, "--json"],
    );
    expect(code).toBe(0);
    const { units, pockets } = JSON.parse(out);
    expect(units).toMatchObject({
      amount: "USDT",
      units: "0.0000000001 USDT",
      initialUnits: "0.00000000000001 USDT",
    });
    const [{ holdings, totals }] = pockets;
    expect(Number(totals.equity.units) * 1e-10).toBeCloseTo(Number(totals.equity.amount), 6);
    expect(Number(totals.initial.units) * 1e-14).toBeCloseTo(Number(totals.initial.amount), 6);
    for (const { steps, quantityStep, quantity } of holdings)
      expect(Number(steps) * Number(quantityStep)).toBeCloseTo(Number(quantity), 9);
  });

  test("takes several accounts, each once, and names all that are not there", async () => {
    const explain = (...more: string[]) =>
      marginproof(...["market", "explain", ...more, "--market", market, ...accounts]);
    const { code, out } = await explain("bob", "alice", "bob", "--json");
    expect(code).toBe(0);
    const { format, accounts: reports } = JSON.parse(out);
    expect(format).toBe("marginproof/explain-list/1");
    expect(reports.map(({ account }: { account: string }) => account)).toEqual(["bob", "alice"]);
    const [alone] = [JSON.parse((await explain("alice", "--json")).out)];
    expect(reports[1]).toEqual(alone);
    expect((await explain("alice", "bob")).out).toMatch(/Account alice[\s\S]*Account bob/);
    expect((await explain("x", "alice", "y")).err).toContain('has no accounts "x", "y"');
  });

  test("refuses what prove refuses", async () => {
    writeFileSync(at("large.csv"), "account,instrument,quantity\nmidas,BTC,100000000\n");
    const { code, err } = await marginproof(
      ...["market", "explain", "midas", "--market", market, "--accounts", at("large.csv")],
    );
    expect([code, err]).toEqual([2, expect.stringContaining('ACCOUNT_VALUE_RANGE: account "midas": equity')]);
  });
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { openSnapshot } from "../../src/accounts/index.js";
import { runCli } from "../../src/cli/program.js";
import { MarginproofError } from "../../src/errors.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { silentProgress } from "../../src/files/progress.js";
import { loadProfile } from "../../src/keys/instances.js";
import { listedInstruments, type MarketJson } from "../../src/market/index.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { costOf } from "../../src/prover/doctor/cost.js";
import { type Diagnosis, diagnose } from "../../src/prover/doctor/diagnose.js";
import { Largest } from "../../src/prover/doctor/largest.js";
import { nearNames } from "../../src/prover/doctor/nearNames.js";
import { planBatches } from "../../src/prover/plan.js";
import { TINY_MARKET, tinyMarket, tinyTable } from "../support/tinyMarket.js";
import { variantMarket } from "../support/variantMarket.js";

const root = mkdtempSync(join(tmpdir(), "doctor-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let names = 0;
function write(text: string, end: string): string {
  const path = join(root, `${names++}${end}`);
  writeFileSync(path, text);
  return path;
}

const HEADER = "account,pocket,instrument,side,quantity,entry_price\n";
const marketFile = (market: MarketJson | string): string =>
  write(typeof market === "string" ? market : JSON.stringify(market), ".json");

/** What doctor says of these rows under profile `test`, which needs no keys for it. */
const doctor = (
  rows: string,
  market: MarketJson | string = TINY_MARKET,
  profile = "test",
): Promise<Diagnosis> =>
  diagnose({
    marketPath: marketFile(market),
    accountsPath: write(`${HEADER}${rows}`, ".csv"),
    profile: loadProfile(profile),
    workers: 2,
    progress: silentProgress,
  });

const codes = ({ findings }: Diagnosis): string[] => findings.map(({ level, code }) => `${level} ${code}`);
const finding = ({ findings }: Diagnosis, code: string) => {
  const found = findings.find((own) => own.code === code);
  if (found === undefined) throw new Error(`no ${code} in ${JSON.stringify(findings)}`);
  return found;
};

const BALANCED = `a,,USDT,,5000,
a,,BTC-PERP,,1,60000
b,,USDT,,5000,
b,,BTC-PERP,,-1,60000
`;

describe("doctor", () => {
  it("finds nothing in the way of a book that is right, and says what it takes", async () => {
    const found = await doctor(BALANCED);
    expect(found).toMatchObject({ format: "marginproof/doctor/1", clear: true, findings: [] });
    expect(found.book).toMatchObject({
      ...{ exchange: "tiny exchange", epoch: "2026-11-23T08", rows: 4, partial: false, accounts: 2 },
      bands: { free: 2, bankrupt: 0 },
      steps: [
        { shape: "accounts-a2-b2-f2-g0-s0-z2", steps: 1, accounts: 2 },
        { shape: "table-r16", steps: 2 },
      ],
      cost: { proofs: 3, workers: 2 },
    });
  });

  it("names everything that prove would stop at, one after the other, at once", async () => {
    const found = await doctor(
      [
        "a,,BTCPERP,,1,60000",
        "a,,btc_perp,,1,60000",
        "b,,DOGE,,1,",
        "c,,BTC-PERP,,0.0005,60000",
        "d,,BTC-PERP,,1,",
        "d,,BTC-PERP,,1,1",
        "e,,BTC-PERP,long,1,60000",
        "e,,BTC-PERP,short,1,60000",
        "f,,USDT,,99999999999,",
        "g,,BTC,,100000000,",
      ].join("\n"),
    );
    expect(found.clear).toBe(false);
    const refused = found.findings.filter(({ level }) => level === "refused");
    expect(refused.map(({ code, text }) => `${code} ${text}`)).toEqual([
      expect.stringMatching(
        /^ACCOUNTS_BAD_ROWS .*3 rows: instrument is not in the market \("BTCPERP" 1, "DOGE" 1, "btc_perp" 1\)/,
      ),
      expect.stringMatching(/^ACCOUNTS_BAD_ROWS .*1 row: quantity is not a multiple/),
      expect.stringMatching(/^ACCOUNTS_BAD_ROWS .*1 row: entry_price is empty|missing/),
      expect.stringMatching(/^ACCOUNTS_BAD_ROWS .*1 row: entry_price is/),
      expect.stringMatching(/^ACCOUNT_\w+ 1 margin account is refused/),
      expect.stringMatching(/^ACCOUNT_\w+ 1 margin account is refused/),
      expect.stringMatching(/^ACCOUNT_\w+ 1 margin account is refused/),
    ]);
    expect(
      refused
        .map(({ code }) => code)
        .slice(4)
        .sort(),
    ).toEqual(["ACCOUNT_POSITION", "ACCOUNT_QUANTITY_TOO_LARGE", "ACCOUNT_VALUE_RANGE"]);
    expect(refused[0]!.lines).toEqual([
      expect.stringContaining(".csv:2"),
      expect.stringContaining(".csv:3"),
      expect.stringContaining(".csv:4"),
      '"BTCPERP" is like BTC-PERP',
      '"btc_perp" is like BTC-PERP',
    ]);
    expect(found.book).toMatchObject({ partial: true });
  });

  it("says that what is refused may be why longs and shorts differ", async () => {
    const found = await doctor(BALANCED.replace("-1,60000", "-1.0005,60000"));
    expect(finding(found, "open-interest").next).toContain("refused above");
  });

  it("says which accounts a profile has no room for, and what has", async () => {
    const coins = Array.from({ length: 8 }, (_, k) => `C${k}`);
    const assets = coins.map((symbol) => ({
      ...{ symbol, kind: "asset" as const, quantityStep: "1", markPrice: "1", stressGains: ["0", "0"] },
    }));
    const market = { ...TINY_MARKET, instruments: [...TINY_MARKET.instruments, ...assets] };
    const rows = coins.map((coin) => `zed,,${coin},,1,\n`).join("");
    const found = await doctor(rows, market);
    expect(finding(found, "ACCOUNT_TOO_LARGE")).toMatchObject({
      level: "refused",
      lines: [expect.stringMatching(/^account "zed": 0 bracketed and 8 flat/)],
      next: expect.stringContaining("--profile"),
    });
    expect((await doctor(rows, market, "p16")).findings.filter(({ level }) => level === "refused")).toEqual(
      [],
    );
  });

  it("names who holds most of the side that is too large, and how much it is", async () => {
    const small = Array.from(
      { length: 9 },
      (_, k) => `m${k},,BTC-PERP,,0.00${k + 1},60000\nm${k},,USDT,,9,\n`,
    ).join("");
    const found = await doctor(
      `${BALANCED}${small}x,iso,BTC-PERP,,2.5,60000\nx,iso,USDT,,9000,\ny,,BTC-PERP,,-0.2,60000\ny,,USDT,,900,\n`,
    );
    expect(codes(found)).toContain("fails open-interest");
    expect(finding(found, "open-interest")).toMatchObject({
      about: "BTC-PERP",
      text: "BTC-PERP: total long = total short fails, long 3.545, short 1.2: 2.345 more long",
      lines: [
        'isolated pocket "iso" of account "x" holds 2.5',
        'account "a" holds 1',
        'account "m8" holds 0.009',
        'account "m7" holds 0.008',
        'account "m6" holds 0.007',
      ],
    });
  });

  it("nets variants of a contract, and names holders by the units of either", async () => {
    const market = variantMarket("hedge", "");
    const found = await doctor(
      "a,,ETH-PERP,long,4,3000\na,,USDT,,9000,\nb,,ETH-PERP,short,1,3000\nb,,USDT,,9000,\n",
      market,
      "p16",
    );
    expect(finding(found, "open-interest")).toMatchObject({
      text: expect.stringContaining("long 4, short 1: 3 more long"),
      lines: ['account "a" holds 4'],
    });
  });

  it("knows two instruments for one contract, whose sides balance only together", async () => {
    const short = (fields: object) => {
      const market = structuredClone(TINY_MARKET) as MarketJson;
      market.instruments.push({ ...market.instruments[3]!, symbol: "BTC-PERP.S", ...fields });
      return market;
    };
    const rows = (size: string) =>
      `a,,USDT,,50000,\na,,BTC-PERP,,0.313,60000\nb,,USDT,,50000,\nb,,BTC-PERP.S,,${size},60000\n`;
    const next = async (size: string, fields: object) =>
      (await doctor(rows(size), short(fields))).findings
        .filter(({ code }) => code === "open-interest")
        .map(
          (own) => /(\S+) differs by as much the other way: .* name that in "contract"/.exec(own.next!)?.[1],
        );
    expect(await next("-0.313", {})).toEqual(["BTC-PERP.S", "BTC-PERP"]);
    expect(await next("-0.312", {})).toEqual([undefined, undefined]);
    expect(await next("-0.313", { markPrice: "60011" })).toEqual([undefined, undefined]);
    expect(await next("-0.313", { contract: "BTC-PERP", leverage: "20" })).toEqual([]);
  });

  it("shows what is below maintenance, and what has no collateral, without refusing it", async () => {
    const found = await doctor(`a,,BTC-PERP,,1,60100\nb,,BTC-PERP,,-1,60000\nb,,USDT,,1,\nc,,USDT,,5,\n`);
    expect(codes(found)).toEqual(["look below-maintenance", "look no-collateral"]);
    expect(found.clear).toBe(true);
    expect(finding(found, "below-maintenance").lines).toEqual([
      expect.stringMatching(/^account "a" is bankrupt: equity -99.5 USDT, maintenance \d/),
      expect.stringMatching(/^account "b" is in liquidation: equity 0.5 USDT, maintenance \d/),
    ]);
    expect(finding(found, "no-collateral").lines).toEqual(['account "a"']);
  });

  it("says which reserve and which fund don't last", async () => {
    const found = await doctor("a,,USDT,,20000000,\nb,,USDT,,-200000,\nc,,USDT-PNL,,-150000,\n");
    expect(codes(found).filter((code) => code.startsWith("fails"))).toEqual([
      "fails reserves",
      "fails insurance",
      "fails stress-insurance",
      "fails stress-insurance",
    ]);
  });

  it("tells of a market that can't be read, and of accounts that can't be read at all", async () => {
    const bad = await doctor(BALANCED, JSON.stringify({ ...TINY_MARKET, quote: 5 }));
    expect([bad.clear, codes(bad), bad.book]).toEqual([false, ["refused MARKET_SCHEMA"], undefined]);
    const none = await doctor("");
    expect([none.clear, codes(none), none.book]).toEqual([false, ["refused ACCOUNTS_EMPTY"], undefined]);
  });

  it("tells of all accounts refused that nothing is left to prove", async () => {
    const found = await doctor("f,,USDT,,99999999999,\n");
    expect(codes(found)).toEqual(["refused ACCOUNT_QUANTITY_TOO_LARGE"]);
    expect(found.book).toMatchObject({ accounts: 0, steps: [], cost: { proofs: 0 } });
  });
});

describe("doctor of an export", () => {
  /** Two tables, with accounts named in each as given. */
  async function diagnosis(balances: string, positions: string, mapping?: string) {
    const folder = join(root, `export-${names++}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "b.csv"), `who,coin,much\n${balances}`);
    writeFileSync(join(folder, "p.csv"), `who,what,much,at\n${positions}`);
    const own = `format: marginproof/mapping/1
files:
  b.csv: { rows: [{ account: who, instrument: { column: coin, names: { usdt: USDT } }, quantity: much }] }
  p.csv: { rows: [{ account: who, instrument: what, quantity: much, entry_price: at }] }
`;
    return diagnose({
      marketPath: marketFile(TINY_MARKET),
      accountsPath: folder,
      mappingPath: write(mapping ?? own, ".yaml"),
      profile: loadProfile("test"),
      workers: 1,
      progress: silentProgress,
    });
  }
  const POSITIONS = "u1,BTC-PERP,1,60000\nu2,BTC-PERP,-1,60000\n";

  it("whose tables don't name accounts alike shows positions without collateral", async () => {
    const right = await diagnosis("u1,usdt,5000\nu2,usdt,5000\n", POSITIONS);
    expect([right.clear, right.findings]).toEqual([true, []]);
    const apart = await diagnosis("1,usdt,5000\n2,usdt,5000\n", POSITIONS);
    expect(finding(apart, "no-collateral").lines).toEqual(
      expect.arrayContaining(['account "u1"', 'account "u2"']),
    );
  });

  it("tells bad rows of both files with their own columns", async () => {
    const found = await diagnosis("u1,USDT,5000\n", "u1,BTC-PRP,1,60000\n");
    expect(found.findings.map(({ text }) => text.replace(/^\S*\//, ""))).toEqual([
      'b.csv: 1 row: coin is not a name of the mapping ("USDT" 1)',
      'p.csv: 1 row: what is not in the market ("BTC-PRP" 1)',
    ]);
    expect(found.findings[1]!.lines).toContain('"BTC-PRP" is like BTC-PERP');
  });

  it("says when a mapping makes one instrument of two names, in different tables", async () => {
    const mapping = `format: marginproof/mapping/1
files:
  b.csv: { rows: [{ account: who, instrument: { column: coin, names: { usdt: USDT } }, quantity: much }] }
  p.csv: { rows: [{ account: who, instrument: { column: what, names: { BTC-PERP: BTC-PERP, usdt-m: USDT } }, quantity: much, entry_price: at }] }
`;
    const found = await diagnosis("u1,usdt,5000\nu2,usdt,5000\n", POSITIONS, mapping);
    expect(finding(found, "mapped-together")).toMatchObject({
      level: "look",
      about: "USDT",
      text: expect.stringContaining('"usdt", "usdt-m"'),
    });
  });
});

describe("marginproof doctor", () => {
  async function run(...args: string[]) {
    const shown = { out: "", err: "" };
    const code = await runCli(["doctor", ...args], {
      out: (text) => void (shown.out += `${text}\n`),
      err: (text) => void (shown.err += text),
      errIsScreen: false,
    });
    return { code, ...shown };
  }
  const example = (name: string): string => join(PACKAGE_ROOT, "examples", name);
  const files = [
    "--market",
    example("market.json"),
    "--accounts",
    example("accounts.csv"),
    "--profile",
    "demo",
  ];

  it("ends with 0, 1 and 2, and shows it in words and as JSON", async () => {
    const clear = await run(...files, "--quiet");
    expect([clear.code, clear.err]).toEqual([0, ""]);
    expect(clear.out).toMatch(
      /WORTH A LOOK[\s\S]*"dave" is bankrupt[\s\S]*margin accounts +10: 8 free[\s\S]*CLEAR: nothing/,
    );
    const rows = `${readFileSync(example("accounts.csv"), "utf8")}judy,BTC-PERP,-0.0005,61000\njudy,ETH-PERP,1,3000\n`;
    const wrong = [
      "--market",
      example("market.json"),
      "--accounts",
      write(rows, ".csv"),
      "--profile",
      "demo",
    ];
    const text = await run(...wrong);
    expect(text.code).toBe(1);
    expect(text.out).toMatch(
      /PROVE WILL REFUSE[\s\S]*NOT COVERED[\s\S]*NOT CLEAR: prove will refuse it for 1 reason, and 1 check/,
    );
    expect(text.err).toContain("read accounts");
    const json = await run(...wrong, "--json", "--quiet");
    expect([json.code, json.err]).toEqual([1, ""]);
    expect(JSON.parse(json.out)).toMatchObject({ format: "marginproof/doctor/1", clear: false });
    expect((await run(...files, "--profile", "none")).err).toContain("PROFILE_UNKNOWN");
    expect((await run("--market", example("none.json"), "--accounts", example("accounts.csv"))).code).toBe(2);
    expect((await run("--market", example("market.json"), "--accounts", example("none.csv"))).code).toBe(2);
  });

  it("shows no name of a file as it is where it could redraw the screen", async () => {
    const path = write("account,instrument,quantity\na,\u001b[31mX\u202e,1\n", ".csv");
    const { code, out } = await run("--market", example("market.json"), "--accounts", path, "--quiet");
    expect(code).toBe(1);
    for (const hidden of ["\u001b", "\u202e"]) expect(out).not.toContain(hidden);
  });
});

describe("doctor and prove agree", () => {
  const cell = (...texts: string[]) => fc.constantFrom(...texts);
  const row = fc
    .tuple(
      fc.record({
        account: cell("a", "b", "c", "d ", ""),
        pocket: cell("", "", "", "iso", "cross"),
        instrument: cell("USDT", "USDT", "BTC", "BTC-PERP", "BTC-PERP", "BTC-60000-C", "USDT-PNL", "BTCPERP"),
        side: cell("", "", "", "long", "short", "both"),
        quantity: cell("1", "-1", "0.5", "-2.25", "0", "1e3", "0.0005", "4000000000", "90000000"),
        entry: cell("", "60000", "61000.5", "settled", "0", "-1"),
      }),
      fc.boolean(),
    )
    // Half of the rows are good, so that whole files are.
    .map(([own, good]) => {
      if (!good) return Object.values(own).join(",");
      const derivative = own.instrument.startsWith("BTC-") ? own.instrument : "USDT";
      return `${own.account.trim() || "e"},${own.pocket === "iso" ? "iso" : ""},${derivative},,${own.quantity.startsWith("-") ? "-1" : "1"},${derivative === "USDT" ? "" : "settled"}`;
    });

  /** Reading and layout, as `prove` does both. */
  async function proveRefuses(path: string): Promise<string | undefined> {
    try {
      const snapshot = await openSnapshot(path, listedInstruments(tinyMarket), {
        shuffleKey: new Uint8Array(32),
      });
      try {
        await planBatches(
          snapshot.portfolios(),
          loadProfile("test"),
          new Evaluator(tinyTable),
          async () => {},
          () => {},
        );
      } finally {
        snapshot.close();
      }
      return undefined;
    } catch (error) {
      if (error instanceof MarginproofError) return error.code;
      throw error;
    }
  }

  it("on every file: what it has no refusal of is read and laid out, and what it has one of is not", {
    timeout: 120_000,
  }, async () => {
    const seen = { refused: 0, clear: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (rows) => {
        const found = await doctor(rows.join("\n"));
        const path = write(`${HEADER}${rows.join("\n")}`, ".csv");
        const refused = found.findings.filter(({ level }) => level === "refused").map(({ code }) => code);
        const code = await proveRefuses(path);
        seen[code === undefined ? "clear" : "refused"]++;
        if (code === undefined) expect(refused).toEqual([]);
        else expect(refused).toContain(code);
      }),
      { numRuns: 150 },
    );
    expect(Math.min(seen.clear, seen.refused)).toBeGreaterThan(5);
  });
});

describe("its parts", () => {
  it.each([
    ["2,000", 111, [8, 17, 5, 4, 14, 1, 8]],
    ["1,000,000", 29_946, [3854, 8897, 2108, 2011, 7182, 133, 4053]],
  ])(
    "costOf: the epoch of %s accounts that docs/performance.md measured, within a quarter",
    (_, measured, steps) => {
      const constraints = [65_089, 65_103, 64_121, 62_987, 61_878, 62_723, 61_164];
      const shapes = steps.map((own, k) => {
        return { shape: `accounts ${k}`, steps: own, accounts: own, constraints: constraints[k]! };
      });
      const all = [...shapes, { shape: "table", steps: 1, constraints: 64_316 }];
      const { cpuSeconds, seconds } = costOf(all, 2);
      expect(Math.abs(cpuSeconds - measured) / measured).toBeLessThan(0.25);
      expect(Math.abs(seconds - cpuSeconds / 2)).toBeLessThan(1);
      expect(costOf([], 2)).toMatchObject({ proofs: 0, cpuSeconds: 0, seconds: 0 });
    },
  );

  it("nearNames: the same but for separators first, then what is few letters away, and nothing else", () => {
    const known = ["BTC-PERP", "BTC-PERP.L", "ETH-PERP", "USDT", "USDC", "SOL-PERP"];
    expect(nearNames("btc/perp", known)).toEqual(["BTC-PERP", "BTC-PERP.L"]);
    expect(nearNames("USDX", known)).toEqual(["USDC", "USDT"]);
    expect(nearNames("ETHPREP", known)).toEqual([]);
    expect(nearNames("ETHPERPP", known)).toEqual(["ETH-PERP"]);
    expect(nearNames("DOGE", known)).toEqual([]);
    expect(nearNames("", known)).toEqual([]);
  });

  it("Largest keeps what sorting would", () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -9n, max: 9n })),
        fc.integer({ min: 1, max: 5 }),
        (sizes, most) => {
          const largest = new Largest<number>(most);
          sizes.forEach((size, at) => void largest.add(size, at));
          const sorted = sizes
            .map((size, at) => ({ size, at }))
            .sort((x, y) => Number(y.size - x.size) || x.at - y.at);
          expect(largest.list()).toEqual(sorted.slice(0, most).map(({ at }) => at));
        },
      ),
    );
  });
});

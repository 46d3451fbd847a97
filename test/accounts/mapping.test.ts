import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { afterAll, describe, expect, it, test } from "vitest";
import { type MappedExport, readMapping, readPortfolios } from "../../src/accounts/index.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { listedInstruments } from "../../src/market/index.js";
import { parsedVariants } from "../support/variantMarket.js";
import { KEY, MARKET } from "./market.js";
import { collect, failure } from "./support.js";

const root = mkdtempSync(join(tmpdir(), "mapping-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder of files, and the mapping of an export that is in it. */
function exported(mapping: string, files: Readonly<Record<string, string | Buffer>>): MappedExport {
  const folder = mkdtempSync(join(root, "export-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return { folder, mapping: readMapping(mapping, "mapping.yaml") };
}

type Held = Record<string, string>;

/** Holdings in steps, by account and pocket. */
async function held(source: MappedExport | string, market = MARKET): Promise<Record<string, Held>> {
  const portfolios = await collect(readPortfolios(source, market, { shuffleKey: KEY }));
  const entries = portfolios.map(({ account, pocket, holdings }): [string, Held] => [
    pocket === "" ? account : `${account} ${pocket}`,
    Object.fromEntries([...holdings].map(([symbol, steps]) => [symbol, `${steps}`])),
  ]);
  return Object.fromEntries(entries.sort());
}

const refusal = (source: MappedExport) =>
  failure(() => collect(readPortfolios(source, MARKET, { shuffleKey: KEY })));

/** Two tables as an exchange has them. */
const MAPPING = `
format: marginproof/mapping/1
names:
  contracts: { XBTUSDT: BTC-PERPETUAL, XBTZ6: BTC-FUTURE }
files:
  balances.csv:
    ignore: [id, updated_at]
    rows:
      - account: user_id
        instrument: { column: currency, names: { usdt: USDT, xbt: BTC } }
        quantity: { plus: [available, locked], minus: [borrowed, interest] }
  positions.csv:
    ignore: [id, liq_price, updated_at]
    rows:
      - when: { margin_mode: [crossed, isolated] }
        account: user_id
        pocket: isolated_symbol
        instrument: { column: symbol, names: contracts }
        side: { column: position_side, long: [LONG, BUY], short: [SHORT, SELL] }
        quantity: size
        entry_price: avg_entry
      - when: { margin_mode: isolated }
        account: user_id
        pocket: isolated_symbol
        instrument: { constant: USDT }
        quantity: isolated_margin
`;
const BALANCES = `id,user_id,currency,available,locked,borrowed,interest,updated_at
1,u1,usdt,1000.50,99.5,0,0,2026-11-23 08:00:00.123+00
2,u1,xbt,0.10000000,0,0.30000000,0.00000001,2026-11-23 08:00:01+00
3,u2,usdt,7,0,0,0,2026-11-23 08:00:00+00
4,=1+2,usdt,5,0,0,0,2026-11-23 08:00:00+00
5,"d,e ""f""",usdt,6,0,0,0,
`;
const POSITIONS = `updated_at,id,user_id,symbol,position_side,size,avg_entry,margin_mode,isolated_symbol,isolated_margin,liq_price
2026-11-23 08:00:00+00,7,u1,XBTUSDT,SHORT,0.2,60000,crossed,,,
2026-11-23 08:00:00+00,8,u3,XBTUSDT,BUY,0.4,61000.5,isolated,XBTUSDT,250.25,
2026-11-23 08:00:00+00,9,u3,XBTZ6,SELL,0.1,62000,crossed,,,
`;
const FILES = { "balances.csv": BALANCES, "positions.csv": POSITIONS };
const FOUND = {
  "=1+2": { USDT: "500" },
  'd,e "f"': { USDT: "600" },
  u1: { BTC: "-20000001", "BTC-PERPETUAL": "-200", PNL: "120000000", USDT: "110000" },
  u2: { USDT: "700" },
  u3: { "BTC-FUTURE": "-100", PNL: "62000000" },
  "u3 XBTUSDT": { "BTC-PERPETUAL": "400", PNL: "-244002000", USDT: "25025" },
};

describe("an export of two tables", () => {
  it("becomes accounts: names translated, sums, sides, pockets; accounts with balances alone are there", async () => {
    expect(await held(exported(MAPPING, FILES))).toEqual(FOUND);
  });

  it("is the same packed, as NDJSON, with its files in another order", async () => {
    const [header, ...rows] = POSITIONS.trimEnd()
      .split("\n")
      .map((line) => line.split(","));
    const objects = rows.map((row) =>
      JSON.stringify(
        Object.fromEntries(
          header!.map((key, k) => [key, key === "id" ? Number(row[k]) : row[k] === "" ? null : row[k]]),
        ),
      ),
    );
    const at = MAPPING.indexOf("  balances.csv:");
    const [balances, positions] = MAPPING.slice(at).split("  positions.csv:");
    const mapping = `${MAPPING.slice(0, at)}  positions.ndjson:${positions}${balances!.replace("balances.csv", "balances.csv.gz")}`;
    const files = { "balances.csv.gz": gzipSync(BALANCES), "positions.ndjson": objects.join("\n") };
    expect(await held(exported(mapping, files))).toEqual(FOUND);
  });

  it("is the same from a mapping in JSON, with an ignored file beside it and others that can't be accounts", async () => {
    const json = `{"format": "marginproof/mapping/1", "ignore": ["fees.csv"], "files": {"b.csv": {"rows": [
      {"account": "who", "instrument": {"column": "what", "names": {"usdt": "USDT"}, "others": "same"}, "quantity": "much"}]}}}`;
    const files = {
      "b.csv": "who,what,much\na,usdt,1\na,BTC,2\n",
      "fees.csv": "fee\n",
      "README.txt": "",
      "._b.csv": "",
    };
    expect(await held(exported(json, files))).toEqual({ a: { USDT: "100", BTC: "200000000" } });
  });

  it("keeps both legs of a book in hedge mode, and an unnamed side by its sign", async () => {
    const mapping = `
format: marginproof/mapping/1
files:
  p.csv:
    rows:
      - { account: a, instrument: s, side: { column: d, long: L, short: S, net: [BOTH, ""] }, quantity: q, entry_price: { constant: settled } }
`;
    const files = { "p.csv": "a,s,d,q\nx,ETH-PERP,L,3\nx,ETH-PERP,S,1\ny,ETH-PERP,BOTH,-2\nz,ETH-PERP,,2\n" };
    const found = await held(exported(mapping, files), listedInstruments(parsedVariants("hedge", "")));
    expect(found).toEqual({
      x: { "ETH-PERP.L": expect.any(String), "ETH-PERP.S": expect.stringMatching(/^-/) },
      y: { "ETH-PERP.S": expect.stringMatching(/^-/) },
      z: { "ETH-PERP.L": expect.any(String) },
    });
  });

  it("has a row for each of two columns of a record, one a side", async () => {
    const side = (own: string) =>
      `{ account: a, instrument: { constant: ETH-PERP }, side: { constant: ${own} }, quantity: ${own}s, entry_price: ${own}_at }`;
    const mapping = `
format: marginproof/mapping/1
files:
  p.csv: { rows: [${side("long")}, ${side("short")}] }
`;
    const files = { "p.csv": "a,longs,long_at,shorts,short_at\nx,3,3000,1,3100\ny,0,,2,3100\n" };
    const found = await held(exported(mapping, files), listedInstruments(parsedVariants("hedge", "")));
    expect(
      Object.entries(found).map(([who, own]) => [
        who,
        Object.keys(own).filter((name) => name.startsWith("ETH")),
      ]),
    ).toEqual([
      ["x", ["ETH-PERP.L", "ETH-PERP.S"]],
      ["y", ["ETH-PERP.S"]],
    ]);
  });

  it("of any book is the accounts file of that book", { timeout: 60_000 }, async () => {
    const amount = fc.integer({ min: 0, max: 10_000_000 }).map((n) => (n / 100).toFixed(2));
    const balance = fc.record({
      user: fc.constantFrom("a", "b", "c d", "é"),
      parts: fc.tuple(amount, amount, amount),
    });
    const position = fc.record({
      user: fc.constantFrom("a", "z"),
      pocket: fc.constantFrom("", "P1"),
      size: fc.integer({ min: 1, max: 5000 }).map((n) => (n / 1000).toFixed(3)),
      long: fc.boolean(),
      entry: fc.integer({ min: 1, max: 99_999 }).map(String),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(balance, { minLength: 1 }),
        fc.array(position, { minLength: 1 }),
        async (balances, positions) => {
          const mapping = `
format: marginproof/mapping/1
files:
  b.csv: { rows: [{ account: u, instrument: { constant: USDT }, quantity: { plus: [x, y], minus: z } }] }
  p.csv:
    rows:
      - account: u
        pocket: k
        instrument: { constant: BTC-PERPETUAL }
        side: { column: long, long: t, short: f }
        quantity: size
        entry_price: e
`;
          // Net mode: positions of both sides in one pocket are refused, so sides are one a pocket.
          const sideOf = (user: string, pocket: string) =>
            positions.find((own) => own.user === user && own.pocket === pocket)!.long;
          const files = {
            "b.csv": ["u,x,y,z", ...balances.map(({ user, parts }) => [user, ...parts].join(","))].join("\n"),
            "p.csv": [
              "u,k,size,long,e",
              ...positions.map(({ user, pocket, size, entry }) =>
                [user, pocket, size, sideOf(user, pocket) ? "t" : "f", entry].join(","),
              ),
            ].join("\n"),
          };
          const own = [
            "account,pocket,instrument,quantity,entry_price",
            ...balances.flatMap(({ user, parts: [x, y, z] }) =>
              [x, y, z === "0.00" ? z : `-${z}`].map((much) => `${user},,USDT,${much},`),
            ),
            ...positions.map(
              ({ user, pocket, size, entry }) =>
                `${user},${pocket},BTC-PERPETUAL,${sideOf(user, pocket) ? "" : "-"}${size},${entry}`,
            ),
          ];
          const path = join(root, "own.csv");
          writeFileSync(path, own.join("\n"));
          expect(await held(exported(mapping, files))).toEqual(await held(path));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("a record that a mapping can't read exactly", () => {
  const cases: [name: string, edit: (files: typeof FILES) => Partial<typeof FILES>, ...says: string[]][] = [
    [
      "a name that is not translated",
      () => ({ "balances.csv": BALANCES.replace("u2,usdt", "u2,USDT") }),
      "balances.csv:4, column currency",
      '"USDT" is not among the names',
    ],
    [
      "a side that the mapping doesn't know",
      () => ({ "positions.csv": POSITIONS.replace("SHORT", "Short") }),
      "positions.csv:2, column position_side",
      '"Short" is neither long nor short',
      '"BUY"',
    ],
    [
      "a size of a long position below 0",
      () => ({ "positions.csv": POSITIONS.replace("BUY,0.4", "BUY,-0.4") }),
      "positions.csv:3, column size",
      "below 0",
    ],
    [
      "a debt with a sign, which would be added",
      () => ({ "balances.csv": BALANCES.replace("0.30000000", "-0.3") }),
      "balances.csv:3, column borrowed",
      "is below 0, and the mapping takes it off",
    ],
    [
      "a value of a condition that no row is for",
      () => ({ "positions.csv": POSITIONS.replace("0.4,61000.5,isolated", "0.4,61000.5,ISOLATED") }),
      "positions.csv:3, column margin_mode",
      '"ISOLATED" is no value that the mapping has a row for',
    ],
    [
      "an exponent",
      () => ({ "balances.csv": BALANCES.replace("99.5", "1e2") }),
      "balances.csv:2, column locked",
      '"1e2" is not a plain decimal',
    ],
    [
      "an empty part of a sum",
      () => ({ "balances.csv": BALANCES.replace("7,0,0,0", "7,,0,0") }),
      "balances.csv:4, column locked",
      "is empty",
    ],
    [
      "a sum that is no whole number of steps",
      () => ({ "balances.csv": BALANCES.replace("7,0,0,0", "7,0.001,0,0") }),
      "balances.csv:4, column available + locked - borrowed - interest",
      '"7.001" is not a multiple',
    ],
    [
      "an entry price left out",
      () => ({ "positions.csv": POSITIONS.replace("0.2,60000", "0.2,") }),
      "positions.csv:2, column avg_entry",
    ],
    [
      "a line break in an account's name",
      () => ({ "balances.csv": BALANCES.replace("u2", '"u2\nu1,usdt,9,0,0,0,"') }),
      "balances.csv:4, column user_id",
      "can't be printed",
    ],
    [
      "a header in the middle, as of two exports in one file",
      () => ({ "balances.csv": `${BALANCES}${BALANCES}` }),
      "balances.csv:7, column currency",
    ],
  ];
  it.each(cases)("%s is refused with its file, line and column", async (_, edit, ...says) => {
    const error = await refusal(exported(MAPPING, { ...FILES, ...edit(FILES) }));
    expect(error.code).toBe("ACCOUNTS_BAD_ROWS");
    for (const words of says) expect(error.message).toContain(words);
  });

  it("in both files is told of both", async () => {
    const error = await refusal(
      exported(MAPPING, {
        "balances.csv": BALANCES.replace("7,0,0,0", "7,x,0,0"),
        "positions.csv": POSITIONS.replace("XBTZ6", "XBTH7").replace("SHORT", "S"),
      }),
    );
    for (const words of [
      "balances.csv:4, column locked",
      "positions.csv:2, column position_side",
      "positions.csv:4, column symbol",
    ])
      expect(error.message).toContain(words);
  });

  it("for which no row is, by two conditions together, is refused", async () => {
    const mapping = `
format: marginproof/mapping/1
files:
  f.csv:
    rows:
      - { when: { kind: spot, mode: x }, account: a, instrument: { constant: USDT }, quantity: q }
      - { when: { kind: perp, mode: y }, account: a, instrument: { constant: BTC }, quantity: q }
`;
    const error = await refusal(exported(mapping, { "f.csv": "a,kind,mode,q\nu,spot,x,1\nu,spot,y,1\n" }));
    expect(error.message).toContain('f.csv:3: no row of the mapping is for kind "spot", mode "y"');
  });

  it("whose name is what another name is translated to is refused", async () => {
    const mapping = `
format: marginproof/mapping/1
files:
  f.csv:
    rows: [{ account: a, instrument: { column: s, names: { XBT: BTC }, others: same }, quantity: q }]
`;
    const error = await refusal(exported(mapping, { "f.csv": "a,s,q\nu,XBT,1\nu,BTC,1\nu,USDT,1\n" }));
    expect(error.message).toContain('f.csv:3, column s: "BTC" is what the mapping makes of "XBT"');
    expect(error.message).toMatch(/^1 bad row /);
  });

  it.each([
    ['{"a": "u", "s": "BTC", "q": 1}', "column q", "JSON number"],
    ['{"a": "u", "s": "BTC", "q": null}', "column q", "is empty"],
    ['{"a": "u", "s": "BTC"}', "column q", "is missing"],
    ['{"a": "u", "s": "BTC", "q": "1", "more": 1}', "more", "unknown key"],
    ['{"a": "u", "s": "BTC", "q": "1", "at": {"x": "1"}}', "column at", "is a list or an object"],
    ['{"a": "u", "s": "BTC", "q": "1", "at": 1, "at": "2"}', "key twice", ""],
    ['{"a": "u", "s": "BTC", "q": "1", "q": "2"}', "key twice", ""],
  ])("%s is refused", async (line, ...says) => {
    const mapping = `
format: marginproof/mapping/1
files:
  f.ndjson: { ignore: at, rows: [{ account: a, instrument: s, quantity: q }] }
`;
    const error = await refusal(
      exported(mapping, { "f.ndjson": `{"a": "u", "s": "BTC", "q": "1", "at": 5}\n${line}\n` }),
    );
    expect(error.code).toBe("ACCOUNTS_BAD_ROWS");
    expect(error.message).toContain("f.ndjson:2");
    for (const words of says) expect(error.message).toContain(words);
  });
});

describe("a part of an export that nothing is said of", () => {
  it.each([
    [
      "a column",
      "ACCOUNTS_BAD_HEADER",
      { "balances.csv": BALANCES.replace("updated_at", "debt") },
      'unknown column "debt"',
    ],
    [
      "a column that is gone",
      "ACCOUNTS_BAD_HEADER",
      { "balances.csv": BALANCES.replace("borrowed", "id2") },
      "column borrowed missing",
    ],
    [
      "a column twice",
      "ACCOUNTS_BAD_HEADER",
      { "balances.csv": BALANCES.replace("locked", "available") },
      "column available twice",
    ],
    ["a file", "ACCOUNTS_UNMAPPED", { "balances-2.csv.gz": "" }, "balances-2.csv.gz"],
  ])("is refused: %s", async (_, code, files, says) => {
    const error = await refusal(exported(MAPPING, { ...FILES, ...files }));
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
  });

  it("is refused: a file without a record, unless the mapping says that it may be so", async () => {
    const [header] = BALANCES.split("\n");
    const files = { ...FILES, "balances.csv": `${header}\n` };
    expect(await refusal(exported(MAPPING, files))).toMatchObject({
      code: "ACCOUNTS_EMPTY",
      message: expect.stringContaining("balances.csv"),
      options: { hint: expect.stringContaining("mayBeEmpty") },
    });
    const may = MAPPING.replace("  balances.csv:\n", "  balances.csv:\n    mayBeEmpty: true\n");
    expect(Object.keys(await held(exported(may, files))).sort()).toEqual(["u1", "u3", "u3 XBTUSDT"]);
    const none = { "balances.csv": `${header}\n`, "positions.csv": `${POSITIONS.split("\n")[0]}\n` };
    const both = may.replace("  positions.csv:\n", "  positions.csv:\n    mayBeEmpty: true\n");
    expect((await refusal(exported(both, none))).code).toBe("ACCOUNTS_EMPTY");
  });

  it("is refused: a file of the mapping that is not there, and a folder that is none", async () => {
    const missing = exported(MAPPING, { "balances.csv": BALANCES });
    expect(await refusal(missing)).toMatchObject({
      code: "ACCOUNTS_UNREADABLE",
      message: expect.stringContaining("positions.csv"),
    });
    const none = await refusal({ ...missing, folder: join(missing.folder, "balances.csv") });
    expect(none.code).toBe("ACCOUNTS_UNREADABLE");
  });
});

describe("a mapping file", () => {
  it("is described with one that is read", () => {
    const page = readFileSync(join(PACKAGE_ROOT, "docs", "market.md"), "utf8");
    const [, example] = /```yaml\n(format: marginproof\/mapping[\s\S]*?)```/.exec(page)!;
    const { files, ignore } = readMapping(example!, "docs/market.md");
    expect([...files.keys(), ...ignore]).toEqual(["balances.csv.gz", "positions.csv", "trades.csv"]);
  });

  const row = "account: a, instrument: s, quantity: q";
  const file = (rows: string) =>
    `format: marginproof/mapping/1\nfiles:\n  f.csv:\n    rows:\n      - {${rows}}\n`;
  test.each([
    ["a: [", "MAPPING_YAML", "mapping.yaml:1"],
    ["a: &x 1", "MAPPING_YAML", "anchors"],
    ["[]", "MAPPING_INVALID", "must be a map"],
    ["format: marginproof/rules/1\nfiles: {}", "MAPPING_INVALID", "mapping.yaml:1", "names no file"],
    [
      file("account: a, instrument: s"),
      "MAPPING_INVALID",
      "mapping.yaml:5: files.f.csv.rows[0]: quantity is missing",
    ],
    [file(`${row}, qty: x`), "MAPPING_INVALID", 'there is no field "qty"'],
    [file(`${row}, side: {column: d, long: L, short: L}`), "MAPPING_INVALID", '"L" is two sides'],
    [
      file(`${row}, side: {column: d, long: L}`),
      "MAPPING_INVALID",
      "short is missing: which values are short",
    ],
    [
      file("account: a, instrument: s, quantity: {plus: [x], minus: [x]}"),
      "MAPPING_INVALID",
      "added and taken off",
    ],
    [file("account: a, instrument: s, quantity: {constant: 1e3}"), "MAPPING_INVALID", "not a plain decimal"],
    [file("account: a, instrument: s, quantity: {}"), "MAPPING_INVALID", "needs plus, minus or a constant"],
    [file("account: a, instrument: {column: s, constant: X}, quantity: q"), "MAPPING_INVALID", "not both"],
    [
      file("account: a, instrument: {column: s, names: {XBT: BTC, BTC: BTC}}, quantity: q"),
      "MAPPING_INVALID",
      '"XBT" and "BTC" are both "BTC", and would be added up',
    ],
    [
      file("account: a, instrument: {column: s, names: none}, quantity: q"),
      "MAPPING_INVALID",
      'no table "none"',
    ],
    [
      file("account: a, instrument: {column: s, others: same}, quantity: q"),
      "MAPPING_INVALID",
      "there is none",
    ],
    [file(`${row}, leverage: {column: l, names: {a: b}}`), "MAPPING_INVALID", 'no field "names"'],
    [
      file(row).replace("f.csv", "../f.csv"),
      "MAPPING_INVALID",
      "not the name of a file in the export's folder",
    ],
    [file(row).replace("f.csv", "f.txt"), "MAPPING_INVALID", "has none of the endings"],
    [`${file(row)}    ignore: [q, z]\n`, "MAPPING_INVALID", 'column "q" is ignored, and a row reads it'],
    [`${file(row)}ignore: [f.csv]\n`, "MAPPING_INVALID", '"f.csv" is ignored as well'],
    [`${file(row)}    mayBeEmpty: maybe\n`, "MAPPING_INVALID", "mayBeEmpty must be true or false"],
    [`${file(row)}ignore: [x, x]\n`, "MAPPING_INVALID", 'ignore has "x" twice'],
  ])("%j is refused", async (text, code, ...says) => {
    const error = await failure(async () => readMapping(text, "mapping.yaml"));
    expect(error.code).toBe(code);
    expect(error.exitCode).toBe(2);
    for (const words of says) expect(error.message).toContain(words);
  });

  it("is told everything that is wrong with it at once, in its order", async () => {
    const text = file(`${row}, side: {column: d, long: L, short: L}, x: y`).replace("mapping/1", "mapping/2");
    const { message } = await failure(async () => readMapping(text, "m.yaml"));
    expect(message.split("\n")).toEqual([
      "3 faults in m.yaml",
      '  m.yaml:1: the mapping: format is "marginproof/mapping/2", not marginproof/mapping/1',
      expect.stringContaining("m.yaml:5"),
      expect.stringContaining("m.yaml:5"),
    ]);
  });
});

import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  BadRowsError,
  compileInstruments,
  type ListedInstruments,
  readAccounts,
} from "../../src/accounts/index.js";
import { MARKET } from "./market.js";
import { collect, failure, workspace } from "./support.js";

const { dir, write } = await workspace();
const market = compileInstruments(MARKET);
let files = 0;

/** Reads `data` as a file with the given ending and returns the refusal. */
async function refusal(data: string | Buffer, ending = ".csv") {
  const path = await write(`refused-${files++}${ending}`, data);
  const error = await failure(() => collect(readAccounts(path, market)));
  return { path, error, bad: error instanceof BadRowsError ? error.badRows : [] };
}

const HEADER = "account,instrument,quantity,entry_price\n";
const GOOD = "alice,BTC,1,\n";

describe("bad CSV rows", () => {
  const cases: [name: string, row: string, column: string | undefined, reason: RegExp][] = [
    ["empty account", ",BTC,1,", "account", /is empty/],
    ["control character", "a\u0007b,BTC,1,", "account", /can't be printed/],
    ["line feed in account", '"a\nb",BTC,1,', "account", /can't be printed/],
    ["zero-width space", "a\u200bb,BTC,1,", "account", /can't be printed/],
    ["no-break space", "a\u00a0b,BTC,1,", "account", /can't be printed/],
    ["outer space", "alice ,BTC,1,", "account", /space/],
    ["129 characters", `${"a".repeat(129)},BTC,1,`, "account", /longer than 128/],
    ["not NFC", "e\u0301ve,BTC,1,", "account", /NFC/],
    ["no instrument", "alice,,1,", "instrument", /is empty/],
    ["unknown instrument", "alice,DOGE,1,", "instrument", /"DOGE" is not in the market/],
    ["prototype key as instrument", "alice,constructor,1,", "instrument", /not in the market/],
    ["empty quantity", "alice,BTC,,", "quantity", /is empty/],
    ...["1e3", "+1", "01", " 1", "1 ", ".5", "1.", "--1", "NaN", "1_000", "0x10", "１"].map(
      (text): [string, string, string, RegExp] => [
        `quantity ${text}`,
        `alice,BTC,${text},`,
        "quantity",
        /not a plain decimal/,
      ],
    ),
    ["thousands comma", 'alice,BTC,"1,000",', "quantity", /not a plain decimal/],
    ["minus zero", "alice,BTC,-0,", "quantity", /negative zero/],
    ["minus 0.00", "alice,BTC,-0.00,", "quantity", /negative zero/],
    ["49 digits", `alice,BTC,${"1".repeat(49)},`, "quantity", /longer than 48/],
    ["off the step", "alice,ETH,1.1,", "quantity", /"1.1" is not a multiple of ETH's quantity step 0.25/],
    ["entry price on an asset", "alice,BTC,1,5", "entry_price", /not allowed on BTC, which is of kind asset/],
    ["entry price on settlement", "alice,PNL,1,5", "entry_price", /kind settlement/],
    ["entry price 1e4", "alice,BTC-OPTION,1,1e4", "entry_price", /not a plain decimal/],
    ["long entry price", `alice,BTC-FUTURE,1,${"1".repeat(49)}`, "entry_price", /longer than 48/],
    ["no settlement instrument", "alice,BARE-PERP,1,5", "entry_price", /no settlement instrument/],
    ["two to choose from", "alice,OPEN-PERP,1,5", "entry_price", /several .*\(PNL, PNL2\), and OPEN-PERP/],
    ["too few fields", "alice,BTC,1", undefined, /has 3 fields, the header has 4/],
    ["too many fields", "alice,BTC,1,,", undefined, /has 5 fields, the header has 4/],
    ["blank line", "", undefined, /blank line/],
    ["quote never closed", 'bob,"BTC,1,', undefined, /never closed/],
    ["text after a quote", '"bob"x,BTC,1,', undefined, /after a closing quote/],
    ["quote inside a field", 'b"ob,BTC,1,', undefined, /quote inside/],
    ["over-long line", `bob,BTC,${"1".repeat(9000)},`, undefined, /longer than 8192 bytes/],
    ["line of commas", ",".repeat(9000), undefined, /longer than 8192 bytes/],
  ];
  it.each(cases)("%s", async (_name, row, column, reason) => {
    for (const feed of ["\n", "\r\n"]) {
      const text = `${HEADER}${GOOD}${row}\n${GOOD}`.replaceAll(/\r?\n/g, feed);
      const { path, error, bad } = await refusal(text);
      expect(error.code).toBe("ACCOUNTS_BAD_ROWS");
      expect(error.exitCode).toBe(2);
      expect(bad).toHaveLength(1);
      expect(bad[0]).toMatchObject({ line: 3, reason: expect.stringMatching(reason) });
      expect(bad[0]!.column).toBe(column);
      expect(bad[0]!.hint).not.toBe("");
      expect(error.message).toContain(`${path}:3${column === undefined ? "" : `, column ${column}`}: `);
    }
  });

  it("an unclosed quote before much text", async () => {
    const { bad } = await refusal(`${HEADER}${GOOD}"bob,BTC,1,\n${GOOD.repeat(5000)}`);
    expect(bad).toMatchObject([{ line: 3, reason: expect.stringMatching(/never closed/) }]);
  });

  it("invalid UTF-8, also after a multi-byte character cut by the end", async () => {
    const rows = Buffer.from(`${HEADER}${GOOD}`.concat(GOOD.repeat(30_000)));
    const late = await refusal(Buffer.concat([rows, Buffer.from([0x61, 0xff, 0x0a]), Buffer.from(GOOD)]));
    expect(late.bad).toMatchObject([{ line: 30_003, reason: "is not valid UTF-8" }]);
    const cut = await refusal(Buffer.concat([Buffer.from(`${HEADER}${GOOD}b`), Buffer.from([0xe2, 0x82])]));
    expect(cut.bad).toMatchObject([{ line: 3, reason: "is not valid UTF-8" }]);
    const wide = await refusal(Buffer.from(`\ufeff${HEADER}${GOOD}`, "utf16le"));
    expect(wide.bad).toMatchObject([{ line: 1, reason: "is not valid UTF-8" }]);
  });

  it("names lines after quoted fields of several lines", async () => {
    const { bad } = await refusal(`${HEADER}"a\r\nb",BTC,1,\r\nalice,BTC,x,\n${GOOD}alice,ETH,0.1,\n`);
    expect(bad.map((row) => [row.line, row.column])).toEqual([
      [2, "account"],
      [4, "quantity"],
      [6, "quantity"],
    ]);
  });

  it("lists all faults of a row, and the first of every reason with the count of all", async () => {
    const few = await refusal(`${HEADER},DOGE,x,y\n${GOOD}alice,BTC,x,\n`);
    expect(few.bad.map((row) => `${row.line} ${row.column}`)).toEqual([
      "2 account",
      "2 instrument",
      "2 quantity",
      "2 entry_price",
      "4 quantity",
    ]);
    expect(few.error.message).toMatch(/^2 bad rows in /);
    const many = await refusal(
      `${HEADER}${"alice,DOGE,1,\n".repeat(2500)}alice,BTC,1.5e3,\n${"alice,PEPE,1,\n".repeat(3)}${"alice,ETH,0.1,\n".repeat(2)}alice,DOGE,x,\n`,
    );
    expect(many.bad.map((row) => row.line)).toEqual([2, 3, 4, 5, 6, 2502, 2506, 2507, 2508]);
    expect(many.error.message).toMatch(/^2507 bad rows in \S+, for 3 reasons\n/);
    const counted = many.error.message.split("\n").filter((line) => /^ {2}\d/.test(line));
    expect(counted).toEqual([
      '  2504 rows: instrument is not in the market ("DOGE" 2501, "PEPE" 3), the first 5',
      "  2 rows: quantity is not a plain decimal number",
      "  2 rows: quantity is not a multiple of the quantity step",
    ]);
    expect((many.error as BadRowsError).kinds.map(({ rows, column }) => [rows, column])).toEqual([
      [2504, "instrument"],
      [2, "quantity"],
      [2, "quantity"],
    ]);
  });

  it("escapes and cuts what it quotes, and never repeats an account id", async () => {
    const { error } = await refusal(`${HEADER}secret-id,\u001b[31m\u202e${"x".repeat(100)},1,\n`);
    expect(error.message).toContain("\\u001b[31m\\u{202e}xxx");
    expect(error.message.replaceAll("\n", "")).not.toMatch(/x{80}|secret-id|\p{C}/u);
  });
});

describe("bad headers", () => {
  it.each([
    ["unknown column", "account,instrument,quantity,note", /unknown column "note"/],
    ["capital letters", "Account,instrument,quantity", /unknown column "Account".*column account missing/],
    ["column twice", "account,instrument,quantity,quantity", /column quantity twice/],
    ["missing columns", "account", /column instrument missing, column quantity missing/],
    ["no header", "alice,BTC,1", /unknown column "alice"/],
    ["other delimiter", "account;instrument;quantity", /unknown column "account;instrument;quantity"/],
    ["empty file", "", /column account missing/],
  ])("%s", async (_name, header, reason) => {
    const { path, error } = await refusal(header === "" ? "" : `${header}\n${GOOD}`);
    expect(error.code).toBe("ACCOUNTS_BAD_HEADER");
    expect(error.message).toMatch(reason);
    expect(error.message.startsWith(`${path}:1: `)).toBe(true);
  });
});

describe("bad NDJSON rows", () => {
  const good = '{"account":"alice","instrument":"BTC","quantity":"1"}\n';
  it.each<[string, string, string | undefined, RegExp]>([
    ["number", '{"account":"a","instrument":"BTC","quantity":1}', "quantity", /JSON number/],
    ["null", '{"account":"a","instrument":"BTC","quantity":null}', "quantity", /not a string/],
    ["missing key", '{"account":"a","instrument":"BTC"}', "quantity", /is empty/],
    ["unknown key", '{"account":"a","instrument":"BTC","quantity":"1","x":"1"}', '"x"', /unknown key/],
    [
      "__proto__",
      '{"account":"a","instrument":"BTC","quantity":"1","__proto__":"1"}',
      '"__proto__"',
      /unknown/,
    ],
    ["key twice", '{"account":"a","account":"b","instrument":"BTC","quantity":"1"}', undefined, /key twice/],
    [
      "twice, once a number",
      '{"quantity":1,"account":"b","instrument":"BTC","quantity":"1"}',
      undefined,
      /twice/,
    ],
    [
      "twice, escaped",
      '{"account":"a","acc\\u006funt":"b","instrument":"BTC","quantity":"1"}',
      undefined,
      /twice/,
    ],
    [
      "empty entry price",
      '{"account":"a","instrument":"BTC-FUTURE","quantity":"1","entry_price":""}',
      "entry_price",
      /empty/,
    ],
    ["lone surrogate", '{"account":"a\\ud800","instrument":"BTC","quantity":"1"}', "account", /printed/],
    ["array", '["a","BTC","1"]', undefined, /not a JSON object/],
    ["null row", "null", undefined, /not a JSON object/],
    ["two objects", '{"account":"a"} {"account":"b"}', undefined, /not valid JSON/],
    ["cut short", '{"account":"a"', undefined, /not valid JSON/],
    ["blank line", "", undefined, /blank line/],
    ["over-long", `{"account":"${"a".repeat(9000)}"}`, undefined, /longer than 8192/],
  ])("%s", async (_name, row, column, reason) => {
    const { path, error, bad } = await refusal(`${good}${row}\n${good}`, ".jsonl");
    expect(error.code).toBe("ACCOUNTS_BAD_ROWS");
    expect(bad).toHaveLength(1);
    expect(bad[0]).toMatchObject({ line: 2, reason: expect.stringMatching(reason) });
    expect(bad[0]!.column).toBe(column);
    expect(error.message).toContain(`${path}:2`);
  });

  it("many faults", async () => {
    const { bad, error } = await refusal("x\n".repeat(30), ".ndjson");
    expect(error.message).toMatch(
      /^30 bad rows in \S+, for one reason\n {2}30 rows: is not valid JSON, the first 5\n/,
    );
    expect(bad.map((row) => row.line)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("bad files", () => {
  it("refuses unknown types, missing files, directories and files without rows", async () => {
    expect((await refusal("", ".txt")).error.code).toBe("ACCOUNTS_FILE_TYPE");
    expect((await refusal(gzipSync(HEADER + GOOD))).error.code).toBe("ACCOUNTS_FILE_TYPE");
    expect((await refusal(HEADER)).error.code).toBe("ACCOUNTS_EMPTY");
    expect((await refusal("", ".ndjson")).error.code).toBe("ACCOUNTS_EMPTY");
    const missing = await failure(() => collect(readAccounts(`${dir}/none.csv`, market)));
    expect([missing.code, missing.options.kind]).toEqual(["ACCOUNTS_UNREADABLE", "io"]);
    expect(missing.message).toContain("there is no such file");
  });

  it("refuses damaged, cut and trailing gzip data", async () => {
    const whole = gzipSync(HEADER + GOOD.repeat(1000));
    expect((await refusal(whole.subarray(0, -9), ".csv.gz")).error.code).toBe("ACCOUNTS_GZIP");
    expect((await refusal(Buffer.from(HEADER + GOOD), ".csv.gz")).error.code).toBe("ACCOUNTS_GZIP");
    expect((await refusal(Buffer.alloc(0), ".csv.gz")).error.code).toBe("ACCOUNTS_GZIP");
    const trailing = Buffer.concat([whole, Buffer.from(GOOD)]);
    expect((await refusal(trailing, ".csv.gz")).error.code).toBe("ACCOUNTS_GZIP");
  });

  it("refuses a market that can't be read against", () => {
    const bad = (rules: object): ListedInstruments =>
      new Map([["X", { symbol: "X", kind: "perpetual", ...rules } as never]]);
    for (const rules of [
      { quantityStep: "0" },
      { quantityStep: "-1" },
      { quantityStep: "1e-8" },
      { quantityStep: "1", settlementSymbol: "Y" },
      { quantityStep: "1", settlementSymbol: "X", settlementStep: "0.1" },
    ]) {
      expect(() => compileInstruments(bad(rules))).toThrow(
        expect.objectContaining({ code: "ACCOUNTS_MARKET_INVALID" }),
      );
    }
  });
});

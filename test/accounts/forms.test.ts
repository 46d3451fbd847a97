import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { readPortfolios } from "../../src/accounts/index.js";
import { unzstd } from "../../src/accounts/unzstd.js";
import { loadProfile } from "../../src/keys/instances.js";
import { listedInstruments } from "../../src/market/index.js";
import { statementToJson } from "../../src/protocol/statement.js";
import { batchRecords, parseBatch } from "../../src/prover/batchFile.js";
import { commitEpoch } from "../../src/prover/commit.js";
import { planBatches } from "../../src/prover/plan.js";
import { EpochSecrets } from "../../src/prover/secrets.js";
import { evaluator, tinyInputs } from "../support/tinyEpoch.js";
import { tinyMarket } from "../support/tinyMarket.js";
import { KEY, MARKET } from "./market.js";
import { collect, csv, failure, ndjson, type Row, workspace } from "./support.js";
import { zstdOf } from "./zstdFrame.js";

const { write } = await workspace();
const FIXTURES = join(import.meta.dirname, "fixtures");

let files = 0;

const unscaled = (text: string, scale: number): bigint => {
  const [whole = "", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(scale, "0"));
};

/** Texts, and quantities as DECIMAL(38, 8), in row groups of three. */
function parquet(rows: readonly Row[]): Buffer {
  const text = { type: "BYTE_ARRAY", converted_type: "UTF8" } as const;
  return Buffer.from(
    parquetWriteBuffer({
      schema: [
        { name: "root", num_children: 4 },
        { name: "account", repetition_type: "REQUIRED", ...text },
        { name: "instrument", repetition_type: "REQUIRED", ...text },
        {
          ...{ name: "quantity", repetition_type: "REQUIRED", type: "INT64" },
          logical_type: { type: "DECIMAL", precision: 18, scale: 8 },
        },
        { name: "entry_price", repetition_type: "OPTIONAL", ...text },
      ],
      columnData: [
        { name: "account", data: rows.map(([account]) => account) },
        { name: "instrument", data: rows.map(([, instrument]) => instrument) },
        { name: "quantity", data: BigInt64Array.from(rows.map(([, , quantity]) => unscaled(quantity, 8))) },
        { name: "entry_price", data: rows.map(([, , , entry]) => (entry === "" ? null : entry)) },
      ],
      rowGroupSize: 3,
    }),
  );
}

/** A book in every form, by the file's ending. */
async function forms(rows: readonly Row[]): Promise<(readonly [string, string | Buffer])[]> {
  return [
    ["a.csv", csv(rows)],
    ["a.ndjson", ndjson(rows)],
    ["a.csv.gz", gzipSync(csv(rows))],
    ["a.jsonl.zst", await zstdOf(ndjson(rows))],
    ["a.csv.zst", await zstdOf(csv(rows))],
    ["a.parquet", parquet(rows)],
  ];
}

const place = (name: string, data: string | Buffer): Promise<string> => write(`${files++}-${name}`, data);
const read = async (path: string) =>
  (await collect(readPortfolios(path, MARKET, { shuffleKey: KEY }))).map(({ account, pocket, holdings }) => [
    account,
    pocket,
    [...holdings],
  ]);

/** The statement over a book of the tiny market, with secrets that are the same for every form. */
async function statementOf(path: string): Promise<object> {
  const profile = loadProfile("test");
  const secrets = new EpochSecrets(
    new Uint8Array(32).fill(3),
    tinyMarket.exchange,
    tinyMarket.epoch,
    "forms",
  );
  const texts: string[] = [];
  const portfolios = readPortfolios(path, listedInstruments(tinyMarket), { shuffleKey: KEY });
  const keep = async (_: number, text: string) => void texts.push(text);
  await planBatches(portfolios, profile, evaluator, keep, () => {});
  const batches = texts.map((text, index) => {
    const { shape, accounts } = parseBatch(text);
    const own = profile.accounts.find(({ id }) => id === shape)!;
    return batchRecords(index, own, accounts, evaluator, tinyMarket, secrets);
  });
  return statementToJson((await commitEpoch(tinyInputs(batches))).statement);
}

describe("one book in every form", () => {
  const rows = fc.array(
    fc
      .record({
        account: fc.constantFrom("alice", 'b,o"b', "éve 你好 🦊", "dora"),
        instrument: fc.constantFrom("USDT", "BTC", "PNL", "BTC-PERPETUAL"),
        steps: fc.bigInt({ min: -(10n ** 6n), max: 10n ** 6n }),
      })
      .map(({ account, instrument, steps }): Row => {
        const decimals = { USDT: 2, BTC: 8, PNL: 4, "BTC-PERPETUAL": 3 }[instrument]!;
        const digits = (steps < 0n ? -steps : steps).toString().padStart(decimals + 1, "0");
        const sign = steps < 0n ? "-" : "";
        const quantity = `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
        const flat = steps === 0n ? "0" : quantity;
        return [account, instrument, flat, instrument === "BTC-PERPETUAL" ? "60000.05" : ""];
      }),
    { minLength: 1, maxLength: 12 },
  );

  it("gives the same accounts in the same order", async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (book) => {
        const [first, ...others] = await forms(book);
        const expected = await read(await place(...first!));
        expect(expected.length).toBeGreaterThan(0);
        for (const form of others) expect(await read(await place(...form)), form[0]).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });

  it("gives the same statement, its root in it", async () => {
    const book: Row[] = [
      ["alice", "USDT", "5000", ""],
      ["alice", "BTC-PERP", "-0.5", "60000"],
      ["bob", "USDT", "60000.25", ""],
      ["bob", "BTC-PERP", "0.5", "60000"],
      ["éve 你好 🦊", "BTC", "0.25", ""],
    ];
    const statements = [];
    for (const form of await forms(book)) statements.push(await statementOf(await place(...form)));
    expect(statements).toHaveLength(6);
    for (const statement of statements) expect(statement).toEqual(statements[0]);
    const other = [...book.slice(1), ["alice", "USDT", "5000.000001", ""]] as Row[];
    expect(await statementOf(await place("a.parquet", parquet(other)))).not.toEqual(statements[0]);
  });
});

describe("files of other writers", () => {
  const written = ["none", "snappy", "gzip", "zstd", "brotli", "int-decimals"].map(
    (kind) => `pyarrow-${kind}`,
  );

  it.each([...written, "duckdb-zstd"])("reads %s", async (name) => {
    const expected = await read(join(FIXTURES, "book.csv.zst"));
    expect(expected).toHaveLength(5);
    expect(await read(join(FIXTURES, `${name}.parquet`))).toEqual(expected);
  });

  it("takes no float, and no codec that it doesn't know", async () => {
    const double = await failure(() => read(join(FIXTURES, "pyarrow-double.parquet")));
    expect(double.code).toBe("ACCOUNTS_PARQUET");
    expect(double.message).toContain('column "quantity" is DOUBLE, which loses digits');
    const lz4 = await failure(() => read(join(FIXTURES, "pyarrow-lz4.parquet")));
    expect([lz4.code, lz4.message]).toEqual(["ACCOUNTS_PARQUET", expect.stringContaining("LZ4")]);
  });
});

describe("damaged Parquet", () => {
  it("is refused wherever it is cut", async () => {
    const whole = await readFile(join(FIXTURES, "pyarrow-zstd.parquet"));
    for (let length = 0; length < whole.length; length += 211) {
      const { code } = await failure(async () => read(await place("a.parquet", whole.subarray(0, length))));
      expect(code, `${length} bytes`).toBe("ACCOUNTS_PARQUET");
    }
  });

  it("ends in a stable code, or in a book, whatever byte is wrong", async () => {
    const whole = await readFile(join(FIXTURES, "pyarrow-snappy.parquet"));
    let refused = 0;
    for (let at = 0; at < whole.length; at += 61) {
      const wrong = Buffer.from(whole);
      wrong[at]! ^= 0x10;
      const path = await place("a.parquet", wrong);
      const error = await read(path).then(
        () => undefined,
        (cause: { code?: string }) => cause,
      );
      if (error === undefined) continue;
      refused++;
      expect(error.code, `byte ${at}`).toMatch(/^ACCOUNTS?_/);
    }
    expect(refused).toBeGreaterThan(10);
  });

  it("names the row and the column", async () => {
    const path = await place(
      "a.parquet",
      parquet([
        ["a", "BTC", "1", ""],
        ["b", "DOGE", "1", ""],
      ]),
    );
    const { message } = await failure(() => read(path));
    expect(message).toMatch(/a\.parquet:2, column instrument: "DOGE" is not in the market/);
  });

  it("reads no column twice, none unknown, none missing", async () => {
    const text = (name: string) => ({ name, data: ["1"], type: "STRING" as const });
    const file = Buffer.from(parquetWriteBuffer({ columnData: [text("account"), text("coin")] }));
    const { code, message } = await failure(async () => read(await place("a.parquet", file)));
    expect(code).toBe("ACCOUNTS_BAD_HEADER");
    expect(message).toMatch(/unknown column "coin", column instrument missing, column quantity missing$/);
  });
});

describe("zstd", () => {
  const BOOK = csv([["alice", "BTC", "1.5", ""]]);
  const zst = (data: Buffer) => failure(async () => read(await place("a.csv.zst", data)));

  it("takes several frames, and frames to skip", async () => {
    const [begin, end] = [BOOK.slice(0, 20), BOOK.slice(20)];
    const skippable = Buffer.from([0x5e, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const file = Buffer.concat([await zstdOf(begin), skippable, await zstdOf(end)]);
    expect(await read(await place("a.csv.zst", file))).toEqual(await read(await place("a.csv", BOOK)));
  });

  it("refuses a digit that is another by its checksum", async () => {
    const file = await zstdOf(BOOK);
    const at = file.indexOf("1.5");
    file[at + 2] = "6".charCodeAt(0);
    expect((await zst(file)).code).toBe("ACCOUNTS_ZSTD");
  });

  it("refuses what is cut, followed by other data, or no zstd", async () => {
    const whole = await readFile(join(FIXTURES, "book.csv.zst"));
    for (let length = 0; length < whole.length; length += 9)
      expect((await zst(whole.subarray(0, length))).code, `${length} bytes`).toBe("ACCOUNTS_ZSTD");
    expect((await zst(Buffer.concat([whole, Buffer.from("more text")]))).message).toContain(
      "data after the end",
    );
    expect((await zst(Buffer.from(BOOK))).code).toBe("ACCOUNTS_ZSTD");
    const unnamed = await failure(async () => read(await place("a.csv", whole)));
    expect([unnamed.code, unnamed.options.hint]).toEqual([
      "ACCOUNTS_FILE_TYPE",
      expect.stringContaining(".zst"),
    ]);
  });

  it("bounds the window and the line, however small the file is", async () => {
    expect((await zst(await zstdOf(BOOK, 0xf8))).message).toContain("needs a window of");
    // 64 blocks of 128 KiB of one letter each, 4 bytes a block: 8 MiB out of 262 bytes, refused at its first 8 KiB.
    const blocks = Array.from({ length: 64 }, (_, k) => {
      const block = Buffer.alloc(4, "x");
      block.writeUIntLE((131_072 << 3) | (1 << 1) | (k === 63 ? 1 : 0), 0, 3);
      return block;
    });
    const bomb = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]), ...blocks]);
    let taken = 0;
    for await (const piece of unzstd(feed(bomb))) taken += piece.length;
    expect(taken).toBe(8 * 1024 * 1024);
    expect((await zst(bomb)).message).toContain("is longer than 8192 bytes");
  });
});

async function* feed(data: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += 7) yield data.subarray(at, at + 7);
}

import { createHmac } from "node:crypto";
import { fstatSync, linkSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compileInstruments,
  openSnapshot,
  type Portfolio,
  type ReadProgress,
  readPortfolios,
} from "../../src/accounts/index.js";
import { AccountShuffle, bucketCount } from "../../src/accounts/shuffle.js";
import { writeBigCsv } from "./bigFile.js";
import { measure } from "./child.js";
import { KEY, MARKET } from "./market.js";
import { collect, csv, failure, ndjson, quoted, type Row, workspace } from "./support.js";

const { dir, write } = await workspace();

let files = 0;

/** An empty directory to spool in. */
function spoolParent(): string {
  const path = join(dir, `spool-${files++}`);
  mkdirSync(path);
  return path;
}

function plain(portfolios: readonly Portfolio[]): [string, [string, bigint][]][] {
  return portfolios.map(({ account, holdings }) => [account, [...holdings]]);
}

async function read(name: string, data: string | Buffer, key: Uint8Array = KEY) {
  const path = await write(`${files++}-${name}`, data);
  const parent = spoolParent();
  const portfolios = await collect(readPortfolios(path, MARKET, { shuffleKey: key, spoolParent: parent }));
  expect(readdirSync(parent)).toEqual([]);
  return plain(portfolios);
}

const ROWS: Row[] = [
  ["alice", "BTC", "1.5", ""],
  ['b,o"b', "BTC-PERPETUAL", "-0.001", "60000.05"],
  ["alice", "USDT", "-20.25", ""],
  ["éve 你好 🦊", "ETH", "0.75", ""],
  ["idle", "BTC", "0", ""],
  ["alice", "BTC", "-0.50000001", ""],
  ["flat", "BTC", "1", ""],
  ["flat", "BTC", "-1", ""],
];
const EXPECTED = new Map<string, [string, bigint][]>([
  [
    "alice",
    [
      ["USDT", -2025n],
      ["BTC", 99_999_999n],
    ],
  ],
  [
    'b,o"b',
    [
      ["PNL", 600_000n],
      ["BTC-PERPETUAL", -1n],
    ],
  ],
  ["éve 你好 🦊", [["ETH", 3n]]],
  ["idle", []],
  ["flat", []],
]);

describe("reading a snapshot", () => {
  it("nets accounts, keeps empty ones and orders by the keyed digest", async () => {
    const found = await read("rows.csv", csv(ROWS));
    const digest = (account: string): string => createHmac("sha256", KEY).update(account).digest("hex");
    const order = [...EXPECTED.keys()].sort((a, b) => (digest(a) < digest(b) ? -1 : 1));
    expect(found).toEqual(order.map((account) => [account, EXPECTED.get(account)]));
    const other = await read("rows.csv", csv(ROWS), Buffer.alloc(32, 9));
    expect(new Map(other)).toEqual(EXPECTED);
    expect(other).not.toEqual(found);
  });

  it("gives the same from every format and spelling", async () => {
    const expected = await read("rows.csv", csv(ROWS));
    const text = csv(ROWS);
    expect(await read("rows.ndjson", ndjson(ROWS))).toEqual(expected);
    expect(await read("rows.jsonl", `\ufeff${ndjson(ROWS).replaceAll("\n", "\r\n")}\r\n\n`)).toEqual(
      expected,
    );
    expect(await read("rows.CSV", `\ufeff${text.replaceAll("\n", "\r\n")}\r\n\r\n`)).toEqual(expected);
    expect(await read("rows.csv.gz", gzipSync(text))).toEqual(expected);
    const half = text.indexOf("alice,USDT");
    const members = Buffer.concat([gzipSync(text.slice(0, half)), gzipSync(text.slice(half))]);
    expect(await read("rows.csv.gz", members)).toEqual(expected);
    expect(await read("rows.ndjson.gz", gzipSync(ndjson(ROWS)))).toEqual(expected);
    const turned = ROWS.map(([account, instrument, quantity, entry]) =>
      [entry, quantity, account, instrument].map(quoted).join(","),
    );
    expect(await read("rows.csv", ["entry_price,quantity,account,instrument", ...turned].join("\n"))).toEqual(
      expected,
    );
  });

  it("keeps multi-byte characters cut by chunk ends", async () => {
    const rows: Row[] = Array.from({ length: 20_000 }, (_, i) => [`你🦊é-${i}`, "BTC", "1", ""]);
    const found = await read("wide.csv", csv(rows));
    expect(found.map(([account]) => account).sort()).toEqual(rows.map(([account]) => account).sort());
    expect(await read("wide.ndjson", ndjson(rows))).toEqual(found);
  });

  it("doesn't depend on the order of rows", async () => {
    const account = fc.constantFrom("a", "b", "c", "d", "é", "f g");
    const row: fc.Arbitrary<Row> = fc.oneof(
      fc.tuple(account, fc.constant("BTC"), fc.integer({ min: -99, max: 99 }).map(String), fc.constant("")),
      fc.tuple(
        account,
        fc.constantFrom("BTC-FUTURE", "BTC-OPTION"),
        fc.integer({ min: -99, max: 99 }).map(String),
        fc
          .integer({ min: 0, max: 1e9 })
          .map((n) => `${Math.floor(n / 1e7)}.${String(n % 1e7).padStart(7, "0")}`),
      ),
    );
    const rowsTwice = fc
      .array(row, { minLength: 1, maxLength: 20 })
      .chain((rows) =>
        fc.tuple(
          fc.constant(rows),
          fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(rowsTwice, async ([rows, shuffled]) => {
        expect(await read("shuffled.ndjson", ndjson(shuffled))).toEqual(await read("rows.csv", csv(rows)));
      }),
      { numRuns: 40 },
    );
  });

  it("takes an account with more than 10,000 rows", async () => {
    const rows: Row[] = Array.from({ length: 25_000 }, (_, i) => [
      "whale",
      "BTC-FUTURE",
      i % 2 ? "0.001" : "-0.002",
      "0.33",
    ]);
    // -12.5 BTC at 0.33, in steps of 0.0001.
    expect(await read("whale.csv", csv(rows))).toEqual([
      [
        "whale",
        [
          ["PNL", 41_250n],
          ["BTC-FUTURE", -12_500n],
        ],
      ],
    ]);
  });

  it("reports progress and counts, and can be iterated twice until closed", async () => {
    const data = csv(Array.from({ length: 30_000 }, (_, i): Row => [`u${i % 1000}`, "BTC", "1", ""]));
    const path = await write("progress.csv", data);
    const seen: ReadProgress[] = [];
    const onProgress = (progress: ReadProgress): void => void seen.push(progress);
    const snapshot = await openSnapshot(path, MARKET, { shuffleKey: KEY, onProgress });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.at(-1)).toEqual({ bytesRead: data.length, totalBytes: data.length, rows: 30_000 });
    expect(snapshot).toMatchObject({ rows: 30_000, accounts: undefined });
    const first = plain(await collect(snapshot.portfolios()));
    expect(snapshot.accounts).toBe(1000);
    expect(plain(await collect(snapshot.portfolios()))).toEqual(first);
    snapshot.close();
    snapshot.close();
    expect((await failure(() => collect(snapshot.portfolios()))).code).toBe("ACCOUNTS_SPOOL");
  });

  it("names an account that holds too much", async () => {
    const path = await write("large.csv", csv([["rich", "BTC", "45035996.27370496", ""]]));
    const error = await failure(() => collect(readPortfolios(path, MARKET, { shuffleKey: KEY })));
    expect(error.code).toBe("ACCOUNT_QUANTITY_TOO_LARGE");
    expect(error.message).toMatch(/account "rich" .* of BTC/);
  });
});

describe("the spool", () => {
  it("has the same order for any number of buckets, in files only the user can read", async () => {
    const market = compileInstruments(MARKET);
    expect([0, 1, 4 << 20, (4 << 20) + 1, 1e12].map(bucketCount)).toEqual([1, 1, 1, 2, 128]);
    const orders = [1, 9e6, 1e12].map((expectedBytes) => {
      const shuffle = new AccountShuffle(market, { shuffleKey: KEY, expectedBytes, spoolParent: dir });
      try {
        for (let i = 0; i < 3000; i++) {
          shuffle.add({
            account: `u${(i * 7) % 1000}`,
            pocket: "",
            instrument: "BTC",
            quantity: "1",
            steps: 1n,
            line: i,
          });
        }
        const order = [...shuffle.portfolios()].map(({ account }) => account);
        expect(shuffle.spool.descriptors).toHaveLength(bucketCount(expectedBytes));
        let spooled = 0;
        for (const file of shuffle.spool.descriptors) {
          const stat = fstatSync(file);
          expect(stat.mode & 0o777).toBe(0o600);
          spooled += stat.size;
        }
        expect(spooled).toBeGreaterThan(3000 * 8);
        return order;
      } finally {
        shuffle.close();
      }
    });
    expect(orders[0]).toHaveLength(1000);
    expect(orders[1]).toEqual(orders[0]);
    expect(orders[2]).toEqual(orders[0]);
  });

  it("is out of sight during reading and gone after an error or an early stop", async () => {
    const parent = spoolParent();
    const options = { shuffleKey: KEY, spoolParent: parent };
    const openFiles = (): number => readdirSync("/proc/self/fd").length;
    const before = openFiles();
    const bad = await write("bad.csv", `${csv(Array(50_000).fill(ROWS[0]!))}\nalice,BTC,x,\n`);
    expect((await failure(() => openSnapshot(bad, MARKET, options))).code).toBe("ACCOUNTS_BAD_ROWS");
    const missing = join(dir, "missing.csv");
    expect((await failure(() => openSnapshot(missing, MARKET, options))).code).toBe("ACCOUNTS_UNREADABLE");
    const good = await write("good.csv", csv(ROWS));
    for await (const _ of readPortfolios(good, MARKET, options)) break;
    const snapshot = await openSnapshot(good, MARKET, options);
    expect(readdirSync(parent)).toEqual([]);
    snapshot.close();
    const throwing = (): never => {
      throw new Error("from the callback");
    };
    await expect(openSnapshot(good, MARKET, { ...options, onProgress: throwing })).rejects.toThrow(
      "callback",
    );
    expect(readdirSync(parent)).toEqual([]);
    expect(openFiles()).toBe(before);
  });

  it("refuses a short key and an unusable directory", async () => {
    const path = await write("fine.csv", csv(ROWS));
    const open = (shuffleKey: Uint8Array, parent: string) => () =>
      openSnapshot(path, MARKET, { shuffleKey, spoolParent: parent });
    expect((await failure(open(KEY.subarray(1), dir))).code).toBe("SHUFFLE_KEY_INVALID");
    expect((await failure(open(KEY, join(dir, "none")))).code).toBe("ACCOUNTS_SPOOL");
  });
});

describe("bounded memory", () => {
  it("reads 200,000 rows with a heap of 64 MB", { timeout: 60_000 }, async () => {
    const path = join(dir, "big.csv");
    const accounts = await writeBigCsv(path, 200_000);
    const result = await measure(path, dir, 64);
    expect(result).toMatchObject({ rows: 200_000, accounts });
    expect(result.peakRssMegabytes).toBeLessThan(250);
    const folder = join(dir, "export");
    mkdirSync(folder);
    linkSync(path, join(folder, "big.csv"));
    const mapping = join(dir, "mapping.yaml");
    const columns = "account: account, instrument: instrument, quantity: quantity, entry_price: entry_price";
    writeFileSync(mapping, `{format: marginproof/mapping/1, files: {big.csv: {rows: [{${columns}}]}}}`);
    const mapped = await measure(folder, dir, 64, mapping);
    expect(mapped).toMatchObject({ rows: 200_000, accounts, steps: result.steps });
    expect(mapped.peakRssMegabytes).toBeLessThan(250);
  });
});

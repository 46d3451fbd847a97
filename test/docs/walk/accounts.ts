import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileInstruments, openSnapshot, readAccounts } from "../../../src/accounts/index.js";
import { listedInstruments } from "../../../src/market/index.js";
import { TEST_KEYS } from "../../support/circuit.js";
import { TINY_MARKET, tinyMarket } from "../../support/tinyMarket.js";
import { command, explain, file, folder, fresh, type Json, refused, thrown, type Walk } from "./support.js";

const market = file(JSON.stringify(TINY_MARKET));
const HEADER = "account,instrument,quantity,entry_price\n";
const accounts = (content: string, end = ".csv") => read(file(content, end));
const read = (path: string) => command(["market", "explain", "a", "--market", market, "--accounts", path]);
const rules = compileInstruments(listedInstruments(tinyMarket));

/** A file that grows between two reads. */
async function growing(): Promise<void> {
  const path = file(HEADER + "a,USDT,1,\n".repeat(200_000), ".csv");
  let once = true;
  for await (const _ of readAccounts(path, rules)) {
    if (once) appendFileSync(path, "b,USDT,1,\n");
    once = false;
  }
}

/** An export of one file, read by a mapping, or by another text in its place. */
function mapped(mapping = "", beside: readonly string[] = []) {
  const place = fresh();
  mkdirSync(place);
  for (const name of ["b.csv", ...beside]) writeFileSync(join(place, name), "who,what,much\na,USDT,1\n");
  const good =
    "format: marginproof/mapping/1\nfiles: {b.csv: {rows: [{account: who, instrument: what, quantity: much}]}}\n";
  const mappingPath = file(mapping === "" ? good : mapping, ".yaml");
  return command([
    "market",
    "explain",
    "a",
    "--market",
    market,
    "--accounts",
    place,
    "--mapping",
    mappingPath,
  ]);
}

/** One account with more flat holdings than the test profile has room for. */
function tooLarge() {
  const coins = Array.from({ length: 8 }, (_, k) => `C${k}`);
  const assets = coins.map((symbol) => ({
    symbol,
    kind: "asset",
    quantityStep: "1",
    markPrice: "1",
    stressGains: ["0", "0"],
  }));
  const own = { ...TINY_MARKET, instruments: [...TINY_MARKET.instruments, ...assets] };
  return command([
    "prove",
    "--profile",
    "test",
    "--keys",
    TEST_KEYS,
    "--quiet",
    "--workers",
    "1",
    "--market",
    file(JSON.stringify(own)),
    "--accounts",
    file(HEADER + coins.map((c) => `zed,${c},1,\n`).join(""), ".csv"),
    "--out",
    fresh(),
    "--private",
    fresh(),
  ]);
}

export const ACCOUNTS_WALK: Walk = {
  ACCOUNTS_FILE_TYPE: refused(() => accounts("", ".xls"), [".xls"], ".csv"),
  ACCOUNTS_UNREADABLE: refused(() => read(join(folder, "none.csv")), ["none.csv", "no such file"], "path"),
  ACCOUNTS_GZIP: refused(() => accounts("plain text", ".csv.gz"), [".csv.gz", "damaged"], "gzip"),
  ACCOUNTS_ZSTD: refused(() => accounts("plain text", ".csv.zst"), [".csv.zst", "damaged"], "zstd"),
  ACCOUNTS_PARQUET: refused(() => accounts("plain text", ".parquet"), [".parquet", "damaged"], "row groups"),
  ACCOUNTS_CHANGED: refused(() => thrown(growing), [".csv", "changed while it was read"], "again"),
  ACCOUNTS_BAD_HEADER: refused(() => accounts("account,symbol,quantity\n"), ["symbol"], "instrument"),
  ACCOUNTS_BAD_ROWS: refused(
    () => accounts(`${HEADER}a,USDT, 1,\na,USDT,+1,\n`),
    [".csv:2, column quantity", ".csv:3, column quantity", '"+1"'],
    "row",
  ),
  ACCOUNTS_UNMAPPED: refused(() => mapped("", ["b-2.csv"]), ["b-2.csv"], "ignore"),
  MAPPING_YAML: refused(() => mapped("format: &x 1"), [".yaml:1", "anchors"], "names"),
  MAPPING_INVALID: refused(
    () => mapped("format: marginproof/mapping/1\nfiles:\n  b.csv: {rows: [{account: who}]}\n"),
    ["2 faults in", ".yaml:3", "instrument is missing", "quantity is missing"],
    "docs/market.md",
  ),
  ACCOUNTS_EMPTY: refused(() => accounts(HEADER), ["no rows"], "account"),
  ACCOUNTS_SPOOL: refused(
    () =>
      thrown(async () =>
        openSnapshot(file(`${HEADER}a,USDT,1,\n`, ".csv"), listedInstruments(tinyMarket), {
          shuffleKey: new Uint8Array(32),
          spoolParent: fresh(),
        }),
      ),
    ["no such file"],
    "disk",
  ),
  ACCOUNTS_MARKET_INVALID: refused(
    () =>
      thrown(() =>
        compileInstruments(new Map([["X", { symbol: "X", kind: "asset", quantityStep: "0" }]]) as Json),
      ),
    ["X"],
    "market file",
  ),
  ACCOUNT_POSITION: refused(
    () =>
      accounts(
        "account,instrument,side,quantity,entry_price\na,BTC-PERP,long,1,60000\na,BTC-PERP,short,1,60000\n",
      ),
    ['account "a"', "BTC-PERP", "net"],
    "positionMode: hedge",
  ),
  ACCOUNT_QUANTITY_TOO_LARGE: refused(
    () => explain(() => {}, "a,USDT,99999999999,"),
    ['account "a"', "USDT", "2^52"],
    "quantity step",
  ),
  ACCOUNT_VALUE_RANGE: refused(
    () => explain(() => {}, "a,BTC,100000000,"),
    ['account "a"', "equity", "2^72"],
    "valueUnit",
  ),
  ACCOUNT_TOO_LARGE: refused(tooLarge, ['account "zed"', "8 flat"], "--profile"),
};

import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { disclose } from "../../../src/prover/disclose.js";
import { Database } from "../../../src/prover/store/database.js";
import { FolderStore } from "../../../src/prover/store/folderStore.js";
import { TEST_KEYS } from "../../support/circuit.js";
import { tinyEpochPaths } from "../../support/tinyBundle.js";
import { command, edit, file, fresh, type Json, refused, TRUST, thrown, type Walk } from "./support.js";

const { bundle, privateDir } = tinyEpochPaths("covered");
/** `marginproof check` of carol's file, spoilt. */
async function check(spoil: (json: Json) => unknown, flags: readonly string[] = [], epoch = bundle) {
  const opening = (await disclose(privateDir, "carol")) as Json;
  spoil(opening);
  return command(["check", file(JSON.stringify(opening)), "--epoch", epoch, ...TRUST, ...flags]);
}
const pocket = (change: (pocket: Json) => unknown, flags?: readonly string[]) =>
  check(({ pockets }) => change(pockets[0]), flags);

/** `marginproof disclose` from a spoilt copy of a private folder. */
function discloseFrom(spoil: (dir: string) => void, account = "carol", flags: readonly string[] = []) {
  const dir = fresh();
  cpSync(privateDir, dir, { recursive: true });
  spoil(dir);
  return command(["disclose", "--private", dir, "--account", account, "--out", fresh(), ...flags]);
}

/** `marginproof disclose --all` to a place where something stands. */
function discloseAll(spoil: (out: string) => void) {
  const out = fresh(".tar");
  spoil(out);
  return command(["disclose", "--private", privateDir, "--all", "--out", out]);
}

/** The same while another process has that place. */
async function whileRunning() {
  const store = await FolderStore.open(privateDir);
  const out = fresh(".tar");
  const lock = await store.lockPlace(out);
  try {
    return await command(["disclose", "--private", privateDir, "--all", "--out", out]);
  } finally {
    lock?.release();
    store.close();
  }
}

/** `marginproof check --json` against a bundle that proves nothing. */
async function unproved() {
  const spoilt = fresh();
  cpSync(bundle, spoilt, { recursive: true });
  edit(join(spoilt, "statement.json"), (s) => (s.totals.badDebt = "0"));
  return check(() => {}, ["--json"], spoilt);
}

/** Codes of a holder's file, as its maker and its reader meet them. */
export const HOLDER_WALK: Walk = {
  EPOCH_NOT_PROVED: refused(unproved, ["CHAIN_END"], "bundle", 1),
  ACCOUNT_UNKNOWN_INSTRUMENT: refused(
    () => pocket((p) => (p.holdings[0].instrument = "DOGE")),
    ["cross pocket", "DOGE"],
    "sk",
    1,
  ),
  DISCLOSE_NO_ACCOUNT: refused(() => discloseFrom(() => {}, "Carol"), ['"Carol"'], "case"),
  DISCLOSE_NO_EPOCH: refused(
    () => discloseFrom(() => {}, "carol", ["--epoch", "2020"]),
    ["2020"],
    "2026-11-23T08",
  ),
  DISCLOSE_PART: refused(() => discloseAll((out) => writeFileSync(`${out}.part`, "")), [".part"], "Remove"),
  DISCLOSE_RUNNING: refused(whileRunning, ["another process"], "Wait"),
  OPENING_INVALID: refused(() => check((o) => delete o.pockets), ["pockets"], "sk the exchange", 1),
  OPENING_POCKETS: refused(
    () => check((o) => o.pockets.push(o.pockets[0])),
    ["cross pocket", "twice"],
    "sk the exchange",
    1,
  ),
  OPENING_ACCOUNT: refused(
    () => check(() => {}, ["--account", "dave"]),
    ['"carol"', '"dave"'],
    "your own",
    1,
  ),
  OPENING_EPOCH: refused(
    () => check(() => {}, [], tinyEpochPaths("uncovered").bundle),
    ["statement 0x"],
    "bundle",
    1,
  ),
  OPENING_BATCH: refused(() => pocket((p) => (p.batch = 60000)), ["cross pocket", "60000"], "keep both", 1),
  OPENING_SHAPE: refused(
    () =>
      pocket(
        (p) =>
          (p.holdings = ["USDT", "BTC", "BTC-PERP"].map((instrument) => ({
            instrument,
            steps: "4503599627370495",
          }))),
      ),
    ["cross pocket"],
    "keep both",
    1,
  ),
  OPENING_REQUIREMENT: refused(
    () => pocket((p) => (p.requirement = { maintenance: "0", initial: "0" })),
    ["cross pocket", "none of its rates"],
    "keep both",
    1,
  ),
  OPENING_LEAF: refused(
    () => pocket((p) => (p.salt = `0x${"1".repeat(64)}`)),
    ['account "carol"'],
    "keep both",
    1,
  ),
};

/** `marginproof prove` of the tiny epoch from a copy of its private folder, with other accounts. */
function proveAgain() {
  const { market } = tinyEpochPaths("covered");
  const dir = fresh();
  cpSync(privateDir, dir, { recursive: true });
  const accounts = file("account,instrument,quantity\nalice,USDT,1\n", ".csv");
  return command([
    ...[
      "prove",
      "--profile",
      "test",
      "--keys",
      TEST_KEYS,
      "--quiet",
      "--market",
      market,
      "--accounts",
      accounts,
    ],
    ...["--private", dir, "--out", fresh()],
  ]);
}

/** An epoch that a run has taken already, and that is asked for again. */
async function taken() {
  const store = await FolderStore.open(fresh());
  const name = { exchange: "Example Exchange", epoch: "2026-11-23T08" };
  const run = await store.takeEpoch(name);
  try {
    return await thrown(() => store.takeEpoch(name));
  } finally {
    run.release();
    store.close();
  }
}

/** A private folder whose database a later version made. */
async function newer() {
  const dir = fresh();
  (await FolderStore.open(dir)).close();
  const database = await Database.open(join(dir, "private.db"), 0);
  database.exec("pragma user_version = 999");
  database.close();
  return thrown(() => FolderStore.open(dir));
}

/** Codes of the private folder. */
export const FOLDER_WALK: Walk = {
  PRIVATE_DATABASE_NEWER: refused(newer, ["private.db", "later version"], "Use that version"),
  EPOCH_PUBLISHED: refused(proveAgain, ["2026-11-23T08", "other inputs", "0x"], "epoch name"),
  PROVER_RUNNING: refused(taken, [`process ${process.pid}`, "2026-11-23T08"], "Wait"),
  MASTER_SECRET_MISSING: refused(
    () => discloseFrom((dir) => rmSync(join(dir, "master-secret"))),
    ["master-secret", "missing"],
    "backup",
  ),
  MASTER_SECRET_INVALID: refused(
    () => discloseFrom((dir) => writeFileSync(join(dir, "master-secret"), "x")),
    ["master-secret", "64 hex digits"],
    "backup",
  ),
};

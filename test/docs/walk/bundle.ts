import { cpSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NO_ACCOUNTS } from "../../../src/protocol/bands.js";
import { ZERO_TOTALS } from "../../../src/protocol/state.js";
import { assertSums } from "../../../src/verifier/checks/sums.js";
import { parseDigest } from "../../../src/verifier/trust.js";
import { TEST_KEYS } from "../../support/circuit.js";
import { tinyEpochPaths } from "../../support/tinyBundle.js";
import { tinyTable } from "../../support/tinyMarket.js";
import {
  command,
  edit,
  file,
  folder,
  fresh,
  type Json,
  refused,
  TRUST,
  thrown,
  verify,
  type Walk,
} from "./support.js";

const statement = (change: (json: Json) => unknown) => verify((path) => edit(path("statement"), change));
const firstStep = (change: (json: Json) => unknown) =>
  verify((path) => {
    const lines = readFileSync(path("steps"), "utf8").split("\n");
    const step = JSON.parse(lines[0]!) as Json;
    change(step);
    writeFileSync(path("steps"), [JSON.stringify(step), ...lines.slice(1)].join("\n"));
  });
const keys = (change: (json: Json, digests: string[]) => unknown) =>
  verify((path) => edit(path("verifyingKeys"), (json) => change(json, Object.keys(json))));
const list = (change: (json: Json) => unknown): string => {
  const json = JSON.parse(readFileSync(join(TEST_KEYS, "keys.json"), "utf8")) as Json;
  change(json);
  return file(JSON.stringify(json));
};

/** The keys of account steps listed as of shapes without places for stress, and the statement with them. */
function withoutStress() {
  const own = list(({ keys }) => {
    for (const key of keys)
      if (key.template === "accounts") Object.assign(key, { stress: 0, id: key.id.replace(/z\d\b/, "z0") });
  });
  return verify(
    (path) =>
      edit(path("statement"), ({ batches }) =>
        batches.map((batch: Json) => (batch.shape = batch.shape.replace(/z\d\b/, "z0"))),
      ),
    ["--keys", own, "--allow-dev-keys", "--quiet"],
  );
}

const sums = (change: object) =>
  thrown(() =>
    assertSums(
      {
        totals: { ...ZERO_TOTALS, ...change },
        quantities: tinyTable.instruments.map(() => ({ long: 0n, short: 0n })),
      },
      tinyTable,
      1n,
    ),
  );

export const BUNDLE_WALK: Walk = {
  BUNDLE_UNREADABLE: refused(() => command(["verify", join(folder, "none")]), ["none", "no such"], "folder"),
  BUNDLE_FILES: refused(
    () => verify((path) => renameSync(path("market"), `${path("market")}.txt`)),
    ['unexpected "market.json.txt"', "missing market.json"],
    "fetch",
    1,
  ),
  BUNDLE_TOO_LARGE: refused(
    () => verify((path) => truncateSync(path("market"), 3 * 2 ** 30)),
    ["market.json", "256 MiB"],
    "fetch",
    1,
  ),
  STATEMENT_INVALID: refused(() => statement((s) => delete s.epoch), ["epoch"], "version", 1),
  STEP_INVALID: refused(
    () => firstStep((s) => delete s.stateOut),
    ["steps.ndjson line 1", "stateOut"],
    "etch",
    1,
  ),
  VERIFYING_KEYS_INVALID: refused(
    () =>
      keys((json, [one]) => {
        json.other = json[one!];
      }),
    ["verifying-keys.json", "other"],
    "etch",
    1,
  ),
  FIELD_NOT_CANONICAL: refused(
    () => firstStep((s) => (s.stateOut = s.stateOut.toUpperCase())),
    ["steps.ndjson line 1"],
    "etch",
    1,
  ),
  INTEGER_NOT_CANONICAL: refused(() => statement((s) => (s.totals.badDebt = "01")), ["badDebt"], "etch", 1),
  MARKET_DIGEST: refused(
    () => verify((path) => edit(path("market"), (m) => (m.insuranceFund = { USDT: "1" }))),
    ["market.json"],
    "etch",
    1,
  ),
  MARKET_NAMES: refused(() => statement((s) => (s.epoch = "another")), ["another"], "etch", 1),
  MARKET_DIFFERS: refused(
    () => verify(() => {}, [...TRUST, "--market", otherFund()]),
    ["insuranceFund", "100000"],
    "Ask",
    1,
  ),
  TABLE_DIGEST: refused(
    () => statement((s) => (s.tableDigest = s.marketDigest)),
    ["risk table"],
    "version",
    1,
  ),
  TABLE_INSTRUMENTS: refused(() => statement((s) => (s.quantities[0].instrument = "X")), ["X"], "etch", 1),
  KEY_NOT_PINNED: refused(
    () => statement((s) => (s.batches[0].key = s.marketDigest)),
    ["0x", "list"],
    "--keys",
    1,
  ),
  KEY_DEVELOPMENT: refused(
    () => verify(() => {}, ["--keys", join(TEST_KEYS, "keys.json"), "--quiet"]),
    ["insecure"],
    "--allow-dev-keys",
    1,
  ),
  KEY_MISSING: refused(() => keys((json, [one]) => delete json[one!]), ["verifying-keys.json"], "etch", 1),
  KEY_DIGEST: refused(
    () => keys((json, [one, two]) => ([json[one!], json[two!]] = [json[two!], json[one!]])),
    ["0x"],
    "etch",
    1,
  ),
  VERIFYING_KEY_SHAPE: refused(
    () => keys((json, [one]) => delete json[one!].gamma2),
    ["verifying-keys.json"],
    "etch",
    1,
  ),
  VERIFYING_KEY_IC_COUNT: refused(
    () => keys((json, all) => all.map((one) => json[one].ic.pop())),
    ["verifying-keys.json"],
    "version",
    1,
  ),
  VERIFYING_KEY_DEGENERATE: refused(
    () => keys((json, all) => all.map((one) => (json[one].gamma2 = json[one].delta2))),
    ["verifying-keys.json"],
    "elieve",
    1,
  ),
  STEP_COUNT: refused(() => statement((s) => s.batches.push(s.batches[0])), ["steps"], "etch", 1),
  SHAPE_STRESS: refused(withoutStress, ["batch 0", "stress"], "sk the exchange", 1),
  TABLE_COVERAGE: refused(
    () =>
      statement((s) => {
        s.tableSteps.pop();
        s.batches.push(s.batches[0]);
      }),
    ["rows"],
    "etch",
    1,
  ),
  CHAIN_END: refused(() => statement((s) => (s.totals.badDebt = "0")), ["totals"], "etch", 1),
  DIGEST_INVALID: refused(() => thrown(() => parseDigest("0x12")), ["0x", "64"], "Copy"),
  RULES_COMMITMENT: refused(
    () => verify(() => {}, [...TRUST, "--rules-commitment", `0x${"1".repeat(64)}`]),
    ["none", "0x1111"],
    "sk the exchange",
    1,
  ),
  ANCHOR_MISMATCH: refused(
    () => verify(() => {}, [...TRUST, "--digest", `0x${"1".repeat(64)}`]),
    ["0x1111"],
    "Compare",
    1,
  ),
  PROOF_SHAPE: refused(() => firstStep((s) => delete s.proof.a), ["steps.ndjson line 1"], "etch", 1),
  COORDINATE_NOT_CANONICAL: refused(
    () => firstStep((s) => (s.proof.a[0] = "0x1")),
    ["steps.ndjson line 1"],
    "etch",
    1,
  ),
  POINT_AT_INFINITY: refused(
    () => firstStep((s) => (s.proof.a = [zero(), zero()])),
    ["steps.ndjson line 1"],
    "etch",
    1,
  ),
  POINT_NOT_ON_CURVE: refused(
    () => firstStep((s) => (s.proof.a[1] = s.proof.a[0])),
    ["steps.ndjson line 1"],
    "etch",
    1,
  ),
  PROOF_FALSE: refused(
    () => firstStep((s) => (s.proof.c = s.proof.a)),
    ["1 of", "account step 0"],
    "etch",
    1,
  ),
  SUM_EQUITY: refused(() => sums({ positiveEquity: 1n }), ["equity"], "", 1),
  SUM_ORDER: refused(
    () => sums({ bands: { ...NO_ACCOUNTS, free: 2n } }),
    ["count 2 accounts", "room for 1"],
    "",
    1,
  ),
};

const zero = () => `0x${"0".repeat(64)}`;
function otherFund(): string {
  const path = fresh(".json");
  cpSync(tinyEpochPaths("covered").market, path);
  edit(path, (market) => (market.insuranceFund = { USDT: "1" }));
  return path;
}

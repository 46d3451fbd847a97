import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseMarket } from "../../../src/market/index.js";
import {
  medianPrices,
  type PricePolicyJson,
  parsePolicy,
  repeatEvidence,
  verifyMarketPrices,
} from "../../../src/prices/index.js";
import { EPOCH, perpetuals, policy, type Seen, file as signed } from "../../prices/support.js";
import { TEST_KEYS } from "../../support/circuit.js";
import { signedMarket, tinyEpochPaths } from "../../support/tinyBundle.js";
import { command, file, fresh, type Json, refused, TRUST, thrown, verify, type Walk } from "./support.js";

const EXAMPLE = join(import.meta.dirname, "../../../examples/prices");
const at = (name: string): string => join(EXAMPLE, name);
const json = (name: string): Json => JSON.parse(readFileSync(at(name), "utf8")) as Json;

/** `marginproof prices verify` of Alpha's file, spoilt. */
const priceFile = (change: (json: Json) => unknown) => {
  const own = json("alpha.json");
  change(own);
  return command(["prices", "verify", file(JSON.stringify(own))]);
};
/** Medians of three sources' observations of BTC-PERP. */
const medians = (seen: readonly Seen[], own: Partial<PricePolicyJson> = {}, other: Json = {}) =>
  thrown(() =>
    medianPrices({
      files: seen.map((one, i) => signed(i, [one])),
      policy: policy(3, own),
      time: EPOCH,
      instruments: ["BTC-PERP"],
      ...other,
    }),
  );
const three = (change: Partial<Seen> = {}): Seen[] => [
  { price: "100", ...change },
  { price: "100" },
  { price: "100" },
];
const evidence = () =>
  medianPrices({
    files: three().map((one, i) => signed(i, [one])),
    policy: policy(3),
    time: EPOCH,
    instruments: ["BTC-PERP"],
  }).text;
const repeat = (change: (json: Json) => unknown, time = EPOCH) => {
  const spoilt = JSON.parse(evidence()) as Json;
  change(spoilt);
  return thrown(() => repeatEvidence(JSON.stringify(spoilt), time));
};
const keyFile = (text: string, mode = 0o600): string => {
  const path = file(text, ".key");
  chmodSync(path, mode);
  return path;
};
const sign = (key: string) =>
  command(["prices", "sign", at("unsigned.json"), "--key-file", key, "--out", fresh()]);
/** The example's market with a change that its evidence does not make. */
const market = (change: (market: Json) => unknown, text = true) => {
  const { market: own, evidence: made } = signedMarket();
  change(own);
  return thrown(() => verifyMarketPrices(parseMarket(own), text ? made.text : undefined));
};
const prove = (market: string, ...flags: readonly string[]) =>
  command([
    "prove",
    "--profile",
    "test",
    "--keys",
    TEST_KEYS,
    "--quiet",
    "--out",
    fresh(),
    "--private",
    fresh(),
    "--market",
    market,
    "--accounts",
    tinyEpochPaths("signed").accounts,
    ...flags,
  ]);

export const PRICES_WALK: Walk = {
  PRICES_SCHEMA: refused(
    () => priceFile((f) => (f.observations[0].price = 1)),
    ["observations[0]", "price"],
    "quotes",
    1,
  ),
  PRICES_SIGNATURE: refused(() => priceFile((f) => (f.signature = "0x12")), ["signature"], "sign", 1),
  PRICES_WRONG_SIGNER: refused(() => priceFile((f) => (f.observations[0].price = "1")), ["0xf39F"], "", 1),
  PRICES_DUPLICATE_OBSERVATION: refused(
    () => priceFile((f) => f.observations.push(f.observations[0])),
    ["BTC"],
    "",
    1,
  ),
  PRICES_KEY: refused(() => sign(keyFile(`0x${"0".repeat(64)}\n`)), [".key", "secp256k1"], "64 hex digits"),
  PRICES_KEY_FILE: refused(
    () => sign(keyFile(`0x${"1".repeat(64)}\n`, 0o644)),
    [".key", "others"],
    "chmod 600",
  ),
  PRICES_POLICY: refused(() => thrown(() => parsePolicy({ ...policy(3), quorum: 4 })), ["quorum"], ""),
  PRICES_UNKNOWN_SIGNER: refused(
    () => medians(three(), { signers: policy(2).signers }),
    ["Gamma"],
    "policy",
    1,
  ),
  PRICES_WRONG_FEED: refused(() => medians(three(), { quote: "USD" }), ["USD"], "", 1),
  PRICES_DUPLICATE_SIGNER: refused(
    () =>
      thrown(() =>
        medianPrices({
          files: [signed(0, [three()[0]!]), signed(0, [three()[0]!])],
          policy: policy(3),
          time: EPOCH,
          instruments: ["BTC-PERP"],
        }),
      ),
    ["Alpha"],
    "",
    1,
  ),
  PRICES_TOO_MANY: refused(
    () =>
      thrown(() =>
        medianPrices({
          files: Array.from({ length: 65 }, () => ({})),
          policy: policy(3),
          time: EPOCH,
          instruments: ["BTC-PERP"],
        }),
      ),
    ["64"],
    "fewer",
    1,
  ),
  PRICES_FUTURE: refused(
    () => medians(three({ time: "2026-11-23T08:00:01Z" })),
    ["Alpha", "BTC-PERP"],
    "clock",
    1,
  ),
  PRICES_STALE: refused(() => medians(three({ time: "2026-11-23T07:00:00Z" })), ["Alpha", "BTC-PERP"], "", 1),
  PRICES_INSTRUMENT_MISSING: refused(
    () => medians(three(), {}, { instruments: ["ETH-PERP"] }),
    ["ETH-PERP"],
    "",
    1,
  ),
  PRICES_NO_QUORUM: refused(
    () =>
      medians([{ price: "100" }, { price: "100", instrument: "ETH" }, { price: "100", instrument: "ETH" }]),
    ["BTC-PERP"],
    "",
    1,
  ),
  PRICES_OUTLYING: refused(() => medians(three({ price: "150" })), ["Alpha", "BTC-PERP"], "", 1),
  PRICES_ROUNDING: refused(
    () => medians([{ price: "0.0014" }, { price: "0.0014" }, { price: "0.0014" }], { decimals: 3 }),
    ["BTC-PERP"],
    "decimals",
    1,
  ),
  PRICES_INDEX_MISSING: refused(
    () => medians(three(), { terms: perpetuals("BTC-PERP") }),
    ["BTC-PERP", "index"],
    "",
    1,
  ),
  PRICES_INDEX_DISTANCE: refused(
    () => medians(three({ index: "90" }).map((one) => ({ ...one, index: "90" }))),
    ["BTC-PERP", "index"],
    "",
    1,
  ),
  PRICES_EVIDENCE_DIFFERS: refused(() => repeat((e) => (e.medians[0].price = "101")), ["BTC-PERP"], "", 1),
  PRICES_EVIDENCE_TIME: refused(() => repeat(() => {}, "2026-11-23T09:00:00Z"), ["2026-11-23T09"], "", 1),
  PRICES_EVIDENCE_MISSING: refused(
    () => prove(tinyEpochPaths("signed").market),
    ["none is given"],
    "--evidence",
  ),
  PRICES_EVIDENCE_UNNAMED: refused(
    () => prove(tinyEpochPaths("covered").market, "--evidence", tinyEpochPaths("signed").evidence),
    ["names none"],
    "",
  ),
  PRICES_EVIDENCE_DIGEST: refused(
    () => market((m) => (m.priceEvidence = `0x${"1".repeat(64)}`)),
    ["not the one that the market file names"],
    "",
    1,
  ),
  PRICES_NOT_ATTESTED: refused(
    () => verify(() => {}, [...TRUST, "--price-policy", at("policy.json")]),
    ["not attested", "price policy"],
    "sk the exchange",
    1,
  ),
  PRICES_QUOTE: refused(
    () =>
      market((m) => {
        m.quote = "USD";
        for (const i of m.instruments) i.symbol = i.symbol.replace(/^USDT/, "USD");
        for (const i of m.instruments) i.settlement = i.settlement?.replace(/^USDT/, "USD");
        m.insuranceFund = {};
        m.instruments
          .filter((i: Json) => i.asset === "USDT")
          .forEach((i: Json) => {
            i.asset = "USD";
          });
        m.reserves = {};
      }),
    ["USD"],
    "",
    1,
  ),
  PRICES_MARK_PRICE: refused(
    () =>
      market((m) => {
        const perp = m.instruments.find((i: Json) => i.symbol === "BTC-PERP");
        perp.markPrice = "1";
      }),
    ["BTC-PERP", "1"],
    "",
    1,
  ),
  PRICES_FLAGS: refused(
    () =>
      command(["market", "build", at("rules.yaml"), "--out", fresh(), "--price-policy", at("policy.json")]),
    ["--prices", "--evidence"],
    "all three",
  ),
};

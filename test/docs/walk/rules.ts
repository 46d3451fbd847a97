import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildWithReport } from "../../../src/rules/index.js";
import { firstMarket, madeUp, NEXT } from "../../rules/dynamicSupport.js";
import { accountsOf, edited, rulesOf } from "../../rules/support.js";
import { tinyEpochPaths } from "../../support/tinyBundle.js";
import { command, edit, file, fresh, type Json, made, refused, TRUST, thrown, type Walk } from "./support.js";

const build = (text: string, ...flags: readonly string[]) =>
  command(["market", "build", file(text, ".yaml"), "--out", fresh(".json"), ...flags]);
/** `marginproof market build` of an example's rules with one text replaced. */
const rules = (name: string, from: string, to: string, ...flags: readonly string[]) =>
  build(edited(rulesOf(name), from, to), ...flags);

const NOBODY = {
  openInterest: { "BTC-PERP": "0", "ETH-PERP": "0", "ETH-25DEC26-2800-P": "0" },
  maintenance: "0",
  positiveEquity: "0",
};
/** The rules of examples/rules/next, edited, on the epoch before them, made up with a change. */
const previous = (change: object, from = "cap: 1 ", to = "cap: 1 ") =>
  thrown(() =>
    buildWithReport(edited(NEXT, from, to), { previous: madeUp({ ...firstMarket, ...change }, NOBODY) }),
  );

const marketOf = (text: string): string => {
  const path = fresh(".json");
  writeFileSync(path, JSON.stringify(buildWithReport(text).market));
  return path;
};

async function differs() {
  const path = marketOf(rulesOf("tiered"));
  edit(path, (market) => (market.insuranceFund = "1"));
  return command(["market", "verify", path, "--rules", file(rulesOf("tiered"), ".yaml")]);
}

const nothingToPlot = () => {
  const path = marketOf(rulesOf("tiered").replace(/^stress:\n(?: .*\n)*/m, ""));
  return command([
    "market",
    "explain",
    "carol",
    "--market",
    path,
    "--accounts",
    accountsOf("tiered"),
    "--plot",
    fresh(".svg"),
  ]);
};

export const RULES_WALK: Walk = {
  RULES_YAML: refused(() => build("quote: &a USDT\n"), ["rules, line 1", "anchor"], "models instead"),
  RULES_TOO_LARGE: refused(
    () => build(`${"[".repeat(20)}${"]".repeat(20)}`),
    ["rules", "deep"],
    "right file",
  ),
  RULES_SCHEMA: refused(
    () => rules("tiered", "liquidationFee: 0.0005", "liquidationFees: 0.0005"),
    ["rules, line", "liquidationFees: no such field"],
    "docs/rules.md",
  ),
  RULES_DUPLICATE: refused(
    () => rules("tiered", "symbol: BTC-INV,", "symbol: BTC-PERP,"),
    ["rules, line", "BTC-PERP", "listed on line"],
    "name",
  ),
  RULES_REFERENCE: refused(
    () => rules("tiered", "brackets: alts", "brackets: alt"),
    ["rules, line", '"alt"', "brackets"],
    "",
  ),
  RULES_BRACKETS: refused(
    () => rules("tiered", "to: 600000", "to: 500000"),
    ["rules, line", "gap", "600000"],
    "",
  ),
  RULES_HAIRCUT: refused(
    () => rules("tiered", "haircut: 0.0005", "haircut: 0.05"),
    ["rules, line", "decreases"],
    "falls with size",
  ),
  RULES_BORROW: refused(
    () => rules("tiered", "rate: 0.1 }", "rate: 0.01 }"),
    ["rules, line", "rate 0.01 after 0.05"],
    "",
  ),
  RULES_ASSET: refused(
    () => rules("tiered", "{ symbol: USDT, step", "{ symbol: USDT, model: cross, step"),
    ["rules, line", "no model moves it"],
    "field",
  ),
  RULES_SETTLEMENT: refused(
    () => rules("tiered", "contract: 100,", ""),
    ["rules, line", "contract size"],
    "",
  ),
  RULES_EXPIRED: refused(
    () => rules("span", "underlying: BTC, expiry: 2026-12", "underlying: BTC, expiry: 2026-10"),
    ["rules, line", "BTC-25DEC26", "expired"],
    "take it out",
  ),
  RULES_TICK: refused(
    () => rules("tiered", "contract: 100,", "contract: 100, mark: 60001,"),
    ["rules, line", "needs a tick"],
    "",
  ),
  RULES_OPTION: refused(
    () => rules("span", "put: 3770", "put: 60000.5"),
    ["rules, line", "BTC-25DEC26-60000-P", "60000.5", "its strike, 60000"],
    "quote currency",
  ),
  RULES_OPEN_INTEREST: refused(
    () => rules("tiered", "low: 10000, high: 110000", "low: 10000, high: 10000"),
    ["rules, line", "not above low"],
    "",
  ),
  RULES_BUFFERS: refused(
    () => previous({}, "high: 3000000 ", "high: 1000000 "),
    ["rules, line", "high 1000000"],
    "",
  ),
  RULES_PREVIOUS: refused(() => build(NEXT), ["rules, line", "2026-11-23T08", "not given"], "--previous"),
  RULES_PREVIOUS_EXCHANGE: refused(
    () => previous({ exchange: "Another" }),
    ["rules, line", "Another"],
    "same exchange",
  ),
  RULES_PREVIOUS_TIME: refused(
    () => previous({ time: "2030-01-01T00:00:00Z" }),
    ["rules, line", "2026-11-23T08"],
    "earlier",
  ),
  PREVIOUS_NOT_PROVED: refused(
    () =>
      build(
        NEXT,
        "--previous",
        tinyEpochPaths("covered").bundle,
        ...TRUST,
        "--digest",
        `0x${"1".repeat(64)}`,
      ),
    ["ANCHOR_MISMATCH"],
    "marginproof verify",
    1,
  ),
  RULES_LEVERAGE: refused(
    () => rules("okx", "- { symbol: BTC-USDT-SWAP,", "- { symbol: BTC-USDT-SWAP, leverage: [5],"),
    ["rules, line", "okx"],
    "leverage",
  ),
  RULES_MODEL: refused(
    () => rules("okx", "{ from: 1000000, rate: 0.001 }", "{ from: 1000000, rate: 0.0001 }"),
    ["rules, line", "decreases"],
    "",
  ),
  RULES_PRICES: refused(
    () => rules("hybrid", "call: model", "call: quoted"),
    ["rules, line", "quoted"],
    "prices: signed",
  ),
  RULES_STRESS: refused(
    () => rules("tiered", "alts: -0.7 }", "alts: -1.7 }"),
    ["rules, line", "100%"],
    "-0.5",
  ),
  RULES_MARKET_DIFFERS: refused(differs, ["insuranceFund", "1"], "market build", 1),
  OPTION_VOLATILITY: refused(
    () => rules("span", "{ strike: 60000, call", "{ strike: 60000, volatility: 0, call"),
    ["rules, line", "60000", "volatility above 0"],
    "0.55",
  ),
  OPTION_EXPIRED: refused(
    () => rules("span", "    expiry: 2026-12-25T08:00:00Z", "    expiry: 2026-11-23T07:59:59Z"),
    ["rules, line", "BTC-25DEC26 expired"],
    "market",
  ),
  MODEL_NO_SCENARIOS: refused(
    () => build(rulesOf("hybrid").replace(/ {4}scenarios: .*\n.*\n.*\n/, "    scenarios: []\n")),
    ["rules, line"],
    "scenario",
  ),
  MODEL_DUPLICATE_SCENARIO: refused(
    () => rules("hybrid", "{ name: up 15% vol up, ", "{ name: down 15% vol up, "),
    ["rules, line", "down 15% vol up"],
    "own name",
  ),
  MODEL_INPUT: refused(
    () => rules("paradex", "hedgedRate: 0.01 ", "hedgedRate: 0.05 "),
    ["rules, line", "hedgedRate", "netRate"],
    "",
  ),
  EXPLAIN_NOTHING_TO_PLOT: refused(nothingToPlot, ["carol"], "--plot"),
};

const SECRET = readFileSync(join(import.meta.dirname, "../../../examples/private/rules.yaml"), "utf8");
const secretRules = file(SECRET, ".yaml");
/** `marginproof market build` with a secret model that was made from the example, spoilt, and perhaps other rules. */
async function secret(spoil: (model: Json) => unknown, text = SECRET) {
  const model = fresh(".json");
  await made(["market", "build", secretRules, "--out", fresh(), "--private-model", model]);
  edit(model, spoil);
  return command(["market", "build", file(text, ".yaml"), "--out", fresh(), "--private-model", model]);
}

export const PRIVATE_WALK: Walk = {
  RULES_PRIVATE: refused(() => build(SECRET), ["private"], "--private-model"),
  PRIVATE_MODEL_SCHEMA: refused(
    () => secret((model) => delete model.blinding),
    ["private model", "blinding: is missing"],
    "market build --private-model",
  ),
  PRIVATE_MODEL_RATES: refused(
    () => secret((model) => (model.instruments[0].brackets[0].maintenance = "0.0000001")),
    ["0.0000001"],
    "",
  ),
  PRIVATE_MODEL_DIFFERS: refused(
    () => secret(() => {}, edited(SECRET, "maintenance: 0.00437", "maintenance: 0.00436")),
    ["rates"],
    "",
  ),
  PRIVATE_MODEL_MISSING: refused(privateMissing, ["secret rates"], "--model"),
};

async function privateMissing() {
  const market = fresh(".json");
  await command(["market", "build", secretRules, "--out", market, "--private-model", fresh(".json")]).catch(
    () => undefined,
  );
  return command([
    "market",
    "explain",
    "a",
    "--market",
    market,
    "--accounts",
    file("account,instrument,quantity\na,USDT,1\n", ".csv"),
  ]);
}

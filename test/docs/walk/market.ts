import { TINY_MARKET } from "../../support/tinyMarket.js";
import { command, explain, file, type Json, refused, type Walk } from "./support.js";

const text = JSON.stringify(TINY_MARKET);
const marketText = (market: string) =>
  command(["market", "explain", "a", "--market", file(market), "--accounts", file("", ".csv")]);

const USDT = 0;
const PNL = 1;
const BTC = 2;
const PERP = 3;

/** Codes of any JSON file and of a market file. */
export const MARKET_WALK: Walk = {
  JSON_INVALID: refused(
    () => marketText(text.replace('"quote"', "quote")),
    ["market file", "line 1, column"],
    "Correct",
  ),
  JSON_DUPLICATE_KEY: refused(
    () => marketText(text.replace('"quote"', '"epoch":"x","quote"')),
    ["market file", '"epoch"', "twice"],
    "Correct",
  ),
  JSON_TOO_LARGE: refused(
    () => marketText(`[${"0,".repeat(4_000_001)}0]`),
    ["market file", "4000000 values"],
    "right file",
  ),
  MARKET_SCHEMA: refused(
    () => explain((m) => (m.instruments[BTC].markPrice = 60000)),
    ["market file, instruments[2] (BTC).markPrice: must be text in quotes"],
    "",
  ),
  MARKET_DUPLICATE_NAME: refused(
    () => explain((m) => m.instruments.push(m.instruments[USDT])),
    ["instruments[5]", '"USDT"', "twice"],
    "",
  ),
  MARKET_FIELD_NOT_ALLOWED: refused(
    () => explain((m) => (m.instruments[PERP].haircut = m.instruments[BTC].haircut)),
    ["(BTC-PERP).haircut", "only assets"],
    "",
  ),
  MARKET_TIERS: refused(
    () => explain((m) => (m.instruments[PERP].maintenance.brackets[0].notionalFloor = "1")),
    ["(BTC-PERP).maintenance"],
    "",
  ),
  MARKET_NO_REQUIREMENT: refused(
    () =>
      explain((m) => {
        delete m.instruments[PERP].maintenance;
        delete m.instruments[PERP].initial;
      }),
    ["(BTC-PERP)"],
    "rate",
  ),
  MARKET_STRESS_MISSING: refused(
    () => explain((m) => delete m.instruments[PERP].stressGains),
    ["(BTC-PERP).stressGains"],
    "give",
  ),
  MARKET_PRIVATE: refused(
    () =>
      explain((m) => {
        m.instruments[PERP].privateBrackets = ["0"];
      }),
    ["(BTC-PERP)"],
    "",
  ),
  MARKET_SCENARIO_COUNT: refused(
    () => explain((m) => m.instruments[PERP].stressGains.pop()),
    ["(BTC-PERP).stressGains", "1 gains for 2"],
    "",
  ),
  MARKET_GROUP: refused(
    () =>
      explain((m) => {
        m.groups.push({ name: "near", within: "BTC option", scenarios: m.groups[0].scenarios });
      }),
    ["groups[1] (near).within", "no group BTC option is listed before it"],
    "list that group first",
  ),
  MARKET_SIDES_GAIN: refused(
    () =>
      explain((m) => {
        m.instruments.at(-1).scenarioGains["BTC options"][0] = { long: "-2900.1", short: "2900.2" };
      }),
    ["(BTC-60000-C).scenarioGains", "a long gains -2900.1 and a short 2900.2: together they gain 0.1"],
    "let what one side gains",
  ),
  MARKET_UNKNOWN_GROUP: refused(
    () => explain((m) => (m.groups[0].name = "other")),
    ["(BTC-60000-C).scenarioGains", "BTC options"],
    "list",
  ),
  MARKET_UNKNOWN_ASSET: refused(() => explain((m) => (m.reserves.ETH = "1")), ['reserves["ETH"]'], ""),
  MARKET_UNKNOWN_SETTLEMENT: refused(
    () => explain((m) => (m.instruments[PERP].settlement = "USDC-PNL")),
    ["(BTC-PERP).settlement", "USDC-PNL"],
    "",
  ),
  MARKET_NEGATIVE_PRICE: refused(
    () => explain((m) => (m.instruments[BTC].markPrice = "-1")),
    ["(BTC).markPrice", "-1"],
    "",
  ),
  MARKET_ASSET_NAME: refused(
    () => explain((m) => (m.instruments[PERP].symbol = "BTC'")),
    ["(BTC').symbol", "reads as the asset BTC", "perpetual"],
    "only an instrument of kind asset",
  ),
  MARKET_NAME_ALIKE: refused(
    () => explain((m) => m.instruments.push({ ...m.instruments[PERP], symbol: "btc-perp" })),
    ["(btc-perp).symbol", '"btc-perp" looks like "BTC-PERP"'],
    "rename one",
  ),
  MARKET_STRESS_NAME: refused(
    () => explain((m) => (m.stress[0].name = "now")),
    ["stress[0].name", '"now"', "something else in a verdict"],
    "what happens",
  ),
  MARKET_STRESS_NOTHING: refused(
    () =>
      explain((m) => {
        for (const i of m.instruments) if (i.stressGains !== undefined) i.stressGains[0] = "0";
      }),
    ["stress[0]", "no instrument gains or loses"],
    "stressGains",
  ),
  MARKET_PRICE_MISMATCH: refused(
    () => explain((m) => (m.instruments[PNL].markPrice = "2")),
    ["(USDT-PNL).markPrice"],
    "",
  ),
  INITIAL_BELOW_MAINTENANCE: refused(
    () => explain((m) => (m.instruments[PERP].initial.brackets[0].rate = "0.003")),
    ["(BTC-PERP)"],
    "",
  ),
  VALUE_UNIT_TOO_COARSE: refused(() => explain((m) => (m.valueUnit = "0.1")), ["instruments[0] (USDT)"], ""),
  ENTRY_TOO_LARGE: refused(
    () => explain((m) => (m.instruments[BTC].borrowRate = "99999999999999999999")),
    ["(BTC)", "72 bits"],
    "",
  ),
  TOO_MANY_BRACKETS: refused(
    () =>
      explain((m) => {
        const [first, ...others] = tiers(64);
        m.instruments[PERP].maintenance.brackets = [first, ...others];
        const later = ({ notionalFloor, rate }: Json) => ({ notionalFloor: `${notionalFloor}.5`, rate });
        m.instruments[PERP].initial.brackets = [{ ...first, rate: "0.01" }, ...others.map(later)];
      }),
    ["(BTC-PERP)", "64"],
    "",
  ),
  TOO_MANY_LANES: refused(() => explain((m) => many(m, 3000, 2)), ["bracketed lanes"], ""),
  TOO_MANY_ROWS: refused(() => explain((m) => rowsOf(m)), ["rows"], "tiers"),
  TOO_MANY_GAINS: refused(() => explain((m) => gains(m)), ["gains"], ""),
};

function tiers(count: number): Json[] {
  return Array.from({ length: count }, (_, k) => ({ notionalFloor: String(k * 1000), rate: `0.0${10 + k}` }));
}

/** Many perpetuals with so many brackets. */
function many(market: Json, count: number, brackets: number): void {
  const one = { ...market.instruments[PERP], maintenance: { brackets: tiers(brackets) }, initial: undefined };
  for (let k = 0; k < count; k++) market.instruments.push({ ...one, symbol: `P${k}` });
}

/** All the brackets that there is room for, and assets beside them. */
function rowsOf(market: Json): void {
  many(market, 2030, 16);
  const coin = { kind: "asset", quantityStep: "1", markPrice: "1", stressGains: ["0", "0"] };
  for (let k = 0; k < 400; k++) market.instruments.push({ ...coin, symbol: `C${k}` });
}

/** Perpetuals whose every bracket has the gains of all scenarios. */
function gains(market: Json): void {
  const scenarios = Array.from({ length: 128 }, (_, s) => `s${s}`);
  market.groups = Array.from({ length: 10 }, (_, g) => ({ name: `g${g}`, scenarios }));
  market.instruments.pop();
  many(market, 420, 16);
  for (const one of market.instruments.slice(-420))
    one.scenarioGains = Object.fromEntries(
      market.groups.map(({ name }: Json) => [name, scenarios.map(() => "0")]),
    );
}

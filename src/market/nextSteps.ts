import { sayNextSteps } from "../errors.js";
import { roundingChoices, unitChoices } from "./unitChoices.js";

const FEWER = "list fewer instruments, or fewer tiers an instrument";

/** What to do next about a market file that is refused: by code, and by name where a code has several. */
export const MARKET_STEPS = {
  MARKET_UNKNOWN_GROUP: "list it under groups",
  MARKET_SIDES_GAIN: "let what one side gains be at most what the other loses",
  MARKET_STRESS_MISSING:
    'give the gain of one long unit in each, "0" if there is none; only the quote currency may leave them out',
  MARKET_STRESS_NOTHING: "say what it does to each instrument (stressGains), or take it out",
  MARKET_STRESS_NAME: "say in the name what happens, such as BTC -30%",
  MARKET_LARGE: "both are alike but for their names and quantity steps",
  INITIAL_BELOW_MAINTENANCE:
    "raise the initial rates, or leave initial out to use the maintenance requirement",
  TOO_MANY_LANES: FEWER,
  TOO_MANY_ROWS: FEWER,
  TOO_MANY_GAINS: FEWER,
  TOO_MANY_BRACKETS: "merge neighbouring tiers, or let maintenance and initial share their floors",
  ENTRY_TOO_LARGE:
    "use a larger valueUnit or a smaller quantityStep, or drop tiers that no account can reach",
  MARKET_SCHEMA: "docs/market.md describes every field; all money and quantities are decimals in quotes",
  MARKET_NAME_ALIKE:
    "rename one: case, marks, punctuation around a name, and 0 for O, 1 or I for l, rn for m are easily overlooked",
  MARKET_DUPLICATE_NAME: "rename one of the two",
  MARKET_FIELD_NOT_ALLOWED: "remove the field, or correct kind",
  MARKET_TIERS: "floors begin at 0 and rise; rates never fall, haircut ratios never rise or pass 1",
  MARKET_PRIVATE: "build the market file with marginproof market build --private-model",
  MARKET_SCENARIO_COUNT: "give exactly one gain per scenario, in the scenarios' order",
  MARKET_UNKNOWN_ASSET: "add an instrument of kind asset for it, or correct the name",
  MARKET_UNKNOWN_SETTLEMENT: "add an instrument of kind settlement, or correct the name",
  MARKET_NEGATIVE_PRICE: "correct the price",
  MARKET_PRICE_MISMATCH: "give all instruments of one asset the same price and stress gains",

  sayZero: 'to require nothing of a side, say so with a rate of "0"',
  giveNotional: "give an option the notionalPrice of its underlying",
  giveNotionalOrZero: 'give an option the notionalPrice of its underlying, or say so with a rate of "0"',
  assetOnly: (called: string) =>
    `only an instrument of kind asset, of the asset ${called}, can be called ${called}`,
  beginName:
    "begin its name with that of its own asset, or leave out the separator: USDCe, not USDC.e, beside USDC",
  callAsset: (asset: string) => `call it ${asset}, or ${asset}- and more`,
  collateral: "collateral never counts for more than its value",
  mayDiffer:
    "what differs in it is another contract: only side, leverage, initial requirement and quantity step may differ",
  onePlace: "a position has one place: give each variant its side or leverage, or list one of them",
  allSides: "give all of them one, long and short (hedge mode), or none",
  bothSides: "list both sides of a contract in hedge mode",
  leverage: "give it initial brackets of at least that rate, or leave the leverage out",
  sayNet: "list each contract's long and short variants, or say net",
  sayHedge: 'write "positionMode": "hedge", or leave the side out',
  leastFactor: "let the market's be the least of all groups'",
  giveFactor: "give the factor to that group",
  listFirst: "list that group first",
  nameGroup: "name the group that it is a part of",
  sameScenarios: "a part has the scenarios of its group, in their order",
  fewerParts: "list fewer parts",
  inverseSize:
    "an inverse contract is worth about minus its size, -size * index / price: correct one of the two",
  nameLocked: "name the asset that is locked",
  callOrders: (asset: string) => `call it ${asset}-ORDERS`,
  ratesOnly: "it has initial rates, and nothing else",
  worthZero: "it is worth 0",
  onePrice: "the two are one price",
  lockedRate: "give the rate at which locked money counts, mostly 1",
  unit: unitChoices,
  rounding: roundingChoices,
  secretNotional: "round the mark price, or use a finer valueUnit or a larger quantityStep",
  callVariant: (contract: string) =>
    `call it ${contract}, or ${contract}, a separator and words, no number but its leverage, as in 5x, and no side but its own`,
  renameContract: "give the contract another name",
  secretLast: "list instruments with secret rates last",
  growsSlower: "a requirement that grows more slowly with size would reward an account for being larger",
  secretStep: "use a larger valueUnit or a smaller quantityStep",
} as const;
sayNextSteps(MARKET_STEPS);

type Steps = typeof MARKET_STEPS;

/** The name of a next step, with what it is about. */
export type MarketStep = {
  [K in keyof Steps]: Steps[K] extends (...about: infer About) => string ? readonly [K, ...About] : K;
}[keyof Steps];

/** Rules of an exchange (YAML) -> market file. Browser-safe. */
export { buildMarket, marketText } from "./buildMarket.js";
export { compareMarkets, type MarketDifference } from "./compareMarkets.js";
export { RULES_FORMAT } from "./rulesFile.js";

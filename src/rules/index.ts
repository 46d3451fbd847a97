/** Rules of an exchange (YAML) -> market file. Browser-safe. */
export { buildMarket, marketText } from "./buildMarket.js";
export { RULES_FORMAT } from "./rulesFile.js";

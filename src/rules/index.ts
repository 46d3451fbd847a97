/** Rules of an exchange (YAML) -> market file. Browser-safe. */
export { buildMarket, buildSignedMarket, marketText, type SignedMarket } from "./buildMarket.js";
export { RULES_FORMAT } from "./rulesFile.js";

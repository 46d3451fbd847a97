/** Rules of an exchange (YAML) -> market file. Browser-safe. */
export { buildMarket, buildSignedMarket, type Hide, marketText, type SignedMarket } from "./buildMarket.js";
export { RULES_FORMAT } from "./rulesFile.js";
export { hideRates, newPrivateModel } from "./secretRates.js";

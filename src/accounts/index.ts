export type { AccountRow } from "./accountRow.js";
export { type BadRow, BadRowsError } from "./badRows.js";
export { type Portfolio, PortfolioBuilder } from "./portfolio.js";
export { accountsFormat, type ReadProgress, readAccounts } from "./readAccounts.js";
export { compileRules, type InstrumentKind, type InstrumentRules, type MarketRules } from "./rules.js";
export { openSnapshot, readPortfolios, type Snapshot, type SnapshotOptions } from "./snapshot.js";

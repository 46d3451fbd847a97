export type { AccountRow } from "./accountRow.js";
export { type BadKind, type BadRow, BadRowsError } from "./badRows.js";
export {
  compileInstruments,
  type InstrumentKind,
  type ListedInstrument,
  type ListedInstruments,
} from "./instruments.js";
export { type Portfolio, PortfolioBuilder } from "./portfolio.js";
export { accountsFormat, type ReadProgress, readAccounts } from "./readAccounts.js";
export { openSnapshot, readPortfolios, type Snapshot, type SnapshotOptions } from "./snapshot.js";

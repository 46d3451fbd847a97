export { type AccountRow, validateRow } from "./accountRow.js";
export { type BadKind, type BadRow, BadRowCollector, BadRowsError } from "./badRows.js";
export { NOT_IN_MARKET } from "./findVariant.js";
export {
  compileInstruments,
  type InstrumentKind,
  type InstrumentTable,
  type ListedInstrument,
  type ListedInstruments,
} from "./instruments.js";
export type { MappedExport } from "./mapping/mappedExport.js";
export type { Mapping } from "./mapping/mapping.js";
export { readMapping } from "./mapping/readMapping.js";
export { type Portfolio, PortfolioBuilder } from "./portfolio.js";
export { portfolioRows } from "./portfolioRows.js";
export { type ReadProgress, readAccounts } from "./readAccounts.js";
export {
  type AccountsFacts,
  openSnapshot,
  readPortfolios,
  type Snapshot,
  type SnapshotOptions,
} from "./snapshot.js";
export { type AccountsSource, sourceFiles, sourceTitle } from "./source.js";
export { type Pulled, pullExport, pullMoment } from "./sql/pullExport.js";

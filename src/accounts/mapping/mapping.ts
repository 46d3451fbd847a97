/** How the files of an exchange's own export become rows of accounts: a mapping file, read and checked. */
export interface Mapping {
  /** By name in the export's folder, in the mapping's order. */
  readonly files: ReadonlyMap<string, MappedFile>;
  /** Files of the folder that are left unread. */
  readonly ignore: ReadonlySet<string>;
  /** The mapping file's text. */
  readonly text: string;
}

export interface MappedFile {
  /** Every record becomes one row of each template that is for it, and of at least one. */
  readonly rows: readonly RowTemplate[];
  /** Columns that the templates read. */
  readonly used: readonly string[];
  /** Columns that say nothing of accounts. What is neither used nor ignored is refused. */
  readonly ignored: ReadonlySet<string>;
  /** Whether it may have no record: else that is taken for an export that failed. */
  readonly mayBeEmpty: boolean;
  /** What `pull` makes the file of: a query on the exchange's own Postgres. Whoever reads the file reads past it. */
  readonly query?: string;
}

/** One row of accounts that a record becomes. */
export interface RowTemplate {
  /** Values by column: the template is for records that have one of them in each. */
  readonly when: ReadonlyMap<string, ReadonlySet<string>>;
  readonly account: TextSource;
  readonly instrument: TextSource;
  readonly quantity: QuantitySource;
  readonly pocket?: TextSource;
  readonly side?: SideSource;
  readonly leverage?: TextSource;
  readonly entryPrice?: TextSource;
}

export interface ColumnSource {
  readonly column: string;
  /** The export's names, translated; without it they are taken as they are. */
  readonly names?: Names;
}

/** A column of the export, or the same text for every record. */
export type TextSource = ColumnSource | { readonly constant: string };

/** Names of the export to names of ours; no two to one. */
export interface Names {
  readonly table: ReadonlyMap<string, string>;
  /** Ours, by the export's. */
  readonly reverse: ReadonlyMap<string, string>;
  /** What a name that isn't in the table is: refused, or itself. */
  readonly others: "refused" | "same";
}

/** A sum over columns, less a sum over columns that are never below 0. */
export type QuantitySource =
  | { readonly plus: readonly string[]; readonly minus: readonly string[] }
  | { readonly constant: string };

/** The side that each value of a column is; undefined: the quantity's sign is the side. Or one side for every record. */
export type SideSource =
  | { readonly column: string; readonly sides: ReadonlyMap<string, "long" | "short" | undefined> }
  | { readonly constant: "long" | "short" };

import { randomBytes } from "node:crypto";
import { compileInstruments, openSnapshot } from "../../accounts/index.js";
import { MarginproofError } from "../../errors.js";
import type { Progress } from "../../files/progress.js";
import { listedInstruments } from "../../market/index.js";
import type { BandCounts } from "../../protocol/bands.js";
import { readingNotes, suspectNotes } from "../lookedWrong.js";
import { type AccountsPlaces, type MarketPlaces, openMarket, readSource } from "../openInputs.js";
import { bookFindings, namesFindings } from "./bookFindings.js";
import { type Cost, costOf, type ShapeUse } from "./cost.js";
import { type Finding, refusedBy } from "./finding.js";
import { imbalances } from "./imbalance.js";
import { Layout } from "./layout.js";
import { rowFindings } from "./rowFindings.js";

export interface DoctorOptions extends MarketPlaces, AccountsPlaces {
  /** That proving would have, each on a core of its own. */
  readonly workers: number;
  /** Where rows are spooled while they are read; the system's temporary directory by default. */
  readonly spoolParent?: string;
  readonly progress: Progress;
}

/** What `prove` would meet, found before any key or proof. */
export interface Diagnosis {
  readonly format: "marginproof/doctor/1";
  /** Nothing that `prove` or the checks of the open book would refuse. */
  readonly clear: boolean;
  /** Refusals first, then what fails, then what to look at. */
  readonly findings: readonly Finding[];
  /** Absent where the market or the accounts can't be read at all. */
  readonly book?: {
    readonly exchange: string;
    readonly epoch: string;
    /** Good rows read. */
    readonly rows: number;
    /** Some rows or accounts were refused: figures are without them. */
    readonly partial: boolean;
    /** Margin accounts that can be proved, by band. */
    readonly accounts: number;
    readonly bands: Readonly<Record<keyof BandCounts, number>>;
    /** Steps to prove, by shape. */
    readonly steps: readonly ShapeUse[];
    readonly cost: Cost;
  };
}

/**
 * Reads market and accounts as `prove` does and goes on where it would stop, to say everything that is in its way.
 * @throws MarginproofError of files that can't be opened; what they hold is in the findings
 */
export async function diagnose(options: DoctorOptions): Promise<Diagnosis> {
  const findings: Finding[] = [];
  const book = await examine(options, findings).catch((error: unknown) => {
    if (!(error instanceof MarginproofError) || error.options.kind === "io") throw error;
    findings.push(refusedBy(error));
    return undefined;
  });
  const order = ["refused", "fails", "look"];
  findings.sort((one, other) => order.indexOf(one.level) - order.indexOf(other.level));
  const clear = findings.every(({ level }) => level === "look");
  return { format: "marginproof/doctor/1", clear, findings, ...(book === undefined ? {} : { book }) };
}

async function examine(options: DoctorOptions, findings: Finding[]): Promise<Diagnosis["book"]> {
  const { profile, progress, workers, spoolParent } = options;
  const inputs = await openMarket(options);
  const { market } = inputs;
  findings.push(...suspectNotes(market).map((text): Finding => look("market-figures", text)));
  const source = await readSource(options);
  findings.push(...namesFindings(source));
  const listed = listedInstruments(market);
  const instruments = compileInstruments(listed);
  let bad = 0;
  progress.stage("readAccounts", "read accounts");
  const snapshot = await openSnapshot(source, listed, {
    // The order of accounts is not looked at.
    shuffleKey: randomBytes(32),
    ...(spoolParent === undefined ? {} : { spoolParent }),
    onProgress: ({ bytesRead, totalBytes }) => progress.update(bytesRead, totalBytes),
    onBad: (rows) => {
      bad += rows.count;
      findings.push(...rowFindings(rows, instruments));
    },
  });
  try {
    progress.stage("layOut", "lay out batches", `${snapshot.rows} rows`);
    const layout = new Layout(inputs, profile);
    const steps = await layout.steps(snapshot, findings);
    const { book } = layout;
    findings.push(...readingNotes(snapshot.facts).map((text) => look("accounts-read", text)));
    const partial = bad > 0 || layout.leftOut;
    const read = { portfolios: () => snapshot.portfolios(() => {}), partial };
    findings.push(...(await imbalances(market, inputs.table, book.laneTotals, read)));
    findings.push(...bookFindings(book, market));
    const bands = Object.entries(book.bands).map(([band, count]) => [band, Number(count)]);
    return {
      exchange: market.exchange,
      epoch: market.epoch,
      rows: snapshot.rows,
      partial,
      accounts: Number(book.accounts),
      bands: Object.fromEntries(bands) as Record<keyof BandCounts, number>,
      steps,
      cost: costOf(steps, workers),
    };
  } finally {
    snapshot.close();
  }
}

const look = (code: string, text: string): Finding => ({ level: "look", code, text });

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";

/** What was measured, of which epochs, and what is only assumed: figures.json. All are whole numbers. */
export interface Figures {
  readonly proving: {
    readonly accounts: number;
    readonly cpuSeconds: number;
    readonly mebibytesOneWorker: number;
    readonly mebibytesTwoWorkers: number;
  };
  /** What one process does before the last step can be proved. */
  readonly alone: { readonly accounts: number; readonly cpuSeconds: number };
  /** What an epoch leaves for good. */
  readonly kept: {
    readonly accounts: number;
    readonly bytes: number;
    readonly steps: number;
    readonly bytesStep: number;
  };
  /** What it takes beside that until it is proved. */
  readonly inWork: { readonly accounts: number; readonly bytes: number };
  readonly assumed: {
    /** Of the time between two epochs, what proving may take. */
    readonly usePercent: number;
    readonly databaseOverheadPercent: number;
    readonly workersOnAMachine: number;
    readonly hoursAMonth: number;
    readonly daysAYear: number;
    readonly coreHourMicroUsd: number;
    readonly gibibyteMonthMicroUsd: number;
  };
}

/** What an exchange of so many margin accounts needs, to prove one epoch every so many seconds. Everything is rounded up. */
export interface Size {
  readonly accounts: number;
  readonly cadenceSeconds: number;
  /** CPU seconds of one epoch. */
  readonly cpuSeconds: bigint;
  /** Cores that prove, a worker each; undefined where the part that one process does takes too long alone. */
  readonly cores: bigint | undefined;
  readonly mebibytes: bigint | undefined;
  /** Disk while an epoch is proved, beside what is kept. */
  readonly workBytes: bigint;
  readonly keptBytesAYear: bigint;
  /** Cores, and the disk that a year has filled. */
  readonly microUsdAMonth: bigint | undefined;
}

export const FIGURES = JSON.parse(
  readFileSync(join(PACKAGE_ROOT, "scripts", "sizing", "figures.json"), "utf8"),
) as Figures;

const HOUR = 3600;
const ACCOUNTS = [2_000, 10_000, 100_000, 1_000_000] as const;
const CADENCES = [HOUR, 8 * HOUR, 24 * HOUR] as const;

const GIBIBYTE = 1n << 30n;
const ceil = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

/** Of a figure that grows with the accounts. */
const grown = (own: { readonly accounts: number }, value: number, accounts: number): bigint =>
  ceil(BigInt(value) * BigInt(accounts), BigInt(own.accounts));

export function sizeOf(figures: Figures, accounts: number, cadenceSeconds: number): Size {
  const { proving, alone, kept, inWork, assumed } = figures;
  const cpuSeconds = grown(proving, proving.cpuSeconds, accounts);
  const aloneSeconds = grown(alone, alone.cpuSeconds, accounts);
  const window = (BigInt(cadenceSeconds) * BigInt(assumed.usePercent)) / 100n - aloneSeconds;
  const cores = window <= 0n ? undefined : ceil(larger(cpuSeconds - aloneSeconds, 1n), window);
  const stored = (bytes: bigint): bigint => ceil(bytes * BigInt(100 + assumed.databaseOverheadPercent), 100n);
  const keptBytes = stored(grown(kept, kept.bytes + kept.steps * kept.bytesStep, accounts));
  const epochsAYear = ceil(BigInt(assumed.daysAYear) * 86_400n, BigInt(cadenceSeconds));
  const keptBytesAYear = keptBytes * epochsAYear;
  return {
    ...{ accounts, cadenceSeconds, cpuSeconds, cores, keptBytesAYear },
    mebibytes: cores && memory(figures, cores),
    workBytes: stored(grown(inWork, inWork.bytes, accounts)),
    microUsdAMonth:
      cores &&
      cores * BigInt(assumed.hoursAMonth) * BigInt(assumed.coreHourMicroUsd) +
        ceil(keptBytesAYear, GIBIBYTE) * BigInt(assumed.gibibyteMonthMicroUsd),
  };
}

/** Of processes with so many workers each; a further worker in a process takes less than the first. */
function memory({ proving, assumed }: Figures, workers: bigint): bigint {
  const further = BigInt(proving.mebibytesTwoWorkers - proving.mebibytesOneWorker);
  const processes = ceil(workers, BigInt(assumed.workersOnAMachine));
  return processes * BigInt(proving.mebibytesOneWorker) + (workers - processes) * further;
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const gibibytes = (bytes: bigint, digits: bigint): string => {
  const tenths = ceil(bytes * 10n ** digits, GIBIBYTE);
  const [whole, rest] = [tenths / 10n ** digits, tenths % 10n ** digits];
  return digits === 0n
    ? grouped(whole)
    : `${grouped(whole)}.${rest.toString().padStart(Number(digits), "0")}`;
};
const grouped = (value: bigint): string => value.toLocaleString("en");

/** The table of docs/operations.md. */
export function sizingTable(figures: Figures): string {
  const heads = [
    ...["margin accounts", "an epoch every", "CPU seconds an epoch", "cores", "memory, GiB"],
    ...["disk in work, GiB", "disk a year, GiB", "USD a month"],
  ];
  const rows = ACCOUNTS.flatMap((accounts) =>
    CADENCES.map((cadence) => {
      const own = sizeOf(figures, accounts, cadence);
      const none = "not so often";
      return [
        grouped(BigInt(accounts)),
        cadence === HOUR ? "hour" : `${cadence / HOUR} hours`,
        grouped(own.cpuSeconds),
        own.cores === undefined ? none : grouped(own.cores),
        own.mebibytes === undefined ? none : gibibytes(own.mebibytes << 20n, 1n),
        gibibytes(own.workBytes, 2n),
        gibibytes(own.keptBytesAYear, 0n),
        own.microUsdAMonth === undefined ? none : grouped(ceil(own.microUsdAMonth, 1_000_000n)),
      ];
    }),
  );
  return [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Account steps of a million accounts: docs/performance.md has each profile's steps for 100,000 or for a million. */
const PROFILES = { p16: 28_190, p18: 8_810, p20: 1_050 } as const;
/** A table in one step, and one of 349 contracts in 33 steps; how many rows the measured small one had. */
const STEP_ROWS = 199;
const TABLES = [STEP_ROWS, 33 * STEP_ROWS] as const;
const MEASURED_ROWS = 32;
/** Batches of a block: more are noted in blocks first. */
const BLOCK = 2048;
/** Account steps in one transaction: what 16.78 M gas hold, and a fifth to spare for the pairing's own reserve. */
const STEPS_AT_ONCE = 200;
/** Gas of a transaction that reads a table. */
const READ_AT_ONCE = 12_000_000;

/**
 * Rows of docs/performance.md: what an epoch of a million accounts costs on chain, in million gas and transactions, by
 * arithmetic from the calls measured in test/contracts/gas.json.
 *
 * @throws Error for a call that was not measured
 */
export function costRows(gas: Readonly<Record<string, number>>): string[] {
  const measured = (call: string): number => {
    const value = gas[call];
    if (value === undefined) throw new Error(`test/contracts/gas.json has no ${call}`);
    return value;
  };
  const blocksOf = (batches: number): number => (batches <= BLOCK ? 0 : Math.ceil(batches / BLOCK));
  /** A call with its statement's batches, ten of them measured; or with them noted before, two blocks measured. */
  const posted = (call: string, batches: number): number =>
    batches <= BLOCK
      ? measured(`EpochRegistry.${call}, 10 batches`) +
        (batches - 10) * measured(`EpochRegistry.${call}, a further batch`)
      : (batches * measured("StatementSeed.note, 2,048 batches")) / BLOCK +
        measured(`EpochRegistry.${call}, 2 blocks noted`) +
        (blocksOf(batches) - 2) * measured(`EpochRegistry.${call}, a further block noted`);

  const strict = (batches: number, rows: number): string => {
    const calls = Math.ceil(batches / STEPS_AT_ONCE);
    const large = rows > STEP_ROWS;
    const stored = large ? rows * measured("TableColumns.store and join, a row of 349 contracts") : 0;
    const read = large
      ? rows * measured("TableColumns.readStored, a row of 349 contracts")
      : (measured(`TableColumns.read, a table of ${MEASURED_ROWS} rows`) * rows) / MEASURED_ROWS;
    const steps =
      calls * measured("EpochRegistry.submitAccountSteps, one step") +
      (batches - calls) * measured("EpochRegistry.submitAccountSteps, a further step") +
      Math.ceil(rows / STEP_ROWS) * measured("EpochRegistry.submitTableSteps, the last step: final");
    const table = Math.ceil(read / READ_AT_ONCE) + Math.ceil(stored / READ_AT_ONCE);
    const transactions = 2 + blocksOf(batches) + calls + table;
    return `${million(posted("publish", batches) + read + stored + steps)} in ${transactions}`;
  };
  // Nobody challenges.
  const optimistic = (batches: number): string =>
    `${million(posted("claim", batches) + measured("EpochRegistry.finalise"))} in ${2 + blocksOf(batches)}`;

  return Object.entries(PROFILES).map(([profile, batches]) =>
    [
      "",
      ` ${profile} `,
      ` ${batches.toLocaleString("en")} `,
      ...TABLES.map((rows) => ` ${strict(batches, rows)} `),
      ` ${optimistic(batches)} `,
      "",
    ].join("|"),
  );
}

const million = (value: number): string => (value / 1e6).toFixed(1);

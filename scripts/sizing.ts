import { parseArgs } from "node:util";
import { FIGURES, type Figures, sizingTable } from "./sizing/sizing.js";

/**
 * Prints what the service needs by accounts and cadence, from the figures of scripts/sizing/figures.json: the table of docs/operations.md.
 *
 *   npm run -s sizing -- [--core-hour 0.04] [--gib-month 0.1] [--use 70]
 *
 * Prices in USD; `--use` is how much of the time between two epochs proving may take, percent.
 */
const { values } = parseArgs({
  options: {
    "core-hour": { type: "string" },
    "gib-month": { type: "string" },
    use: { type: "string" },
  },
});

const given = (text: string | undefined, scale: number, otherwise: number): number => {
  if (text === undefined) return otherwise;
  const value = Math.round(Number(text) * scale);
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${text} is no such number`);
  return value;
};

const { assumed } = FIGURES;
const figures: Figures = {
  ...FIGURES,
  assumed: {
    ...assumed,
    coreHourMicroUsd: given(values["core-hour"], 1e6, assumed.coreHourMicroUsd),
    gibibyteMonthMicroUsd: given(values["gib-month"], 1e6, assumed.gibibyteMonthMicroUsd),
    usePercent: given(values.use, 1, assumed.usePercent),
  },
};
console.log(sizingTable(figures));

import { MarginproofError } from "../errors.js";
import {
  DERIBIT_BTC,
  DERIVE_PM2,
  deltaPlusTable,
  deribitTable,
  deriveTable,
  hybridTable,
  type ModelInstrument,
  type ModelTable,
  OKX_MAJOR,
  okxTable,
  paradexScenarios,
  paradexTable,
  type Scenario,
  spanTable,
} from "../models/index.js";
import { assertScenarios } from "../models/scenarioGrid.js";
import type { Listing } from "./listing.js";
import type { Model, RateRow, ScenarioRule } from "./modelFields.js";
import type { RuleBook, RulePath } from "./readRules.js";

type GroupModel = Exclude<Model, { kind: "tiered" }>;

/**
 * A scenario or Greeks model over the instruments that name it; undefined when none does. Its scenario list is checked
 * either way. Errors of src/models get the line of the instrument or field that they name, else the model's.
 */
export function modelTableOf(
  book: RuleBook,
  name: string,
  model: GroupModel,
  listings: readonly Listing[],
): ModelTable | undefined {
  const path = ["models", name];
  assertScenarioList(book, model, path);
  if (listings.length === 0) return undefined;
  try {
    return tableOf(
      model,
      listings.map((l) => l.instrument!),
    );
  } catch (error) {
    throw book.locate(error, culprit(book, path, listings, error));
  }
}

function tableOf(model: GroupModel, instruments: readonly ModelInstrument[]): ModelTable {
  switch (model.kind) {
    case "span": {
      const { kind: _, initialFactor, ...parameters } = defined(model);
      return spanTable(parameters, instruments, basisPoints(initialFactor));
    }
    case "deribit": {
      const { kind: _, deltaShockRate, extendedShare, ...parameters } = defined(model);
      return deribitTable({ ...DERIBIT_BTC, ...parameters }, { deltaShockRate, extendedShare }, instruments);
    }
    case "derive": {
      const { kind: _, ...parameters } = defined(model);
      return deriveTable({ ...DERIVE_PM2, ...parameters }, instruments);
    }
    case "okx": {
      const { kind: _, minimum, shortOptionMinimum, initialFactor, ...parameters } = defined(model);
      const tiers = minimum === undefined ? OKX_MAJOR.minimum.tiers : chargeTiers(minimum);
      const shortOptions =
        shortOptionMinimum === undefined ? OKX_MAJOR.minimum.shortOptions : chargeTiers(shortOptionMinimum);
      const initialFactorBp =
        initialFactor === undefined ? OKX_MAJOR.initialFactorBp : basisPoints(initialFactor);
      const minima = { minimum: { tiers, shortOptions }, initialFactorBp };
      return okxTable({ ...OKX_MAJOR, ...parameters, ...minima }, instruments);
    }
    case "paradex": {
      const { kind: _, scenarios, ...parameters } = defined(model);
      const cells = scenarios === undefined ? paradexScenarios() : scenarios.map(cell);
      return paradexTable({ ...parameters, scenarios: cells }, instruments);
    }
    case "delta-plus": {
      const { kind: _, initialFactor, ...parameters } = defined(model);
      return deltaPlusTable(parameters, instruments, basisPoints(initialFactor));
    }
    case "hybrid": {
      const { kind: _, scenarios, concentration, initialFactor, ...parameters } = defined(model);
      const rest = { concentration: chargeTiers(concentration), initialFactorBp: basisPoints(initialFactor) };
      return hybridTable({ ...parameters, scenarios: scenarios.map(cell), ...rest }, instruments);
    }
  }
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the fields that are undefined: zod's optional fields are only ever absent, which its types don't say. */
function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, x]) => x !== undefined)) as Defined<T>;
}

const chargeTiers = (rows: readonly RateRow[]) => rows.map((r) => ({ notionalFloor: r.from, rate: r.rate }));

/** "1.3" is 13000; the schema allows no more than four decimals. Default 1. */
export function basisPoints(factor = "1"): number {
  const [whole, fraction = ""] = factor.split(".") as [string, string?];
  return Number(whole + fraction.padEnd(4, "0"));
}

function cell(s: ScenarioRule): Scenario {
  return {
    name: s.name,
    priceMove: s.price,
    ...(s.volatility === undefined ? {} : { volShift: { kind: "multiplicative", factor: s.volatility } }),
    ...(s.days === undefined ? {} : { daysForward: s.days }),
    ...(s.weight === undefined ? {} : { weight: s.weight }),
  };
}

/** @throws MarginproofError MODEL_NO_SCENARIOS, MODEL_DUPLICATE_SCENARIO with the line of the list or of the second name */
function assertScenarioList(book: RuleBook, model: GroupModel, path: RulePath): void {
  if (!("scenarios" in model) || model.scenarios === undefined) return;
  // Those of derive are named after what they do.
  if (model.kind === "derive") return;
  const names = model.scenarios.map((s) => s.name);
  const second = names.findIndex((name, k) => names.indexOf(name) < k);
  const at = [...path, "scenarios", ...(second < 0 ? [] : [second, "name"])];
  try {
    assertScenarios(String(path[1]), names);
  } catch (error) {
    throw book.locate(error, at);
  }
}

/** The rule that a model's error is about: an instrument, or a parameter that the file states. */
function culprit(book: RuleBook, path: RulePath, listings: readonly Listing[], error: unknown): RulePath {
  const about = error instanceof MarginproofError ? (error.options.path ?? []) : [];
  const [list, symbol] = about;
  if (list === "instruments") return listings.find(({ json }) => json.symbol === symbol)?.path ?? path;
  return book.states([...path, ...about]) ? [...path, ...about] : path;
}

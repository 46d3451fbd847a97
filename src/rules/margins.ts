import type { ModelTable } from "../models/index.js";
import { type BufferReport, bufferMargins, type MarginFields } from "./buffers.js";
import { modelTableOf } from "./groupModels.js";
import { type InstrumentJson, type Listing, lookUp } from "./listing.js";
import type { Model } from "./modelFields.js";
import type { PreviousEpoch } from "./previousEpoch.js";
import type { RuleBook } from "./readRules.js";
import { tieredRule } from "./tiered.js";

type Requirement = NonNullable<InstrumentJson["maintenance"]>;

type MarginGroup = ModelTable["groups"][number] & { readonly initialFactorBp?: number };

/** What all the models of a market require, in terms of a market file. */
export interface Margins {
  readonly groups: readonly MarginGroup[];
  /** The least of the models': a group of a model with a higher one has its own. */
  readonly initialFactorBp: number;
  /** Of listings that name a model. */
  readonly fields: ReadonlyMap<Listing, MarginFields>;
  /** Undefined when the rules have no buffers. */
  readonly buffers?: BufferReport;
}

/**
 * Runs every model over the instruments that name it. Groups are called "<model>: <group>", so that two models never share
 * one. Buffers come after the models and before the liquidation fee, which is no margin.
 * @throws MarginproofError RULES_REFERENCE, RULES_MODEL, RULES_OPEN_INTEREST, RULES_BUFFERS and those of src/models with
 * their line
 */
export function margins(
  book: RuleBook,
  listings: readonly Listing[],
  previous: PreviousEpoch | undefined,
): Margins {
  const members = new Map<string, Listing[]>();
  for (const listing of listings) {
    if (listing.model === undefined) continue;
    const model = lookUp(book, "models", listing.model, [...listing.path, "model"]);
    assertBrackets(book, listing, model);
    members.set(listing.model, [...(members.get(listing.model) ?? []), listing]);
  }
  const tables: [name: string, table: ModelTable][] = [];
  const fields = new Map<Listing, MarginFields>();
  for (const [name, model] of Object.entries(book.rules.models)) {
    const own = members.get(name) ?? [];
    if (model.kind === "tiered") {
      for (const listing of own) fields.set(listing, tieredRule(book, listing, model, previous));
      continue;
    }
    const table = modelTableOf(book, name, model, own);
    if (table === undefined) continue;
    tables.push([name, table]);
    for (const listing of own) fields.set(listing, figures(name, table, listing));
  }
  const factor = Math.min(...tables.map(([, table]) => table.initialFactorBp));
  const groups = tables.flatMap(([name, table]) => groupsOf(name, table, factor));
  assertNoParts(book, groups);
  const { fields: buffered, report } = bufferMargins(book, fields, previous);
  return {
    groups,
    initialFactorBp: tables.length === 0 ? 10_000 : factor,
    fields: new Map([...buffered].map(([listing, own]) => [listing, withFee(book, listing, own)])),
    ...(report === undefined ? {} : { buffers: report }),
  };
}

/** Called after their model, so that two models never share a group. */
function groupsOf(model: string, { groups, initialFactorBp }: ModelTable, least: number): MarginGroup[] {
  return groups.map(({ name, within, scenarios }) => ({
    name: `${model}: ${name}`,
    ...(within === undefined ? {} : { within: `${model}: ${within}` }),
    scenarios,
    ...(within === undefined && initialFactorBp > least ? { initialFactorBp } : {}),
  }));
}

/** A buffer's factor is found from what a group charges by itself, which a group with parts does not say. */
function assertNoParts(book: RuleBook, groups: readonly MarginGroup[]): void {
  const part = groups.find(({ within }) => within !== undefined);
  if (part === undefined || book.rules.buffers === undefined) return;
  throw book.error(
    "RULES_BUFFERS",
    ["buffers"],
    `group ${part.name} is a part of ${part.within}, and parts have no buffers`,
    "leave out the buffers, or say netting: holding in the model",
  );
}

function assertBrackets(book: RuleBook, listing: Listing, model: Model): void {
  const path = [...listing.path.slice(0, 2), "brackets"];
  if (listing.brackets === undefined || model.kind === "tiered") return;
  throw book.error(
    "RULES_MODEL",
    path,
    `only instruments of a tiered model have brackets, not ${model.kind}`,
  );
}

function figures(name: string, table: ModelTable, { json }: Listing): MarginFields {
  const { scenarioGains, maintenance, initial } = table.perInstrument.get(json.symbol)!;
  const gains = Object.entries(scenarioGains).map(([group, row]) => [`${name}: ${group}`, row]);
  return {
    ...(gains.length === 0 ? {} : { scenarioGains: Object.fromEntries(gains) as Record<string, string[]> }),
    ...(maintenance === undefined ? {} : { maintenance }),
    ...(initial === undefined ? {} : { initial }),
  };
}

/** Adds the liquidation fee to both requirements of a derivative. */
function withFee({ rules }: RuleBook, { json }: Listing, fields: MarginFields): MarginFields {
  const fee = rules.liquidationFee;
  if (json.kind === "asset" || fee === undefined || fee === "0") return fields;
  const add = (rule: Requirement | undefined): Requirement => {
    if (rule?.long === undefined && rule?.short === undefined) return { ...rule, liquidationFeeRate: fee };
    return {
      long: { ...rule.long, liquidationFeeRate: fee },
      short: { ...rule.short, liquidationFeeRate: fee },
    };
  };
  const { initial } = fields;
  return { ...fields, maintenance: add(fields.maintenance), ...(initial ? { initial: add(initial) } : {}) };
}

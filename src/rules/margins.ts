import { Faults } from "../errors.js";
import { notionalPrice } from "../market/requirement.js";
import type { ModelTable } from "../models/index.js";
import { type BufferReport, bufferMargins, type MarginFields } from "./buffers.js";
import { modelTableOf } from "./groupModels.js";
import { eachOf, type InstrumentJson, type Listing, lookUp } from "./listing.js";
import type { Model } from "./modelFields.js";
import type { PreviousEpoch } from "./previousEpoch.js";
import type { RuleBook } from "./readRules.js";
import { hasPrivateRates, tieredRule } from "./tiered.js";
import { assertVariants, atLeverage } from "./variants.js";

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
  const faults = new Faults();
  eachOf(faults, listings, (listing) => {
    if (listing.model === undefined) return;
    const model = lookUp(book, "models", listing.model, [...listing.path, "model"]);
    assertBrackets(book, listing, model);
    assertVariants(book, listing, model);
    members.set(listing.model, [...(members.get(listing.model) ?? []), listing]);
  });
  faults.throwAny();
  const tables: [name: string, table: ModelTable][] = [];
  const fields = new Map<Listing, MarginFields>();
  for (const [name, model] of Object.entries(book.rules.models)) {
    const own = members.get(name) ?? [];
    if (model.kind === "tiered") {
      eachOf(faults, own, (listing) => {
        fields.set(listing, atLeverage(listing, tieredRule(book, listing, model, previous)));
      });
      continue;
    }
    const table = faults.attempt(() => modelTableOf(book, name, model, own));
    if (table === undefined) continue;
    tables.push([name, table]);
    for (const listing of own) fields.set(listing, figures(name, table, listing));
  }
  faults.throwAny();
  const factor = Math.min(...tables.map(([, table]) => table.initialFactorBp));
  const groups = tables.flatMap(([name, table]) => groupsOf(name, table, factor));
  assertNoParts(book, groups);
  const { fields: buffered, report } = bufferMargins(book, fields, previous);
  return {
    groups,
    initialFactorBp: tables.length === 0 ? 10_000 : factor,
    fields: new Map([...buffered].map(([listing, own]) => [listing, charged(book, listing, own)])),
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

/** A requirement of nothing, said: what expires worthless, or counts at a price of 0. Verdicts list it. */
const NOTHING: Requirement = { brackets: [{ notionalFloor: "0", rate: "0" }] };

function figures(name: string, table: ModelTable, { json }: Listing): MarginFields {
  const found = table.perInstrument.get(json.symbol)!;
  const gains = Object.entries(found.scenarioGains).map(([group, row]) => [`${name}: ${group}`, row]);
  const none = gains.length === 0 && json.kind !== "asset" ? NOTHING : undefined;
  const { maintenance = none, initial } = found;
  return {
    ...(gains.length === 0 ? {} : { scenarioGains: Object.fromEntries(gains) as Record<string, string[]> }),
    ...(maintenance === undefined ? {} : { maintenance }),
    ...(initial === undefined ? {} : { initial }),
  };
}

/** What is charged in the end. Rates on a notional of 0 come to nothing, and a market file says so. */
function charged(book: RuleBook, listing: Listing, fields: MarginFields): MarginFields {
  const worthless = listing.json.kind !== "asset" && notionalPrice(listing.json).coefficient === 0n;
  if (!worthless || hasPrivateRates(book, listing)) return withFee(book, listing, fields);
  const { scenarioGains } = fields;
  return { ...(scenarioGains === undefined ? {} : { scenarioGains }), maintenance: NOTHING };
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

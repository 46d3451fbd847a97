import {
  BATCH_CAPACITY,
  MAX_BRACKETS,
  MAX_PART_SLOTS,
  MAX_ROWS,
  MAX_SCENARIOS,
  MAX_SHAPE_GROUPS,
  MAX_SLOTS,
  MAX_STRESS,
} from "./constants.js";

/** What a circuit's proof is in an epoch: one kind of step in the chain of hidden states. */
export type CircuitRole = "accountStep" | "tableStep" | "privateTableStep";

/** A parameter of a template: its letter in an instance's name, the smallest and the largest value that is proved. */
interface Parameter {
  readonly letter: string;
  readonly min: number;
  readonly max: number;
  /** Its value where an instance does not say; then it is not in the name either. */
  readonly usual?: number;
}

interface Circuit {
  readonly role: CircuitRole;
  /** How the names of its instances begin. */
  readonly prefix: string;
  /** In the order in which the template takes them. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** The parameter that says how much a step takes: accounts of a batch, or rows of the table. */
  readonly size: string;
  /** Public signals in proof order: outputs as declared, then public inputs as declared. */
  readonly outputs: readonly string[];
  readonly inputs: readonly string[];
}

/**
 * Every circuit that an epoch is proved with, by template. All that depends on which circuit it is stands here: setup,
 * prover and verifier read it, so their limits are the same (docs/protocol.md, section 7, says why each is where it is).
 * `npm run circuits:lock` and test/circuits compare the signals with the compiler's.
 */
export const CIRCUITS = {
  accounts: {
    role: "accountStep",
    prefix: "accounts",
    parameters: {
      accounts: { letter: "a", min: 1, max: BATCH_CAPACITY },
      bracketed: { letter: "b", min: 0, max: MAX_SLOTS },
      flat: { letter: "f", min: 0, max: MAX_SLOTS },
      groups: { letter: "g", min: 0, max: MAX_SHAPE_GROUPS },
      scenarios: { letter: "s", min: 0, max: MAX_SCENARIOS },
      stress: { letter: "z", min: 0, max: MAX_STRESS },
      deep: { letter: "d", min: 0, max: 1, usual: 0 },
      parts: { letter: "p", min: 0, max: MAX_PART_SLOTS, usual: 0 },
    },
    size: "accounts",
    outputs: ["leafRoot", "stateOut"],
    inputs: ["stateIn", "rhoStart", "rho", "beta", "gamma", "r", "x", "imfBp", "marginCallBp"],
  },
  table: {
    role: "tableStep",
    prefix: "table",
    parameters: { rows: { letter: "r", min: 1, max: MAX_ROWS } },
    size: "rows",
    outputs: ["totals", "weights", "stateOut"],
    inputs: ["stateIn", "columns", "laneStart", "tau", "r", "x"],
  },
  privateTable: {
    role: "privateTableStep",
    prefix: "private-table",
    // No lane is cut, so a step has room for the longest.
    parameters: { rows: { letter: "r", min: MAX_BRACKETS, max: MAX_ROWS } },
    size: "rows",
    outputs: ["totals", "weights", "rules", "stateOut"],
    inputs: ["stateIn", "columns", "laneStart", "beta", "tau", "r", "x"],
  },
} as const satisfies Readonly<Record<string, Circuit>>;

type Circuits = typeof CIRCUITS;
export type Template = keyof Circuits;

/** Name and value of every public signal of a circuit; of its public inputs alone. */
export type PublicSignals<T extends Template> = Readonly<
  Record<Circuits[T]["outputs" | "inputs"][number], bigint>
>;
export type PublicInputs<T extends Template> = Readonly<Record<Circuits[T]["inputs"][number], bigint>>;

/** One circuit with its parameters: what is compiled and has a key. */
export type InstanceOf<T extends Template> = { readonly id: string; readonly template: T } & {
  readonly [P in keyof Parameters<T> as Parameters<T>[P] extends Usual ? never : P]: number;
} & {
  readonly [P in keyof Parameters<T> as Parameters<T>[P] extends Usual ? P : never]?: number | undefined;
};
type Parameters<T extends Template> = Circuits[T]["parameters"];
type Usual = { readonly usual: number };
export type Instance = { [T in Template]: InstanceOf<T> }[Template];
type TemplateOf<R extends CircuitRole> = {
  [T in Template]: Circuits[T]["role"] extends R ? T : never;
}[Template];

/** Templates in the order of the registry. */
export const TEMPLATES = Object.keys(CIRCUITS) as Template[];

/** A circuit's entry, whichever it is. */
export const circuitOf = (template: Template): Circuit => CIRCUITS[template];

/** Whether the circuit proves steps of this role. */
export function hasRole<I extends Pick<Instance, "template">, R extends CircuitRole>(
  instance: I,
  role: R,
): instance is I & Extract<Instance, { template: TemplateOf<R> }> {
  return circuitOf(instance.template).role === role;
}

/** How much a step takes: accounts or rows. */
export function stepSize(instance: Instance): number {
  return parameterValues(instance)[circuitOf(instance.template).size]!;
}

/** The parameters alone, in the template's order. */
export function parameterValues(instance: Unnamed<Instance>): Readonly<Record<string, number>> {
  const parameters = Object.entries(circuitOf(instance.template).parameters);
  const values = instance as unknown as Readonly<Record<string, number | undefined>>;
  return Object.fromEntries(parameters.map(([name, { usual }]) => [name, values[name] ?? usual!]));
}

type Unnamed<T> = T extends Instance ? Omit<T, "id"> : never;

/** The one name an instance can have: `table-r16`. */
export function instanceId(instance: Unnamed<Instance>): string {
  const { prefix, parameters } = circuitOf(instance.template);
  const values = Object.entries(parameterValues(instance));
  const told = values.filter(([name, value]) => value !== parameters[name]!.usual);
  return [prefix, ...told.map(([name, value]) => `${parameters[name]!.letter}${value}`)].join("-");
}

/** The instance that has this name; undefined for a name that none can have. */
export function instanceOfId(id: string): Instance | undefined {
  for (const template of TEMPLATES) {
    const { prefix, parameters } = circuitOf(template);
    // What is as usual has no letter in a name; what else has none is no number, and a fault below.
    const letters = Object.values(parameters).map(({ letter }) => `(?:-${letter}(\\d{1,9}))?`);
    const values = new RegExp(`^${prefix}${letters.join("")}$`).exec(id)?.slice(1);
    if (values === undefined) continue;
    const named = Object.keys(parameters).flatMap((name, i) =>
      values[i] === undefined ? [] : [[name, Number(values[i])]],
    );
    const instance = { id, template, ...Object.fromEntries(named) } as Instance;
    return instanceFault(instance) === undefined ? instance : undefined;
  }
  return undefined;
}

/** What is wrong with an instance, in words: a parameter that no circuit is proved with, or another name than its own. */
export function instanceFault(instance: Instance): string | undefined {
  const { parameters } = circuitOf(instance.template);
  for (const [name, value] of Object.entries(parameterValues(instance))) {
    const { min, max } = parameters[name]!;
    if (!Number.isSafeInteger(value) || value < min || value > max)
      return `${instance.id}: ${name} is ${value}, not ${min} to ${max}`;
  }
  const id = instanceId(instance);
  return instance.id === id ? undefined : `${instance.id} is not the name of the shape described, ${id}`;
}

/** Names of the public signals of a template, in proof order. */
export function signalNames(template: Template): readonly string[] {
  const { outputs, inputs } = circuitOf(template);
  return [...outputs, ...inputs];
}

/** A step's public signals as the proof system orders them. */
export function orderSignals<T extends Template>(template: T, signals: PublicSignals<T>): bigint[] {
  const values: Readonly<Record<string, bigint>> = signals;
  return signalNames(template).map((name) => values[name]!);
}

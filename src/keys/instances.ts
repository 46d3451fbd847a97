import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MarginproofError } from "../errors.js";
import { PACKAGE_ROOT } from "../files/packageRoot.js";
import {
  circuitOf,
  hasRole,
  type Instance,
  instanceFault,
  parameterValues,
  type Template,
} from "../protocol/circuits.js";
import { instanceSchema } from "../protocol/instanceSchema.js";
import type { AccountShape, PrivateTableShape, TableShape } from "../protocol/shapes.js";
import * as z from "../schema/index.js";
import { readLock } from "./keyFolder.js";

const count = z.number().int().min(0);
const schema = z.strictObject({
  budgets: z.record(z.string(), z.number().int().positive()),
  profiles: z.record(
    z.string(),
    z.strictObject({ about: z.string(), maxConstraintsLog2: count, instances: z.array(z.string()).min(1) }),
  ),
  instances: z.array(instanceSchema({})),
});

/** circuits/instances.json: every compiled shape, the profiles that group them, and the constraint budgets. */
export type InstanceFile = z.infer<typeof schema>;

/** @throws MarginproofError SHAPE_REFUSED for an instance that the circuit registry doesn't allow */
export function readInstances(): InstanceFile {
  return parseInstances(JSON.parse(readFileSync(join(PACKAGE_ROOT, "circuits", "instances.json"), "utf8")));
}

/** @throws MarginproofError SHAPE_REFUSED */
export function parseInstances(json: unknown): InstanceFile {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw shapeRefused(`circuits/instances.json: ${path.join(".") || "(root)"}: ${message}`);
  }
  for (const instance of parsed.data.instances) assertInstance(instance);
  return parsed.data;
}

/** Refuses what no verifier would take a key for. @throws MarginproofError SHAPE_REFUSED */
export function assertInstance(instance: Instance): void {
  const fault = instanceFault(instance);
  if (fault !== undefined) throw shapeRefused(fault);
}

function shapeRefused(message: string): MarginproofError {
  return new MarginproofError("SHAPE_REFUSED", message, {
    kind: "usage",
    hint: "Name each instance after its parameters, within the limits of src/protocol/circuits.ts.",
  });
}

/** A profile: the account shapes to choose from, cheapest first, the table shape, and the one for secret rates if any. */
export interface Profile {
  readonly name: string;
  readonly accounts: readonly AccountShape[];
  readonly table: TableShape;
  readonly privateTable?: PrivateTableShape;
  /** What a step costs to prove, in constraints: locked, or the most that the profile allows. */
  stepCost(instance: Pick<Instance, "id">): number;
}

/** Every shape of a profile: what `setup` makes keys for. */
export function profileInstances({ accounts, table, privateTable }: Profile): Instance[] {
  return [...accounts, table, ...(privateTable === undefined ? [] : [privateTable])];
}

/** Profiles for real use, smallest first; the others serve this project's own tests. */
export function profileNames(): string[] {
  return Object.keys(readInstances().profiles).filter((name) => name !== "test" && name !== "budget");
}

/** @throws MarginproofError PROFILE_UNKNOWN */
export function loadProfile(name: string): Profile {
  const file = readInstances();
  const found = Object.hasOwn(file.profiles, name) ? file.profiles[name] : undefined;
  const members = (found?.instances ?? []).map(
    (id) => file.instances.find((instance) => instance.id === id)!,
  );
  const table = members.find((instance) => hasRole(instance, "tableStep"));
  if (table === undefined) {
    throw new MarginproofError("PROFILE_UNKNOWN", `there is no provable profile "${name}"`, {
      kind: "usage",
      hint: `Use one of: ${profileNames().join(", ")}.`,
    });
  }
  const lock = readLock();
  const most = 2 ** found!.maxConstraintsLog2;
  const stepCost = ({ id }: Pick<Instance, "id">): number => lock[id]?.constraints ?? most;
  const anAccount = (shape: AccountShape): number => stepCost(shape) / shape.accounts;
  const accounts = members
    .filter((instance) => hasRole(instance, "accountStep"))
    .sort((one, other) => anAccount(one) - anAccount(other));
  const privateTable = members.find((instance) => hasRole(instance, "privateTableStep"));
  return { name, accounts, table, ...(privateTable === undefined ? {} : { privateTable }), stepCost };
}

/** Where each template is written: a file under circuits/, and its name there. No verifier needs to know. */
export const CIRCOM: Readonly<Record<Template, { readonly source: string; readonly component: string }>> = {
  accounts: { source: "accounts.circom", component: "Accounts" },
  table: { source: "table.circom", component: "Table" },
  privateTable: { source: "private-table.circom", component: "PrivateTable" },
};

/** The main component of an instance, as Circom text. */
export function mainCircuit(instance: Instance): string {
  const { inputs } = circuitOf(instance.template);
  const { source, component } = CIRCOM[instance.template];
  const values = Object.values(parameterValues(instance)).join(", ");
  return `pragma circom 2.1.9;\n\ninclude "${source}";\n\ncomponent main {public [${inputs.join(", ")}]} = ${component}(${values});\n`;
}

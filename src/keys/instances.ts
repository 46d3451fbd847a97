import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { MarginproofError } from "../errors.js";
import { PACKAGE_ROOT } from "../files/packageRoot.js";
import { STEP_SIGNALS } from "../protocol/publicSignals.js";
import {
  type AccountShape,
  type Instance,
  instanceId,
  type PrivateTableShape,
  type TableShape,
} from "../protocol/shapes.js";

const count = z.number().int().min(0);
const schema = z.strictObject({
  budgets: z.record(z.string(), z.number().int().positive()),
  profiles: z.record(
    z.string(),
    z.strictObject({ about: z.string(), maxConstraintsLog2: count, instances: z.array(z.string()).min(1) }),
  ),
  instances: z.array(
    z.discriminatedUnion("template", [
      z.strictObject({
        id: z.string(),
        template: z.literal("accounts"),
        accounts: count,
        bracketed: count,
        flat: count,
        groups: count,
        scenarios: count,
        stress: count,
      }),
      z.strictObject({ id: z.string(), template: z.enum(["table", "privateTable"]), rows: count }),
    ]),
  ),
});

/** circuits/instances.json: every compiled shape, the profiles that group them, and the constraint budgets. */
export type InstanceFile = z.infer<typeof schema>;

export function readInstances(): InstanceFile {
  const file = schema.parse(
    JSON.parse(readFileSync(join(PACKAGE_ROOT, "circuits", "instances.json"), "utf8")),
  );
  for (const instance of file.instances) {
    if (instance.id !== instanceId(instance)) throw new Error(`instance ${instance.id} is named wrongly`);
  }
  return file;
}

/** A profile: the account shapes to choose from, cheapest first, the table shape, and the one for secret rates if any. */
export interface Profile {
  readonly name: string;
  readonly accounts: readonly AccountShape[];
  readonly table: TableShape;
  readonly privateTable?: PrivateTableShape;
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
  const table = members.find((instance): instance is TableShape => instance.template === "table");
  if (table === undefined) {
    throw new MarginproofError("PROFILE_UNKNOWN", `there is no provable profile "${name}"`, {
      kind: "usage",
      hint: `Use one of: ${profileNames().join(", ")}.`,
    });
  }
  const accounts = members
    .filter((instance): instance is AccountShape => instance.template === "accounts")
    // All steps of a profile cost about the same, so the cheapest account is in the shape that takes most.
    .sort((one, other) => other.accounts - one.accounts);
  const privateTable = members.find(
    (instance): instance is PrivateTableShape => instance.template === "privateTable",
  );
  return { name, accounts, table, ...(privateTable === undefined ? {} : { privateTable }) };
}

const SOURCES: Readonly<Record<Instance["template"], string>> = {
  accounts: "accounts.circom",
  table: "table.circom",
  privateTable: "private-table.circom",
};
const OUTPUTS: readonly string[] = ["leafRoot", "totals", "weights", "rules", "stateOut"];

/** The main component of an instance, as Circom text. */
export function mainCircuit(instance: Instance): string {
  const { template } = instance;
  const inputs = STEP_SIGNALS[template].filter((name) => !OUTPUTS.includes(name)).join(", ");
  return `pragma circom 2.1.9;\n\ninclude "${SOURCES[template]}";\n\ncomponent main {public [${inputs}]} = ${call(instance)};\n`;
}

function call(instance: Instance): string {
  if (instance.template !== "accounts")
    return `${instance.template === "table" ? "Table" : "PrivateTable"}(${instance.rows})`;
  const { accounts, bracketed, flat, groups, scenarios, stress } = instance;
  return `Accounts(${[accounts, bracketed, flat, groups, scenarios, stress].join(", ")})`;
}

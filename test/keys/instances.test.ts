import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { silentProgress } from "../../src/files/progress.js";
import { CIRCOM, loadProfile, mainCircuit, parseInstances, profileNames } from "../../src/keys/instances.js";
import { setup } from "../../src/keys/setup.js";
import {
  circuitOf,
  hasRole,
  type Instance,
  instanceId,
  parameterValues,
  stepSize,
  TEMPLATES,
} from "../../src/protocol/circuits.js";
import { parsePinnedKeys } from "../../src/verifier/pins.js";
import { temporaryFolder } from "./support.js";

let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
});
afterAll(() => remove());

/** An instance of each template in the middle of its limits, with one parameter changed and named accordingly. */
function instance(template: string, changed: Readonly<Record<string, number>> = {}): Instance {
  const { parameters } = circuitOf(template as Instance["template"]);
  const values = Object.entries(parameters).map(([name, { min, max }]) => [name, (min + max) >> 1]);
  const unnamed = { ...Object.fromEntries(values), ...changed, template } as Instance;
  return { ...unnamed, id: instanceId(unnamed) };
}

const keysFile = (one: Instance): unknown => ({
  format: "marginproof/keys/1",
  keys: [{ ...one, keyDigest: `0x${"ab".repeat(32)}`, development: true }],
});

async function refusedBySetup(one: Instance): Promise<boolean> {
  const keysDir = join(folder, one.id);
  const made = setup({ instances: [one], keysDir, workers: 1, progress: silentProgress });
  const code = await made.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );
  expect(existsSync(keysDir)).toBe(false);
  return code === "SHAPE_REFUSED";
}

function refused(read: () => unknown, code: string): boolean {
  try {
    read();
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code });
    return true;
  }
}
const asFile = (one: Instance) => ({ budgets: {}, profiles: {}, instances: [one] });

describe("limits of shapes stand in one place", () => {
  const bounds = TEMPLATES.flatMap((template) =>
    Object.entries(circuitOf(template).parameters).map(
      ([name, { min, max }]) => [template, name, min, max] as const,
    ),
  );

  test.each(bounds)(
    "%s: %s from %i to %i, for setup, circuits/instances.json and the verifier's keys",
    async (template, name, min, max) => {
      for (const value of [min, max]) {
        const one = instance(template, { [name]: value });
        expect(parsePinnedKeys(keysFile(one))).toMatchObject([one]);
        expect(parseInstances(asFile(one)).instances).toEqual([one]);
      }
      for (const value of [min - 1, max + 1, min + 0.5]) {
        const one = instance(template, { [name]: value });
        expect(refused(() => parsePinnedKeys(keysFile(one)), "KEYS_FILE_INVALID")).toBe(true);
        expect(refused(() => parseInstances(asFile(one)), "SHAPE_REFUSED")).toBe(true);
        expect(await refusedBySetup(one)).toBe(true);
      }
    },
  );

  test("1025 bracketed slots: refused before anything is compiled, as no verifier would take the key", async () => {
    const one = instance("accounts", { bracketed: 1025 });
    expect(await refusedBySetup(one)).toBe(true);
    expect(refused(() => parsePinnedKeys(keysFile(one)), "KEYS_FILE_INVALID")).toBe(true);
  });

  test.each(TEMPLATES)(
    "%s under another name, with a parameter too few or too many, or of no template",
    async (template) => {
      const one = instance(template);
      const [first] = Object.keys(parameterValues(one));
      const { [first as "id"]: _, ...fewer } = one;
      const wrong = [
        { ...one, id: `${one.id}0` },
        { ...one, claims: 1 },
        fewer,
        { ...one, template: "claim" },
        { ...one, template: "constructor" },
      ] as Instance[];
      for (const each of wrong) {
        expect(refused(() => parsePinnedKeys(keysFile(each)), "KEYS_FILE_INVALID")).toBe(true);
        expect(refused(() => parseInstances(asFile(each)), "SHAPE_REFUSED")).toBe(true);
      }
      expect(await refusedBySetup(wrong[0]!)).toBe(true);
    },
  );
});

describe("the registry says what the circuits say", () => {
  test.each(TEMPLATES)(
    "%s: parameters, outputs and inputs stand in the template in this order",
    (template) => {
      const { source, component } = CIRCOM[template];
      const { parameters, outputs, inputs } = circuitOf(template);
      const text = readFileSync(join(PACKAGE_ROOT, "circuits", source), "utf8");
      const count = new RegExp(`template ${component}\\(([^)]*)\\)`).exec(text)![1]!.split(", ").length;
      expect(count).toBe(Object.keys(parameters).length);
      const declared = (direction: string) =>
        [...text.matchAll(new RegExp(`signal ${direction} (\\w+)`, "g"))].map(([, name]) => name!);
      expect(declared("output")).toEqual(outputs);
      expect(declared("input").filter((name) => inputs.includes(name))).toEqual(inputs);
    },
  );

  test("main components, names and sizes of all three", () => {
    const shape = instance("accounts", {
      accounts: 2,
      bracketed: 3,
      flat: 4,
      groups: 5,
      scenarios: 6,
      stress: 1,
      parts: 0,
    });
    expect(shape.id).toBe("accounts-a2-b3-f4-g5-s6-z1");
    expect(mainCircuit(shape)).toBe(
      'pragma circom 2.1.9;\n\ninclude "accounts.circom";\n\ncomponent main {public [stateIn, rhoStart, rho, beta, gamma, r, x, imfBp, marginCallBp]} = Accounts(2, 3, 4, 5, 6, 1, 0, 0);\n',
    );
    expect(
      instance("accounts", {
        accounts: 2,
        bracketed: 3,
        flat: 4,
        groups: 1,
        scenarios: 6,
        stress: 1,
        parts: 7,
      }).id,
    ).toBe("accounts-a2-b3-f4-g1-s6-z1-p7");
    const secret = instance("privateTable", { rows: 79 });
    expect(secret.id).toBe("private-table-r79");
    expect(mainCircuit(secret)).toContain("= PrivateTable(79);");
    expect([shape, instance("table", { rows: 47 }), secret].map(stepSize)).toEqual([2, 47, 79]);
  });

  test("each profile has steps of every role it needs, by role and not by what it isn't", () => {
    for (const name of profileNames()) {
      const { accounts, table, privateTable } = loadProfile(name);
      expect(accounts.every((shape) => hasRole(shape, "accountStep"))).toBe(true);
      expect(hasRole(table, "tableStep")).toBe(true);
      expect(hasRole(table, "privateTableStep")).toBe(false);
      expect(privateTable === undefined || hasRole(privateTable, "privateTableStep")).toBe(true);
    }
  });
});

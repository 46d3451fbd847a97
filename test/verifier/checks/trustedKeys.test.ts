import { describe, expect, test } from "vitest";
import { hexToBytes } from "../../../src/field/encoding.js";
import { type Instance, signalNames } from "../../../src/protocol/circuits.js";
import type { Statement } from "../../../src/protocol/statement.js";
import { checkTrustedKeys } from "../../../src/verifier/checks/trustedKeys.js";
import { verifyingKeyDigest } from "../../../src/verifier/groth16/verifyingKey.js";
import type { VerifyOptions } from "../../../src/verifier/options.js";
import type { PinnedKey } from "../../../src/verifier/pins.js";
import { toyKey } from "../groth16/toy.js";

const ACCOUNTS = { id: "accounts-a1", template: "accounts" } as unknown as Instance;
const TABLE: Instance = { id: "table-r16", template: "table", rows: 16 };
const PRIVATE: Instance = { id: "private-table-r16", template: "privateTable", rows: 16 };

/** A key with known secrets for each kind of step, in a bundle and on a list. */
const made = [ACCOUNTS, TABLE, PRIVATE].map((instance, i) => {
  const { json } = toyKey(i + 1, signalNames(instance.template).length);
  const digest = verifyingKeyDigest(json);
  return { instance, json, digest, hex: `0x${Buffer.from(digest).toString("hex")}` };
});
const [accounts, table, secret] = made as [(typeof made)[0], (typeof made)[0], (typeof made)[0]];
const pinned = ({ instance, hex }: (typeof made)[0], other: object = {}) =>
  ({ ...instance, keyDigest: hex, development: false, ...other }) as PinnedKey;
const PINS = made.map((each) => pinned(each));
const BUNDLE: Record<string, unknown> = Object.fromEntries(made.map(({ hex, json }) => [hex, json]));
const use = ({ instance, digest }: (typeof made)[0], shape = instance.id) => ({ shape, keyDigest: digest });

function check(
  batches: ReturnType<typeof use>[],
  tableSteps: ReturnType<typeof use>[],
  options: Partial<VerifyOptions> = {},
  bundle: unknown = BUNDLE,
) {
  const statement = { batches, tableSteps } as unknown as Statement;
  return checkTrustedKeys(bundle, statement, { pins: PINS, ...options } as VerifyOptions);
}
const code = (name: string) => expect.objectContaining({ code: name });

describe("keys of a statement", () => {
  test("are those of its steps, in its order, and each is read once", () => {
    const { value, detail } = check([use(accounts), use(accounts)], [use(table), use(secret), use(table)]);
    expect(detail).toBe("3 keys");
    expect(value.batches.map(({ shape }) => shape)).toEqual([PINS[0], PINS[0]]);
    expect(value.tableSteps.map(({ shape }) => shape.id)).toEqual([TABLE.id, PRIVATE.id, TABLE.id]);
    expect(value.tableSteps.map(({ key }) => `0x${key.digestHex}`)).toEqual([
      table.hex,
      secret.hex,
      table.hex,
    ]);
    expect(value.batches[0]!.key).toBe(value.batches[1]!.key);
  });

  test("serve the kind of step that they are trusted for, and no other", () => {
    for (const other of [table, secret])
      expect(() => check([use(other)], [use(table)])).toThrow(code("KEY_NOT_PINNED"));
    expect(() => check([use(accounts)], [use(accounts)])).toThrow(code("KEY_NOT_PINNED"));
  });

  test("are on the list under the very shape and digest", () => {
    expect(() => check([use(accounts)], [use(table, "table-r17")])).toThrow(code("KEY_NOT_PINNED"));
    const unknown = { ...table, digest: hexToBytes("ab".repeat(32)) };
    expect(() => check([use(accounts)], [use(unknown)])).toThrow(code("KEY_NOT_PINNED"));
    expect(() => check([use(accounts)], [use(table)], { pins: [] })).toThrow(code("KEY_NOT_PINNED"));
  });

  test("of the development setup need a word of the verifier, and are named", () => {
    const pins = [PINS[0]!, pinned(table, { development: true })];
    expect(() => check([use(accounts)], [use(table)], { pins })).toThrow(code("KEY_DEVELOPMENT"));
    // An entry that does not know better changes nothing, wherever it stands.
    for (const mixed of [
      [PINS[1]!, ...pins],
      [...pins, PINS[1]!],
    ])
      expect(() => check([use(accounts)], [use(table)], { pins: mixed })).toThrow(code("KEY_DEVELOPMENT"));
    expect(() => check([use(accounts)], [use(table)], { pins, allowDevKeys: false })).toThrow(
      code("KEY_DEVELOPMENT"),
    );
    expect(check([use(accounts)], [use(table)], { pins, allowDevKeys: true }).detail).toBe(
      "2 keys, INSECURE DEVELOPMENT KEYS: anybody can forge these proofs",
    );
    expect(check([use(accounts)], [use(table)], { allowDevKeys: true }).detail).toBe("2 keys");
    // Another key's development says nothing of these.
    const stranger = pinned({ ...table, hex: `0x${"ab".repeat(32)}` }, { development: true });
    expect(check([use(accounts)], [use(table)], { pins: [...PINS, stranger] }).detail).toBe("2 keys");
  });

  test("stand in the bundle, under their digests", () => {
    const { [table.hex]: _, ...rest } = BUNDLE;
    expect(() => check([use(accounts)], [use(table)], {}, rest)).toThrow(code("KEY_MISSING"));
    expect(() => check([use(accounts)], [use(table)], {}, Object.create(BUNDLE))).toThrow();
    const other = toyKey(9, signalNames("table").length).json;
    expect(() => check([use(accounts)], [use(table)], {}, { ...BUNDLE, [table.hex]: other })).toThrow(
      code("KEY_DIGEST"),
    );
  });

  test("take as many signals as the circuit has", () => {
    const short = toyKey(5, signalNames("table").length - 1).json;
    const digest = verifyingKeyDigest(short);
    const hex = `0x${Buffer.from(digest).toString("hex")}`;
    const pins = [PINS[0]!, pinned({ ...table, hex })];
    const steps = [use({ ...table, digest })];
    expect(() => check([use(accounts)], steps, { pins }, { ...BUNDLE, [hex]: short })).toThrow(
      code("VERIFYING_KEY_IC_COUNT"),
    );
  });
});

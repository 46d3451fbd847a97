import { describe, expect, test } from "vitest";
import { FIELD_ORDER } from "../../src/field/order.js";
import {
  MAX_OPENING_BYTES,
  MAX_POCKETS,
  type OpeningJson,
  type PocketOpeningJson,
  parseOpening,
} from "../../src/holder/opening.js";
import { MAX_SLOTS } from "../../src/protocol/constants.js";

const hex = (n: bigint | number): string => `0x${n.toString(16).padStart(64, "0")}`;
const pocket = (own: Partial<PocketOpeningJson> = {}): PocketOpeningJson => ({
  pocket: "",
  salt: hex(255),
  batch: 1,
  position: 2,
  holdings: [
    { instrument: "USDT", steps: "-17" },
    { instrument: "BTC", steps: "3" },
  ],
  path: Array.from({ length: 7 }, (_, level) => Array.from({ length: 15 }, (_, i) => hex(100 * level + i))),
  ...own,
});
const file = (own: Partial<OpeningJson> = {}): OpeningJson => ({
  format: "marginproof/opening/1",
  exchange: "x",
  epoch: "e",
  statementDigest: hex(1),
  account: "a",
  pockets: [pocket()],
  ...own,
});
const only = (own: Partial<PocketOpeningJson>): OpeningJson => file({ pockets: [pocket(own)] });
const refused = (json: unknown, code: string, message = /./) =>
  expect(() => parseOpening(json)).toThrow(
    expect.objectContaining({
      code,
      message: expect.stringMatching(message),
      options: expect.objectContaining({
        kind: "invalid",
        hint: "Ask the exchange for your file again; it is written by marginproof disclose.",
      }),
    }),
  );

describe("a holder's file", () => {
  test("is read field by field", () => {
    expect(parseOpening(file())).toEqual({
      exchange: "x",
      epoch: "e",
      statementDigest: hex(1),
      account: "a",
      pockets: [
        {
          pocket: "",
          salt: Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? 255 : 0)),
          batch: 1,
          position: 2,
          holdings: new Map([
            ["USDT", -17n],
            ["BTC", 3n],
          ]),
          path: Array.from({ length: 7 }, (_, level) =>
            Array.from({ length: 15 }, (_, i) => BigInt(100 * level + i)),
          ),
        },
      ],
    });
    const [secret] = parseOpening(only({ requirement: { maintenance: "5", initial: "7" } })).pockets;
    expect(secret!.requirement).toEqual({ maintenance: 5n, initial: 7n });
  });

  const long = (length: number): string => "n".repeat(length);
  const { path, holdings } = pocket();
  const many = (length: number) => Array.from({ length }, (_, i) => ({ instrument: `I${i}`, steps: "1" }));

  test.each<[string, unknown]>([
    ["no object", []],
    ["another format", { ...file(), format: "marginproof/opening/2" }],
    ["a further field", { ...file(), more: 1 }],
    ["a further field of a pocket", only({ more: 1 } as object)],
    ["a further field of a holding", only({ holdings: [{ ...holdings[0]!, more: 1 } as never] })],
    [
      "a further field of a requirement",
      only({ requirement: { maintenance: "1", initial: "1", more: 1 } as never }),
    ],
    ["half a requirement", only({ requirement: { maintenance: "1" } as never })],
    ["no exchange", file({ exchange: "" })],
    ["an exchange of 129 characters", file({ exchange: long(129) })],
    ["no epoch", file({ epoch: "" })],
    ["an epoch of 129 characters", file({ epoch: long(129) })],
    ["a digest of 31 bytes", file({ statementDigest: hex(1).slice(0, -2) })],
    ["no account", file({ account: "" })],
    ["an account of 129 characters", file({ account: long(129) })],
    ["no pocket", file({ pockets: [] })],
    ["a pocket's name of 65 characters", only({ pocket: long(65) })],
    ["a salt of 33 bytes", only({ salt: `${hex(1)}00` })],
    ["a batch that is no number", only({ batch: "1" as never })],
    ["a batch before the first", only({ batch: -1 })],
    ["a batch after the last", only({ batch: 65_536 })],
    ["half a batch", only({ batch: 0.5 })],
    ["a position before the first", only({ position: -1 })],
    ["a position after the last", only({ position: 4096 })],
    ["half a position", only({ position: 0.5 })],
    ["more holdings than two circuits have slots", only({ holdings: many(2 * MAX_SLOTS + 1) })],
    ["no instrument's name", only({ holdings: [{ instrument: "", steps: "1" }] })],
    ["a level too few", only({ path: path.slice(1) })],
    ["a level too many", only({ path: [...path, path[0]!] })],
    ["a sibling too few", only({ path: [path[0]!.slice(1), ...path.slice(1)] })],
    ["a sibling too many", only({ path: [[...path[0]!, hex(1)], ...path.slice(1)] })],
    ["quantities longer than any", only({ holdings: [{ instrument: "USDT", steps: "1".repeat(21) }] })],
    ["a requirement longer than any", only({ requirement: { maintenance: "1".repeat(41), initial: "1" } })],
    ["an instrument twice", only({ holdings: [holdings[0]!, holdings[1]!, holdings[0]!] })],
    ["nothing held, listed as if it were", only({ holdings: [{ instrument: "USDT", steps: "0" }] })],
  ])("is none with %s", (_, json) => {
    refused(json, "OPENING_INVALID");
  });

  test("may be as long as this", () => {
    const longest = file({ exchange: long(128), epoch: long(128), account: "\u{1f600}".repeat(128) });
    expect(parseOpening(longest)).toMatchObject({ account: "\u{1f600}".repeat(128) });
    const widest = only({
      pocket: long(64),
      batch: 65_535,
      position: 4095,
      holdings: [{ instrument: long(128), steps: "1" }, ...many(2 * MAX_SLOTS - 1)],
    });
    expect(parseOpening(widest).pockets[0]!.holdings.size).toBe(2 * MAX_SLOTS);
    expect(parseOpening(only({ batch: 0, position: 0, holdings: [] })).pockets[0]!.holdings.size).toBe(0);
    expect([MAX_OPENING_BYTES, MAX_POCKETS]).toEqual([64 * 1024 * 1024, 2048]);
  });

  test("holds 262,144 holdings at most, over all its pockets", () => {
    const most = 2 * MAX_SLOTS;
    const holding = { instrument: "USDT", steps: "1" };
    const names = Array.from({ length: 129 }, (_, i) => String(1000 + i));
    const given = (last: number) =>
      file({
        pockets: names.map((name, i) => {
          const count = i < 128 ? most : last;
          return pocket({ pocket: name, position: i, holdings: new Array(count).fill(holding) });
        }),
      });
    const told = (json: unknown): string => {
      try {
        parseOpening(json);
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    expect(128 * most).toBe(262_144);
    expect(told(given(1))).toContain("hold more than 262144 holdings");
    // Next to it, something else is wrong with the file: that it names an instrument twice.
    expect(told(given(0))).not.toContain("hold more");
    expect(told(given(0))).not.toBe("");
  });

  test("holds numbers that can be proved, each in one form", () => {
    const steps = (text: string) => only({ holdings: [{ instrument: "USDT", steps: text }] });
    const most = (1n << 52n) - 1n;
    for (const sign of ["", "-"]) {
      const [own] = parseOpening(steps(`${sign}${most}`)).pockets;
      expect([...own!.holdings.values()]).toEqual([BigInt(`${sign}${most}`)]);
      refused(steps(`${sign}${most + 1n}`), "INTEGER_NOT_CANONICAL", /^pockets\[0\]: steps of USDT: /);
    }
    const bound = 1n << 72n;
    const requirement = (maintenance: bigint, initial: bigint) =>
      only({ requirement: { maintenance: `${maintenance}`, initial: `${initial}` } });
    expect(parseOpening(requirement(bound - 1n, 10_000n * bound - 1n)).pockets[0]!.requirement).toEqual({
      maintenance: bound - 1n,
      initial: 10_000n * bound - 1n,
    });
    refused(requirement(bound, 0n), "INTEGER_NOT_CANONICAL", /requirement\.maintenance/);
    refused(requirement(0n, 10_000n * bound), "INTEGER_NOT_CANONICAL", /requirement\.initial/);
    refused(requirement(-1n, 0n), "INTEGER_NOT_CANONICAL");
    refused(requirement(10n ** 39n, 0n), "INTEGER_NOT_CANONICAL");
    refused(requirement(10n ** 40n, 0n), "OPENING_INVALID");
    refused(steps("1".repeat(20)), "INTEGER_NOT_CANONICAL");
    const levels = (value: bigint) =>
      only({ path: [path[0]!, [hex(value), ...path[1]!.slice(1)], ...path.slice(2)] });
    expect(parseOpening(levels(FIELD_ORDER - 1n)).pockets[0]!.path[1]![0]).toBe(FIELD_ORDER - 1n);
    refused(levels(FIELD_ORDER), "FIELD_NOT_CANONICAL", /^pockets\[0\]: path\[1\]: /);
  });
});

describe("the pockets of a holder's file", () => {
  const named = (...names: string[]): OpeningJson =>
    file({ pockets: names.map((name, i) => pocket({ pocket: name, batch: i, position: i })) });
  const placed = (...places: [batch: number, position: number][]): OpeningJson =>
    file({ pockets: places.map(([batch, position], i) => pocket({ pocket: `p${i}`, batch, position })) });

  test("have names that an isolated pocket can have", () => {
    for (const name of ["a b", "cross", 'a"', "é"]) refused(only({ pocket: name }), "OPENING_POCKETS");
  });

  test("are listed cross first, then by name, none twice", () => {
    const names = (json: OpeningJson) => parseOpening(json).pockets.map((own) => own.pocket);
    expect(names(named("", "A", "a", "b"))).toEqual(["", "A", "a", "b"]);
    expect(names(named("A", "a"))).toEqual(["A", "a"]);
    for (const wrong of [
      named("", ""),
      named("a", ""),
      named("a", "a"),
      named("b", "a"),
      named("", "b", "a"),
    ])
      refused(wrong, "OPENING_POCKETS", /twice or out of order/);
  });

  test("have a place each", () => {
    const two = placed([0, 4095], [1, 0], [0, 1], [1, 1]);
    expect(parseOpening(two).pockets).toHaveLength(4);
    refused(
      placed([0, 1], [1, 1], [0, 1]),
      "OPENING_POCKETS",
      /stands at the place of another, 1 in batch 0$/,
    );
    refused(placed([3, 5], [3, 5]), "OPENING_POCKETS", /5 in batch 3$/);
  });

  test("are 2,048 at most", () => {
    const all = Array.from({ length: 2049 }, (_, i) =>
      pocket({ pocket: `p${String(i).padStart(4, "0")}`, position: i, path: pocket().path }),
    );
    refused(file({ pockets: all }), "OPENING_INVALID");
  });

  test("are named where something is wrong with one", () => {
    const json = named("", "a");
    json.pockets[1]!.holdings = [{ instrument: "USDT", steps: "1e3" }];
    refused(json, "INTEGER_NOT_CANONICAL", /^pockets\[1\]: steps of USDT: /);
  });
});

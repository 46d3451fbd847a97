import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { add, fromSigned, inverse, mul } from "../../src/field/element.js";
import { FIELD_ORDER } from "../../src/field/order.js";
import {
  CELL_BITS,
  DEEP_KEYS,
  DEEP_MARK,
  FACTOR_BITS,
  FLAT_MARK,
  GROUP_BITS,
  KEY_BITS,
  MAX_QUANTITY,
  PADDING_MARK,
  PART_BITS,
  QUANTITY_BITS,
  VALUE_BITS,
} from "../../src/protocol/constants.js";
import { laneOfKey, signedParts } from "../../src/protocol/leaf.js";
import { attackedTemplate } from "./supportCircuit.js";
import { type CheatingProver, cheatingProver, type Forced } from "./supportWitness.js";

/**
 * Every small template by itself, under witnesses written by hand: what it accepts is what its comment says, no more and
 * no less. Bands have a file of their own (bands.test.ts), paths too (path16.test.ts).
 */
type Values = { readonly [name: string]: bigint | readonly bigint[] };

async function alone(call: string, file: string, inputs: readonly string[], around?: string) {
  const circuit = await attackedTemplate(call, file, inputs, around);
  const prover: CheatingProver = cheatingProver(circuit);
  const text = (values: Values) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        typeof value === "bigint"
          ? fromSigned(value).toString()
          : value.map((each) => fromSigned(each).toString()),
      ]),
    );
  return {
    accepts: (values: Values, forced: Forced = {}): boolean =>
      prover.broken(prover.solve(text(values), forced)).length === 0,
    value: (values: Values, name: string): bigint => prover.valueOf(text(values), name),
  };
}

/** Digits of a number, forced: `name.digits.out[i]`. */
const digits = (name: string, bits: number, value: bigint): Forced =>
  Object.fromEntries(
    Array.from({ length: bits }, (_, i) => [`${name}.digits.out[${i}]`, (value >> BigInt(i)) & 1n]),
  );

/** Ways to write a number that has no digits in range, or other digits than its own. */
const forgedDigits = (name: string, bits: number, value: bigint): Forced[] => [
  digits(name, bits, fromSigned(value) & ((1n << BigInt(bits)) - 1n)),
  digits(name, bits, 0n),
  { ...digits(name, bits, 0n), [`${name}.digits.out[0]`]: value },
  { [`${name}.in`]: 0n, ...digits(name, bits, 0n) },
];

const outOf = (bits: number): bigint[] => [
  1n << BigInt(bits),
  (1n << BigInt(bits)) + 7n,
  -1n,
  -(1n << BigInt(bits)),
  inverse(2n),
  (FIELD_ORDER - 1n) / 2n,
];

describe("signed values", () => {
  const BITS = 4;
  const template = () => alone(`SignedValue(${BITS})`, "signed.circom", ["negative", "magnitude"]);

  test("each integer of [-2^N, 2^N) has exactly one form, zero included, and nothing else has any", async () => {
    const { accepts, value } = await template();
    const forms = new Map<bigint, number>();
    for (const negative of [0n, 1n, 2n, -1n, inverse(2n)]) {
      for (const magnitude of [...Array.from({ length: 51 }, (_, i) => BigInt(i - 17)), ...outOf(BITS)]) {
        const fine = (negative === 0n || negative === 1n) && magnitude >= 0n && magnitude < 16n;
        expect(accepts({ negative, magnitude }), `${negative} ${magnitude}`).toBe(fine);
        if (!fine) continue;
        const signed = negative === 1n ? -magnitude - 1n : magnitude;
        expect(signedParts(signed)).toEqual({ negative, magnitude });
        expect(value({ negative, magnitude }, "value")).toBe(fromSigned(signed));
        expect(value({ negative, magnitude }, "negativePart")).toBe(signed < 0n ? -signed : 0n);
        forms.set(signed, (forms.get(signed) ?? 0) + 1);
      }
    }
    expect(forms.size).toBe(32);
    expect([...forms.values()].every((count) => count === 1)).toBe(true);
  });

  test("value, negative part, sign or digits other than they follow", async () => {
    const { accepts } = await template();
    for (const negative of [0n, 1n]) {
      for (const magnitude of [0n, 5n, 15n]) {
        for (const name of ["value", "negativePart", "negativeMagnitude"])
          expect(accepts({ negative, magnitude }, { [name]: 9n }), name).toBe(false);
        expect(accepts({ negative, magnitude }, { "bits[0]": 1n - negative })).toBe(false);
        for (const forced of forgedDigits("digits", BITS, magnitude + 16n))
          expect(accepts({ negative, magnitude: magnitude + 16n }, forced)).toBe(false);
      }
    }
  });
});

describe("slots", () => {
  const fine = { key: 0x1234n, offset: 77n, complement: 99n };

  test.each([
    ["key", "keyBits", KEY_BITS],
    ["offset", "offsetBits", QUANTITY_BITS],
    ["complement", "complementBits", QUANTITY_BITS],
  ])("a bracketed slot's %s has %s of its range, and no others", async (name, part, bits) => {
    const { accepts } = await alone("BracketedSlot(0)", "slots.circom", ["key", "offset", "complement"]);
    for (const value of [0n, 1n, (1n << BigInt(bits)) - 1n])
      expect(accepts({ ...fine, [name]: value })).toBe(true);
    for (const value of outOf(bits)) {
      expect(accepts({ ...fine, [name]: value })).toBe(false);
      for (const forced of forgedDigits(part, bits, value))
        expect(accepts({ ...fine, [name]: value }, forced)).toBe(false);
    }
    expect(accepts(fine, { [`${part}.digits.out[0]`]: 2n })).toBe(false);
  });

  test("the lane is the key's high 12 bits, whatever is written for it", async () => {
    const { accepts, value } = await alone("BracketedSlot(0)", "slots.circom", [
      "key",
      "offset",
      "complement",
    ]);
    for (const key of [0n, 1n, 15n, 16n, 17n, 0x0ff0n, 0x1234n, 0xffffn]) {
      expect(value({ ...fine, key }, "lane")).toBe(key >> 4n);
      for (const lane of [(key >> 4n) + 1n, key, -1n])
        if (lane !== key >> 4n) expect(accepts({ ...fine, key }, { lane })).toBe(false);
    }
  });

  test.each([
    ["key", "keyBits", KEY_BITS],
    ["offset", "offsetBits", QUANTITY_BITS],
  ])("a flat slot's %s", async (name, part, bits) => {
    const { accepts } = await alone("FlatSlot()", "slots.circom", ["key", "offset"]);
    const { complement: _, ...flat } = fine;
    for (const value of [0n, (1n << BigInt(bits)) - 1n])
      expect(accepts({ ...flat, [name]: value })).toBe(true);
    for (const value of outOf(bits)) {
      expect(accepts({ ...flat, [name]: value })).toBe(false);
      for (const forced of forgedDigits(part, bits, value))
        expect(accepts({ ...flat, [name]: value }, forced)).toBe(false);
    }
  });

  test("the committed bits of a slot determine it: each is its own digit", async () => {
    const { accepts, value } = await alone("BracketedSlot(0)", "slots.circom", [
      "key",
      "offset",
      "complement",
    ]);
    const bits = fine.key | (fine.offset << 16n) | (fine.complement << 68n);
    for (let i = 0; i < 120; i++) {
      expect(value(fine, `bits[${i}]`)).toBe((bits >> BigInt(i)) & 1n);
      expect(accepts(fine, { [`bits[${i}]`]: 1n - ((bits >> BigInt(i)) & 1n) })).toBe(false);
    }
  });
});

describe("slots for deep lanes", () => {
  const slot = () => alone("BracketedSlot(1)", "slots.circom", ["key", "deep", "offset", "complement"]);
  const fine = { key: 0x1234n, deep: [1n], offset: 77n, complement: 99n };

  test("a deep key's lane is its high 10 bits above all others, whatever is written for it", async () => {
    const { accepts, value } = await slot();
    const lanes = new Map<bigint, Set<number>>();
    for (const key of [0, 1, 15, 16, 63, 64, 65, 0x0ff0, 0x1234, 0xffc0, 0xffff]) {
      for (const deep of [0n, 1n]) {
        const lane = value({ ...fine, key: BigInt(key), deep: [deep] }, "lane");
        const whole = key + (deep === 1n ? DEEP_KEYS : 0);
        expect(lane).toBe(BigInt(laneOfKey(whole)));
        expect(lane >> 12n).toBe(deep);
        lanes.set(lane, (lanes.get(lane) ?? new Set()).add(deep === 1n ? 65_536 + (key >> 6) : key >> 4));
        for (const other of [lane + 1n, lane ^ 1n, lane - 4096n, -1n])
          expect(accepts({ ...fine, key: BigInt(key), deep: [deep] }, { lane: other })).toBe(false);
      }
    }
    // One number a lane, and one lane a number.
    expect([...lanes.values()].every((own) => own.size === 1)).toBe(true);
  });

  test("its mark is 0 or 1, committed as it is, and the bits of the lane follow it", async () => {
    const { accepts, value } = await slot();
    for (const deep of [2n, -1n, inverse(2n), 1n << 16n])
      expect(accepts({ ...fine, deep: [deep] })).toBe(false);
    for (const deep of [0n, 1n]) {
      expect(value({ ...fine, deep: [deep] }, "bits[16]")).toBe(deep);
      expect(accepts({ ...fine, deep: [deep] }, { "bits[16]": 1n - deep })).toBe(false);
      expect(accepts({ ...fine, deep: [deep] }, { "lowOfLane[0]": 1n })).toBe(false);
      expect(accepts({ ...fine, deep: [deep] })).toBe(true);
    }
  });
});

describe("what a bracketed slot can look up", () => {
  test("offset and complement of a slot for deep lanes have no more digits than others", async () => {
    const { accepts } = await alone("BracketedSlot(1)", "slots.circom", [
      "key",
      "deep",
      "offset",
      "complement",
    ]);
    const fine = { key: 0x1234n, deep: [1n], offset: 77n, complement: 99n };
    for (const [name, part, bits] of [
      ["key", "keyBits", KEY_BITS],
      ["offset", "offsetBits", QUANTITY_BITS],
      ["complement", "complementBits", QUANTITY_BITS],
    ] as const) {
      expect(accepts({ ...fine, [name]: (1n << BigInt(bits)) - 1n })).toBe(true);
      for (const value of outOf(bits)) {
        for (const forced of forgedDigits(part, bits, value))
          expect(accepts({ ...fine, [name]: value }, forced)).toBe(false);
      }
    }
  });

  test("so none reaches the mark of another kind of row", () => {
    const largest = (1n << BigInt(KEY_BITS)) - 1n + ((2n * MAX_QUANTITY) << BigInt(KEY_BITS));
    expect(largest).toBeLessThan(FLAT_MARK);
    expect(FLAT_MARK + (1n << BigInt(KEY_BITS))).toBeLessThan(DEEP_MARK);
    expect(DEEP_MARK + largest).toBeLessThan(PADDING_MARK);
  });
});

describe("rising numbers", () => {
  test("of all lists of three of four numbers, exactly zeros and then strictly rising ones", async () => {
    const { accepts } = await alone("Rising(3, 2)", "distinct.circom", ["in"]);
    let accepted = 0;
    for (let code = 0; code < 64; code++) {
      const values = [0, 2, 4].map((shift) => BigInt((code >> shift) & 3));
      const rises = values.slice(1).every((v, i) => v > values[i]! || (v === 0n && values[i] === 0n));
      expect(accepts({ in: values }), values.join()).toBe(rises);
      accepted += Number(rises);
      if (rises) continue;
      for (const one of [0n, 1n, 2n, -1n, inverse(2n)]) {
        for (const two of [0n, 1n, 2n, -1n])
          expect(accepts({ in: values }, { "used[0]": one, "used[1]": two }), values.join()).toBe(false);
      }
      for (const at of [0, 1]) {
        const gap = values[at + 1]! - values[at]! - (values[at + 1] === 0n ? 0n : 1n);
        for (const forced of forgedDigits(`gap[${at}]`, 2, gap))
          if (gap < 0n) expect(accepts({ in: values }, forced)).toBe(false);
      }
    }
    // 0 0 0; 0 0 x; 0 x y; x y z
    expect(accepted).toBe(1 + 3 + 3 + 1);
  });

  test("no difference wraps: a negative one has no digits, whatever is added to it", async () => {
    const { accepts } = await alone("Rising(2, 12)", "distinct.circom", ["in"]);
    expect(accepts({ in: [4094n, 4095n] })).toBe(true);
    expect(accepts({ in: [0n, 4095n] })).toBe(true);
    for (const values of [
      [7n, 7n],
      [7n, 6n],
      [4095n, 0n],
      [4095n, 1n],
    ]) {
      const gap = values[1]! - values[0]! - 1n;
      expect(accepts({ in: values })).toBe(false);
      for (const own of [gap, fromSigned(gap), gap + 4096n, gap + 4096n * 4096n]) {
        for (const forced of forgedDigits("gap[0]", 12, own))
          expect(accepts({ in: values }, forced)).toBe(false);
      }
      for (const used of [-gap, gap + 1n, gap - 4095n, -1n])
        expect(accepts({ in: values }, { "used[0]": used })).toBe(false);
    }
  });
});

describe("distinct numbers", () => {
  test("of all lists of four of four numbers, exactly those that differ pairwise", async () => {
    const { accepts } = await alone("Distinct(4)", "distinct.circom", ["in"]);
    let accepted = 0;
    for (let code = 0; code < 256; code++) {
      const values = [0, 2, 4, 6].map((shift) => BigInt((code >> shift) & 3));
      const differ = new Set(values).size === 4;
      expect(accepts({ in: values }), values.join()).toBe(differ);
      accepted += Number(differ);
      if (differ) continue;
      for (const forged of [0n, 1n, -1n, inverse(2n)]) {
        expect(accepts({ in: values }, { inverse: forged })).toBe(false);
        // The product written as 1, so that an inverse exists.
        expect(accepts({ in: values }, { "product[5]": 1n, inverse: 1n })).toBe(false);
        expect(accepts({ in: values }, { "product[0]": 1n, inverse: forged })).toBe(false);
      }
    }
    expect(accepted).toBe(24);
  });

  test("numbers that differ by p are equal, those far apart differ; another inverse than the inverse", async () => {
    const { accepts } = await alone("Distinct(2)", "distinct.circom", ["in"]);
    expect(accepts({ in: [5n, 5n - FIELD_ORDER] })).toBe(false);
    expect(accepts({ in: [0n, -1n] })).toBe(true);
    expect(accepts({ in: [5n, 7n] })).toBe(true);
    expect(accepts({ in: [5n, 7n] }, { inverse: inverse(2n) + 1n })).toBe(false);
  });
});

describe("a group as committed", () => {
  const fine = { id: 3n, worst: 10n, slack: [0n, 25n] };

  test("number, worst loss and slacks in range, and no others", async () => {
    const { accepts } = await alone("GroupSlot(2, 0)", "group.circom", ["id", "worst", "slack"]);
    const ways: [string, number, (value: bigint) => Values][] = [
      ["idBits", GROUP_BITS, (id) => ({ ...fine, id })],
      ["valueBits[0]", VALUE_BITS, (worst) => ({ ...fine, worst })],
      ["valueBits[1]", VALUE_BITS, (value) => ({ ...fine, slack: [value, 25n] })],
      ["valueBits[2]", VALUE_BITS, (value) => ({ ...fine, slack: [0n, value] })],
    ];
    for (const [part, bits, at] of ways) {
      expect(accepts(at(0n))).toBe(true);
      expect(accepts(at((1n << BigInt(bits)) - 1n))).toBe(true);
      for (const value of outOf(bits)) {
        expect(accepts(at(value)), `${part} ${value}`).toBe(false);
        for (const forced of forgedDigits(part, bits, value)) expect(accepts(at(value), forced)).toBe(false);
      }
    }
  });
});

describe("the worst loss of a group", () => {
  const SCENARIOS = 3;

  test("with slacks in range, the one worst loss that passes is max(0, the largest loss)", async () => {
    const slot = await alone(`GroupSlot(${SCENARIOS}, 0)`, "group.circom", ["id", "worst", "slack"]);
    const loss = await alone(`WorstLoss(${SCENARIOS})`, "group.circom", ["worst", "slack"]);
    const gain = fc.bigInt({ min: -(1n << 70n), max: 1n << 70n });
    const small = fc.bigInt({ min: -3n, max: 3n });
    const gainLists = fc.array(fc.oneof(gain, small), { minLength: SCENARIOS, maxLength: SCENARIOS });
    const passes = (worst: bigint, gains: readonly bigint[]): boolean => {
      const slack = gains.map((each) => worst + each);
      return slot.accepts({ id: 1n, worst, slack }) && loss.accepts({ worst, slack });
    };
    fc.assert(
      fc.property(gainLists, fc.bigInt({ min: -5n, max: 5n }), (gains, off) => {
        const worst = gains.reduce((most, each) => (-each > most ? -each : most), 0n);
        for (const claim of new Set([worst, worst + off, 0n, -gains[0]!, worst + 1n, worst - 1n]))
          expect(passes(claim, gains), `${claim} of ${gains}`).toBe(claim === worst);
      }),
      { numRuns: 150 },
    );
  });

  test("a product written as 0, at the end or on the way", async () => {
    const { accepts } = await alone(`WorstLoss(${SCENARIOS})`, "group.circom", ["worst", "slack"]);
    const lie = { worst: 11n, slack: [1n, 26n, 30n] };
    expect(accepts({ worst: 10n, slack: [0n, 25n, 29n] })).toBe(true);
    expect(accepts({ worst: 0n, slack: [1n, 26n, 30n] })).toBe(true);
    expect(accepts(lie)).toBe(false);
    for (const name of ["product[0]", "product[1]", "product[2]"])
      expect(accepts(lie, { [name]: 0n }), name).toBe(false);
  });
});

describe("the fold of a group", () => {
  const at = { id: 3n, worst: 10n, slack: [0n, 25n, 7n], beta: 1_000_003n, gamma: 777_777n };

  test("is the gains under powers of beta, over gamma less the number", async () => {
    const { accepts, value } = await alone("GroupFold(3, 0)", "group.circom", Object.keys(at));
    const { beta, gamma, id } = at;
    const gains = at.slack.map((each) => each - at.worst);
    const sum = fromSigned(gains[0]! + gains[1]! * beta + gains[2]! * beta * beta);
    expect(value(at, "folded")).toBe(mul(sum, inverse(gamma - id)));
    expect(accepts(at)).toBe(true);
  });

  test("another inverse, another sum, another result", async () => {
    const { accepts } = await alone("GroupFold(3, 0)", "group.circom", Object.keys(at));
    for (const forced of [0n, 1n, inverse(at.gamma)]) {
      expect(accepts(at, { inverse: forced })).toBe(false);
      for (const name of ["folded", "horner[0]", "horner[1]", "horner[2]"])
        expect(accepts(at, { [name]: forced }), name).toBe(false);
    }
  });

  test("at gamma = the number there is nothing to write", async () => {
    const { accepts } = await alone("GroupFold(3, 0)", "group.circom", Object.keys(at));
    for (const forced of [0n, 1n, -1n])
      expect(accepts({ ...at, gamma: at.id }, { inverse: forced, folded: forced })).toBe(false);
  });
});

describe("parts of a group", () => {
  const signalsOf = (values: Values) => [
    ...new Set(Object.keys(values).map((name) => name.replace(/\[.*/, ""))),
  ];
  const fine = { number: 7n, negative: [0n, 1n], magnitude: [5n, 0n] };
  const signals = Object.keys(fine);

  test("number and gains in range, and no others; a sign is 0 or 1", async () => {
    const { accepts } = await alone("PartSlot(2)", "part.circom", signals);
    const top = (1n << BigInt(CELL_BITS)) - 1n;
    expect(accepts(fine)).toBe(true);
    expect(
      accepts({ number: (1n << BigInt(PART_BITS)) - 1n, negative: [1n, 1n], magnitude: [top, top] }),
    ).toBe(true);
    for (const value of outOf(CELL_BITS)) {
      expect(accepts({ ...fine, magnitude: [value, 0n] }), `${value}`).toBe(false);
      for (const forced of forgedDigits("cells[0].digits", CELL_BITS, value))
        expect(accepts({ ...fine, magnitude: [value, 0n] }, forced)).toBe(false);
    }
    for (const value of outOf(PART_BITS)) {
      expect(accepts({ ...fine, number: value })).toBe(false);
      for (const forced of forgedDigits("numberBits", PART_BITS, value))
        expect(accepts({ ...fine, number: value }, forced)).toBe(false);
    }
    for (const sign of [2n, -1n, inverse(2n)]) expect(accepts({ ...fine, negative: [sign, 1n] })).toBe(false);
  });

  test("a loss is max(0, -gain), and nothing else may be written for it or for the gain", async () => {
    const { accepts, value } = await alone("PartSlot(2)", "part.circom", signals);
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(1n << 48n), max: (1n << 48n) - 1n }),
        fc.bigInt({ min: 1n, max: 9n }),
        (gain, off) => {
          const { negative, magnitude } = signedParts(gain);
          const at = { number: 7n, negative: [negative, 1n], magnitude: [magnitude, 0n] };
          const loss = gain < 0n ? -gain : 0n;
          expect(value(at, "value[0]")).toBe(fromSigned(gain));
          expect(value(at, "loss[0]")).toBe(loss);
          for (const forged of [loss + off, fromSigned(loss - off), 0n]) {
            if (forged === loss) continue;
            expect(accepts(at, { "loss[0]": forged })).toBe(false);
          }
          expect(accepts(at, { "value[0]": fromSigned(gain + off) })).toBe(false);
          expect(accepts(at, { "cells[0].negativeMagnitude": negative === 1n ? 0n : magnitude + off })).toBe(
            negative === 1n && magnitude === 0n,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test("the committed bits determine number and gains: each is its own digit", async () => {
    const { accepts, value } = await alone("PartSlot(2)", "part.circom", signals);
    const bits = 7n | (5n << 9n) | (1n << 57n);
    for (let i = 0; i < 106; i++) {
      expect(value(fine, `bits[${i}]`)).toBe((bits >> BigInt(i)) & 1n);
      expect(accepts(fine, { [`bits[${i}]`]: 1n - ((bits >> BigInt(i)) & 1n) })).toBe(false);
    }
  });

  test("a group's own initial factor has 20 digits, each a bit of the leaf", async () => {
    const slot = {
      id: 3n,
      worst: 10n,
      slack: [0n],
      factor: [77n],
      part: [1n],
      "partNegative[0]": [0n],
      "partMagnitude[0]": [4n],
    };
    const { accepts, value } = await alone("GroupSlot(1, 1)", "group.circom", signalsOf(slot));
    expect(accepts(slot)).toBe(true);
    for (const factor of outOf(FACTOR_BITS)) {
      expect(accepts({ ...slot, factor: [factor] })).toBe(false);
      for (const forced of forgedDigits("factorBits[0]", FACTOR_BITS, factor))
        expect(accepts({ ...slot, factor: [factor] }, forced)).toBe(false);
    }
    const bits = 3n | (10n << 12n) | (77n << 156n) | (1n << 176n) | (4n << 185n);
    for (let i = 0; i < 233; i++) expect(value(slot, `bits[${i}]`)).toBe((bits >> BigInt(i)) & 1n);
  });

  test("the fold: own gains and each part's under poles of group, part and factor", async () => {
    const at = {
      id: 3n,
      worst: 10n,
      slack: [0n, 25n],
      factor: [77n],
      part: [1n, 9n],
      "partValue[0]": [-4n, 6n],
      "partValue[1]": [8n, -1n],
      "partLoss[0]": [4n, 0n],
      "partLoss[1]": [0n, 1n],
      beta: 1_000_003n,
      gamma: 777_777n,
    };
    const { accepts, value } = await alone("GroupFold(2, 2)", "group.circom", signalsOf(at));
    const over = (gains: readonly [bigint, bigint], part: bigint) =>
      mul(
        fromSigned(gains[0] + gains[1] * at.beta),
        inverse(fromSigned(at.gamma - (3n + (part << 12n) + (77n << 20n)))),
      );
    const folded = [over([-10n + 4n, 15n + 1n], 0n), over([-4n, 6n], 1n), over([8n, -1n], 9n)].reduce(add);
    expect(value(at, "folded")).toBe(folded);
    expect(accepts(at)).toBe(true);
    for (const forced of [0n, 1n, inverse(at.gamma)])
      for (const name of [
        "folded",
        "product",
        "inverse",
        "parts[0].inverse",
        "parts[1].folded",
        "parts[0].horner[0]",
      ])
        expect(accepts(at, { [name]: forced }), name).toBe(false);
  });
});

describe("one fraction", () => {
  const at = { value: 1n << 69n, offset: 12n, weight: 1_000n, x: 99n, r: 123_456_789n };

  test("is (offset + x) * weight / (r - value), and nothing else", async () => {
    const { accepts, value } = await alone("LookupTerm()", "lookup.circom", Object.keys(at));
    const fraction = value(at, "fraction");
    expect(fraction).toBe(mul(111_000n, inverse(fromSigned(at.r - at.value))));
    for (const forced of [0n, 1n, add(fraction, 1n)]) {
      expect(accepts(at, { fraction: forced })).toBe(false);
      expect(accepts(at, { numerator: forced })).toBe(false);
    }
  });

  test("at r = value: none, unless the numerator is 0, which is why r is drawn after the value is committed", async () => {
    const { accepts } = await alone("LookupTerm()", "lookup.circom", Object.keys(at));
    for (const forced of [0n, 1n, -1n])
      expect(accepts({ ...at, r: at.value }, { fraction: forced })).toBe(false);
    expect(accepts({ ...at, r: at.value, weight: 0n }, { fraction: 5n })).toBe(true);
  });
});

describe("secret rates", () => {
  const ROWS = 3;
  // Main can't have tagged inputs, so the flags come in untagged: nothing here shows that they are binary.
  const around = `
template AloneRates(R) {
    signal input blinding;
    signal input maintenanceStep[R];
    signal input initialStep[R];
    signal input lo[R];
    signal input laneFirst[R];
    signal input beta;
    signal output commitment;
    signal output rate[R];
    signal output less[R];
    signal {binary} flag[R];
    component rates = Rates(R);
    for (var i = 0; i < R; i++) {
        flag[i] <== laneFirst[i];
    }
    rates.blinding <== blinding;
    rates.maintenanceStep <== maintenanceStep;
    rates.initialStep <== initialStep;
    rates.lo <== lo;
    rates.laneFirst <== flag;
    rates.beta <== beta;
    commitment <== rates.commitment;
    rate <== rates.rate;
    less <== rates.less;
}
`;
  // Two lanes: the first of two rows.
  const fine = {
    blinding: 4_711n,
    maintenanceStep: [500n, 300n, 700n],
    initialStep: [900n, 100n, 700n],
    lo: [0n, 1_000n, 0n],
    laneFirst: [1n, 0n, 1n],
    beta: 1_000_003n,
  };
  const template = () => alone(`AloneRates(${ROWS})`, "rates.circom", Object.keys(fine), around);
  const set = (name: "maintenanceStep" | "initialStep" | "laneFirst" | "lo", i: number, value: bigint) => ({
    ...fine,
    [name]: fine[name].map((old, k) => (k === i ? value : old)),
  });
  const folded = (maintenance: bigint, initial: bigint): bigint =>
    fromSigned(fine.beta * maintenance + 10_000n * fine.beta ** 2n * initial);

  test("rates are the sums of their lane's steps, less the same with each step times its lo", async () => {
    const { accepts, value } = await template();
    expect(accepts(fine)).toBe(true);
    expect(value(fine, "rate[0]")).toBe(folded(500n, 900n));
    expect(value(fine, "rate[1]")).toBe(folded(800n, 1_000n));
    expect(value(fine, "rate[2]")).toBe(folded(700n, 700n));
    expect(value(fine, "less[0]")).toBe(0n);
    expect(value(fine, "less[1]")).toBe(folded(300_000n, 100_000n));
    expect(value(fine, "less[2]")).toBe(0n);
    for (const name of ["rate[0]", "rate[1]", "rate[2]", "less[0]", "less[1]", "less[2]", "commitment"])
      expect(accepts(fine, { [name]: 12_345n }), name).toBe(false);
  });

  test("a maintenance step of 2^18 that the row before makes room for: it would not be in the commitment whole", async () => {
    const { accepts } = await template();
    const steps = (step: bigint) => ({
      ...fine,
      maintenanceStep: [0n, step, 700n],
      initialStep: [2n ** 18n - 1n, 1n, 700n],
    });
    expect(accepts(steps(2n ** 18n - 1n))).toBe(true);
    expect(accepts(steps(2n ** 18n))).toBe(false);
  });

  test("a step that falls, or rises by 2^18 and more, however it is written", async () => {
    const { accepts } = await template();
    for (const [name, part] of [
      ["maintenanceStep", "maintenanceBits"],
      ["initialStep", "initialBits"],
    ] as const) {
      for (let i = 0; i < ROWS; i++) {
        for (const value of outOf(18)) {
          expect(accepts(set(name, i, value))).toBe(false);
          for (const forced of forgedDigits(`rates.${part}[${i}]`, 18, value))
            expect(accepts(set(name, i, value), forced)).toBe(false);
        }
      }
    }
  });

  test("an initial rate below the maintenance rate, in a lane's first row or later", async () => {
    const { accepts } = await template();
    expect(accepts(set("maintenanceStep", 0, 700n))).toBe(true);
    expect(accepts(set("maintenanceStep", 0, 701n))).toBe(false);
    expect(accepts({ ...fine, maintenanceStep: [900n, 100n, 700n] })).toBe(true);
    expect(accepts({ ...fine, maintenanceStep: [901n, 0n, 700n] })).toBe(false);
    expect(accepts(set("maintenanceStep", 1, 500n))).toBe(true);
    expect(accepts(set("maintenanceStep", 1, 501n))).toBe(false);
    expect(accepts(set("initialStep", 2, 699n))).toBe(false);
    for (const forced of forgedDigits("rates.excessBits[2]", 22, -1n))
      expect(accepts(set("initialStep", 2, 699n), forced)).toBe(false);
    expect(accepts(set("initialStep", 2, 699n), { "rates.excess[2]": 0n })).toBe(false);
  });

  test("every step and the blinding stand in the commitment", async () => {
    const { value } = await template();
    const honest = value(fine, "commitment");
    const others = [0, 1, 2].flatMap((i) => [set("maintenanceStep", i, 0n), set("initialStep", i, 4_000n)]);
    const commitments = [...others, { ...fine, blinding: 4_712n }].map((each) => value(each, "commitment"));
    expect(new Set([honest, ...commitments]).size).toBe(8);
    // What the steps are applied to is public, and hashed with the columns.
    expect(value(set("lo", 1, 5n), "commitment")).toBe(honest);
  });

  test("why the flags must be binary: with a flag of 2 a lane's rates would count negatively", async () => {
    const { accepts, value } = await template();
    const lie = set("laneFirst", 1, 2n);
    expect(accepts(lie)).toBe(false);
    const bent = { ...lie, initialStep: [500n, 300n, 700n] };
    expect(accepts(bent)).toBe(true);
    expect(value(bent, "rate[1]")).toBe(folded(-200n, -200n));
    const columns = await alone("Columns(2, 5)", "rows.circom", ["columns", "laneFirst"]);
    const at = (laneFirst: bigint[]) =>
      columns.accepts({ "columns[0]": [1n, 2n, 3n, 4n], "columns[1]": [5n, 6n, 7n, 8n], laneFirst });
    expect(at([1n, 0n])).toBe(true);
    for (const flag of [2n, -1n, inverse(2n)]) expect(at([1n, flag])).toBe(false);
  });
});

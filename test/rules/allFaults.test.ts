import { describe, expect, test } from "vitest";
import { Faults, MarginproofError } from "../../src/errors.js";
import { compileTable, parseMarket } from "../../src/market/index.js";
import { instrumentOf, smallMarket } from "../market/smallMarket.js";
import { refusal, rulesOf } from "./support.js";

/** The tiered example with several edits, each of which occurs once or more. */
const edits = (...changes: readonly (readonly [string, string])[]): string =>
  changes.reduce((text, [from, to]) => {
    expect(text, from).toContain(from);
    return text.replaceAll(from, () => to);
  }, rulesOf("tiered"));

/** Lines of the file that the message names. */
const linesOf = (error: MarginproofError | undefined): number[] =>
  [...error!.message.matchAll(/line (\d+): /g)].map(([, line]) => Number(line));

describe("all that is wrong with a file is named at once", () => {
  test("bad fields, in file order", () => {
    const rules = edits(
      ["maintenance: 0.004", "maintenance: -1"],
      ["price: 3000", "price: 3e3"],
      ["stable: true }", "stabel: true }"],
    );
    const error = refusal(rules)!;
    expect(error.code).toBe("RULES_SCHEMA");
    expect(linesOf(error).length).toBeGreaterThanOrEqual(3);
    expect(linesOf(error)).toEqual([...linesOf(error)].sort((a, b) => a - b));
    expect(error.message.startsWith(`rules, line ${linesOf(error)[0]}: `)).toBe(true);
    expect(error.message).toContain("no such field");
    expect(error.options.others).toHaveLength(linesOf(error).length - 1);
  });

  test("tables, assets and contracts", () => {
    const rules = edits(
      ["to: 600000", "to: 500000"],
      ["haircut: coin, borrow: coin", "haircut: none, borrow: coin"],
      ["mark: 3003", "mark: 3003, tick: 1"],
    );
    const error = refusal(rules)!;
    expect(error.code).toBe("RULES_BRACKETS");
    expect(error.options.others!.map(({ code }) => code)).toEqual([
      "RULES_REFERENCE",
      "RULES_REFERENCE",
      "RULES_TICK",
    ]);
    expect(error.message).toMatch(/\n {2}line \d+: "none" is not one of the file's haircuts/);
  });

  test("models and stress together; of the market file each instrument", () => {
    const rules = edits(["model: crowded", "model: none"], ["moves: { ", "moves: { NONE: 1, "]);
    const codes = (error: MarginproofError) => [error, ...error.options.others!].map(({ code }) => code);
    const missing = refusal(rules)!;
    expect(new Set(codes(missing))).toEqual(new Set(["RULES_REFERENCE"]));
    expect(missing.message).toContain(`"NONE" is not one of the file's underlyings`);
    expect(missing.message).toContain(`"none" is not one of the file's models`);
    const coarse = refusal(edits(["valueUnit: 0.0000000001", "valueUnit: 1"]))!;
    expect(coarse.code).toBe("VALUE_UNIT_TOO_COARSE");
    expect(new Set(linesOf(coarse)).size).toBeGreaterThan(3);
  });

  test("a market file's instruments, each once, the first eight by name", () => {
    const json = smallMarket();
    for (let n = 0; n < 12; n++)
      json.instruments.push({
        ...instrumentOf(json, "CALL"),
        symbol: `CALL-${"x".repeat(n + 1)}`,
        markPrice: "0.00000000001",
      });
    const market = parseMarket(json);
    let error: MarginproofError | undefined;
    try {
      compileTable(market);
    } catch (thrown) {
      error = thrown as MarginproofError;
    }
    expect(error?.code).toBe("VALUE_UNIT_TOO_COARSE");
    expect(error!.options.others).toHaveLength(11);
    expect(error!.message.match(/one step is worth/g)).toHaveLength(8);
    expect(error!.message).toMatch(
      /^market file, instruments\[5\] .*\n {2}instruments\[6\] .*\n.*and 4 more$/s,
    );
  });

  test("one fault is told as it is, and what is no refusal is never swallowed", () => {
    const faults = new Faults();
    expect(faults.attempt(() => 5)).toBe(5);
    faults.throwAny();
    const one = new MarginproofError("X", "rules, line 1: one");
    for (const _ of [1, 2])
      expect(
        faults.attempt(() => {
          throw one;
        }),
      ).toBeUndefined();
    expect(() => faults.throwAny()).toThrow(one);
    expect(() =>
      faults.attempt(() => {
        throw new RangeError("a defect");
      }),
    ).toThrow(RangeError);
  });
});

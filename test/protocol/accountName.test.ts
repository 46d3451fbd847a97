import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accountProblem, accountTooLong } from "../../src/protocol/accountName.js";

const reason = (account: string): string | undefined => accountProblem(account)?.reason;
/** One character, two UTF-16 units. */
const WIDE = "\u{1f600}";

describe("an account's name", () => {
  test.each([
    "a",
    "!",
    "~",
    "acct-000007",
    "two words",
    '"quoted", with comma',
    "\u00e9t\u00e9",
    "\u6237\u53e3",
    WIDE,
    "a".repeat(128),
    "\u00e9".repeat(128),
    WIDE.repeat(128),
    `a${WIDE.repeat(126)}b`,
  ])("%j is one", (account) => {
    expect(accountProblem(account)).toBeUndefined();
    expect(accountTooLong(account)).toBeUndefined();
  });

  test("is not empty, and the next step is about rows", () => {
    expect(accountProblem("")).toEqual({ reason: "is empty", hint: "Every row needs an account id." });
  });

  test.each([
    "a".repeat(129),
    "\u00e9".repeat(129),
    WIDE.repeat(129),
    `a${WIDE.repeat(127)}b`,
    "a".repeat(300),
  ])("has 128 characters at most, as a reader counts them: not %#", (account) => {
    expect(accountTooLong(account)).toBe("is longer than 128 characters");
    expect(accountProblem(account)).toEqual({
      reason: "is longer than 128 characters",
      hint: "Use a shorter account id.",
    });
  });

  test("is told apart from every other by what can be seen", () => {
    // Control, format, private use, unassigned, half a pair, line and paragraph separator, other spaces.
    const unseen = ["\n", "\t", "\0", "\x7f", "\u200b", "\u202e", "\ue000", "\u0378", "\ud800", "\u2028"];
    for (const each of [...unseen, "\u2029", "\u00a0", "\u3000", "\ufeff"])
      for (const account of [each, `a${each}`, `${each}a`, `\u00e9${each}b`])
        expect(reason(account), JSON.stringify(account)).toBe("holds a character that can't be printed");
  });

  test("has no space at an end, and one spelling", () => {
    for (const account of [" a", "a ", " ", " \u00e9", "\u00e9 "])
      expect(reason(account), JSON.stringify(account)).toBe("starts or ends with a space");
    expect(reason("e\u0301")).toBe("is not in Unicode normal form NFC");
    expect(reason("\u212b")).toBe("is not in Unicode normal form NFC");
    expect(reason("\u00e9")).toBeUndefined();
  });

  test("says what to do about it", () => {
    const hint = (account: string) => accountProblem(account)?.hint;
    expect([hint("a\n"), hint("a "), hint("e\u0301")]).toEqual([
      "Remove line breaks, tabs, invisible characters and spaces other than the plain one.",
      "Remove the space.",
      "Export the id NFC-normalised.",
    ]);
  });

  test("of visible ASCII is always one, if it is not too long", () => {
    const visible = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.array(visible, { minLength: 1, maxLength: 140 }), (characters) => {
        const expected = characters.length > 128 ? "is longer than 128 characters" : undefined;
        expect(reason(characters.join(""))).toBe(expected);
      }),
    );
  });
});

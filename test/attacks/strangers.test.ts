import { describe, expect, test } from "vitest";
import { carry } from "../../src/attest/carry.js";
import { checkLight } from "../../src/embed/index.js";
import { MarginproofError } from "../../src/errors.js";
import { compileTable, parseMarket } from "../../src/market/index.js";
import { openBook } from "../../src/market/openBook.js";
import { disclose } from "../../src/prover/disclose.js";
import { Random } from "../../src/sample/random.js";
import { attested, auditorsJson, hasher, lightEpoch } from "../attest/support.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";

/**
 * What a stranger, or a dishonest exchange, can do to whoever looks at a file they sent: with `marginproof/verifier`, in a page of
 * somebody else's.
 */
const covered = await lightEpoch("covered");
const alpha = await attested(covered.found);
const carol = await disclose(tinyEpochPaths("covered").privateDir, "carol");
const honest = carry(carol, { ...covered.bundle, attestations: [alpha] }, hasher);
const options = {
  auditors: JSON.stringify(auditorsJson()),
  account: "carol",
  allowDevKeys: true,
  now: new Date("2026-11-24T00:00:00Z"),
};
const look = (file: unknown) => checkLight(JSON.stringify(file), options);

test("the honest file", () => {
  expect(look(honest)).toMatchObject({ verdict: { valid: true }, account: { status: "counted" } });
});

describe("a file that is meant to fill the screen or the hour", () => {
  const unknownFields = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`field ${i}`, 0]));

  test("two hundred thousand unknown fields are named by five, wherever they stand", () => {
    const inOpening = look({ ...honest, opening: { ...carol, ...unknownFields } }).account;
    expect(inOpening).toMatchObject({ status: "not-checked", code: "OPENING_INVALID" });
    expect(JSON.stringify(inOpening).length).toBeLessThan(500);
    expect(JSON.stringify(inOpening)).toContain("and 199995 more");
    const place = (changes: object) => JSON.stringify(look({ ...honest, ...changes }).verdict.checks).length;
    expect(place({ statement: { ...honest.statement, ...unknownFields } })).toBeLessThan(2000);
    expect(place({ market: { ...(honest.market as object), ...unknownFields } })).toBeLessThan(2000);
    expect(place({ attestations: [{ ...alpha, ...unknownFields }] })).toBeLessThan(4000);
    expect(() => look({ ...honest, ...unknownFields })).toThrow(/and 199995 more$/);
  });

  test("whatever an error quotes, its message has an end", () => {
    const { message } = new MarginproofError("OPENING_INVALID", "x".repeat(2_000_000));
    expect(message.length).toBeLessThan(17_000);
    expect(message).toMatch(/^x+… and 1983616 characters more$/);
  });

  test("signed checks without number are not hashed", () => {
    const checks = Array.from({ length: 40_000 }, () => ({ id: "x", status: "pass" }));
    const { verdict } = look({
      ...honest,
      attestations: [alpha, { ...alpha, checks }, { ...alpha, checks }],
    });
    expect(verdict.checks.find(({ status }) => status === "fail")).toMatchObject({
      code: "ATTESTATION_SCHEMA",
      detail: expect.stringMatching(/80\d\d\d checks, and 65536 are read/),
    });
  });

  test("positions of the wrong side are named by five", () => {
    const market = parseMarket({ ...(honest.market as object), ...hedged(300) });
    const table = compileTable(market);
    const { checks } = openBook(
      market,
      table,
      table.lanes.map(() => 1n),
    );
    const sides = checks.find(({ name }) => name === "position-side");
    expect(sides).toMatchObject({ passed: false, parts: expect.stringMatching(/ and 595 more$/) });
  });

  /** So many contracts of two variants, long and short. */
  function hedged(count: number): object {
    const { instruments } = honest.market as { readonly instruments: readonly Record<string, unknown>[] };
    const perpetual = instruments.find(({ kind }) => kind === "perpetual")!;
    const variants = Array.from(
      { length: count },
      (_, i) => `C${String(i).replace(/./g, (d) => "abcdefghij"[+d]!)}Q`,
    ).flatMap((contract) =>
      (["long", "short"] as const).map((side) => ({
        ...perpetual,
        ...{ symbol: `${contract}.${side}`, contract, side },
      })),
    );
    const others = instruments.filter(({ kind }) => kind !== "perpetual");
    return { positionMode: "hedge", instruments: [...others, ...variants] };
  }
});

describe("a true file of something else", () => {
  test("which exchange, epoch and moment it is of stands beside the verdict", () => {
    const { exchange, epoch, time } = honest.statement;
    expect(look(honest).epoch).toEqual({ exchange, epoch, time });
    expect(look({ ...honest, statement: {} }).epoch).toBeUndefined();
  });

  test("a file for nobody's name in particular says so", () => {
    const { account: _, ...nameless } = options;
    const found = checkLight(JSON.stringify(honest), nameless);
    expect(found.account).toMatchObject({ status: "counted", nameCompared: false });
  });
});

test("one thing in it changed: refused, or a found fault, and never anything else that is counted", () => {
  const random = new Random("a stranger's file");
  const draw = (below: number) => random.below(below);
  const { account } = look(honest);
  for (let round = 0; round < 100; round++) {
    const file = structuredClone(honest);
    const place = spoil(file, draw);
    let found: ReturnType<typeof look>;
    try {
      found = look(file);
    } catch (error) {
      expect(error, place).toBeInstanceOf(MarginproofError);
      continue;
    }
    if (found.verdict.valid && found.account.status === "counted")
      expect(found.account, place).toEqual(account);
  }
});

/** Puts something else in one place of it. @returns the place */
function spoil(file: unknown, draw: (below: number) => number): string {
  const instead = [
    undefined,
    null,
    -1,
    2 ** 53,
    "",
    "0",
    "-0",
    "x".repeat(300),
    "\u202e",
    [],
    {},
    true,
    "1e5",
    "0x",
  ];
  let at = file as Record<string, unknown>;
  for (let path = ""; ; ) {
    const keys = Object.keys(at);
    const key = keys[draw(keys.length)]!;
    path += `/${key}`;
    const inner = at[key];
    if (typeof inner === "object" && inner !== null && Object.keys(inner).length > 0 && draw(12) > 0) {
      at = inner as Record<string, unknown>;
      continue;
    }
    at[key] = instead[draw(instead.length)];
    return `${path}: ${JSON.stringify(at[key])}`;
  }
}

import { beforeAll, describe, expect, test } from "vitest";
import { bestPoseidon } from "../../src/field/bestPoseidon.js";
import type { OpeningJson } from "../../src/protocol/opening.js";
import { disclose } from "../../src/prover/disclose.js";
import { checkAccount } from "../../src/verifier/checkAccount.js";
import type { PinnedKey } from "../../src/verifier/pins.js";
import type { VerifiedEpoch } from "../../src/verifier/verifyEpoch.js";
import { tinyBundle, tinyEpochPaths, tinyPins, verifyTiny } from "../support/tinyBundle.js";

let epoch: VerifiedEpoch;
let other: VerifiedEpoch;
let pins: PinnedKey[];
let opening: OpeningJson;

beforeAll(async () => {
  pins = await tinyPins();
  epoch = await verifyTiny(await tinyBundle("covered"));
  other = await verifyTiny(await tinyBundle("uncovered"));
  opening = await disclose(tinyEpochPaths("covered").privateDir, "carol");
});

const check = (json: unknown, verified = epoch, account?: string) =>
  checkAccount(json, {
    statement: verified.statement!,
    digest: verified.verdict.statementDigest!,
    table: verified.table!,
    pins,
    hasher: bestPoseidon(),
    account,
  });

describe("an account holder's opening", () => {
  test("shows exactly the holdings that the exchange's file listed", () => {
    const { opening: own, evaluation } = check(opening);
    expect(own.account).toBe("carol");
    expect(Object.fromEntries(own.holdings)).toEqual({
      USDT: 9_000_000_000n,
      BTC: 20_000n,
      "BTC-60000-C": -150n,
    });
    expect(evaluation.groups).toHaveLength(1);
  });

  test("every account of the file can be opened, and no two stand in one place", async () => {
    const places = new Set<string>();
    for (const account of ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"]) {
      const own = await disclose(tinyEpochPaths("covered").privateDir, account);
      check(own);
      places.add(`${own.batch}/${own.position}`);
      expect(own.path).toHaveLength(7);
    }
    expect(places.size).toBe(8);
  });

  const hex = (digit: string): string => `0x${digit.repeat(64)}`;
  const edits: [string, (json: OpeningJson) => void, string][] = [
    ["another account name", (json) => (json.account = "Carol"), "OPENING_LEAF"],
    ["another salt", (json) => (json.salt = hex("1")), "OPENING_LEAF"],
    ["a holding left out", (json) => void json.holdings.pop(), "OPENING_LEAF"],
    ["a quantity off by one step", (json) => (json.holdings[0]!.steps = "9000000001"), "OPENING_LEAF"],
    ["a sign flipped", (json) => (json.holdings[0]!.steps = "-9000000000"), "OPENING_LEAF"],
    ["another place in the batch", (json) => (json.position = 1 - json.position), "OPENING_LEAF"],
    ["a place that the shape does not have", (json) => (json.position = 2), "OPENING_BATCH"],
    ["a batch that does not exist", (json) => (json.batch = 65_535), "OPENING_BATCH"],
    ["another sibling", (json) => (json.path[0]![3] = hex("2")), "OPENING_LEAF"],
    ["another sibling higher up", (json) => (json.path[6]![3] = hex("2")), "OPENING_LEAF"],
    ["a level too few", (json) => void json.path.pop(), "OPENING_INVALID"],
    ["a sibling too few", (json) => void json.path[2]!.pop(), "OPENING_INVALID"],
    ["a sibling that is not canonical", (json) => (json.path[0]![0] = hex("f")), "FIELD_NOT_CANONICAL"],
    ["another statement", (json) => (json.statementDigest = hex("3")), "OPENING_EPOCH"],
    ["another epoch", (json) => (json.epoch = "2026-11-23T09"), "OPENING_EPOCH"],
    ["another exchange", (json) => (json.exchange = "x"), "OPENING_EPOCH"],
    ["an instrument twice", (json) => void json.holdings.push(json.holdings[0]!), "OPENING_INVALID"],
    ["a zero holding", (json) => (json.holdings[0]!.steps = "0"), "OPENING_INVALID"],
    ["an unknown instrument", (json) => (json.holdings[0]!.instrument = "X"), "ACCOUNT_UNKNOWN_INSTRUMENT"],
    [
      "a quantity whose value no leaf can hold",
      (json) => (json.holdings.find(({ instrument }) => instrument === "BTC")!.steps = "4503599627370495"),
      "OPENING_SHAPE",
    ],
    ["a number in another form", (json) => (json.holdings[0]!.steps = "9e9"), "INTEGER_NOT_CANONICAL"],
    ["an unknown field", (json) => Object.assign(json, { extra: 1 }), "OPENING_INVALID"],
  ];
  test.each(edits)("%s is refused", (_, edit, code) => {
    const json = structuredClone(opening);
    edit(json);
    expect(() => check(json)).toThrow(expect.objectContaining({ code }));
  });

  test("does not open in another epoch's statement", () => {
    expect(() => check(opening, other)).toThrow(expect.objectContaining({ code: "OPENING_EPOCH" }));
    const moved = {
      ...opening,
      holdings: opening.holdings.slice(0, 1),
      statementDigest: other.verdict.statementDigest!,
      // A place the other epoch surely has: where the holder's own leaf stands there is chance.
      batch: 0,
      position: 0,
    };
    expect(() => check(moved, other)).toThrow(expect.objectContaining({ code: "OPENING_LEAF" }));
  });

  test("a file for another name is refused when the holder says theirs", () => {
    expect(check(opening, epoch, "carol").opening.account).toBe("carol");
    expect(() => check(opening, epoch, "bob")).toThrow(expect.objectContaining({ code: "OPENING_ACCOUNT" }));
  });

  test("an account that is not in the file can't be disclosed", async () => {
    await expect(disclose(tinyEpochPaths("covered").privateDir, "mallory")).rejects.toMatchObject({
      code: "DISCLOSE_NO_ACCOUNT",
    });
  });
});

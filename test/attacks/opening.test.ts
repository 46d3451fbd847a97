import { beforeAll, describe, expect, test } from "vitest";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { checkAccount } from "../../src/holder/checkAccount.js";
import type { OpeningJson, PocketOpeningJson } from "../../src/holder/opening.js";
import { CROSS_POCKET } from "../../src/protocol/pocket.js";
import { disclose } from "../../src/prover/disclose.js";
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
    const { account, pockets } = check(opening);
    expect(account).toBe("carol");
    expect(pockets.map(({ opening: { pocket } }) => pocket)).toEqual([CROSS_POCKET]);
    expect(Object.fromEntries(pockets[0]!.opening.holdings)).toEqual({
      USDT: 9_000_000_000n,
      BTC: 20_000n,
      "BTC-60000-C": -150n,
    });
    expect(pockets[0]!.evaluation.groups).toHaveLength(1);
  });

  test("every account of the file can be opened, and no two stand in one place", async () => {
    const places = new Set<string>();
    for (const account of ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"]) {
      const own = await disclose(tinyEpochPaths("covered").privateDir, account);
      check(own);
      const [only] = own.pockets;
      places.add(`${only!.batch}/${only!.position}`);
      expect(only!.path).toHaveLength(7);
    }
    expect(places.size).toBe(8);
  });

  const hex = (digit: string): string => `0x${digit.repeat(64)}`;
  const many = (count: number) =>
    Array.from({ length: count }, (_, k) => ({ instrument: `X${k}`, steps: "1" }));
  type Edit = (pocket: PocketOpeningJson, json: OpeningJson) => unknown;
  const edits: [string, Edit, string][] = [
    ["another account name", (_, json) => (json.account = "Carol"), "OPENING_LEAF"],
    ["another salt", (own) => (own.salt = hex("1")), "OPENING_LEAF"],
    ["a holding left out", (own) => void own.holdings.pop(), "OPENING_LEAF"],
    ["a quantity off by one step", (own) => (own.holdings[0]!.steps = "9000000001"), "OPENING_LEAF"],
    ["a sign flipped", (own) => (own.holdings[0]!.steps = "-9000000000"), "OPENING_LEAF"],
    ["another place in the batch", (own) => (own.position = 1 - own.position), "OPENING_LEAF"],
    ["a place that the shape does not have", (own) => (own.position = 2), "OPENING_BATCH"],
    ["a batch that does not exist", (own) => (own.batch = 65_535), "OPENING_BATCH"],
    ["another sibling", (own) => (own.path[0]![3] = hex("2")), "OPENING_LEAF"],
    ["another sibling higher up", (own) => (own.path[6]![3] = hex("2")), "OPENING_LEAF"],
    ["a level too few", (own) => void own.path.pop(), "OPENING_INVALID"],
    ["a sibling too few", (own) => void own.path[2]!.pop(), "OPENING_INVALID"],
    ["a sibling that is not canonical", (own) => (own.path[0]![0] = hex("f")), "FIELD_NOT_CANONICAL"],
    ["another statement", (_, json) => (json.statementDigest = hex("3")), "OPENING_EPOCH"],
    ["another epoch", (_, json) => (json.epoch = "2026-11-23T09"), "OPENING_EPOCH"],
    ["another exchange", (_, json) => (json.exchange = "x"), "OPENING_EPOCH"],
    ["an instrument twice", (own) => void own.holdings.push(own.holdings[0]!), "OPENING_INVALID"],
    ["a zero holding", (own) => (own.holdings[0]!.steps = "0"), "OPENING_INVALID"],
    ["an unknown instrument", (own) => (own.holdings[0]!.instrument = "X"), "ACCOUNT_UNKNOWN_INSTRUMENT"],
    [
      "a quantity whose value no leaf can hold",
      (own) => (own.holdings.find(({ instrument }) => instrument === "BTC")!.steps = "4503599627370495"),
      "OPENING_SHAPE",
    ],
    ["a number in another form", (own) => (own.holdings[0]!.steps = "9e9"), "INTEGER_NOT_CANONICAL"],
    [
      "as many holdings as a shape takes, unknown",
      (own) => (own.holdings = many(2048)),
      "ACCOUNT_UNKNOWN_INSTRUMENT",
    ],
    ["more holdings than a shape takes", (own) => (own.holdings = many(2049)), "OPENING_INVALID"],
    [
      "more holdings in all pockets than a file shows",
      (own, json) =>
        (json.pockets = Array.from({ length: 129 }, (_, k) => ({
          ...own,
          pocket: `p${k}`,
          holdings: many(2048),
        }))),
      "OPENING_INVALID",
    ],
    ["an unknown field", (_, json) => Object.assign(json, { extra: 1 }), "OPENING_INVALID"],
  ];
  test.each(edits)("%s is refused", (_, edit, code) => {
    const json = structuredClone(opening);
    edit(json.pockets[0]!, json);
    expect(() => check(json)).toThrow(expect.objectContaining({ code }));
  });

  test("does not open in another epoch's statement", () => {
    expect(() => check(opening, other)).toThrow(expect.objectContaining({ code: "OPENING_EPOCH" }));
    const moved = {
      ...opening,
      statementDigest: other.verdict.statementDigest!,
      // A place the other epoch surely has: where the holder's own leaf stands there is chance.
      pockets: opening.pockets.map((own) => ({
        ...own,
        holdings: own.holdings.slice(0, 1),
        batch: 0,
        position: 0,
      })),
    };
    expect(() => check(moved, other)).toThrow(expect.objectContaining({ code: "OPENING_LEAF" }));
  });

  test("a file for another name is refused when the holder says theirs", () => {
    expect(check(opening, epoch, "carol").account).toBe("carol");
    expect(() => check(opening, epoch, "bob")).toThrow(expect.objectContaining({ code: "OPENING_ACCOUNT" }));
  });

  test("an account that is not in the file can't be disclosed", async () => {
    await expect(disclose(tinyEpochPaths("covered").privateDir, "mallory")).rejects.toMatchObject({
      code: "DISCLOSE_NO_ACCOUNT",
    });
  });
});

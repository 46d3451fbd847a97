import { describe, expect, test } from "vitest";
import { type CheckOpeningOptions, checkOpening } from "../../src/holder/checkOpening.js";
import { type OpeningJson, type PocketOpeningJson, parseOpening } from "../../src/holder/opening.js";
import { compileTable } from "../../src/market/index.js";
import type { VerifiedBundle } from "../../src/verifier/verifyBundle.js";
import { privateMarket } from "../support/privateMarket.js";
import { tinyMarket, tinyTable } from "../support/tinyMarket.js";
import { commit, DIGEST, KEY_DIGEST } from "./support.js";

/** Two pockets in two batches; the second stands at the last place of its own. */
const HELD = [
  {
    pocket: "",
    holdings: { USDT: 9_000_000_000n, BTC: 20_000n, "BTC-60000-C": -150n },
    batch: 0,
    position: 0,
  },
  { pocket: "long.1", holdings: { USDT: 500_000_000n, "BTC-PERP": 1500n }, batch: 1, position: 2 },
];
const OPEN = commit(tinyMarket, tinyTable, "caf\u00e9", HELD);
const { market: hiddenMarket, rules } = privateMarket();
const hiddenTable = compileTable(hiddenMarket);
/** One pocket whose rates are secret, in part, and one that has none of these. */
const HIDDEN = commit(
  hiddenMarket,
  hiddenTable,
  "a",
  [
    {
      pocket: "",
      // Worth 600: enough to maintain it, too little to open it.
      holdings: { USDT: 600_000_000n, "USDT-PNL": -89_400_150_000n, "BTC-PERP": 1500n, "ETH-PERP": -20n },
      batch: 0,
      position: 1,
    },
    { pocket: "p", holdings: { USDT: 5n }, batch: 0, position: 2 },
  ],
  rules.table,
);

type Edit = (pocket: PocketOpeningJson, json: OpeningJson) => unknown;
function edited({ opening }: { readonly opening: OpeningJson }, edit: Edit, at = 0): string {
  const json = structuredClone(opening);
  edit(json.pockets[at]!, json);
  return JSON.stringify(json);
}
const text = edited(OPEN, () => undefined);
const look = (file: string, bundle: VerifiedBundle = OPEN.bundle, options?: CheckOpeningOptions) =>
  checkOpening(file, bundle, options);
const ASK =
  "Either the file is damaged, or the exchange did not count you with these holdings. Ask the exchange, and keep both files.";

describe("a holder's file and a proved epoch", () => {
  test("every pocket is found as the proofs counted it, under the holder's own name", () => {
    const found = look(text, OPEN.bundle, { account: "caf\u00e9" });
    expect(found).toEqual({
      status: "counted",
      findings: {
        account: "caf\u00e9",
        pockets: parseOpening(OPEN.opening).pockets.map((opening, i) => ({
          opening,
          evaluation: OPEN.evaluations[i],
        })),
      },
      nameCompared: true,
      market: tinyMarket,
      table: tinyTable,
    });
    // As some keyboards write it.
    expect(look(text, OPEN.bundle, { account: "cafe\u0301" })).toEqual(found);
    expect(look(text)).toEqual({ ...found, nameCompared: false });
  });

  test("a name that the file spells as the holder does is theirs, in whatever form", () => {
    const decomposed = edited(OPEN, (_, json) => (json.account = "cafe\u0301"));
    // Not counted under this spelling, but the right file to ask for.
    expect(look(decomposed, OPEN.bundle, { account: "cafe\u0301" })).toMatchObject({
      status: "not-counted",
      code: "OPENING_LEAF",
    });
  });

  test("says nothing where the epoch is not proved, or was not read to the end", () => {
    const { bundle } = OPEN;
    const { statement, market, table, ...rest } = bundle;
    for (const broken of [
      { ...bundle, verdict: { ...bundle.verdict, proved: false } },
      { ...rest, market: market!, table: table! },
      { ...rest, statement: statement!, table: table! },
      { ...rest, statement: statement!, market: market! },
    ])
      expect(look(text, broken)).toEqual({ status: "unknown" });
  });

  test.each<[string, string, string, CheckOpeningOptions?]>([
    ["no JSON", "{", "JSON_INVALID"],
    ["no file at all", "", "JSON_INVALID"],
    ["longer than 64 MiB", " ".repeat(64 * 1024 * 1024 + 1), "JSON_TOO_LARGE"],
    ["of another kind", "[]", "OPENING_INVALID"],
    ["of a pocket twice", edited(OPEN, (own, json) => json.pockets.push(own)), "OPENING_POCKETS"],
    [
      "with a number in another form",
      edited(OPEN, (own) => (own.holdings[0]!.steps = "9e9")),
      "INTEGER_NOT_CANONICAL",
    ],
    ["for another name", text, "OPENING_ACCOUNT", { account: "cafe" }],
    ["for another spelling than NFC has", text, "OPENING_ACCOUNT", { account: "Caf\u00e9" }],
    [
      "for another statement",
      edited(OPEN, (_, json) => (json.statementDigest = KEY_DIGEST)),
      "OPENING_EPOCH",
    ],
    ["for another exchange", edited(OPEN, (_, json) => (json.exchange = "x")), "OPENING_EPOCH"],
    ["for another epoch", edited(OPEN, (_, json) => (json.epoch = "x")), "OPENING_EPOCH"],
  ])("the file is at fault, and nothing is said of the account: %s", (_, file, code, options) => {
    expect(look(file, OPEN.bundle, options)).toEqual({
      status: "not-checked",
      code,
      message: expect.stringMatching(/./),
      hint: expect.stringMatching(/./),
    });
  });

  test.each<[string, Edit, string, number?]>([
    ["under another name", (_, json) => (json.account = "cafe"), "OPENING_LEAF"],
    ["in another pocket", (own) => (own.pocket = "long.2"), "OPENING_LEAF", 1],
    ["with another salt", (own) => (own.salt = KEY_DIGEST), "OPENING_LEAF"],
    ["with a holding less", (own) => own.holdings.pop(), "OPENING_LEAF"],
    ["with a step more", (own) => (own.holdings[0]!.steps = "9000000001"), "OPENING_LEAF"],
    ["at another place", (own) => (own.position = 1), "OPENING_LEAF"],
    ["in another batch", (own) => (own.batch = 0), "OPENING_LEAF", 1],
    ["on another way up", (own) => (own.path[6]![0] = KEY_DIGEST.replace("0x07", "0x00")), "OPENING_LEAF"],
    ["at a place that no batch has", (own) => (own.position = 3), "OPENING_BATCH", 1],
    ["in a batch that there is not", (own) => (own.batch = 2), "OPENING_BATCH", 1],
    [
      "with an unknown instrument",
      (own) => (own.holdings[0]!.instrument = "X"),
      "ACCOUNT_UNKNOWN_INSTRUMENT",
    ],
    [
      "with more holdings than the batch has room for",
      (own) => own.holdings.push({ instrument: "USDT-PNL", steps: "1" }),
      "OPENING_SHAPE",
    ],
    [
      "with a value that no leaf can hold",
      (own) => (own.holdings[1] = { instrument: "BTC", steps: "4503599627370495" }),
      "OPENING_SHAPE",
    ],
    [
      "with requirements in the file where none are secret",
      (own) => (own.requirement = { maintenance: "0", initial: "0" }),
      "OPENING_REQUIREMENT",
    ],
  ])("the account is not counted %s", (_, edit, code, at = 0) => {
    const outcome = look(edited(OPEN, edit, at));
    expect(outcome).toEqual({
      status: "not-counted",
      code,
      message: expect.stringMatching(/./),
      hint: ASK,
    });
  });

  test("a place is one of a batch whose key is trusted, for account steps", () => {
    const [pin] = OPEN.bundle.pins;
    const under = (...pins: VerifiedBundle["pins"]) => look(text, { ...OPEN.bundle, pins });
    const other = { ...pin!, keyDigest: DIGEST };
    const renamed = { ...pin!, id: "accounts-a4-b2-f2-g1-s4-z2" };
    const table = { ...pin!, template: "table", rows: 5 } as unknown as typeof other;
    for (const pins of [[], [other], [renamed], [table]])
      expect(under(...pins)).toMatchObject({
        status: "not-counted",
        code: "OPENING_BATCH",
        message: "cross pocket: the statement has no place 0 in batch 0",
      });
    expect(under(other, renamed, pin!).status).toBe("counted");
  });

  test("the pocket at fault is named", () => {
    const message = (edit: Edit, at: number) => (look(edited(OPEN, edit, at)) as { message: string }).message;
    const less: Edit = (own) => own.holdings.pop();
    expect(message(less, 0)).toMatch(/^account "caf\u00e9": nothing with this name/);
    expect(message(less, 1)).toMatch(/^isolated pocket "long.1" of account "caf\u00e9": nothing with/);
    expect(message((own) => (own.holdings[0]!.instrument = "X"), 1)).toMatch(/^isolated pocket "long.1": /);
  });

  test("what is no fault of any file is no outcome", () => {
    const find = (): never => {
      throw new Error("a fault of the program");
    };
    const broken = { ...OPEN.bundle, pins: { find } as unknown as VerifiedBundle["pins"] };
    expect(() => look(text, broken)).toThrow(/^a fault of the program$/);
  });
});

describe("a holder's file where rates are secret", () => {
  const hidden = (edit: Edit, at = 0) => look(edited(HIDDEN, edit, at), HIDDEN.bundle);

  test("both requirements are the file's, and the band follows from them", () => {
    const found = hidden(() => undefined);
    const [secret, open] = HIDDEN.evaluations;
    expect(found).toMatchObject({
      status: "counted",
      findings: {
        pockets: [
          {
            evaluation: {
              equity: secret!.equity,
              maintenance: secret!.maintenance,
              initial: secret!.initial,
              band: secret!.band,
            },
          },
          { evaluation: open },
        ],
      },
    });
    // The public table knows of no requirement: by it alone, the account would be free.
    expect([secret!.equity, secret!.band]).toEqual([600n * 10n ** 10n, "reduceOnly"]);
  });

  test.each<[string, Edit, string, number?]>([
    ["left out", (own) => delete own.requirement, "OPENING_REQUIREMENT"],
    [
      "given where none is secret",
      (own) => (own.requirement = { maintenance: "0", initial: "0" }),
      "OPENING_REQUIREMENT",
      1,
    ],
    ["one less for maintenance", (own) => less(own, "maintenance"), "OPENING_LEAF"],
    ["one less initially", (own) => less(own, "initial"), "OPENING_LEAF"],
    ["nothing", (own) => (own.requirement = { maintenance: "0", initial: "0" }), "OPENING_LEAF"],
  ])("a requirement that is %s is not what was counted", (_, edit, code, at) => {
    expect(hidden(edit, at)).toMatchObject({ status: "not-counted", code, hint: ASK });
  });

  test("the message says which way the file is wrong", () => {
    expect(hidden((own) => delete own.requirement)).toMatchObject({
      message: "cross pocket: its rates are secret, and the file does not say what it requires",
    });
    const more: Edit = (own) => (own.requirement = { maintenance: "0", initial: "0" });
    expect(hidden(more, 1)).toMatchObject({
      message: 'isolated pocket "p": the file says what it requires, though none of its rates is secret',
    });
  });
});

function less(own: PocketOpeningJson, name: "maintenance" | "initial"): void {
  own.requirement![name] = (BigInt(own.requirement![name]) - 1n).toString();
}

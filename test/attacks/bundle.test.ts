import { beforeAll, describe, expect, test } from "vitest";
import { bytesToHex } from "../../src/field/encoding.js";
import { FIELD_ORDER } from "../../src/field/order.js";
import { canonicalMarketDigest, compileTable, type MarketJson, parseMarket } from "../../src/market/index.js";
import type { BundleParts } from "../../src/verifier/bundle.js";
import { type VerifyingKeyJson, verifyingKeyDigest } from "../../src/verifier/groth16/verifyingKey.js";
import type { VerifyOptions } from "../../src/verifier/options.js";
import type { PinnedKey } from "../../src/verifier/pins.js";
import { tinyBundle, tinyPins, verifyTiny } from "../support/tinyBundle.js";

// biome-ignore lint/suspicious/noExplicitAny: a cheat writes whatever it likes into these
type Json = any;

/** A bundle as plain data that a cheat may edit. */
interface Editable {
  statement: Json;
  market: MarketJson;
  steps: Json[];
  keys: Record<string, Json>;
}

let honest: BundleParts;
let other: BundleParts;
let pins: PinnedKey[];
beforeAll(async () => {
  honest = await tinyBundle("covered");
  other = await tinyBundle("uncovered");
  pins = await tinyPins();
});

const editable = (bundle: BundleParts): Editable => ({
  statement: structuredClone(bundle.statement),
  market: JSON.parse(bundle.marketText) as MarketJson,
  steps: structuredClone([...bundle.steps]),
  keys: structuredClone(bundle.verifyingKeys) as Record<string, unknown>,
});
const published = (parts: Editable): BundleParts => ({
  statement: parts.statement,
  marketText: JSON.stringify(parts.market),
  steps: parts.steps,
  verifyingKeys: parts.keys,
});

/** Edits a copy of the honest bundle and expects the check `id` to fail, and no later one to be looked at. */
async function refused(
  edit: (parts: Editable) => void,
  id: string,
  code: string | RegExp,
  options: Partial<VerifyOptions> = {},
): Promise<void> {
  const parts = editable(honest);
  edit(parts);
  const { verdict } = await verifyTiny(published(parts), options);
  expect(verdict.valid).toBe(false);
  expect(verdict.proved).toBe(false);
  const failed = verdict.checks.filter((check) => check.status === "fail");
  expect(failed.map((check) => check.id)).toEqual([id]);
  expect(failed[0]!.detail).toMatch(code);
  expect(failed[0]!.detail.startsWith(`${failed[0]!.code}: `)).toBe(true);
}

const lastHex = (text: string): string => text.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));

describe("the honest bundles", () => {
  test("the covered one is valid", async () => {
    const { verdict } = await verifyTiny(honest);
    expect(verdict.checks.filter((check) => check.status !== "pass")).toEqual([]);
    expect(verdict.valid).toBe(true);
    expect(verdict.developmentKeys).toBe(true);
    expect(verdict.notProved.length).toBeGreaterThan(3);
  });

  test("the uncovered one is proved, and not solvent: open interest, reserves and insurance are named", async () => {
    const { verdict } = await verifyTiny(other);
    expect(verdict.proved).toBe(true);
    expect(verdict.solvent).toBe(false);
    expect(verdict.valid).toBe(false);
    const failed = verdict.checks.filter((check) => check.status === "fail").map((check) => check.id);
    expect(failed).toEqual(
      expect.arrayContaining(["open-interest:BTC-PERP", "reserves:USDT", "insurance:now"]),
    );
  });
});

describe("a statement changed after proving", () => {
  test.each(["bankrupt", "liquidation", "reduceOnly", "marginCall", "free"])(
    "%s accounts off by one",
    (band) =>
      refused(
        ({ statement }) => {
          statement.totals.bands[band] = (BigInt(statement.totals.bands[band]) + 1n).toString();
        },
        "chain",
        "CHAIN_END",
      ),
  );
  test("an account moved from one band to another", () =>
    refused(
      ({ statement: { totals } }) => {
        expect(totals.bands).toMatchObject({ bankrupt: "1" });
        totals.bands.bankrupt = "0";
        totals.bands.free = (BigInt(totals.bands.free) + 1n).toString();
      },
      "chain",
      "CHAIN_END",
    ));
  test("counts that carry into each other, so that the packed number stays", async () => {
    const change = (bands: Record<string, string>, band: string, by: bigint): void => {
      bands[band] = (BigInt(bands[band]!) + by).toString();
    };
    for (const sign of [1n, -1n]) {
      await refused(
        ({ statement: { totals } }) => {
          change(totals.bands, "bankrupt", sign << 32n);
          change(totals.bands, "liquidation", -sign);
        },
        "statement",
        "INTEGER_NOT_CANONICAL",
      );
    }
  });
  test("a band left out, a band of the exchange's own, a total of accounts beside them", async () => {
    await refused(({ statement }) => delete statement.totals.bands.free, "statement", "STATEMENT_INVALID");
    await refused(({ statement }) => (statement.totals.bands.fine = "1"), "statement", "STATEMENT_INVALID");
    await refused(({ statement }) => (statement.totals.accounts = "8"), "statement", "STATEMENT_INVALID");
  });
  test.each(["positiveEquity", "badDebt", "maintenance", "shortfall", "initial"])(
    "total %s off by one",
    (name) =>
      refused(
        ({ statement }) => {
          statement.totals[name] = (BigInt(statement.totals[name]) + 1n).toString();
        },
        "chain",
        "CHAIN_END",
      ),
  );

  test("stress bad debt made zero", () =>
    refused(({ statement }) => (statement.totals.stressBadDebt[1] = "0"), "chain", "CHAIN_END"));
  test("a quantity changed", () =>
    refused(({ statement }) => (statement.quantities[3].long = "1"), "chain", "CHAIN_END"));
  test("long and short moved together", () =>
    refused(
      ({ statement }) => {
        statement.quantities[3].long = "0";
        statement.quantities[3].short = "0";
      },
      "chain",
      "CHAIN_END",
    ));
  test("a leaf root changed", () =>
    refused(
      ({ statement }) => (statement.batches[0].leafRoot = lastHex(statement.batches[0].leafRoot)),
      "chain",
      "CHAIN_END",
    ));
  test("a totals commitment changed", () =>
    refused(
      ({ statement }) => {
        statement.tableSteps[0].totals = lastHex(statement.tableSteps[0].totals);
      },
      "chain",
      "CHAIN_END",
    ));
  test("a weights commitment changed: every step's challenges change", () =>
    refused(
      ({ statement }) => {
        statement.tableSteps[0].weights = lastHex(statement.tableSteps[0].weights);
      },
      "proofs",
      /PROOF_FALSE: (\d+) of \1/,
    ));
  test("exchange, epoch or time changed", async () => {
    for (const name of ["exchange", "epoch"])
      await refused(({ statement }) => (statement[name] += "x"), "market", "MARKET_NAMES");
    await refused(({ statement }) => (statement.time = "2026-11-23T09:00:00Z"), "market", "MARKET_NAMES");
    await refused(
      ({ statement }) => (statement.time = "2026-11-23T24:00:00Z"),
      "statement",
      "STATEMENT_INVALID",
    );
  });
  test("non-canonical numbers", async () => {
    for (const bad of ["-1", "01", "+1", " 1", "1e3", "0x1", "", "1".repeat(56), 5]) {
      await refused(
        ({ statement }) => (statement.totals.badDebt = bad),
        "statement",
        /STATEMENT_INVALID|INTEGER_NOT_CANONICAL/,
      );
    }
    for (const bad of [`0x${FIELD_ORDER.toString(16)}`, "0x00", "0xZZ", `0x${"A".repeat(64)}`]) {
      await refused(
        ({ statement }) => (statement.batches[0].leafRoot = bad),
        "statement",
        /STATEMENT_INVALID|FIELD_NOT_CANONICAL/,
      );
    }
  });
  test("unknown, missing and oversized parts", async () => {
    await refused(({ statement }) => (statement.extra = 1), "statement", "STATEMENT_INVALID");
    await refused(
      ({ statement }) => delete statement.weights === delete statement.totals,
      "statement",
      "STATEMENT_INVALID",
    );
    await refused(({ statement }) => (statement.batches = []), "statement", "STATEMENT_INVALID");
    await refused(({ statement }) => (statement.totals.stressBadDebt = []), "statement", "STATEMENT_INVALID");
    await refused(
      ({ statement }) => (statement.batches = Array.from({ length: 70_000 }, () => statement.batches[0])),
      "statement",
      "STATEMENT_INVALID",
    );
  });
});

describe("a market changed after proving", () => {
  const cheaper = (parts: Editable): void => {
    parts.market.instruments[3]!.markPrice = "50000";
  };
  const digests = (parts: Editable): void => {
    const market = parseMarket(parts.market);
    parts.statement.marketDigest = `0x${bytesToHex(canonicalMarketDigest(market))}`;
    parts.statement.tableDigest = `0x${bytesToHex(compileTable(market).digest)}`;
  };
  test("the price alone", () => refused(cheaper, "market", "MARKET_DIGEST"));
  test("price and market digest", () =>
    refused(
      (parts) => {
        cheaper(parts);
        const { tableDigest } = parts.statement;
        digests(parts);
        parts.statement.tableDigest = tableDigest;
      },
      "table",
      "TABLE_DIGEST",
    ));
  test("price and both digests: the challenges change, and no proof fits them", () =>
    refused(
      (parts) => {
        cheaper(parts);
        digests(parts);
      },
      "chain",
      "CHAIN_END",
    ));
  test.each([
    ["a maintenance rate", (m: MarketJson) => (m.instruments[3]!.maintenance!.brackets![0]!.rate = "0.001")],
    ["a stress gain", (m: MarketJson) => (m.instruments[3]!.stressGains![0] = "0")],
    ["an instrument's name", (m: MarketJson) => (m.instruments[3]!.symbol = "ETH-PERP")],
    ["a quantity step", (m: MarketJson) => (m.instruments[3]!.quantityStep = "0.01")],
    ["a class", (m: MarketJson) => (m.instruments[2]!.asset = "USDT")],
    ["the insurance fund", (m: MarketJson) => (m.insuranceFund.USDT = "999999999")],
    ["a reserve", (m: MarketJson) => (m.reserves.USDT = "999999999")],
    ["the initial factor", (m: MarketJson) => (m.initialFactorBp = 13_001)],
    ["the margin call", (m: MarketJson) => (m.marginCallBp = 10_000)],
    ["the margin call, below the initial requirement", (m: MarketJson) => (m.marginCallBp = 9_999)],
  ])("%s", (_, edit) => refused((parts) => void edit(parts.market), "market", /MARKET_/));
  test("the margin call and both digests: the challenges change, and no proof fits them", () =>
    refused(
      (parts) => {
        parts.market.marginCallBp = 10_000;
        digests(parts);
      },
      "chain",
      "CHAIN_END",
    ));
  test("an initial requirement below maintenance, where an account would have two bands: no such table", () =>
    refused(
      (parts) => {
        parts.market.instruments[3]!.maintenance!.brackets![2]!.rate = "0.1";
        parts.statement.marketDigest = `0x${bytesToHex(canonicalMarketDigest(parseMarket(parts.market)))}`;
      },
      "table",
      "INITIAL_BELOW_MAINTENANCE",
    ));
  test("the verifier's own market file differs", async () => {
    const own = JSON.parse(honest.marketText) as MarketJson;
    own.insuranceFund = { USDT: "1" };
    await refused(() => {}, "market", "MARKET_DIFFERS", { ownMarketText: JSON.stringify(own) });
  });
});

describe("batches and steps", () => {
  test("a batch listed but never proved", () =>
    refused(({ statement }) => statement.batches.push(statement.batches[0]), "coverage", "STEP_COUNT"));
  test("a batch dropped with its step", () =>
    refused(
      ({ statement, steps }) => {
        statement.batches.shift();
        steps.shift();
      },
      "chain",
      "CHAIN_END",
    ));
  test("a batch twice, with its step twice", () =>
    refused(
      ({ statement, steps }) => {
        statement.batches.splice(1, 0, statement.batches[0]);
        steps.splice(1, 0, steps[0]);
      },
      "chain",
      "CHAIN_END",
    ));
  test("batches in another order", () =>
    refused(
      ({ statement, steps }) => {
        statement.batches.reverse();
        steps.splice(0, statement.batches.length, ...steps.slice(0, statement.batches.length).reverse());
      },
      "chain",
      "CHAIN_END",
    ));
  test("a table step missing, or one too many", async () => {
    await refused(
      ({ statement, steps }) => [statement.tableSteps.pop(), steps.pop()],
      "coverage",
      "TABLE_COVERAGE",
    );
    await refused(
      ({ statement, steps }) => [
        statement.tableSteps.push(statement.tableSteps[0]),
        steps.push(steps.at(-1)),
      ],
      "coverage",
      "TABLE_COVERAGE",
    );
  });
  test("table steps of two shapes: padding rows of a middle step could trade quantities between lanes", () => {
    const first = (honest.statement as Json).tableSteps[0];
    const key = structuredClone((honest.verifyingKeys as Record<string, Json>)[first.key]);
    [key.gamma2, key.delta2] = [key.delta2, key.gamma2];
    const keyDigest = `0x${bytesToHex(verifyingKeyDigest(key))}`;
    return refused(
      ({ statement, keys }) => {
        Object.assign(statement.tableSteps.at(-1), { shape: "table-r31", key: keyDigest });
        keys[keyDigest] = key;
      },
      "coverage",
      "TABLE_COVERAGE: 2 table steps do not cut the table",
      { pins: [...pins, { id: "table-r31", template: "table", rows: 31, keyDigest, development: true }] },
    );
  });
  test("steps swapped, missing, extra", async () => {
    await refused(({ steps }) => ([steps[0], steps[1]] = [steps[1], steps[0]]), "proofs", "PROOF_FALSE");
    await refused(({ steps }) => steps.pop(), "coverage", "STEP_COUNT");
    await refused(({ steps }) => steps.push(steps[0]), "coverage", "STEP_COUNT");
  });
  test("surplus steps are counted, and not read", async () => {
    let read = 0;
    const surplus = {
      get stateOut() {
        read++;
        return "";
      },
    };
    const steps = Array<unknown>(65_541).fill(surplus);
    const { verdict } = await verifyTiny({ ...honest, steps });
    expect(verdict.checks.find(({ status }) => status === "fail")?.detail).toMatch(
      /^STEP_COUNT: 65541 steps/,
    );
    expect(read).toBe(0);
  });
  test("a state in the middle of the chain changed", () =>
    refused(({ steps }) => (steps[1].stateOut = lastHex(steps[1].stateOut)), "proofs", /PROOF_FALSE: 2 of/));
  test("a step of another epoch replayed, alone or with its batch", async () => {
    const foreign = editable(other);
    await refused(({ steps }) => (steps[0] = foreign.steps[0]), "proofs", "PROOF_FALSE");
    await refused(
      ({ statement, steps }) => {
        statement.batches[0] = foreign.statement.batches[0];
        steps[0] = foreign.steps[0];
      },
      "chain",
      "CHAIN_END",
    );
  });
  test("a whole other epoch's proofs under this statement", () =>
    refused(
      (parts) => {
        const foreign = editable(other);
        parts.steps.splice(0, parts.steps.length, ...foreign.steps);
        parts.statement.batches = foreign.statement.batches;
        parts.statement.tableSteps = foreign.statement.tableSteps;
      },
      "chain",
      "CHAIN_END",
    ));
  test("malformed steps", async () => {
    for (const bad of [null, 7, "x", [], {}, { stateOut: "0x0", proof: {} }]) {
      await refused(({ steps }) => (steps[0] = bad), "coverage", /STEP_INVALID|FIELD_NOT_CANONICAL/);
    }
    await refused(({ steps }) => (steps[0].extra = 1), "coverage", "STEP_INVALID");
    await refused(
      ({ steps }) => (steps[0].stateOut = `0x${FIELD_ORDER.toString(16)}`),
      "coverage",
      "FIELD_NOT_CANONICAL",
    );
  });
  test("proof points moved, swapped, off the curve, at infinity", async () => {
    await refused(({ steps }) => (steps[0].proof.a = steps[0].proof.c), "proofs", "PROOF_FALSE");
    await refused(
      ({ steps }) => (steps[0].proof.a[0] = lastHex(steps[0].proof.a[0])),
      "coverage",
      "POINT_NOT_ON_CURVE",
    );
    const zero = `0x${"0".repeat(64)}`;
    await refused(
      ({ steps }) => (steps[0].proof.c = [zero, zero]),
      "coverage",
      /POINT_AT_INFINITY|POINT_NOT_ON_CURVE/,
    );
  });
  test("a shape with too few places for the market's stress scenarios", () =>
    refused(() => {}, "coverage", "SHAPE_STRESS", {
      pins: pins.map((pin) => (pin.template === "accounts" ? { ...pin, stress: 1 } : pin)),
    }));
});

describe("verifying keys", () => {
  const firstKey = (parts: Editable): string => parts.statement.batches[0].key as string;

  test("development keys are refused unless asked for", () =>
    refused(() => {}, "keys", "KEY_DEVELOPMENT", { allowDevKeys: false }));
  test("a development key stays one, whatever else a list says of it", () =>
    refused(() => {}, "keys", "KEY_DEVELOPMENT", {
      allowDevKeys: false,
      pins: [...pins.map((pin) => ({ ...pin, development: false })), ...pins],
    }));
  test("a key that is only in the bundle is not trusted", () =>
    refused(() => {}, "keys", "KEY_NOT_PINNED", { pins: [] }));
  test("a key pinned for another shape is not taken", () =>
    refused(
      ({ statement }) => (statement.batches[0].key = statement.tableSteps[0].key),
      "keys",
      "KEY_NOT_PINNED",
    ));
  test("a shape's name on another shape's key", () =>
    refused(
      ({ statement }) => {
        const [one, two] = [...new Set(statement.batches.map((batch: Json) => batch.shape))];
        for (const batch of statement.batches) if (batch.shape === one) batch.shape = two;
      },
      "keys",
      "KEY_NOT_PINNED",
    ));
  test("another key under the pinned digest", () =>
    refused(
      (parts) => {
        const key = parts.keys[firstKey(parts)];
        [key.gamma2, key.delta2] = [key.delta2, key.gamma2];
      },
      "keys",
      "KEY_DIGEST",
    ));
  test("a key left out, and __proto__ as a digest", async () => {
    await refused((parts) => delete parts.keys[firstKey(parts)], "keys", "KEY_MISSING");
    await refused(
      (parts) => {
        parts.keys = JSON.parse(`{"__proto__": ${JSON.stringify(parts.keys)}}`);
      },
      "keys",
      /VERIFYING_KEYS_INVALID|KEY_MISSING/,
    );
  });

  /** A cheat's key, pinned by a careless verifier: the key itself must still be refused. */
  const pinnedCheat = (edit: (key: Json) => void, code: string) =>
    refused(
      (parts) => {
        const key = parts.keys[firstKey(parts)];
        edit(key);
        const digest = `0x${bytesToHex(verifyingKeyDigest(key as VerifyingKeyJson))}`;
        parts.keys = { ...parts.keys, [digest]: key };
        const { shape } = parts.statement.batches[0];
        for (const batch of parts.statement.batches) if (batch.shape === shape) batch.key = digest;
        pins = pins.map((pin) => (pin.id === shape ? { ...pin, keyDigest: digest } : pin));
      },
      "keys",
      code,
      {
        get pins() {
          return pins;
        },
      },
    );
  test.each([
    ["gamma = delta", (key: Json) => (key.delta2 = key.gamma2), "VERIFYING_KEY_DEGENERATE"],
    ["one IC point too few", (key: Json) => key.ic.pop(), "VERIFYING_KEY_IC_COUNT"],
    [
      "an unbound public input",
      (key: Json) => (key.ic[4] = [`0x${"0".repeat(64)}`, `0x${"0".repeat(64)}`]),
      "POINT_AT_INFINITY",
    ],
  ])("%s is refused even when pinned", async (_, edit, code) => {
    const before = pins;
    try {
      await pinnedCheat(edit, code);
    } finally {
      pins = before;
    }
  });
});

describe("two statements for one epoch", () => {
  test("the other one does not carry the anchored digest", async () => {
    const { verdict } = await verifyTiny(honest);
    const { verdict: second } = await verifyTiny(other, { expectedDigest: verdict.statementDigest! });
    expect(second.proved).toBe(false);
    expect(second.checks.find((check) => check.id === "anchor")?.detail).toMatch("ANCHOR_MISMATCH");
    expect((await verifyTiny(honest, { expectedDigest: verdict.statementDigest! })).verdict.valid).toBe(true);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { edited, lineOf, refusal, rulesOf } from "./support.js";

/** Each edit of a good file: what replaces what, the code, and words of the reason. */
const BAD: readonly (readonly [name: string, from: string, to: string, code: string, reason: string])[] = [
  [
    "tiered",
    "from: 600000,",
    "from: 500000,",
    "RULES_BRACKETS",
    "@from: 50000, to: 600000|overlaps the next row",
  ],
  [
    "tiered",
    "to: 600000",
    "to: 500000",
    "RULES_BRACKETS",
    "leaves a gap before the next row, which begins at 600000",
  ],
  ["tiered", "{ from: 50000, to", "{ from: 0, to", "RULES_BRACKETS", "@{ from: 0, to: 50000, m|overlaps"],
  ["tiered", "to: 20000, ", "", "", ""],
  [
    "tiered",
    "insuranceFund: 250000",
    "insuranceFund: -1",
    "RULES_SCHEMA",
    "@insuranceFund: -1|must not be negative",
  ],
  [
    "tiered",
    "insuranceFund: 250000",
    "insuranceFund: { BTC: all }",
    "RULES_SCHEMA",
    "@insuranceFund: { BTC|insuranceFund.BTC: must be a plain decimal",
  ],
  [
    "tiered",
    "insuranceFund: 250000",
    "insuranceFund: { DOGE: 1 }",
    "MARKET_UNKNOWN_ASSET",
    "@insuranceFund: { DOGE|for DOGE",
  ],
  ["tiered", "{ from: 20000, m", "{ from: 0, m", "RULES_BRACKETS", "@{ from: 0, to: 20000|overlaps"],
  [
    "tiered",
    "0.005, initial: 0.01 ",
    "0.003, initial: 0.01 ",
    "RULES_BRACKETS",
    "maintenance 0.003 after 0.004 decreases",
  ],
  [
    "tiered",
    "initial: 0.008",
    "initial: 0.001",
    "RULES_BRACKETS",
    "0.001 is below the maintenance rate 0.004",
  ],
  ["tiered", ", initial: 0.05 }", " }", "RULES_BRACKETS", "@maintenance: 0.025 }|all rows of a table"],
  [
    "tiered",
    "{ from: 600000, ",
    "{ from: 600000, to: 9000000, ",
    "RULES_BRACKETS",
    "the last row has no upper end",
  ],
  [
    "tiered",
    "from: 1000000, haircut: 0.5",
    "from: 1000000, haircut: 1.01",
    "RULES_HAIRCUT",
    "a haircut of 1.01 is above 100%",
  ],
  ["tiered", "haircut: 0.0005", "haircut: 0.05", "RULES_HAIRCUT", "@haircut: 0.01 }|decreases"],
  ["tiered", "rate: 0.1 }", "rate: 0.01 }", "RULES_BORROW", "rate 0.01 after 0.05 decreases"],
  [
    "tiered",
    "valueUnit: 0.0000000001",
    "valueUnit: 0.001",
    "VALUE_UNIT_TOO_COARSE",
    "@symbol: USDT, step|one step is worth 0.000001 USDT",
  ],
  ["tiered", "BTC: 10", "XRP: 10", "MARKET_UNKNOWN_ASSET", "XRP"],
  [
    "tiered",
    "borrow: coin }\n  - { symbol: ETH",
    "borrow: stable }\n  - { symbol: ETH",
    "RULES_REFERENCE",
    '@borrow: stable|"stable" is not one of the file\'s borrow',
  ],
  [
    "tiered",
    "symbol: BTC-PERP, underlying: BTC",
    "symbol: BTC-PERP, underlying: XBT",
    "RULES_REFERENCE",
    '"XBT"',
  ],
  ["tiered", "mark: 3003, model: crowded", "mark: 3003, model: crowd", "RULES_REFERENCE", '"crowd"'],
  [
    "tiered",
    "brackets: alts",
    "brackets: alt",
    "RULES_REFERENCE",
    '"alt" is not one of the file\'s brackets',
  ],
  ["tiered", "settlement: BTC-PNL", "settlement: XBT-PNL", "RULES_REFERENCE", '"XBT-PNL"'],
  ["tiered", "contract: 100,", "", "RULES_SETTLEMENT", "states no contract size"],
  ["tiered", "contract: 100,", "contract: 100, mark: 60001,", "RULES_TICK", "needs a tick"],
  ["tiered", "mark: 3003,", "mark: 3003, tick: 1,", "RULES_TICK", "only prices that are computed"],
  ["tiered", "  ETH-PERP: 10 ", "  BTC-PERP: 10 ", "RULES_OPEN_INTEREST", "@symbol: ETH-PERP|none is stated"],
  ["tiered", "  ETH-PERP: 10 ", "  ETH-PERP: 10\n  XRP: 5 ", "RULES_REFERENCE", "open interest of XRP"],
  [
    "tiered",
    "low: 10000, high: 110000",
    "low: 10000, high: 10000",
    "RULES_OPEN_INTEREST",
    "is not above low",
  ],
  [
    "tiered",
    "name: USDC depeg",
    "name: BTC -50% alts -70%",
    "RULES_DUPLICATE",
    "@moves: { USDC|two stress scenarios",
  ],
  ["tiered", "moves: { USDC: -0.12 }", "moves: { USDT: -0.12 }", "RULES_STRESS", "quote currency"],
  ["tiered", "moves: { USDC: -0.12 }", "moves: { UST: -0.12 }", "RULES_REFERENCE", '"UST"'],
  ["tiered", "alts: -0.7 }", "alts: -1.7 }", "RULES_STRESS", "nothing falls by more than 100%"],
  ["tiered", "name: USDC depeg", "name: Now", "MARKET_STRESS_NAME", '@moves: { USDC|"Now" reads as "now"'],
  [
    "tiered",
    "moves: { USDC: -0.12 }, alts: -0.1",
    "volatility: 0.5",
    "MARKET_STRESS_NOTHING",
    "@USDC depeg|no instrument gains or loses",
  ],
  [
    "tiered",
    "symbol: ETH, step",
    "symbol: E1H, asset: ETH, step",
    "MARKET_ASSET_NAME",
    "@symbol: E1H|does not say so",
  ],
  [
    "tiered",
    "symbol: BTC-INV",
    "symbol: btc-perp",
    "MARKET_NAME_ALIKE",
    '@symbol: btc-perp|looks like "BTC-PERP"',
  ],
  ["tiered", "symbol: BTC-INV,", "symbol: BTC-PERP,", "RULES_DUPLICATE", "@contract: 100,|is listed on line"],
  [
    "tiered",
    "{ symbol: USDT, step",
    "{ symbol: USDT, underlying: BTC, step",
    "RULES_ASSET",
    "worth 1 of itself",
  ],
  [
    "tiered",
    "{ symbol: USDT, step",
    "{ symbol: USDT, model: cross, step",
    "RULES_ASSET",
    "no model moves it",
  ],
  [
    "tiered",
    "liquidationFee: 0.0005",
    "liquidationFees: 0.0005",
    "RULES_SCHEMA",
    "liquidationFees: no such field",
  ],
  [
    "tiered",
    "price: 3000 }",
    "price: 3000, colour: red }",
    "RULES_SCHEMA",
    "underlyings.ETH.colour: no such field",
  ],
  ["tiered", "price: 3000 }", "price: 3e3 }", "RULES_SCHEMA", "plain decimal"],
  [
    "tiered",
    "price: 3000 }",
    "price: -3000 }",
    "MARKET_NEGATIVE_PRICE",
    "@- { symbol: ETH, |only derivatives can be worth less",
  ],
  ["tiered", "price: 3000 }", "price: 3000.0000000000000000001 }", "RULES_SCHEMA", "plain decimal"],
  ["tiered", "{ price: 3000 }", "3000", "RULES_SCHEMA", "must be a map"],
  [
    "tiered",
    "time: 2026-11-23T08:00:00Z",
    "time: 2026-02-30T08:00:00Z",
    "RULES_SCHEMA",
    "must be a real date",
  ],
  ["tiered", "quote: USDT", "# no quote", "RULES_SCHEMA", "quote: is missing"],
  [
    "tiered",
    "  ETH: { price: 3000 }",
    "  BTC: { price: 3000 }",
    "RULES_YAML",
    'the key "BTC" was given on line',
  ],
  ["tiered", "price: 3000 }", "price: &p 3000 }", "RULES_YAML", "anchors"],
  ["tiered", "price: 3000 }", "price: *p }", "RULES_YAML", ""],
  ["tiered", "price: 3000 }", "price: !!float 3000 }", "RULES_YAML", "tags"],
  [
    "span",
    "{ strike: 60000, call",
    "{ strike: 60000, volatility: 0, call",
    "OPTION_VOLATILITY",
    "implied volatility above 0",
  ],
  [
    "span",
    "price: 60000, volatility: 0.55 }",
    "price: 60000 }",
    "OPTION_VOLATILITY",
    "@strike: 60000, call|BTC-25DEC26 strike 60000",
  ],
  [
    "span",
    "    expiry: 2026-12-25T08:00:00Z",
    "    expiry: 2026-11-23T07:59:59Z",
    "OPTION_EXPIRED",
    "BTC-25DEC26 expired",
  ],
  [
    "span",
    "underlying: BTC, expiry: 2026-12",
    "underlying: BTC, expiry: 2026-10",
    "RULES_EXPIRED",
    "BTC-25DEC26 expired",
  ],
  ["span", "    tick: 0.5 ", "    # ", "RULES_TICK", "@strike: 54000|needs the chain's tick"],
  [
    "span",
    "volatility: 0.62, put: model }",
    "volatility: 0.62 }",
    "RULES_OPTION",
    "neither a call nor a put",
  ],
  [
    "span",
    "call: 4215.5, put: 3770",
    "call: 60450.01, put: 3770",
    "RULES_OPTION",
    "@call: 60450.01|BTC-25DEC26-60000-C: a premium of 60450.01 is more than a call can pay, its underlying, 60450",
  ],
  [
    "span",
    "tick: 0.5 ",
    "rate: 0.05\n    tick: 0.5 ",
    "RULES_OPTION",
    "@rate: 0.05|states a rate, and its model scan discounts nothing",
  ],
  [
    "span",
    "call: 4215.5, put: 3770",
    "call: 60450, put: 60000.5",
    "RULES_OPTION",
    "@put: 60000.5|more than a put can pay, its strike, 60000",
  ],
  [
    "span",
    "{ strike: 60000, call: 4215.5",
    "{ strike: 54000, put: 4215.5, call: 1",
    "RULES_YAML",
    "was given on line",
  ],
  [
    "span",
    "- { strike: 60000, call: 4215.5, put: 3770 }",
    "- { strike: 54000, put: 3770 }",
    "RULES_DUPLICATE",
    "BTC-25DEC26-54000-P is listed",
  ],
  [
    "span",
    "mark: 60450, model: scan }",
    "mark: 60450, model: scan, brackets: x }",
    "RULES_MODEL",
    "only instruments of a tiered model",
  ],
  [
    "span",
    "priceScan: 0.15 ",
    "pricescan: 0.15 ",
    "RULES_SCHEMA",
    "@  scan:\n|models.scan.priceScan: is missing",
  ],
  ["span", "volScanKind: absolute", "volScanKind: relative", "RULES_SCHEMA", "models.scan.volScanKind"],
  ["span", "kind: span", "kind: spam", "RULES_SCHEMA", "models.scan.kind"],
  ["span", "initialFactor: 1.25", "initialFactor: 1.23456", "RULES_SCHEMA", "at most four decimals"],
  ["span", "initialFactor: 1.25", "initialFactor: 0.99", "RULES_SCHEMA", "must be at least 1"],
  [
    "span",
    "quote: USDT",
    "quote: USDT\nmarginCall: 0.99",
    "RULES_SCHEMA",
    "@marginCall: 0.99|must be 1 to 2",
  ],
  ["span", "quote: USDT", "quote: USDT\nmarginCall: 2.5", "RULES_SCHEMA", "@marginCall: 2.5|must be 1 to 2"],
  [
    "span",
    "quote: USDT",
    "quote: USDT\nmarginCall: 1.23456",
    "RULES_SCHEMA",
    "@marginCall: 1.23456|must be 1 to 2",
  ],
  ["deribit", "mm_factor: 0.8", "mm_factor: 0.7", "MODEL_INPUT", "must be a whole number"],
  ["deribit", "settlement: BTC-PNL        # settled in coin", "settlement: PNL", "RULES_REFERENCE", '"PNL"'],
  [
    "deribit",
    "moves: { BTC: -0.5 }",
    "moves: { BTC: -1 }",
    "MODEL_INPUT",
    "@-50% vol|settled in coin has no value",
  ],
  ["paradex", "hedgedRate: 0.01 ", "hedgedRate: 0.05 ", "MODEL_INPUT", "at most twice netRate"],
  [
    "hybrid",
    "{ name: up 15% vol up, ",
    "{ name: down 15% vol up, ",
    "MODEL_DUPLICATE_SCENARIO",
    "@price: 0.15, |two scenarios called",
  ],
  ["okx", "{ from: 1000000, rate: 0.001 }", "{ from: 1000000, rate: 0.0001 }", "RULES_MODEL", "decreases"],
  [
    "delta-plus",
    "initialFactor: 1.2",
    "initialFactor: 1.2\n  scan: { kind: span, priceScan: 0.1, volScan: 0.1, volScanKind: absolute }",
    "",
    "",
  ],
];

describe("a bad rule is refused with its line and the reason", () => {
  test.each(BAD.filter(([, , , code]) => code !== ""))("%s: %s -> %s", (name, from, to, code, words) => {
    const good = rulesOf(name);
    const bad = edited(good, from, to);
    const error = refusal(bad)!;
    expect(error?.code, error?.message).toBe(code);
    expect(error.exitCode).toBe(2);
    const [place, reason] = words.startsWith("@") ? words.slice(1).split("|") : [undefined, words];
    const offset = good.indexOf(from);
    const changed =
      good.slice(0, offset).split("\n").length + (to.match(/^[^\n]*\n(?= {2}(XRP|scan))/) ? 1 : 0);
    const line = place === undefined ? changed : lineOf(bad, place);
    const whole = name === "tiered" && from === "quote: USDT" ? 3 : line;
    expect(error.message).toContain(reason);
    expect(error.message.startsWith(`rules, line ${whole}: `), `${error.message}, not line ${whole}`).toBe(
      true,
    );
  });

  test.each(BAD.filter(([, , , code]) => code === ""))("while %s: %s -> %s is fine", (name, from, to) => {
    expect(refusal(edited(rulesOf(name), from, to))).toBeUndefined();
  });

  test("a model without scenarios, with the line of its empty list", () => {
    const text = rulesOf("hybrid").replace(/ {4}scenarios: .*\n.*\n.*\n/, "    scenarios: []\n");
    const error = refusal(text)!;
    expect(error.code).toBe("MODEL_NO_SCENARIOS");
    expect(error.message).toContain(`rules, line ${lineOf(text, "scenarios: []")}: `);
  });

  test("buffers on a model whose groups have parts", () => {
    const buffers = "previousEpoch: none\nbuffers:\n  antiProcyclicality: { buffer: 0.25, maxRise: 0.5 }\n";
    const text = rulesOf("derive").replace("models:\n", `${buffers}models:\n`);
    const error = refusal(text)!;
    expect(error.code).toBe("RULES_BUFFERS");
    expect(error.message).toContain("group expiries: BTC 4 days is a part of expiries: BTC portfolio");
    expect(refusal(text.replace("netting: expiry", "netting: holding"))).toBeUndefined();
  });

  test("five stress scenarios", () => {
    const more = [1, 2, 3].map((k) => `  - { name: more ${k}, alts: -0.1 }\n`).join("");
    const error = refusal(rulesOf("tiered").replace("stress:\n", `stress:\n${more}`))!;
    expect([error.code, error.message]).toEqual([
      "RULES_SCHEMA",
      expect.stringContaining("room for 4 stress"),
    ]);
  });

  test("whatever is edited, the answer is a market or a refusal with a line", () => {
    const tokens = [
      "0",
      "-1",
      "x",
      "[]",
      "{}",
      "1e9",
      "~",
      "''",
      "99999999999999999999",
      "0.000000000000000001",
    ];
    const change = fc.tuple(
      fc.constantFrom("tiered", "delta-plus"),
      fc.nat(),
      fc.nat(),
      fc.constantFrom(...tokens),
    );
    fc.assert(
      fc.property(change, ([name, row, part, token]) => {
        const rows = rulesOf(name)
          .split("\n")
          .filter((r) => !/^\s*(#|$)/.test(r));
        const at = row % rows.length;
        const words = rows[at]!.split(/(?<=[:,] )/);
        words[part % words.length] = part % 5 === 0 ? "" : token;
        rows[at] = words.join("");
        const error = refusal(rows.join("\n"));
        if (error !== undefined) expect(error.message).toMatch(/^rules, line \d+: /);
        if (error !== undefined) expect(error.code).toMatch(/^(RULES|MARKET|MODEL|OPTION|VALUE|ENTRY|TOO)_/);
      }),
      { numRuns: 300 },
    );
  });
});

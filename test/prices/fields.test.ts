import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { evidenceFile } from "../../src/prices/evidenceFile.js";
import { address, chainId, instant, ratio, signedDecimal, sourceName } from "../../src/prices/fields.js";
import { medianPrices } from "../../src/prices/index.js";
import { pricePolicy } from "../../src/prices/policy.js";
import { priceFile } from "../../src/prices/priceFile.js";
import { terms } from "../../src/prices/terms.js";
import { EPOCH, file, policy } from "./support.js";

/** What a field reads as, or "refused". */
const reads =
  (schema: z.ZodType) =>
  (value: unknown): unknown => {
    const parsed = schema.safeParse(value);
    return parsed.success ? parsed.data : "refused";
  };
const LOW = "0x52908400098527886e0f7030069857d2e4169ee7";
const SUMMED = "0x52908400098527886E0F7030069857D2E4169EE7";
const MIXED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

describe("a field of a price file or policy has one canonical text", () => {
  it.each<[string, z.ZodType, (readonly [given: unknown, read: unknown])[]]>([
    [
      "a decimal",
      signedDecimal,
      [
        ["1.50", "1.5"],
        ["-0.10", "-0.1"],
        ["0.0", "0"],
        [`-${"9".repeat(21)}.${"9".repeat(18)}`, `-${"9".repeat(21)}.${"9".repeat(18)}`],
      ],
    ],
    [
      "a ratio",
      ratio,
      [
        ["0", "0"],
        ["0.0", "0"],
        ["0.50", "0.5"],
        ["0.999999999999999999", "0.999999999999999999"],
      ],
    ],
    [
      "a source",
      sourceName,
      [
        ["A", "A"],
        ["A b~", "A b~"],
        ["!".repeat(80), "!".repeat(80)],
      ],
    ],
    [
      "an address",
      address,
      [
        [LOW, SUMMED],
        [SUMMED, SUMMED],
        [MIXED, MIXED],
      ],
    ],
    [
      "a moment",
      instant,
      [
        ["2026-11-23T08:00:00.500Z", "2026-11-23T08:00:00.5Z"],
        ["2026-11-23T08:00:00.123456789Z", "2026-11-23T08:00:00.123456789Z"],
      ],
    ],
    [
      "a chain",
      chainId,
      [
        [1, 1],
        [2 ** 53 - 1, 2 ** 53 - 1],
      ],
    ],
  ])("%s", (_, schema, pairs) => {
    for (const [given, read] of pairs) expect(reads(schema)(given)).toBe(read);
  });

  it.each<[string, z.ZodType, unknown[]]>([
    [
      "decimal",
      signedDecimal,
      ["", "x1", "1x", "-0", "-0.0", "1.", ".1", "01", `1${"0".repeat(21)}`, `0.${"1".repeat(19)}`, 1],
    ],
    ["ratio", ratio, ["1", "1.0", "-0.1", "10.5", "x"]],
    ["source", sourceName, ["", " A", "A ", "é", "A\n", "!".repeat(81)]],
    [
      "address",
      address,
      [
        `x${LOW}`,
        `${LOW}0`,
        LOW.slice(1),
        LOW.slice(0, -1),
        MIXED.replace("Ae", "ae"),
        SUMMED.replace("0x", "0X"),
      ],
    ],
    ["moment", instant, ["2026-02-30T08:00:00Z", "2026-11-23T08:00:00", "2026-11-23T08:00:00.1234567891Z"]],
    ["chain", chainId, [0, -1, 1.5, 2 ** 53, "1"]],
  ])("and is no %s otherwise", (_, schema, values) => {
    for (const value of values) expect(reads(schema)(value), JSON.stringify(value)).toBe("refused");
  });

  it("a contract has a size, an option one to four underlyings", () => {
    const accepted = (entry: object): boolean => terms.safeParse(entry).success;
    const perpetual = { instrument: "X", kind: "perpetual", settlement: "BTC" };
    expect(["100", "0.1", undefined].map((contract) => accepted({ ...perpetual, contract }))).toEqual([
      true,
      true,
      true,
    ]);
    expect(["0", "0.0", "-1"].map((contract) => accepted({ ...perpetual, contract }))).toEqual([
      false,
      false,
      false,
    ]);
    const option = { instrument: "X", kind: "option", settlement: "USDT" };
    const counts = [0, 1, 4, 5].map((n) => accepted({ ...option, underlyings: Array(n).fill("BTC") }));
    expect(counts).toEqual([false, true, true, false]);
    const said = terms.safeParse({ ...option, underlyings: [] }).error?.issues[0]?.message;
    expect(said).toBe("must name whose signed price the notional counts at");
  });

  it("figures of a policy have their bounds", () => {
    const accepted = (over: object): boolean => pricePolicy.safeParse({ ...policy(3), ...over }).success;
    const bounds: [field: string, lowest: number, highest: number][] = [
      ["quorum", 1, 64],
      ["maxAgeSeconds", 0, 604_800],
      ["decimals", 0, 18],
    ];
    for (const [field, lowest, highest] of bounds) {
      for (const value of [lowest, highest])
        expect(accepted({ [field]: value }), `${field} ${value}`).toBe(true);
      for (const value of [lowest - 1, highest + 1, lowest + 0.5])
        expect(accepted({ [field]: value }), `${field} ${value}`).toBe(false);
    }
    const signers = (count: number) => ({
      signers: Array.from({ length: count }, (_, n) => ({
        name: `S${n}`,
        address: `0x${n.toString(16).padStart(40, "0")}`,
      })),
    });
    expect([0, 1, 64, 65].map((count) => accepted(signers(count)))).toEqual([false, true, true, false]);
    const exception = { instrument: "X" };
    expect(accepted({ exceptions: [exception] })).toBe(false);
    expect(accepted({ exceptions: [{ ...exception, decimals: undefined }] })).toBe(false);
    expect(accepted({ exceptions: [{ ...exception, indexOptional: true }] })).toBe(true);
  });

  it("lists of a policy have theirs", () => {
    const accepted = (over: object): boolean => pricePolicy.safeParse({ ...policy(3), ...over }).success;
    const exception = { instrument: "X" };
    expect(accepted({ exceptions: Array(32_768).fill({ ...exception, decimals: 0 }) })).toBe(true);
    expect(accepted({ exceptions: Array(32_769).fill({ ...exception, decimals: 0 }) })).toBe(false);
    const named = { instrument: "X", kind: "asset", asset: "X" };
    expect([32_768, 32_769].map((count) => accepted({ terms: Array(count).fill(named) }))).toEqual([
      true,
      false,
    ]);
  });

  it("and so have lists of observations, files and medians", () => {
    const good = file(0, [{ price: "1" }]);
    const [seen] = good.observations;
    const accepted = (over: object): boolean => priceFile.safeParse({ ...good, ...over }).success;
    expect([0, 1, 32_768, 32_769].map((n) => accepted({ observations: Array(n).fill(seen) }))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect([200, 201].map((length) => accepted({ signature: "0".repeat(length) }))).toEqual([true, false]);
    const files = [good, file(1, [{ price: "1" }])];
    const { evidence } = medianPrices({ files, policy: policy(2), time: EPOCH });
    const [median] = evidence.medians;
    const holds = (over: object): boolean => evidenceFile.safeParse({ ...evidence, ...over }).success;
    expect([64, 65].map((n) => holds({ files: Array(n).fill(good) }))).toEqual([true, false]);
    expect([0, 32_768, 32_769].map((n) => holds({ medians: Array(n).fill(median) }))).toEqual([
      true,
      true,
      false,
    ]);
    const observed = [0, 1, 64, 65, 1.5].map((observations) =>
      holds({ medians: [{ ...median, observations }] }),
    );
    expect(observed).toEqual([false, true, true, false, false]);
  });
});

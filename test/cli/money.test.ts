import { describe, expect, it } from "vitest";
import { durationText } from "../../src/report/duration.js";
import { coverage } from "../../src/report/epochText.js";
import { grouped, initialText, percentDown, percentUp, unitsText } from "../../src/report/money.js";
import { pairs, textTable } from "../../src/report/table.js";
import { visible } from "../../src/report/visible.js";

describe("figures", () => {
  it("writes units exactly, however large", () => {
    const huge = (1n << 160n) - 1n;
    expect(unitsText(huge, "1")).toBe(huge.toString());
    expect(unitsText(huge, "0.0000000001")).toBe("146150163733090291820368483271628301965.5932542975");
    expect(unitsText(-huge, "0.01")).toBe("-14615016373309029182036848327162830196559325429.75");
    expect(unitsText(0n, "0.001")).toBe("0");
    expect(unitsText(1500n, "0.001")).toBe("1.5");
    expect(unitsText(3n, "1000")).toBe("3000");
  });

  it("counts initial requirements in 1/10000 of a unit", () => {
    expect(initialText(1n, "0.01")).toBe("0.000001");
    expect(initialText(2_290_077n * 10_000n, "0.0001")).toBe("229.0077");
    expect(initialText((1n << 100n) * 10_000n, "1")).toBe((1n << 100n).toString());
  });

  it("separates thousands in the whole part only", () => {
    expect(grouped("0")).toBe("0");
    expect(grouped("999")).toBe("999");
    expect(grouped("1000")).toBe("1,000");
    expect(grouped("-123456.7654321")).toBe("-123,456.7654321");
    expect(grouped("-100")).toBe("-100");
    expect(grouped("12345678901234567890.0001")).toBe("12,345,678,901,234,567,890.0001");
  });

  it("rounds a margin ratio against the account", () => {
    expect(percentUp(0n, 5n)).toBe("0%");
    expect(percentUp(1n, 3n)).toBe("33.34%");
    expect(percentUp(1n, 1n << 90n)).toBe("0.01%");
    expect(percentUp(10n ** 40n + 1n, 10n ** 40n)).toBe("100.01%");
    expect(() => percentUp(1n, 0n)).toThrow(RangeError);
  });

  it("rounds a share of accounts either way", () => {
    expect([percentUp(1n, 100_000n), percentDown(1n, 100_000n)]).toEqual(["0.01%", "0%"]);
    expect([percentUp(99_999n, 100_000n), percentDown(99_999n, 100_000n)]).toEqual(["100%", "99.99%"]);
    expect([percentUp(3n, 8n), percentDown(3n, 8n), percentDown(8n, 8n)]).toEqual(["37.5%", "37.5%", "100%"]);
    expect(() => percentDown(0n, 0n)).toThrow(RangeError);
  });

  it("rounds coverage against the exchange", () => {
    expect(coverage("387735.3", "395490.01")).toBe("102.00%");
    expect(coverage("3", "2.9999999")).toBe("99.99%");
    expect(coverage("0.45223", "0")).toBe("0.00%");
    expect(coverage("0", "5")).toBe("nothing owed");
  });

  it("writes durations", () => {
    expect([0.4, 59.4, 60, 3599, 3600, 100_000].map(durationText)).toEqual([
      "0s",
      "59s",
      "1m 00s",
      "59m 59s",
      "1h 00m",
      "27h 46m",
    ]);
  });
});

describe("layout", () => {
  it("aligns columns", () => {
    const columns = [{ title: "a" }, { title: "amount", align: "right" as const }];
    const rows = [
      ["long name", "1"],
      ["b", "22,000"],
    ];
    expect(textTable(columns, rows, "")).toBe(
      "a          amount\n---------  ------\nlong name       1\nb          22,000",
    );
    expect(textTable(columns, [], "")).toBe("a  amount\n-  ------");
    expect(
      pairs(
        [
          ["a", "1"],
          ["bcd", "2"],
        ],
        "",
      ),
    ).toBe("a    1\nbcd  2");
  });

  it("shows what could redraw the screen or fake a line", () => {
    expect(visible("a\nVALID: \x1b[2Kb\u202e\u2028")).toBe("a\\u{a}VALID: \\u{1b}[2Kb\\u{202e}\\u{2028}");
    expect(visible("Börse 東京 -30%")).toBe("Börse 東京 -30%");
  });
});

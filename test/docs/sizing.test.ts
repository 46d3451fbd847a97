import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FIGURES, sizeOf, sizingTable } from "../../scripts/sizing/sizing.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";

const HOUR = 3600;

describe("the sizing of docs/operations.md", () => {
  it("is what the script makes of the figures", () => {
    const doc = readFileSync(join(PACKAGE_ROOT, "docs", "operations.md"), "utf8");
    const [, table] = /<!-- sizing -->\n([\s\S]*?)\n<!-- \/sizing -->/.exec(doc)!;
    expect(table!.trim()).toBe(sizingTable(FIGURES));
  });

  it("stands on the figures that docs/performance.md has", () => {
    const doc = readFileSync(join(PACKAGE_ROOT, "docs", "performance.md"), "utf8").replace(/\s+/g, " ");
    const { accounts, cpuSeconds, mebibytesOneWorker, mebibytesTwoWorkers } = FIGURES.proving;
    const grouped = (value: number): string => value.toLocaleString("en");
    expect(doc).toContain(`sample --accounts ${accounts} --seed 7`);
    expect(doc).toContain(`${cpuSeconds} CPU-seconds with two workers, ${grouped(mebibytesTwoWorkers)} MiB`);
    expect(doc).toContain(`${grouped(mebibytesOneWorker)} MiB with one`);
  });

  it("rounds up, and fits proofs into the time that is left when the part of one process is done", () => {
    const { usePercent } = FIGURES.assumed;
    for (const accounts of [1, 2_000, 57_123, 1_000_000]) {
      for (const cadence of [HOUR / 4, HOUR, 24 * HOUR]) {
        const { cores, cpuSeconds } = sizeOf(FIGURES, accounts, cadence);
        const alone = (FIGURES.alone.cpuSeconds * accounts) / FIGURES.alone.accounts;
        const seconds = (FIGURES.proving.cpuSeconds * accounts) / FIGURES.proving.accounts;
        expect(Number(cpuSeconds)).toBeGreaterThanOrEqual(seconds);
        if (cores === undefined) {
          expect(alone).toBeGreaterThan((cadence * usePercent) / 100 - 2);
          continue;
        }
        expect(alone + (seconds - alone) / Number(cores)).toBeLessThanOrEqual((cadence * usePercent) / 100);
        if (cores > 1n)
          expect(alone + (seconds - alone) / (Number(cores) - 1)).toBeGreaterThan(
            (cadence * usePercent) / 100 - 3,
          );
      }
    }
  });

  it("says so where one process alone takes too long", () => {
    expect(sizeOf(FIGURES, 100_000_000, HOUR)).toMatchObject({ cores: undefined, microUsdAMonth: undefined });
  });
});

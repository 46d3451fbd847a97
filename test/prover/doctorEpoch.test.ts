import { describe, expect, it } from "vitest";
import { silentProgress } from "../../src/files/progress.js";
import { loadProfile } from "../../src/keys/instances.js";
import { diagnose } from "../../src/prover/doctor/diagnose.js";
import { tinyBundle, tinyEpochPaths, verifyTiny } from "../support/tinyBundle.js";

/** What doctor says beforehand against what was proved and verified of the same inputs. */
describe("doctor on epochs that were proved", () => {
  it.each(["covered", "uncovered", "pockets", "signed"] as const)(
    "%s: the same steps, bands and failed checks",
    async (name) => {
      const paths = tinyEpochPaths(name);
      const found = await diagnose({
        marketPath: paths.market,
        accountsPath: paths.accounts,
        ...(name === "signed" ? { evidencePath: paths.evidence } : {}),
        profile: loadProfile("test"),
        workers: 2,
        progress: silentProgress,
      });
      const { statement, verdict } = await verifyTiny(await tinyBundle(name));
      const shapes = [...statement!.batches, ...statement!.tableSteps].map(({ shape }) => shape);
      const counted = found.book!.steps.flatMap(({ shape, steps }) =>
        Array.from({ length: steps }, () => shape),
      );
      expect([...counted].sort()).toEqual([...shapes].sort());
      const bands = Object.fromEntries(
        Object.entries(statement!.totals.bands).map(([band, count]) => [band, Number(count)]),
      );
      expect(found.book!.bands).toEqual(bands);
      const failed = verdict.checks.filter(({ status }) => status === "fail").map(({ id }) => id);
      const fails = found.findings
        .filter(({ level }) => level === "fails")
        .map(({ code, about }) => `${code}:${about}`);
      expect([...fails].sort()).toEqual([...failed].sort());
      expect(found.clear).toBe(verdict.solvent);
    },
  );
});

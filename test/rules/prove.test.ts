import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Decimal } from "decimal.js";
import { afterAll, describe, expect, test } from "vitest";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { readBundle } from "../../src/files/bundleFolder.js";
import { silentProgress } from "../../src/files/progress.js";
import { checkAccount } from "../../src/holder/checkAccount.js";
import { loadProfile } from "../../src/keys/instances.js";
import { compileTable, parseMarket, roundingBound } from "../../src/market/index.js";
import { BANDS } from "../../src/protocol/bands.js";
import { Evaluator } from "../../src/protocol/evaluate.js";
import { disclose } from "../../src/prover/disclose.js";
import { proveEpoch } from "../../src/prover/prove.js";
import { createWasmBackend } from "../../src/prover/wasm/wasmBackend.js";
import { buildMarket } from "../../src/rules/index.js";
import { compareEngines } from "../reference/againstTable.js";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyPins, verifyTiny } from "../support/tinyBundle.js";
import {
  accountsOf,
  EXAMPLES,
  exampleBooks,
  marginproof,
  portfoliosOf,
  rulesOf,
  temporaryFolder,
} from "./support.js";

const FIVE_MINUTES = 300_000;
const { folder, remove } = temporaryFolder();
const backend = createWasmBackend({ workers: 2 });
afterAll(async () => {
  await backend.close();
  remove();
});

/**
 * Every market of examples/rules from rules to verdict, with real proofs under profile `examples`; and what the proofs add
 * up to is what the decimal reference engine says of the accounts.
 */
describe("examples/rules proved", () => {
  test("no example is left out", () => {
    const files = readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isFile());
    const covered = exampleBooks.flatMap(({ accounts, rules }) => [`${accounts}.csv`, `${rules}.yaml`]);
    expect(files.map(({ name }) => name).sort()).toEqual([...new Set(covered)].sort());
  });

  test.concurrent.each(exampleBooks)(
    "$accounts under the rules of $rules",
    async ({ accounts, rules }) => {
      const at = (name: string) => join(folder, accounts, name);
      const rulesPath = join(EXAMPLES, `${rules}.yaml`);
      const marketPath = join(folder, `${accounts}.json`);
      const built = await marginproof("market", "build", rulesPath, "--out", marketPath);
      expect([built.code, built.err]).toEqual([0, ""]);
      const same = await marginproof("market", "verify", marketPath, "--rules", rulesPath);
      expect([same.code, same.err]).toEqual([0, ""]);
      expect(same.out).toContain("SAME");

      await proveEpoch({
        marketPath,
        accountsPath: accountsOf(accounts),
        out: at("bundle"),
        privateDir: at("private"),
        keysDir: TEST_KEYS,
        profile: loadProfile("examples"),
        backend,
        inFlight: 2,
        progress: silentProgress,
      });
      const { verdict, statement } = await verifyTiny(await readBundle(at("bundle")));
      expect(verdict).toMatchObject({ valid: true, proved: true, solvent: true });

      const market = parseMarket(buildMarket(rulesOf(rules)));
      const table = compileTable(market);
      const book = await portfoliosOf(accounts, market);
      const { totals } = statement!;
      const bound = roundingBound(table, market);
      const evaluator = new Evaluator(table);
      const exact = book.map(({ holdings }) => compareEngines(market, table, holdings).reference);
      const allowed = book.map(({ holdings }) => {
        const { holdings: held } = evaluator.evaluate(holdings);
        return bound(held.map(({ row, offset }) => ({ lane: row.laneIndex, steps: row.lo + offset })));
      });
      /** The proven sum is the exact one, or more by what rounding may add. */
      const above = (proven: bigint, values: readonly Decimal[], most: readonly bigint[], scale = 1) => {
        const value = values.reduce((all, x) => all.plus(x), new Exact(0)).div(market.valueUnit);
        const excess = new Exact(proven.toString()).div(scale).minus(value);
        const limit = new Exact(most.reduce((all, x) => all + x, 0n).toString()).div(scale);
        expect(excess.gte(0) && excess.lte(limit), `${proven}: ${excess} above, ${limit} allowed`).toBe(true);
      };
      const loss = (x: Decimal) => Decimal.max(0, x.negated());
      const nothing = book.map(() => 0n);
      above(
        totals.positiveEquity,
        exact.map(({ equity }) => Decimal.max(0, equity)),
        nothing,
      );
      above(
        totals.badDebt,
        exact.map(({ equity }) => loss(equity)),
        nothing,
      );
      const maintenance = allowed.map((b) => b.maintenance);
      above(
        totals.maintenance,
        exact.map((e) => e.maintenance),
        maintenance,
      );
      above(
        totals.shortfall,
        exact.map((e) => loss(e.equity.minus(e.maintenance))),
        maintenance,
      );
      above(
        totals.initial,
        exact.map((e) => e.initial),
        allowed.map((b) => b.initial),
        10_000,
      );
      for (const z of market.stress.keys()) {
        above(
          totals.stressBadDebt[z]!,
          exact.map((e) => loss(e.stressed[z]!)),
          allowed.map((b) => b.stressed),
        );
      }
      for (const band of BANDS) {
        expect(totals.bands[band], band).toBe(BigInt(exact.filter((e) => e.band === band).length));
      }

      const { account } = book[0]!;
      const findings = checkAccount(await disclose(at("private"), account), {
        statement: statement!,
        digest: verdict.statementDigest!,
        table,
        pins: await tinyPins(),
        hasher: bestPoseidon(),
        account,
      });
      const own = book.filter((one) => one.account === account);
      expect(new Map(findings.pockets.map(({ opening }) => [opening.pocket, opening.holdings]))).toEqual(
        new Map(own.map(({ pocket, holdings }) => [pocket, holdings])),
      );
    },
    FIVE_MINUTES,
  );
});

const Exact = Decimal.clone({ precision: 120, toExpNeg: -200, toExpPos: 200 });

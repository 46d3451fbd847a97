import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.js";
import { readBundle } from "../../src/files/bundleFolder.js";
import { silentProgress } from "../../src/files/progress.js";
import { loadProfile } from "../../src/keys/instances.js";
import { proveEpoch } from "../../src/prover/prove.js";
import { createWasmBackend } from "../../src/prover/wasm/wasmBackend.js";
import { buildMarket, marketText } from "../../src/rules/index.js";
import { TEST_KEYS } from "../support/circuit.js";
import { verifyTiny } from "../support/tinyBundle.js";
import { accountsOf, EXAMPLES, rulesOf, write } from "./support.js";

/** examples/rules/isolated.csv under tiered.yaml; every figure here is worked by hand in docs/models/isolated.md. */
describe("cross and isolated pockets under tiered rules", () => {
  const folder = mkdtempSync(join(tmpdir(), "marginproof-isolated-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let market: string;

  beforeAll(() => {
    market = write(folder, "market.json", marketText(buildMarket(rulesOf("tiered"))));
  });

  async function explain(...args: string[]) {
    const [out, err]: [string[], string[]] = [[], []];
    const terminal = {
      out: (t: string) => void out.push(t),
      err: (t: string) => void err.push(t),
      errIsScreen: false,
    };
    const files = ["--market", market, "--accounts", accountsOf("isolated")];
    const code = await runCli(["market", "explain", ...args, ...files], terminal);
    return { code, out: out.join("\n"), err: err.join("") };
  }

  const figures = async (...args: string[]) => {
    const { pockets } = JSON.parse((await explain(...args, "--json")).out) as Report;
    return pockets.map(({ pocket, totals, stress }) => [
      pocket,
      totals.equity.amount,
      totals.maintenance.amount,
      totals.health,
      stress[0]!.equity.amount,
    ]);
  };

  test("explain shows each pocket by itself, cross first", async () => {
    expect(await figures("alice")).toEqual([
      ["", "42000.5", "280.00275", "sound", "12000.25"],
      ["BTC-PERP", "-499", "610.0055", "bankrupt", "-60499.5"],
      ["ETH-PERP", "6470", "465.765", "sound", "27491"],
    ]);
    expect(await figures("carol")).toEqual([
      ["", "1499.7", "0.75", "sound", "1499.7"],
      ["17", "430", "465.765", "below-maintenance", "-20591"],
    ]);
    const { out } = await explain("alice");
    expect(out).toMatch(/The cross pocket[\s\S]*The isolated pocket "BTC-PERP"[\s\S]*BANKRUPT/);
  });

  test("explain --pocket shows one, and says which there are", async () => {
    expect((await figures("alice", "--pocket", "ETH-PERP")).map(([pocket]) => pocket)).toEqual(["ETH-PERP"]);
    expect((await figures("alice", "--pocket", "cross")).map(([pocket]) => pocket)).toEqual([""]);
    const { code, err } = await explain("carol", "--pocket", "BTC-PERP");
    expect(code).toBe(2);
    expect(err).toContain("EXPLAIN_NO_POCKET");
    expect(err).toContain('It has: cross pocket, isolated pocket "17".');
    expect((await explain("dora", "--pocket", "17")).err).toContain("EXPLAIN_NO_ACCOUNT");
  });

  test("is proved and verified with real proofs: alice's rich cross pocket pays for nothing", async () => {
    const backend = createWasmBackend({ workers: 1 });
    const bundle = join(folder, "bundle");
    try {
      await proveEpoch({
        marketPath: market,
        accountsPath: accountsOf("isolated"),
        out: bundle,
        privateDir: join(folder, "private"),
        keysDir: TEST_KEYS,
        profile: loadProfile("test"),
        backend,
        inFlight: 1,
        progress: silentProgress,
      });
    } finally {
      await backend.close();
    }
    const { verdict, statement } = await verifyTiny(await readBundle(bundle));
    expect(verdict).toMatchObject({ valid: true, proved: true, solvent: true });
    const unit = 10n ** 10n;
    expect(statement!.totals).toMatchObject({
      bands: { bankrupt: 1n, liquidation: 1n },
      badDebt: 499n * unit,
      stressBadDebt: [810_905_000_000_000n, expect.any(BigInt), 0n, 0n],
    });
  });

  test("the page that works it by hand says the same figures", () => {
    const page = readFileSync(join(EXAMPLES, "..", "..", "docs", "models", "isolated.md"), "utf8");
    for (const figure of ["42,000.5", "280.00275", "-499", "610.0055", "6,470", "465.765", "430"]) {
      expect(page).toContain(figure);
    }
  });
});

interface Report {
  readonly pockets: readonly {
    pocket: string;
    totals: { equity: Amount; maintenance: Amount; health: string };
    stress: readonly { equity: Amount }[];
  }[];
}
interface Amount {
  readonly amount: string;
}

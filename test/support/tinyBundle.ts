import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bestPoseidon } from "../../src/field/bestPoseidon.js";
import type { MarketJson } from "../../src/market/index.js";
import type { ProverBackend } from "../../src/prover/backends/backend.js";
import { readBundle } from "../../src/prover/bundleFolder.js";
import { loadProfile } from "../../src/prover/instances.js";
import { loadKeyList } from "../../src/prover/keyFolder.js";
import { silentProgress } from "../../src/prover/progress.js";
import { proveEpoch } from "../../src/prover/prove.js";
import type { BundleParts } from "../../src/verifier/bundle.js";
import type { PinnedKey } from "../../src/verifier/pins.js";
import { type VerifiedEpoch, type VerifyOptions, verifyEpoch } from "../../src/verifier/verifyEpoch.js";
import { TEST_KEYS } from "./circuit.js";
import { TINY_MARKET } from "./tinyMarket.js";

/** Folder of the real bundles that the global setup proves: a covered book and an uncovered one. */
const tinyEpochs = (): string => process.env.MARGINPROOF_TEST_EPOCHS!;

const HEADER = "account,instrument,quantity,entry_price\n";

/** Balanced; three accounts in liquidation, one bankrupt for less than the insurance fund holds. */
const COVERED = `${HEADER}alice,USDT,5000,
alice,BTC-PERP,-1,61000
bob,USDT,60,
bob,BTC-PERP,1,60060
carol,USDT,9000,
carol,BTC-60000-C,-1.5,
carol,BTC,0.2,
dave,USDT,100,
dave,BTC-60000-C,1.5,
erin,USDT,250.5,
erin,BTC-PERP,1.5,60000
frank,USDT,100,
frank,BTC-PERP,-1.5,60000
grace,USDT,10,
heidi,USDT,-700,
heidi,BTC,0.01,
`;

/** Long and short differ, more is owed than reserved, and bad debt exceeds the fund. */
const UNCOVERED = `${HEADER}alice,USDT,20000000,
bob,BTC-PERP,3,160060
carol,USDT,90,
`;

export const TINY_ACCOUNTS = { covered: COVERED, uncovered: UNCOVERED } as const;
export type TinyEpochName = keyof typeof TINY_ACCOUNTS;

export const tinyEpochPaths = (name: TinyEpochName) => ({
  market: join(tinyEpochs(), name, "market.json"),
  accounts: join(tinyEpochs(), name, "accounts.csv"),
  bundle: join(tinyEpochs(), name, "bundle"),
  privateDir: join(tinyEpochs(), name, "private"),
});

/** Writes an input folder of the tiny market. */
export function writeTinyInputs(name: TinyEpochName, market: MarketJson = TINY_MARKET): void {
  const paths = tinyEpochPaths(name);
  mkdirSync(join(tinyEpochs(), name), { recursive: true });
  writeFileSync(paths.market, JSON.stringify(market, null, 1));
  writeFileSync(paths.accounts, TINY_ACCOUNTS[name]);
}

/** Proves both epochs with real proofs under the test profile's development keys. */
export async function proveTinyEpochs(backend: ProverBackend): Promise<void> {
  for (const name of ["covered", "uncovered"] as const) {
    writeTinyInputs(name);
    const paths = tinyEpochPaths(name);
    await proveEpoch({
      marketPath: paths.market,
      accountsPath: paths.accounts,
      out: paths.bundle,
      privateDir: paths.privateDir,
      keysDir: TEST_KEYS,
      profile: loadProfile("test"),
      backend,
      inFlight: 3,
      progress: silentProgress,
    });
  }
}

export async function tinyPins(): Promise<PinnedKey[]> {
  return loadKeyList(join(TEST_KEYS, "keys.json"));
}

export const tinyBundle = (name: TinyEpochName = "covered"): Promise<BundleParts> =>
  readBundle(tinyEpochPaths(name).bundle);

export const tinyMarketText = (name: TinyEpochName = "covered"): string =>
  readFileSync(tinyEpochPaths(name).market, "utf8");

/** Verifies with the test keys pinned and development keys allowed. */
export async function verifyTiny(
  bundle: BundleParts,
  options: Partial<VerifyOptions> = {},
): Promise<VerifiedEpoch> {
  return verifyEpoch(bundle, {
    hasher: bestPoseidon(),
    pins: await tinyPins(),
    allowDevKeys: true,
    ...options,
  });
}

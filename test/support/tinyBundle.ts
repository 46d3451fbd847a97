import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { readBundle } from "../../src/files/bundleFolder.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { silentProgress } from "../../src/files/progress.js";
import { loadProfile } from "../../src/keys/instances.js";
import { loadKeyList } from "../../src/keys/keyFolder.js";
import type { PricePolicyJson } from "../../src/prices/index.js";
import type { ProverBackend } from "../../src/prover/backend.js";
import { proveEpoch } from "../../src/prover/prove.js";
import { buildSignedMarket, type SignedMarket } from "../../src/rules/index.js";
import type { BundleParts } from "../../src/verifier/bundle.js";
import type { VerifyOptions } from "../../src/verifier/options.js";
import type { PinnedKey } from "../../src/verifier/pins.js";
import { type VerifiedEpoch, verifyEpoch } from "../../src/verifier/verifyEpoch.js";
import { TEST_KEYS } from "./circuit.js";
import { TINY_MARKET } from "./tinyMarket.js";

/** Folder of the real bundles that the global setup proves. */
const tinyEpochs = (): string => process.env.MARGINPROOF_TEST_EPOCHS!;

const HEADER = "account,instrument,quantity,entry_price\n";

/** Balanced; three accounts in liquidation, one bankrupt for less than the insurance fund holds. */
const COVERED = `${HEADER}alice,USDT,5000,
alice,BTC-PERP,-1,61000
bob,USDT,60,
bob,BTC-PERP,1,60060
carol,USDT,9000,
carol,BTC-60000-C,-1.5,settled
carol,BTC,0.2,
dave,USDT,100,
dave,BTC-60000-C,1.5,settled
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

/**
 * Holders with pockets, balanced. Hank is rich in his cross pocket; his "long.1" has lost 999.25 more than its collateral
 * of 500 covers. Judy has isolated pockets only.
 */
const POCKETS = `account,pocket,instrument,quantity,entry_price
hank,,USDT,50000,
hank,,BTC-PERP,-0.5,60000
hank,long.1,USDT,500,
hank,long.1,BTC-PERP,1.5,61000
hank,calls,USDT,20000,
hank,calls,BTC-60000-C,-1.5,settled
ivy,,USDT,95000,
ivy,,BTC-PERP,-1,settled
ivy,,BTC-60000-C,1.5,settled
judy,grid,USDT,2000,
judy,grid,BTC,-0.01,
judy,1,BTC,0.02,
`;

/** examples/prices: rules, policy, accounts and three signed price files. */
export const exampleOfPrices = (file: string): string =>
  readFileSync(join(PACKAGE_ROOT, "examples", "prices", file), "utf8");

export const TINY_ACCOUNTS = {
  covered: COVERED,
  uncovered: UNCOVERED,
  pockets: POCKETS,
  signed: exampleOfPrices("accounts.csv"),
} as const;
export type TinyEpochName = keyof typeof TINY_ACCOUNTS;

export const tinyEpochPaths = (name: TinyEpochName) => ({
  market: join(tinyEpochs(), name, "market.json"),
  accounts: join(tinyEpochs(), name, "accounts.csv"),
  evidence: join(tinyEpochs(), name, "evidence.json"),
  bundle: join(tinyEpochs(), name, "bundle"),
  privateDir: join(tinyEpochs(), name, "private"),
});

/** The market of examples/prices, and its evidence. */
export const signedMarket = (): SignedMarket =>
  buildSignedMarket(exampleOfPrices("rules.yaml"), {
    files: ["alpha", "beta", "gamma"].map(
      (source) => JSON.parse(exampleOfPrices(`${source}.json`)) as unknown,
    ),
    policy: JSON.parse(exampleOfPrices("policy.json")) as PricePolicyJson,
  });

/** Writes an input folder. */
function writeTinyInputs(name: TinyEpochName): void {
  const paths = tinyEpochPaths(name);
  mkdirSync(join(tinyEpochs(), name), { recursive: true });
  const signed = name === "signed" ? signedMarket() : undefined;
  writeFileSync(paths.market, JSON.stringify(signed?.market ?? TINY_MARKET, null, 1));
  if (signed !== undefined) writeFileSync(paths.evidence, signed.evidence.text);
  writeFileSync(paths.accounts, TINY_ACCOUNTS[name]);
}

/** Proves the epochs with real proofs under the test profile's development keys. */
export async function proveTinyEpochs(backend: ProverBackend): Promise<void> {
  for (const name of ["covered", "uncovered", "pockets", "signed"] as const) {
    writeTinyInputs(name);
    const paths = tinyEpochPaths(name);
    await proveEpoch({
      marketPath: paths.market,
      ...(name === "signed" ? { evidencePath: paths.evidence } : {}),
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

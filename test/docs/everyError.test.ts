import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ATTESTATION_STEPS } from "../../src/attest/nextSteps.js";
import { MARKET_STEPS } from "../../src/market/nextSteps.js";
import { NEXT_STEPS } from "../../src/nextSteps.js";
import { PRICE_STEPS } from "../../src/prices/nextSteps.js";
import { RESERVE_STEPS } from "../../src/reserves/nextSteps.js";
import { RULES_STEPS } from "../../src/rules/nextSteps.js";
import { ACCOUNTS_WALK } from "./walk/accounts.js";
import { ATTEST_WALK } from "./walk/attest.js";
import { BUNDLE_WALK } from "./walk/bundle.js";
import { CLI_WALK } from "./walk/cli.js";
import { FOLDER_WALK, HOLDER_WALK } from "./walk/holder.js";
import { KEYS_WALK } from "./walk/keys.js";
import { LIBRARY_WALK } from "./walk/library.js";
import { MARKET_WALK } from "./walk/market.js";
import { PRICES_WALK } from "./walk/prices.js";
import { RESERVES_WALK } from "./walk/reserves.js";
import { PRIVATE_WALK, RULES_WALK } from "./walk/rules.js";
import { cleanUp, type Walk } from "./walk/support.js";

/**
 * Every code of docs/errors.md is provoked as a stranger would meet it, by a command where one leads to it, and what they are
 * shown names the cause and the next step.
 */
const WALKS: Readonly<Record<string, Walk>> = {
  "market file": MARKET_WALK,
  accounts: ACCOUNTS_WALK,
  keys: KEYS_WALK,
  bundle: BUNDLE_WALK,
  "holder's file": HOLDER_WALK,
  "light check": ATTEST_WALK,
  "private folder": FOLDER_WALK,
  rules: RULES_WALK,
  "secret rates": PRIVATE_WALK,
  prices: PRICES_WALK,
  reserves: RESERVES_WALK,
  "command line": CLI_WALK,
  library: LIBRARY_WALK,
};

/** Codes that take a proof, a ceremony or a process of their own: provoked in the test that makes these anyway. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  KEY_GAMMA_EQUALS_DELTA: "keys/setup.test.ts",
  KEYS_CONTRIBUTION_INVALID: "keys/keyOrigin.test.ts",
  WITNESS_FAILED: "prover/wasm/wasmBackend.test.ts",
  PROVER_CRASHED: "attacks/nativeProver.test.ts",
  PROVER_FALSE_PROOF: "attacks/nativeProver.test.ts",
  NATIVE_MISSING: "attacks/nativeProver.test.ts",
  NATIVE_REFUSED: "attacks/nativeProver.test.ts",
  SELF_CHECK: "prover/falseProof.test.ts",
  DISCLOSE_POCKETS: "prover/disclosePockets.test.ts",
  DISCLOSE_DIFFERS: "prover/disclosure.test.ts",
  POINT_NOT_IN_SUBGROUP: "verifier/groth16/proof.test.ts",
  ACCOUNT_STDIN: "cli/output.test.ts",
  OUTPUT_LOST: "cli/output.test.ts",
  FOLDER_GONE: "cli/output.test.ts",
  DISK_FULL: "prover/races.test.ts",
  KEYS_DAMAGED: "keys/damagedKeys.test.ts",
  SHAPE_REFUSED: "keys/instances.test.ts",
  PLOT_WITHOUT_VEGA: "cli/explainPlot.test.ts",
  PLACES_NESTED: "prover/places.test.ts",
  PLACE_IS_LINK: "prover/places.test.ts",
  PRIVATE_FOREIGN: "prover/places.test.ts",
  PRIVATE_FILE_DAMAGED: "prover/damaged.test.ts",
  PRIVATE_DATABASE_DAMAGED: "prover/damaged.test.ts",
  PRIVATE_OLD_LAYOUT: "prover/damaged.test.ts",
  PRICES_LEFT_OUT: "attacks/relabelled.test.ts",
  PRICES_NOTIONAL: "attacks/relabelled.test.ts",
  PRICES_TERMS: "attacks/relabelled.test.ts",
  PRICES_NO_EVIDENCE: "prices/evidence.test.ts",
  PRICES_NOT_REPEATED: "embed/verify.test.ts",
  RESERVES_EPOCH: "attacks/reserves.test.ts",
  RESERVES_BLOCK_TIME: "attacks/reserves.test.ts",
  RESERVES_CONTRACT: "reserves/contracts.test.ts",
  RESERVES_UNCLAIMED: "cli/claimReserves.test.ts",
  RESERVES_LAYOUT: "reserves/contracts.test.ts",
  RPC_ANSWER: "reserves/contracts.test.ts",
  REGISTRY_UNKNOWN: "cli/chain.test.ts",
  REGISTRY_OTHER: "cli/chain.test.ts",
  REGISTRY_NOT_FINAL: "cli/chain.test.ts",
  REGISTRY_KEYS: "attacks/registry.test.ts",
  REGISTRY_TABLE: "attacks/registry.test.ts",
  REGISTRY_SUMMARY: "attacks/registry.test.ts",
  REGISTRY_ADDRESS: "cli/chain.test.ts",
  CHAIN_ID: "cli/chain.test.ts",
  CHAIN_FLAGS: "cli/chain.test.ts",
  CHAIN_KEY: "cli/chain.test.ts",
  CHAIN_REVERTED: "cli/chain.test.ts",
  CHAIN_FACTORY: "cli/chain.test.ts",
  CHAIN_NAME_TAKEN: "cli/chain.test.ts",
  CHAIN_EPOCH_TAKEN: "cli/chain.test.ts",
  CHAIN_STATEMENT: "chain/epochWords.test.ts",
  CLAIM_NONE: "cli/challenge.test.ts",
  CLAIM_STATEMENT: "cli/challenge.test.ts",
  CLAIM_TABLE: "cli/challenge.test.ts",
  CLAIM_STEPS: "cli/challenge.test.ts",
  WORKER_FAILED: "embed/package.test.ts",
  SOURCE_DATABASE: "accounts/pull.test.ts",
  SOURCE_QUERY: "accounts/pull.test.ts",
  SOURCE_URL: "accounts/pull.test.ts",
  MAPPING_QUERIES: "accounts/pull.test.ts",
  SERVICE_DATA_BUSY: "service/store.test.ts",
  SERVICE_DATABASE: "service/store.test.ts",
  SERVICE_DATABASE_NEWER: "service/store.test.ts",
  SERVICE_KEY: "service/store.test.ts",
  SERVICE_SEALED: "service/store.test.ts",
  SERVICE_TOO_LARGE: "service/store.test.ts",
  SERVICE_NOT_FOUND: "service/store.test.ts",
  SERVICE_EPOCH_STATE: "service/store.test.ts",
  SERVICE_REQUEST: "service/http.test.ts",
  SERVICE_TOKEN: "service/http.test.ts",
  SERVICE_ROLE: "service/http.test.ts",
  SERVICE_RANGE: "service/http.test.ts",
  SERVICE_RATE: "service/settings.test.ts",
  SERVICE_NOT_READY: "service/settings.test.ts",
  SERVICE_OBJECTS: "service/objects.test.ts",
  SERVICE_TOKENS: "service/settings.test.ts",
  SERVICE_AUDIT_LOG: "service/http.test.ts",
  SERVICE_SOURCES: "service/sources.test.ts",
  SERVICE_LIVE_NONE: "service/live/http.test.ts",
  SERVICE_LIVE_MARKET: "service/live/http.test.ts",
  SERVICE_LIVE_FREE: "service/live/calls.test.ts",
  SERVICE_LIVE_POLLED: "service/live/poll.test.ts",
  SERVICE_KEYS_DIFFER: "service/steps.test.ts",
  SERVICE_FALSE_PROOF: "service/steps.test.ts",
};

/** Codes that no test provokes, and why. */
const NOT_PROVOKED: Readonly<Record<string, string>> = {
  TOO_MANY_BATCHES:
    "65,537 batches are some 130,000 accounts and as many minutes of a test run as it has now",
  PTAU_REFUSED: "snarkjs has no reason left to refuse a phase-1 file whose header was found fit before",
  STEP_SIGNALS:
    "takes circuits of another version, whole and with keys, or a backend that answers other signals",
  OUT_OF_RANGE:
    "guards against a RangeError in the verifier; every figure known to lead to one is refused before",
  SAMPLE_TOO_SMALL: "no seed was found that leads to it; the few tried don't",
  PRIVATE_DATABASE_BUSY: "takes another program that keeps the database open for longer than a test waits",
  STORE_UNSUPPORTED: "takes a platform that SQLite's package has no binary for",
  CIRCUIT_LOCK_MISMATCH:
    "takes circuits or a compiler of another version: a shape's name is held to its parameters first",
  CHAIN_PENDING: "takes a transaction that no block takes, and ten minutes",
  CONTRACTS_MISSING: "takes a package that was built without its contracts",
  UNEXPECTED: "is for what nobody thought of",
  PART_TOO_LONG: "takes a part of 4 GiB",
  POSEIDON_WASM: "takes a JavaScript engine without WebAssembly",
};

afterAll(cleanUp);

describe.each(Object.entries(WALKS))("%s", (_, walk) => {
  test.each(Object.entries(walk))("%s", async (code, { how, says, next, exit }) => {
    const found = await how();
    expect(found, `${found.message}\n${found.hint}`).toMatchObject({ code, exit });
    for (const words of says) expect(found.message).toContain(words);
    expect(found.hint).toContain(next);
    expect(found.hint).not.toBe("");
    expect(found.message).not.toMatch(/Invalid input|undefined|\[object/);
  });
});

describe("the walk", () => {
  const read = (...path: string[]): string => readFileSync(join(import.meta.dirname, "..", ...path), "utf8");
  const documented = [...read("..", "docs", "errors.md").matchAll(/^\| `([A-Z][A-Z0-9_]*)` \|/gm)].map(
    ([, code]) => code!,
  );

  test("passes every documented code once", () => {
    const walked = Object.values(WALKS).flatMap((walk) => Object.keys(walk));
    const all = [...walked, ...Object.keys(ELSEWHERE), ...Object.keys(NOT_PROVOKED)];
    expect([...all].sort()).toEqual([...documented].sort());
  });

  test.each(Object.entries(ELSEWHERE))("%s is provoked in %s", (code, file) => {
    expect(read(file)).toMatch(new RegExp(`\\b${code}\\b`));
  });

  test("next steps are of documented codes", () => {
    const steps = { ...NEXT_STEPS, ...RULES_STEPS, ...ATTESTATION_STEPS, ...PRICE_STEPS, ...RESERVE_STEPS };
    const ofMarket = Object.keys(MARKET_STEPS).filter((name) => /^[A-Z]/.test(name));
    expect([...Object.keys(steps), ...ofMarket].filter((code) => !documented.includes(code))).toEqual([]);
  });
});

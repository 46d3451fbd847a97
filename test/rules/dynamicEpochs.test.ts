import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readBundle } from "../../src/files/bundleFolder.js";
import { silentProgress } from "../../src/files/progress.js";
import { loadProfile } from "../../src/keys/instances.js";
import { type Market, parseMarketText } from "../../src/market/index.js";
import { proveEpoch } from "../../src/prover/prove.js";
import { createWasmBackend } from "../../src/prover/wasm/wasmBackend.js";
import { provenEpoch } from "../../src/rules/index.js";
import { BUNDLE_FILE_NAMES } from "../../src/verifier/bundleTexts.js";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyBundle, tinyEpochPaths, verifyTiny } from "../support/tinyBundle.js";
import { NEXT, NEXT_PATH } from "./dynamicSupport.js";
import { accountsOf, EXAMPLES, edited, marginproof, temporaryFolder, write } from "./support.js";

const TRUST = ["--keys", join(TEST_KEYS, "keys.json"), "--allow-dev-keys", "--quiet"];
const { folder, remove } = temporaryFolder();
const at = (name: string): string => join(folder, name);
const backend = createWasmBackend({ workers: 1 });
let copies = 0;

/** A copy of a bundle in which one text of one file is replaced. */
function altered(bundle: string, file: string, from: string | RegExp, to: string): string {
  const copy = at(`altered-${copies++}`);
  cpSync(bundle, copy, { recursive: true });
  const text = readFileSync(join(copy, file), "utf8");
  const edit = text.replace(from, to);
  expect(edit).not.toBe(text);
  writeFileSync(join(copy, file), edit);
  return copy;
}

async function prove(
  name: string,
  market: string,
  accounts = accountsOf("dynamic"),
  privateDir = at("private"),
): Promise<string> {
  const { statementDigest } = await proveEpoch({
    marketPath: market,
    accountsPath: accounts,
    out: at(name),
    privateDir,
    keysDir: TEST_KEYS,
    profile: loadProfile("test"),
    backend,
    inFlight: 1,
    progress: silentProgress,
  });
  return statementDigest;
}

const build = (rules: string, out: string, ...more: string[]) =>
  marginproof("market", "build", rules, "--out", at(out), ...more);
const verify = (market: string, rules: string, ...more: string[]) =>
  marginproof("market", "verify", market, "--rules", rules, ...more);
const marketOf = (path: string): Market => parseMarketText(readFileSync(path, "utf8"));

let firstDigest = "";
let secondDigest = "";
beforeAll(async () => {
  expect((await build(join(EXAMPLES, "dynamic.yaml"), "first.json")).code).toBe(0);
  firstDigest = await prove("first", at("first.json"));
  const built = await build(NEXT_PATH, "second.json", "--previous", at("first"), ...TRUST);
  expect([built.code, built.err]).toEqual([0, expect.stringContaining("INSECURE DEVELOPMENT KEYS")]);
  secondDigest = await prove("second", at("second.json"));
});
afterAll(async () => {
  await backend.close();
  remove();
});

describe("two epochs, the second built on the first one's proven totals", () => {
  test("both verify; the second names the first, for everybody to see", async () => {
    const { verdict, market, statement } = await verifyTiny(await readBundle(at("second")));
    expect(verdict).toMatchObject({ valid: true, previousStatement: firstDigest });
    expect([market!.previousStatement, statement!.epoch]).toEqual([firstDigest, "2026-11-23T16"]);
    const first = await verifyTiny(await readBundle(at("first")));
    expect(first.verdict).toMatchObject({ valid: true, statementDigest: firstDigest });
    expect(first.verdict.previousStatement).toBeUndefined();

    const shown = await marginproof("verify", at("second"), ...TRUST);
    expect([shown.code, shown.out]).toEqual([0, expect.stringContaining(`built on          ${firstDigest}`)]);
    const json = JSON.parse((await marginproof("verify", at("second"), ...TRUST, "--json")).out) as object;
    expect(json).toMatchObject({ previousStatement: firstDigest });
    expect((await marginproof("inspect", at("second"))).out).toContain(
      `built on statement         ${firstDigest}`,
    );
    expect(JSON.parse((await marginproof("inspect", at("second"), "--json")).out)).toMatchObject({
      previousStatement: firstDigest,
    });
    expect((await marginproof("inspect", at("first"))).out).not.toContain("built on");
  });

  test("anybody rebuilds the second market file from the rules and the first bundle", async () => {
    const same = await verify(
      join(at("second"), BUNDLE_FILE_NAMES.market),
      NEXT_PATH,
      "--previous",
      at("first"),
      ...TRUST,
    );
    expect([same.code, same.out]).toEqual([0, expect.stringContaining("SAME")]);
    const anchored = await verify(
      at("second.json"),
      NEXT_PATH,
      "--previous",
      at("first"),
      "--digest",
      firstDigest,
      ...TRUST,
    );
    expect(anchored.code).toBe(0);
  });

  test("the figures are the proven ones", async () => {
    const epoch = provenEpoch(await verifyTiny(await readBundle(at("first"))));
    // 30 BTC and 200 ETH in steps of 0.001 and 0.01, 100 puts; equity is the cash, since entry prices are marks but one.
    expect(
      [...epoch.openInterest].map(([s, { coefficient, scale }]) => [s, Number(coefficient) / 10 ** scale]),
    ).toEqual([
      ["BTC-PERP", 30],
      ["ETH-PERP", 200],
      ["ETH-25DEC26-2800-P", 100],
    ]);
    expect(epoch.positiveEquity).toBe(1_612_000n * 10n ** 10n);
    expect(
      marketOf(at("second.json")).instruments.find((i) => i.symbol === "BTC-PERP")!.maintenance!.brackets![0],
    ).toEqual({
      notionalFloor: "0",
      rate: "0.0055",
    });
  });
});

describe("a dishonest exchange that wants lower margins", () => {
  const refused = async (previous: string, code: string, rules = NEXT_PATH, ...trust: string[]) => {
    const { err, code: exit } = await build(
      rules,
      `never-${copies++}.json`,
      "--previous",
      previous,
      ...(trust.length > 0 ? trust : TRUST),
    );
    expect(err).toContain(code);
    return exit;
  };

  test("edits the totals of the previous bundle", async () => {
    const { statement } = BUNDLE_FILE_NAMES;
    const less = altered(at("first"), statement, /"maintenance": "\d+"/, '"maintenance": "1"');
    expect(
      await refused(less, "PREVIOUS_NOT_PROVED: the previous epoch's bundle is not proved: the chain"),
    ).toBe(1);
    const richer = altered(at("first"), statement, /"positiveEquity": "(\d+)"/, '"positiveEquity": "9$1"');
    expect(await refused(richer, "CHAIN_END")).toBe(1);
    const quiet = altered(
      at("first"),
      statement,
      /("instrument": "BTC-PERP",\s+"long": )"\d+"(,\s+"short": )"\d+"/,
      '$1"1"$2"1"',
    );
    expect(await refused(quiet, "CHAIN_END")).toBe(1);
    const renamed = altered(at("first"), statement, /"epoch": "[^"]+"/, '"epoch": "2026-11-23T12"');
    expect(await refused(renamed, "MARKET_NAMES")).toBe(1);
  });

  test("edits the previous market file, or the proofs", async () => {
    const lower = altered(at("first"), BUNDLE_FILE_NAMES.market, '"rate": "0.005"', '"rate": "0.0041"');
    expect(await refused(lower, "MARKET_DIGEST")).toBe(1);
    const cheap = altered(at("first"), BUNDLE_FILE_NAMES.market, '"markPrice": "60000"', '"markPrice": "1"');
    expect(await refused(cheap, "MARKET_DIGEST")).toBe(1);
    const lines = readFileSync(join(at("first"), BUNDLE_FILE_NAMES.steps), "utf8").split("\n");
    const [one, two] = lines.map((line) => /"proof":.*/.exec(line)?.[0]);
    const forged = altered(at("first"), BUNDLE_FILE_NAMES.steps, one!, two!);
    expect(await refused(forged, "PROOF_FALSE")).toBe(1);
  });

  test("proves the previous epoch under keys that nobody trusts, or says nothing about keys", async () => {
    const keys = ["--keys", join(TEST_KEYS, "keys.json"), "--quiet"];
    expect(await refused(at("first"), "KEY_DEVELOPMENT", NEXT_PATH, ...keys)).toBe(1);
    expect(await refused(at("first"), "KEY_DEVELOPMENT", NEXT_PATH, "--quiet")).toBe(1);
  });

  test("takes another exchange's bundle", async () => {
    expect(await refused(tinyEpochPaths("covered").bundle, "RULES_PREVIOUS_EXCHANGE")).toBe(2);
  });

  test("builds an epoch on itself, or on a later one", async () => {
    const same = edited(NEXT, "time: 2026-11-23T16:00:00Z", "time: 2026-11-23T08:00:00Z");
    expect(await refused(at("first"), "RULES_PREVIOUS_TIME", write(folder, "same.yaml", same))).toBe(2);
    const back = edited(
      edited(NEXT, "previousEpoch: 2026-11-23T08 ", "previousEpoch: 2026-11-23T16 "),
      "epoch: 2026-11-23T16\n",
      "epoch: 2026-11-23T12\n",
    );
    const before = edited(back, "time: 2026-11-23T16:00:00Z", "time: 2026-11-23T12:00:00Z");
    expect(await refused(at("second"), "RULES_PREVIOUS_TIME", write(folder, "back.yaml", before))).toBe(2);
  });

  test("replays an older epoch: the auditor, who has the newest bundle, sees it", async () => {
    // Epoch 3, built on epoch 1 instead of 2: its rules have to say so, and its market file carries the digest.
    const third = edited(
      edited(NEXT, "epoch: 2026-11-23T16\n", "epoch: 2026-11-24T00\n"),
      "time: 2026-11-23T16:00:00Z",
      "time: 2026-11-24T00:00:00Z",
    );
    const honest = write(
      folder,
      "third.yaml",
      edited(third, "previousEpoch: 2026-11-23T08 ", "previousEpoch: 2026-11-23T16 "),
    );
    expect(await refused(at("first"), "RULES_PREVIOUS", honest)).toBe(2);
    const replay = write(folder, "replay.yaml", third);
    expect((await build(replay, "replay.json", "--previous", at("first"), ...TRUST)).code).toBe(0);
    const newest = ["--previous", at("second"), ...TRUST];
    expect(await verify(at("replay.json"), replay, ...newest)).toMatchObject({
      code: 2,
      err: expect.stringContaining("RULES_PREVIOUS"),
    });
    const other = await verify(at("replay.json"), honest, ...newest);
    expect([other.code, other.err]).toEqual([1, expect.stringContaining("RULES_MARKET_DIFFERS")]);
    expect(other.err).toContain(
      `previousStatement is "${firstDigest}", but the rules make it "${secondDigest}"`,
    );
  });

  test("proves a second, smaller statement for the previous epoch", async () => {
    const small = readFileSync(accountsOf("dynamic"), "utf8")
      .replaceAll("BTC-PERP,30", "BTC-PERP,3")
      .replaceAll("BTC-PERP,-30", "BTC-PERP,-3");
    const digest = await prove(
      "first-again",
      at("first.json"),
      write(folder, "small.csv", small),
      at("other-private"),
    );
    expect(digest).not.toBe(firstDigest);
    const previous = ["--previous", at("first-again"), ...TRUST];
    expect((await build(NEXT_PATH, "equivocal.json", ...previous)).code).toBe(0);
    const seen = await verify(at("equivocal.json"), NEXT_PATH, "--previous", at("first"), ...TRUST);
    expect([seen.code, seen.err]).toEqual([1, expect.stringContaining(`previousStatement is "${digest}"`)]);
    const anchored = await verify(at("equivocal.json"), NEXT_PATH, ...previous, "--digest", firstDigest);
    expect([anchored.code, anchored.err]).toEqual([1, expect.stringContaining("ANCHOR_MISMATCH")]);
  });

  test("changes or drops the digest in the market file", async () => {
    for (const to of [firstDigest.replace(/.$/, (c) => (c === "0" ? "1" : "0")), secondDigest]) {
      const edit = write(
        folder,
        `digest-${copies++}.json`,
        readFileSync(at("second.json"), "utf8").replace(firstDigest, to),
      );
      const seen = await verify(edit, NEXT_PATH, "--previous", at("first"), ...TRUST);
      expect([seen.code, seen.err]).toEqual([1, expect.stringContaining("previousStatement is")]);
      const bundle = altered(at("second"), BUNDLE_FILE_NAMES.market, firstDigest, to);
      expect((await marginproof("verify", bundle, ...TRUST)).out).toContain("MARKET_DIGEST");
    }
    const dropped = altered(at("second"), BUNDLE_FILE_NAMES.market, /\s+"previousStatement": "[^"]+",/, "");
    const verdict = await marginproof("verify", dropped, ...TRUST);
    expect([verdict.code, verdict.out]).toEqual([1, expect.stringContaining("MARKET_DIGEST")]);
    expect(verdict.out).not.toContain("built on");
    const without = await verify(
      join(dropped, BUNDLE_FILE_NAMES.market),
      NEXT_PATH,
      "--previous",
      at("first"),
      ...TRUST,
    );
    expect(without.err).toContain("previousStatement is missing");
  });

  test("leaves the previous epoch out", async () => {
    const none = await build(NEXT_PATH, "none.json");
    expect([none.code, none.err]).toEqual([2, expect.stringContaining("RULES_PREVIOUS")]);
    // "none" is a claim that everybody reads; it brings full buffers, and no digest.
    const first = write(
      folder,
      "none.yaml",
      edited(NEXT, "previousEpoch: 2026-11-23T08 ", "previousEpoch: none ").replace(
        "buffers:\n",
        "openInterest: { BTC-PERP: 0 }\nbuffers:\n",
      ),
    );
    expect((await build(first, "none.json")).out).toContain("the first epoch");
    const seen = await verify(at("none.json"), NEXT_PATH, "--previous", at("first"), ...TRUST);
    expect([seen.code, seen.err]).toEqual([1, expect.stringContaining("previousStatement is missing")]);
  });

  test("is insolvent: the totals are proven all the same, and count", async () => {
    const found = await verifyTiny(await tinyBundle("uncovered"));
    expect(found.verdict).toMatchObject({ proved: true, solvent: false });
    const epoch = provenEpoch(found);
    // 3 long, none short: the larger one.
    expect(epoch.openInterest.get("BTC-PERP")).toEqual({ coefficient: 3000n, scale: 3 });
    expect(epoch.statementDigest).toBe(found.verdict.statementDigest);
  });
});

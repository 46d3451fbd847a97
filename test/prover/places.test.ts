import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { silentProgress } from "../../src/files/progress.js";
import { loadProfile } from "../../src/keys/instances.js";
import type { ProverBackend } from "../../src/prover/backend.js";
import { proveEpoch } from "../../src/prover/prove.js";
import { run } from "../cli/run.js";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";
import { TINY_MARKET } from "../support/tinyMarket.js";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "marginproof-places-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let D: string;
let number = 0;
beforeEach(() => {
  D = join(folder, String(number++));
  mkdirSync(D);
});

/** Fails a test in which anything is proved: every refusal here comes before the work. */
const backend: ProverBackend = {
  calculateWitness: () => Promise.reject(new Error("proving has begun")),
  prove: () => Promise.reject(new Error("proving has begun")),
  close: async () => {},
};
const { market, accounts, bundle, privateDir } = tinyEpochPaths("covered");

function prove(places: { out?: string; privateDir?: string; accounts?: string; keysDir?: string }) {
  return proveEpoch({
    marketPath: market,
    accountsPath: places.accounts ?? accounts,
    out: places.out ?? join(D, "bundle"),
    privateDir: places.privateDir ?? join(D, "private"),
    keysDir: places.keysDir ?? TEST_KEYS,
    profile: loadProfile("test"),
    backend,
    inFlight: 1,
    progress: silentProgress,
  });
}

describe("places that stand in each other's way are refused before anything is made", () => {
  test.each<
    [string, (at: (name: string) => string) => { out?: string; privateDir?: string; keysDir?: string }]
  >([
    ["the private folder in the bundle", (at) => ({ out: at("b"), privateDir: at("b/private") })],
    ["the bundle in the private folder", (at) => ({ out: at("p/b"), privateDir: at("p") })],
    ["both in one", (at) => ({ out: at("x"), privateDir: at("x") })],
    ["by names that differ in case alone", (at) => ({ out: at("B"), privateDir: at("b/private") })],
    ["the private folder in the keys folder", (at) => ({ privateDir: at("k/p"), keysDir: at("k") })],
    ["the bundle in the keys folder", (at) => ({ out: at("k/b"), keysDir: at("k") })],
    ["the bundle in the keys of another run", () => ({ out: join(TEST_KEYS, "b"), keysDir: D })],
    ["the private folder in a published bundle", () => ({ privateDir: join(bundle, "private") })],
    ["the bundle in a published bundle", () => ({ out: join(bundle, "x", "y") })],
    ["the bundle in another private folder", () => ({ out: join(privateDir, "epochs", "b") })],
  ])("%s", async (_, places) => {
    const before = [readdirSync(bundle), readdirSync(privateDir), readdirSync(TEST_KEYS)];
    const asked = places((name) => join(D, name));
    await expect(prove(asked)).rejects.toMatchObject({ code: "PLACES_NESTED" });
    expect(readdirSync(D)).toEqual([]);
    expect([readdirSync(bundle), readdirSync(privateDir), readdirSync(TEST_KEYS)]).toEqual(before);
  });

  test("reached by a link to a folder above", async () => {
    mkdirSync(join(D, "real"));
    symlinkSync(join(D, "real"), join(D, "alias"));
    const nested = prove({ out: join(D, "real", "b"), privateDir: join(D, "alias", "b", "private") });
    await expect(nested).rejects.toMatchObject({ code: "PLACES_NESTED" });
    expect(readdirSync(join(D, "real"))).toEqual([]);
  });

  test.each(["out", "privateDir"] as const)("a link as %s, to a folder and to nowhere", async (place) => {
    mkdirSync(join(D, "there"));
    symlinkSync(join(D, "there"), join(D, "link"));
    symlinkSync(join(D, "nowhere"), join(D, "dangling"));
    for (const name of ["link", "dangling"]) {
      await expect(prove({ [place]: join(D, name) })).rejects.toMatchObject({ code: "PLACE_IS_LINK" });
    }
    expect(readdirSync(D).sort()).toEqual(["dangling", "link", "there"]);
    expect(readdirSync(join(D, "there"))).toEqual([]);
  });

  test("a holder's file in a bundle, and under a link that leads nowhere", () => {
    const before = readdirSync(bundle);
    const disclose = (out: string) =>
      run(["disclose", "--private", privateDir, "--account", "carol", "--out", out]);
    expect(disclose(join(bundle, "x.json"))).toMatchObject({
      code: 2,
      err: expect.stringMatching("PLACES_NESTED"),
    });
    expect(readdirSync(bundle)).toEqual(before);
    symlinkSync(join(D, "nowhere"), join(D, "dangling"));
    expect(disclose(join(D, "dangling"))).toMatchObject({
      code: 2,
      err: expect.stringMatching("OUT_EXISTS"),
    });
    expect(readdirSync(D)).toEqual(["dangling"]);
  });
});

describe("a private folder", () => {
  test.each<[string, string]>([
    ["an old bundle", bundle],
    ["the keys", TEST_KEYS],
  ])("is not %s, whose mode stays as it is", async (_, source) => {
    const own = join(D, "own");
    cpSync(source, own, { recursive: true });
    chmodSync(own, 0o755);
    const before = readdirSync(own);
    await expect(prove({ privateDir: own })).rejects.toMatchObject({ code: "PRIVATE_FOREIGN" });
    expect(readdirSync(own)).toEqual(before);
    expect(statSync(own).mode & 0o777).toBe(0o755);
  });

  test("is not a folder with other things, nor a file", async () => {
    mkdirSync(join(D, "epochs", "private"), { recursive: true });
    writeFileSync(join(D, "letter.txt"), "");
    await expect(prove({ privateDir: D, out: join(folder, "b") })).rejects.toMatchObject({
      code: "PRIVATE_FOREIGN",
      message: expect.stringContaining("letter.txt"),
    });
    const file = prove({ privateDir: join(D, "letter.txt"), out: join(folder, "b") });
    await expect(file).rejects.toMatchObject({ code: "PRIVATE_FOREIGN" });
    expect(readdirSync(D).sort()).toEqual(["epochs", "letter.txt"]);
  });

  test("may hold what file managers leave, anywhere", async () => {
    const own = join(D, "private");
    mkdirSync(own);
    writeFileSync(join(own, ".DS_Store"), "");
    await expect(prove({ privateDir: own })).rejects.toThrow("proving has begun");
    const epochs = join(own, "epochs");
    const attempt = join(epochs, readdirSync(epochs)[0]!);
    for (const at of [
      epochs,
      attempt,
      join(attempt, "batches"),
      join(attempt, "proofs"),
      join(own, "locks"),
    ]) {
      writeFileSync(join(at, ".DS_Store"), "litter");
    }
    await expect(prove({ privateDir: own })).rejects.toThrow("proving has begun");
  });
});

describe("places that can't be written", () => {
  test("/proc, as either", async () => {
    for (const places of [{ out: "/proc/x/b" }, { privateDir: "/proc/x/p" }]) {
      await expect(prove(places)).rejects.toMatchObject({
        code: "FILE_REFUSED",
        message: expect.stringContaining("/proc/x"),
      });
    }
  });

  test("a file where a folder should be", async () => {
    writeFileSync(join(D, "file"), "");
    for (const places of [{ out: join(D, "file", "b") }, { privateDir: join(D, "file", "p") }]) {
      await expect(prove(places)).rejects.toMatchObject({
        code: "FILE_REFUSED",
        message: expect.stringContaining(join(D, "file")),
      });
    }
    expect(existsSync(join(D, "private"))).toBe(false);
  });
});

describe("an accounts file that is no plain file is refused at once", () => {
  test.each(["pipe", "device"])("%s", async (kind) => {
    const path = join(D, "accounts.csv");
    if (kind === "pipe") execFileSync("mkfifo", [path]);
    else symlinkSync("/dev/zero", path);
    await expect(prove({ accounts: path })).rejects.toMatchObject({
      code: "ACCOUNTS_UNREADABLE",
      message: expect.stringContaining("not a plain file"),
    });
    expect(existsSync(join(D, "private"))).toBe(false);
  });

  test("a market file that is a pipe nobody writes to", async () => {
    const path = join(D, "market.json");
    execFileSync("mkfifo", [path]);
    const { code, err } = run([
      ...["prove", "--market", path, "--accounts", accounts, "--out", join(D, "b")],
      ...["--private", join(D, "p"), "--keys", TEST_KEYS, "--profile", "test"],
    ]);
    expect([code, /error (\w+)/.exec(err)?.[1]]).toEqual([2, "FILE_UNREADABLE"]);
  });
});

test("two first proves at once share one master secret", async () => {
  const MAIN = join(import.meta.dirname, "..", "..", "build", "dist", "cli", "main.js");
  const secret = join(D, "private", "master-secret");
  // Another epoch each, so that neither waits for the other; the accounts are refused after the secret is made.
  const start = (epoch: string) =>
    new Promise<void>((done) => {
      const own = join(D, `${epoch}.json`);
      writeFileSync(own, JSON.stringify({ ...TINY_MARKET, epoch }));
      writeFileSync(join(D, `${epoch}.csv`), "account,instrument,quantity\nzed,NONE,1\n");
      const args = [
        "prove",
        "--market",
        own,
        "--accounts",
        join(D, `${epoch}.csv`),
        "--out",
        join(D, `b-${epoch}`),
      ];
      const more = ["--private", join(D, "private"), "--keys", TEST_KEYS, "--profile", "test", "--quiet"];
      spawn(process.execPath, [MAIN, ...args, ...more], { stdio: "ignore" }).on("close", () => done());
    });
  await Promise.all(["e1", "e2", "e3", "e4"].map(start));
  expect(statSync(secret).size).toBe(65);
  const left = readdirSync(join(D, "private")).filter((name) => name.startsWith("master-secret"));
  expect(left).toEqual(["master-secret"]);
  // The one that was noted is the one that is there.
  await expect(prove({})).rejects.toThrow("proving has begun");
});

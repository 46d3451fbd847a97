import { execFileSync, spawnSync } from "node:child_process";
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
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { silentProgress } from "../../src/files/progress.js";
import { loadProfile } from "../../src/keys/instances.js";
import { disclose } from "../../src/prover/disclose.js";
import { proveEpoch } from "../../src/prover/prove.js";
import { createWasmBackend } from "../../src/prover/wasm/wasmBackend.js";
import { TEST_KEYS } from "../support/circuit.js";
import { TINY_ACCOUNTS, tinyEpochPaths } from "../support/tinyBundle.js";

const CLI = join(import.meta.dirname, "..", "..", "build", "dist", "cli", "main.js");
const folder = mkdtempSync(join(tmpdir(), "marginproof-private-"));
const backend = createWasmBackend({ workers: 1 });
afterAll(async () => {
  await backend.close();
  rmSync(folder, { recursive: true, force: true });
});

let privateDir: string;
let copies = 0;
beforeEach(() => {
  privateDir = join(folder, `private-${copies++}`);
  cpSync(tinyEpochPaths("covered").privateDir, privateDir, { recursive: true });
});
const secret = (): string => join(privateDir, "master-secret");

/** Proves the tiny market for these accounts from the private folder, as the command does. */
async function prove(accounts: string, out = join(folder, `bundle-${copies}`), withdraw?: string) {
  const accountsPath = join(folder, "accounts.csv");
  writeFileSync(accountsPath, accounts);
  return proveEpoch({
    marketPath: tinyEpochPaths("covered").market,
    accountsPath,
    out,
    privateDir,
    keysDir: TEST_KEYS,
    profile: loadProfile("test"),
    backend,
    inFlight: 1,
    progress: silentProgress,
    ...(withdraw === undefined ? {} : { withdraw }),
  });
}

describe("a private folder", () => {
  test("that lost its master secret gets no new one", async () => {
    rmSync(secret());
    await expect(disclose(privateDir, "carol")).rejects.toMatchObject({ code: "MASTER_SECRET_MISSING" });
    await expect(prove(TINY_ACCOUNTS.covered)).rejects.toMatchObject({ code: "MASTER_SECRET_MISSING" });
    expect(existsSync(secret())).toBe(false);
  });

  test("with another master secret opens nothing that would not stand in the statement", async () => {
    writeFileSync(secret(), `${"7".repeat(64)}\n`);
    await expect(disclose(privateDir, "carol")).rejects.toMatchObject({ code: "MASTER_SECRET_INVALID" });
    await expect(prove(TINY_ACCOUNTS.covered)).rejects.toMatchObject({ code: "MASTER_SECRET_INVALID" });
  });

  test("makes one statement for an epoch", async () => {
    privateDir = join(folder, "fresh");
    const bundle = join(realpathSync(folder), "to-be-withdrawn");
    await prove(TINY_ACCOUNTS.covered, bundle);
    const other = TINY_ACCOUNTS.covered.replace("grace,USDT,10,", "grace,USDT,11,");
    await expect(prove(other)).rejects.toMatchObject({ code: "EPOCH_PUBLISHED" });
    expect(readdirSync(join(privateDir, "epochs"))).toHaveLength(1);
    // Its owner may take back one that never left their hands, by its digest and by nothing else.
    const { statementDigest } = await disclose(privateDir, "carol");
    await expect(prove(other, undefined, `0x${"0".repeat(64)}`)).rejects.toMatchObject({
      code: "EPOCH_PUBLISHED",
      options: { hint: expect.stringContaining(`--withdraw ${statementDigest}`) },
    });
    // Not while the bundle stands where it was published: there would be two.
    await expect(prove(other, undefined, statementDigest)).rejects.toMatchObject({
      code: "EPOCH_PUBLISHED",
      message: expect.stringContaining(`still stands at ${bundle}`),
    });
    expect((await disclose(privateDir, "carol")).statementDigest).toBe(statementDigest);
    rmSync(bundle, { recursive: true });
    const second = await prove(other, undefined, statementDigest);
    expect(second.statementDigest).not.toBe(statementDigest);
    expect((await disclose(privateDir, "grace")).statementDigest).toBe(second.statementDigest);
  });

  test("gives the same statement again to another place, and is closed to others", async () => {
    chmodSync(privateDir, 0o755);
    const { statementDigest, resumed, steps, verdict, developmentKeys } = await prove(TINY_ACCOUNTS.covered);
    expect(resumed).toBe(steps);
    expect([verdict.valid, developmentKeys]).toEqual([true, true]);
    expect((await disclose(privateDir, "carol")).statementDigest).toBe(statementDigest);
    expect((statSync(privateDir).mode & 0o777).toString(8)).toBe("700");
  });

  test("publishes under the longest name that a folder can have", async () => {
    const out = join(folder, "b".repeat(255));
    await prove(TINY_ACCOUNTS.covered, out);
    expect(existsSync(join(out, "statement.json"))).toBe(true);
  });

  test.each(["master-secret", "private.db"])("with a pipe as %s is refused, not waited for", (name) => {
    rmSync(join(privateDir, name));
    execFileSync("mkfifo", [join(privateDir, name)]);
    // In a process of its own, which the pipe could hold for ever.
    const command = ["disclose", "--private", privateDir, "--account", "carol", "--out", join(folder, name)];
    const { status, stderr } = spawnSync(process.execPath, [CLI, ...command], {
      encoding: "utf8",
      timeout: 60_000,
      killSignal: "SIGKILL",
    });
    expect([status, stderr]).toEqual([2, expect.stringContaining(`${name} is not a plain file`)]);
    expect(stderr).toMatch(/^error FILE_REFUSED/);
  });

  test("opens an epoch whatever is wrong with the statement of another", async () => {
    const { epoch, statementDigest } = await disclose(privateDir, "carol");
    const database = new Database(join(privateDir, "private.db"));
    database.exec(
      "insert into statement values ('tiny exchange', 'older', 'x', '0x0', '{}', (select max(published) + 1 from statement))",
    );
    database.close();
    expect((await disclose(privateDir, "carol", epoch)).statementDigest).toBe(statementDigest);
    await expect(disclose(privateDir, "carol", "older")).rejects.toMatchObject({
      code: "PRIVATE_DATABASE_DAMAGED",
      options: { hint: expect.stringContaining("disclose --epoch") },
    });
  });

  test("is not what another program made that calls its database the same", async () => {
    privateDir = join(folder, "foreign");
    mkdirSync(privateDir, { mode: 0o755 });
    for (const name of ["private.db", "theirs.txt"]) writeFileSync(join(privateDir, name), "");
    await expect(prove(TINY_ACCOUNTS.covered)).rejects.toMatchObject({ code: "PRIVATE_FOREIGN" });
    expect(statSync(join(privateDir, "private.db")).size).toBe(0);
    expect((statSync(privateDir).mode & 0o777).toString(8)).toBe("755");
  });

  test("is not touched when the bundle's place can't be written", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(prove(TINY_ACCOUNTS.covered, join(folder, "file", "bundle"))).rejects.toMatchObject({
      code: "FILE_REFUSED",
      message: expect.stringContaining(join(folder, "file")),
    });
  });
});

test("an uncovered book is told before it is proved, and after", async () => {
  privateDir = join(folder, "uncovered");
  cpSync(tinyEpochPaths("uncovered").privateDir, privateDir, { recursive: true });
  const notes: string[] = [];
  const { market, accounts } = tinyEpochPaths("uncovered");
  const { verdict } = await proveEpoch({
    marketPath: market,
    accountsPath: accounts,
    out: join(folder, "uncovered-bundle"),
    privateDir,
    keysDir: TEST_KEYS,
    profile: loadProfile("test"),
    backend,
    inFlight: 1,
    progress: { ...silentProgress, note: (text) => notes.push(text) },
  });
  expect(notes).toContainEqual(
    expect.stringMatching(/^NOT COVERED: BTC-PERP: total long = total short fails, 3 against 0/),
  );
  expect([verdict.proved, verdict.solvent]).toEqual([true, false]);
});

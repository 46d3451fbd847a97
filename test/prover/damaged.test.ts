import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { readBundle } from "../../src/files/bundleFolder.js";
import { silentProgress } from "../../src/files/progress.js";
import { loadProfile } from "../../src/keys/instances.js";
import { disclose } from "../../src/prover/disclose.js";
import { proveEpoch } from "../../src/prover/prove.js";
import { createWasmBackend } from "../../src/prover/wasm/wasmBackend.js";
import { TEST_KEYS } from "../support/circuit.js";
import { toOldLayout } from "../support/oldLayout.js";
import { tinyEpochPaths, verifyTiny } from "../support/tinyBundle.js";

const folder = mkdtempSync(join(tmpdir(), "marginproof-damaged-"));
const backend = createWasmBackend({ workers: 1 });
afterAll(async () => {
  await backend.close();
  rmSync(folder, { recursive: true, force: true });
});

const { market, accounts } = tinyEpochPaths("covered");
let privateDir: string;
let notes: string[];
let copies = 0;
beforeEach(() => {
  notes = [];
  privateDir = join(folder, `private-${copies++}`);
  cpSync(tinyEpochPaths("covered").privateDir, privateDir, { recursive: true });
});
const at = (...names: string[]): string => join(privateDir, ...names);
const attempt = (): string => at("epochs", readdirSync(at("epochs"))[0]!);

const prove = (out = join(folder, `bundle-${copies}`)) =>
  proveEpoch({
    marketPath: market,
    accountsPath: accounts,
    out,
    privateDir,
    keysDir: TEST_KEYS,
    profile: loadProfile("test"),
    backend,
    inFlight: 1,
    progress: { ...silentProgress, note: (text) => notes.push(text) },
  });

const cut = (path: string): void => truncateSync(path, Math.floor(statSync(path).size / 2));
const flip = (path: string): void => {
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(path, bytes);
};

describe("a damaged file of an epoch is named, made again by the same command, and every disclosure works", () => {
  test.each<[string, (path: string) => void]>([
    ["cut short", cut],
    ["a bit flipped", flip],
    ["emptied", (path) => truncateSync(path, 0)],
    ["removed", (path) => rmSync(path)],
  ])("%s, one by one", async (_, damage) => {
    const opening = await disclose(privateDir, "carol");
    const { statementDigest } = opening;
    const own = `batches/${String(opening.pockets[0]!.batch).padStart(6, "0")}.json`;
    for (const name of ["market.json", "plan.json", own, "proofs/000002.json"]) {
      const path = join(attempt(), name);
      const proofs = readdirSync(join(attempt(), "proofs")).map((proof) => join(attempt(), "proofs", proof));
      const others = proofs.filter((proof) => proof !== path);
      const before = others.map((proof) => statSync(proof).mtimeMs);
      damage(path);
      // A holder's file needs the batches that it shows, and nothing else that is damaged here.
      if (name !== own) {
        expect(await disclose(privateDir, "carol")).toEqual(opening);
      } else {
        await expect(disclose(privateDir, "carol")).rejects.toMatchObject({
          code: "PRIVATE_FILE_DAMAGED",
          message: expect.stringContaining(path),
        });
      }
      const out = join(folder, `${copies}-${name.replace("/", "-")}`);
      const result = await prove(out);
      expect([name, result.statementDigest]).toEqual([name, statementDigest]);
      expect((await verifyTiny(await readBundle(out))).verdict.valid).toBe(true);
      expect((await disclose(privateDir, "carol")).statementDigest).toBe(statementDigest);
      // One step is proved again where its proof was damaged, and else none.
      expect([name, result.steps - result.resumed]).toEqual([name, name.startsWith("proofs") ? 1 : 0]);
      expect(others.map((proof) => statSync(proof).mtimeMs)).toEqual(before);
    }
  });

  test("a quantity changed in a batch file is not proved", async () => {
    const path = join(attempt(), "batches", "000000.json");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace(/"(\d{3,})"/, '"999$1"'));
    expect(readFileSync(path, "utf8")).not.toBe(text);
    await prove();
    expect(notes.join()).toContain(`${path} is damaged: laying out the accounts again`);
    expect(readFileSync(path, "utf8")).toBe(text);
  });
});

describe("the database", () => {
  test.each<[string, (path: string) => void]>([
    ["removed", (path) => rmSync(path)],
    ["emptied", (path) => truncateSync(path, 0)],
    ["cut short", cut],
    ["no database", (path) => writeFileSync(path, "x".repeat(9000))],
  ])("%s is refused by name, and nothing is made anew", async (_, damage) => {
    damage(at("private.db"));
    for (const work of [prove, () => disclose(privateDir, "carol")]) {
      await expect(work()).rejects.toMatchObject({
        code: "PRIVATE_DATABASE_DAMAGED",
        message: expect.stringContaining(at("private.db")),
      });
    }
    expect(existsSync(join(folder, `bundle-${copies}`))).toBe(false);
  });

  test("with a figure of the statement changed is refused, but where an index stands for the statement", async () => {
    const opening = await disclose(privateDir, "carol");
    const bytes = readFileSync(at("private.db"));
    const place = bytes.indexOf('"badDebt":"') + '"badDebt":"'.length;
    expect(place).toBeGreaterThan(100);
    bytes[place] = bytes[place] === 0x39 ? 0x38 : 0x39;
    writeFileSync(at("private.db"), bytes);
    expect(await disclose(privateDir, "carol")).toEqual(opening);
    const damaged = { code: "PRIVATE_DATABASE_DAMAGED" };
    await expect(prove()).rejects.toMatchObject(damaged);
    rmSync(join(attempt(), "holders"), { recursive: true });
    await expect(disclose(privateDir, "carol")).rejects.toMatchObject(damaged);
  });
});

describe("a folder of the layout before the database", () => {
  beforeEach(() => toOldLayout(privateDir));

  test("is taken over at first use: its statement, its holders' files, its proofs", async () => {
    const opening = await disclose(privateDir, "carol");
    expect(opening.statementDigest).toMatch(/^0x/);
    const { statementDigest, resumed, steps } = await prove();
    expect([statementDigest, resumed]).toEqual([opening.statementDigest, steps]);
    // What it knew is still known when its old notes are gone.
    for (const name of ["published.json", "lock"]) rmSync(join(attempt(), name));
    rmSync(at("latest.json"));
    expect(await disclose(privateDir, "carol")).toEqual(opening);
  });

  test("refuses a second statement of an epoch it published", async () => {
    const other = join(folder, "other.csv");
    writeFileSync(other, readFileSync(accounts, "utf8").replace("grace,USDT,10,", "grace,USDT,11,"));
    const second = proveEpoch({
      ...{ marketPath: market, accountsPath: other, out: join(folder, "x"), privateDir, keysDir: TEST_KEYS },
      ...{ profile: loadProfile("test"), backend, inFlight: 1, progress: silentProgress },
    });
    await expect(second).rejects.toMatchObject({ code: "EPOCH_PUBLISHED" });
  });

  test("that can't be taken over says why, and stays as it is", async () => {
    const before = () => readdirSync(privateDir).filter((name) => !name.startsWith("private.db"));
    const names = before();
    const published = join(attempt(), "published.json");
    const text = readFileSync(published, "utf8");
    cut(published);
    await expect(prove()).rejects.toMatchObject({
      code: "PRIVATE_OLD_LAYOUT",
      message: expect.stringContaining(published),
    });
    writeFileSync(published, text);
    const twin = at("epochs", "0".repeat(32));
    cpSync(attempt(), twin, { recursive: true });
    await expect(disclose(privateDir, "carol")).rejects.toMatchObject({
      code: "PRIVATE_OLD_LAYOUT",
      message: expect.stringContaining("two statements of epoch"),
    });
    rmSync(twin, { recursive: true });
    rmSync(at("master-secret"));
    await expect(prove()).rejects.toMatchObject({ code: "MASTER_SECRET_MISSING" });
    expect(before()).toEqual(names.filter((name) => name !== "master-secret"));
  });
});

/** A disk of its own needs the right to mount one. */
const isRoot = process.getuid?.() === 0 && process.platform === "linux";
describe.skipIf(!isRoot)("a disk that is really full", () => {
  test.each([40, 64, 90])(
    "of %i KiB is named, and the same command goes on where there is room",
    async (size) => {
      const disk = join(folder, `disk-${size}`);
      mkdirSync(disk);
      try {
        execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}k`, "tmpfs", disk], { stdio: "pipe" });
      } catch {
        // A container may deny even root a mount; the failing calls of races.test.ts are tried everywhere.
        return expect(readdirSync(disk)).toEqual([]);
      }
      try {
        privateDir = join(disk, "private");
        const error = await prove(join(disk, "bundle")).then(
          () => undefined,
          (error: { code: string; message: string }) => error,
        );
        expect(error).toMatchObject({ code: expect.stringMatching(/^(DISK_FULL|ACCOUNTS_SPOOL)$/) });
        expect(error?.message).toContain(disk);
        execFileSync("mount", ["-o", "remount,size=64m", disk]);
        await prove(join(disk, "bundle"));
        expect((await disclose(privateDir, "carol")).account).toBe("carol");
        expect(readdirSync(disk).sort()).toEqual(["bundle", "private"]);
      } finally {
        // An engine closes its files when its memory is collected.
        execFileSync("umount", ["-l", disk]);
      }
    },
  );
});

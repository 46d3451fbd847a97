import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readBundle } from "../../src/files/bundleFolder.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { TEST_KEYS } from "../support/circuit.js";
import { TINY_ACCOUNTS, verifyTiny } from "../support/tinyBundle.js";
import { TINY_MARKET } from "../support/tinyMarket.js";

const folder = mkdtempSync(join(tmpdir(), "marginproof-resume-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const paths = {
  market: join(folder, "market.json"),
  accounts: join(folder, "accounts.csv"),
  out: join(folder, "bundle"),
  privateDir: join(folder, "private"),
};
writeFileSync(paths.market, JSON.stringify(TINY_MARKET));
writeFileSync(paths.accounts, TINY_ACCOUNTS.covered);

const proofFiles = (): string[] => {
  const epochs = join(paths.privateDir, "epochs");
  return existsSync(epochs)
    ? readdirSync(epochs).flatMap((attempt) =>
        existsSync(join(epochs, attempt, "proofs"))
          ? readdirSync(join(epochs, attempt, "proofs")).map((name) => join(epochs, attempt, "proofs", name))
          : [],
      )
    : [];
};

/** Runs the command; kills it with `signal` as soon as `proofs` proofs are on disk. */
function prove(proofs = Number.POSITIVE_INFINITY, signal: NodeJS.Signals = "SIGKILL") {
  return new Promise<{ code: number | null; stderr: string }>((done) => {
    const args = [
      ...["prove", "--market", paths.market, "--accounts", paths.accounts, "--out", paths.out],
      ...["--private", paths.privateDir, "--keys", TEST_KEYS, "--profile", "test", "--workers", "1"],
    ];
    const child = spawn(process.execPath, [join(PACKAGE_ROOT, "build", "dist", "cli", "main.js"), ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (text: Buffer) => {
      stderr += text.toString();
    });
    const watch = setInterval(() => {
      if (proofFiles().filter((path) => path.endsWith(".json")).length >= proofs && !child.killed)
        child.kill(signal);
    }, 20);
    child.on("close", (code) => {
      clearInterval(watch);
      done({ code, stderr });
    });
  });
}

describe("an interrupted prove", () => {
  test("killed, stopped, then finished by the same command: no proof is made twice, no half bundle appears", async () => {
    const killed = await prove(1, "SIGKILL");
    expect(killed.code).toBe(null);
    expect(existsSync(paths.out)).toBe(false);
    const first = proofFiles().map((path) => ({
      path,
      changed: statSync(path).mtimeMs,
      text: readFileSync(path, "utf8"),
    }));
    expect(first.length).toBeGreaterThan(0);

    const stopped = await prove(first.length + 1, "SIGINT");
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toMatch(/resume|same command/i);
    expect(existsSync(paths.out)).toBe(false);

    const finished = await prove();
    expect(finished.stderr).toMatch("already committed to; continuing");
    expect(finished.stderr).not.toMatch(/error/i);
    expect(finished.code).toBe(0);
    for (const { path, changed, text } of first) {
      expect(statSync(path).mtimeMs).toBe(changed);
      expect(readFileSync(path, "utf8")).toBe(text);
    }
    const warned = (stderr: string) => stderr.split("\n").filter((line) => line.includes("FEW ACCOUNTS"));
    expect(warned(finished.stderr).join("\n")).toMatch(/bad debt \(1\).*\n.*total long of BTC-PERP \(2\)/);
    expect(warned(finished.stderr)).toEqual(warned(stopped.stderr));
    expect((await verifyTiny(await readBundle(paths.out))).verdict.valid).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(["accounts.csv", "bundle", "market.json", "private"]);
  });

  test("after it has finished, the same command finds its bundle, and overwrites nothing", async () => {
    const statement = join(paths.out, "statement.json");
    const before = [statSync(statement).mtimeMs, statSync(paths.out).ino];
    const again = await prove();
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch("published by an earlier run");
    expect([statSync(statement).mtimeMs, statSync(paths.out).ino]).toEqual(before);

    const text = readFileSync(statement, "utf8");
    writeFileSync(statement, text.replace('"epoch"', '"Epoch"'));
    const edited = await prove();
    expect(edited.code).toBe(2);
    expect(edited.stderr).toMatch(/OUT_EXISTS.*no longer what was published there/);
    writeFileSync(statement, text);
  });

  test("step inputs left by a run that was killed, whole or half written, are removed by the next", async () => {
    const [proof] = proofFiles();
    const steps = join(dirname(dirname(proof!)), "steps");
    for (const name of ["000000.json", ".000001.json.0123456789ab.tmp"])
      writeFileSync(join(steps, name), "{}");
    rmSync(paths.out, { recursive: true });
    expect((await prove()).code).toBe(0);
    expect(readdirSync(steps)).toEqual([]);
  });

  test("everything private is readable by its owner only, and no step input is left behind", () => {
    const walk = (path: string): string[] =>
      statSync(path).isDirectory()
        ? [path, ...readdirSync(path).flatMap((name) => walk(join(path, name)))]
        : [path];
    for (const path of walk(paths.privateDir)) {
      const { mode } = statSync(path);
      expect([path, (mode & 0o777).toString(8)]).toEqual([
        path,
        statSync(path).isDirectory() ? "700" : "600",
      ]);
      expect(path).not.toMatch(/steps\/.+/);
    }
  });

  test("a damaged proof file is found and its step proved again, and no other", async () => {
    rmSync(paths.out, { recursive: true });
    const [one, two] = proofFiles();
    const whole = readFileSync(one!, "utf8");
    const kept = JSON.parse(whole);
    kept.proof = JSON.parse(readFileSync(two!, "utf8")).proof;
    writeFileSync(one!, JSON.stringify(kept));
    const others = proofFiles().slice(1);
    const before = others.map((path) => statSync(path).mtimeMs);
    const repaired = await prove();
    expect(repaired.stderr).toMatch(`${one} is damaged: proving its step again`);
    expect(repaired.code).toBe(0);
    expect(others.map((path) => statSync(path).mtimeMs)).toEqual(before);
    expect((await verifyTiny(await readBundle(paths.out))).verdict.valid).toBe(true);
  });
});

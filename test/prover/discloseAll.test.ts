import { execFileSync, spawnSync } from "node:child_process";
import {
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
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { silentProgress } from "../../src/files/progress.js";
import { disclose } from "../../src/prover/disclose.js";
import { discloseAll } from "../../src/prover/discloseAll.js";
import { holderFileName } from "../../src/prover/disclosure/everyFile.js";
import { openingText } from "../../src/prover/disclosure/opening.js";
import { FolderStore } from "../../src/prover/store/folderStore.js";
import { unprovedEpoch } from "../support/unprovedEpoch.js";

const folder = mkdtempSync(join(tmpdir(), "marginproof-all-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

let privateDir: string;
let names: string[];
const expected = new Map<string, string>();
beforeAll(async () => {
  // Of so few accounts a batch that there are several marks.
  ({ privateDir } = await unprovedEpoch(folder, 900, "demo"));
  const rows = readFileSync(at("accounts.csv"), "utf8").split("\n").slice(1, -1);
  names = [...new Set(rows.map((row) => row.split(",")[0]!))];
  for (const name of names) expected.set(`${name}.json`, openingText(await disclose(privateDir, name)));
});

/** Runs to the end, or is stopped after so many marks. */
function all(out: string, marks = Number.POSITIVE_INFINITY) {
  const controller = new AbortController();
  let seen = 0;
  const update = (): void => {
    if (++seen === marks) controller.abort();
  };
  const watch = { progress: { ...silentProgress, update }, signal: controller.signal };
  return discloseAll({ privateDir, out: at(out) }, watch);
}
const filesIn = (path: string) =>
  new Map(readdirSync(path).map((name) => [name, readFileSync(join(path, name), "utf8")]));
const permissions = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe("every holder's file", () => {
  test("is byte for byte what is made of one account, in a folder nobody else can enter", async () => {
    expect(await all("folder")).toMatchObject({ files: names.length, resumed: 0 });
    expect(filesIn(at("folder"))).toEqual(expected);
    expect([permissions(at("folder")), permissions(join(at("folder"), `${names[0]}.json`))]).toEqual([
      "700",
      "600",
    ]);
  });

  test("is in the archive, whatever it is packed with, for any tar to unpack", async () => {
    await all("plain.tar");
    await all("packed.tar.gz");
    expect(gunzipSync(readFileSync(at("packed.tar.gz"))).equals(readFileSync(at("plain.tar")))).toBe(true);
    expect(permissions(at("plain.tar"))).toBe("600");
    mkdirSync(at("unpacked"));
    execFileSync("tar", ["-xf", at("plain.tar"), "-C", at("unpacked")]);
    expect(filesIn(at("unpacked"))).toEqual(expected);
  });

  test.each(["folder-2", "again.tar", "again.tar.gz"])("stopped at any mark, goes on: %s", async (out) => {
    for (const marks of [1, 1, 2]) {
      await expect(all(out, marks)).rejects.toThrow();
      expect([existsSync(at(out)), existsSync(at(`${out}.part.json`))]).toEqual([false, true]);
    }
    const { resumed, files } = await all(out);
    expect(resumed).toBeGreaterThan(0);
    expect(files).toBe(names.length);
    if (out === "folder-2") expect(filesIn(at(out))).toEqual(expected);
    else {
      const whole = readFileSync(at(out.endsWith("gz") ? "packed.tar.gz" : "plain.tar"));
      expect(readFileSync(at(out)).equals(whole)).toBe(true);
    }
    expect(readdirSync(folder).filter((name) => name.includes(".part"))).toEqual([]);
  });

  test("goes on after kill -9 at any of its writes, the archive the same", () => {
    const main = join(PACKAGE_ROOT, "build", "dist", "cli", "main.js");
    const hook = join(PACKAGE_ROOT, "test", "support", "faultHook.mjs");
    const run = (out: string, fault: string) =>
      spawnSync(
        process.execPath,
        ["--import", hook, main, "disclose", "--private", privateDir, "--all", "--out", at(out)],
        { env: { ...process.env, MARGINPROOF_FAULT: fault }, encoding: "utf8" },
      );
    expect(run("counted.tar", `count ${at("calls")}`).status).toBe(0);
    const calls = readFileSync(at("calls"), "utf8").split("\n");
    const renames = [...calls.keys()].filter((n) => calls[n] === "rename");
    expect(renames.length).toBeGreaterThan(3);
    const last = renames.at(-1)!;
    for (const [n, call] of [3, renames[1]!, renames[2]! + 1, last + 1, last + 2].entries()) {
      const killed = run(`killed-${n}.tar`, `kill ${call}`);
      expect([n, killed.signal]).toEqual([n, "SIGKILL"]);
      const again = run(`killed-${n}.tar`, "none");
      // Killed when it had its name, it was done.
      expect([n, again.status]).toEqual([n, existsSync(at(`killed-${n}.tar`)) && call > last + 1 ? 2 : 0]);
      expect(readFileSync(at(`killed-${n}.tar`)).equals(readFileSync(at("plain.tar")))).toBe(true);
    }
  });

  test("is not written over or into what somebody else left, nor by two at a time", async () => {
    const refused = (out: string) => expect(all(out)).rejects;
    writeFileSync(at("foreign.tar.part"), "mine");
    await refused("foreign.tar").toMatchObject({ code: "DISCLOSE_PART" });
    expect(readFileSync(at("foreign.tar.part"), "utf8")).toBe("mine");
    writeFileSync(at("half.tar.part.json"), "{");
    await refused("half.tar").toMatchObject({ code: "DISCLOSE_PART" });
    await expect(all("other.tar", 1)).rejects.toThrow();
    const mark = JSON.parse(readFileSync(at("other.tar.part.json"), "utf8"));
    truncateSync(at("other.tar.part"), mark.bytes - 1);
    await refused("other.tar").toMatchObject({ code: "DISCLOSE_PART" });
    writeFileSync(at("other.tar.part.json"), JSON.stringify({ ...mark, digest: `0x${"1".repeat(64)}` }));
    await refused("other.tar").toMatchObject({ code: "DISCLOSE_PART" });
    const store = await FolderStore.open(privateDir);
    const lock = (await store.lockPlace(at("busy.tar")))!;
    await refused("busy.tar").toMatchObject({ code: "DISCLOSE_RUNNING" });
    lock.release();
    store.close();
    await refused("folder").toMatchObject({ code: "OUT_EXISTS" });
  });
});

test("a file's name is plain, its own, and no device's or hidden one", () => {
  expect(holderFileName("acct-000007")).toBe("acct-000007.json");
  const odd = [
    "../../etc/passwd",
    ".profile",
    "A",
    "a ",
    "con",
    "nul.x",
    "x".repeat(128),
    "Ä/Ö",
    "a.",
    "é",
    "e\u0301",
  ];
  const made = odd.map(holderFileName);
  for (const name of made) expect(name).toMatch(/^[a-z0-9_-]{0,48}~[0-9a-f]{16}\.json$/);
  expect(new Set(made).size).toBe(odd.length);
});

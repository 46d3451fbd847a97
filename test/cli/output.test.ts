import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";

const MAIN = join(import.meta.dirname, "..", "..", "build", "dist", "cli", "main.js");
const folder = mkdtempSync(join(tmpdir(), "marginproof-output-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { bundle, privateDir } = tinyEpochPaths("covered");
const verify = [
  MAIN,
  "verify",
  bundle,
  "--keys",
  join(TEST_KEYS, "keys.json"),
  "--allow-dev-keys",
  "--quiet",
];

/** Runs a shell line in which $0 is Node and "$@" the command. */
const shell = (line: string, args: readonly string[], input?: string) =>
  spawnSync("sh", ["-c", line, process.execPath, ...args], { encoding: "utf8", input });

describe("a valid bundle whose verdict can't be written", () => {
  test("ends with 0 where it can", () => {
    expect(shell('"$0" "$@"', verify)).toMatchObject({ status: 0, stdout: expect.stringContaining("VALID") });
  });

  test("for a reader that is gone ends with 2", () => {
    const { stdout, stderr } = shell('{ "$0" "$@"; echo "ended $?" >&2; } | true', verify);
    expect([stdout, stderr]).toEqual(["", expect.stringMatching(/error OUTPUT_LOST.*ended 2/s)]);
  });

  test.skipIf(!existsSync("/dev/full"))("for a full disk ends with 2, and so does --json", () => {
    for (const more of [[], ["--json"]]) {
      const { status, stderr } = shell('"$0" "$@" > /dev/full', [...verify, ...more]);
      expect([status, stderr]).toEqual([2, expect.stringMatching(/^error OUTPUT_LOST: .*no space left/)]);
    }
  });

  test.skipIf(!existsSync("/dev/full"))("with nowhere to complain ends as it would", () => {
    expect(shell('"$0" "$@" 2> /dev/full', verify).status).toBe(0);
    expect(shell('"$0" "$@" > /dev/full 2>&1', verify).status).toBe(2);
  });
});

test("in a folder that is gone a command says so", () => {
  const gone = join(folder, "gone");
  mkdirSync(gone);
  const { status, stderr } = shell(`cd '${gone}' && rmdir '${gone}' && "$0" "$@"`, verify);
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^error FOLDER_GONE/)]);
});

describe("an account name from standard input", () => {
  const out = join(folder, "carol.json");
  const disclose = [MAIN, "disclose", "--private", privateDir, "--account", "-", "--out"];

  test("makes and checks a holder's file", () => {
    expect(shell('"$0" "$@"', [...disclose, out], "carol\n")).toMatchObject({ status: 0, stderr: "" });
    const check = [MAIN, "check", out, "--epoch", bundle, "--account", "-", ...verify.slice(3)];
    expect(shell('"$0" "$@"', check, "carol")).toMatchObject({ status: 0 });
    expect(shell('"$0" "$@"', check, "alice")).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("OPENING_ACCOUNT"),
    });
  });

  test.each([
    ["nothing", ""],
    ["two lines", "carol\nalice\n"],
    ["too much", "x".repeat(5000)],
  ])("%s is refused", (_, input) => {
    const { status, stderr } = shell('"$0" "$@"', [...disclose, join(folder, "none.json")], input);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^error ACCOUNT_STDIN/)]);
  });
});

test("a file-size limit is named, with what to do", () => {
  const script = join(folder, "limited.sh");
  writeFileSync(script, 'ulimit -f 8\nexec "$0" "$@"\n');
  const args = [
    "--market",
    tinyEpochPaths("covered").market,
    "--accounts",
    tinyEpochPaths("covered").accounts,
  ];
  const places = ["--out", join(folder, "b"), "--private", join(folder, "p")];
  const { status, stderr } = shell(`. '${script}'`, [
    ...[MAIN, "prove", ...args, ...places, "--keys", TEST_KEYS, "--profile", "test", "--quiet"],
  ]);
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^error (FILE_REFUSED|DISK_FULL): .*\/p\//)]);
  expect(existsSync(join(folder, "b"))).toBe(false);
  expect(execFileSync("ls", ["-A", folder], { encoding: "utf8" })).not.toContain(".partial");
});

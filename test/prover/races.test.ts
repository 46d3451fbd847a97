import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Racer, RaceTrack, type Start } from "../support/race.js";

/** The short form of scripts/raceMatrix.ts: real processes, real proofs, real kills. */
const folder = mkdtempSync(join(tmpdir(), "marginproof-race-"));
const track = new RaceTrack(folder);
afterAll(async () => {
  await track.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("killed at a call that changes something on disk, the same command leads to one bundle", () => {
  test("from the first thing made aside to the end: before its making, intent, name, record, and exit", async () => {
    await track.begin("proved");
    const calls = await track.calls("same");
    const from = calls.lastIndexOf("mkdir");
    const points = ["mkdir", "sync", "sql begin immediate", "sql commit", "rename", "exit"].map((name) =>
      name === "mkdir" ? from : calls.lastIndexOf(name),
    );
    // What lies between name and record is where the earlier version lost its statement.
    points.push(calls.lastIndexOf("rename") + 1);
    expect(points.every((at) => at >= from)).toBe(true);
    for (const at of points) {
      await track.begin("proved");
      expect([calls[at], await track.race([{ command: "same", fault: `kill ${at + 1}` }])]).toEqual([
        calls[at],
        [],
      ]);
    }
  });
});

describe("processes at once", () => {
  test.each<[Start, readonly Racer[]]>([
    ["proved", [{ command: "same" }, { command: "same" }]],
    ["proved", [{ command: "same" }, { command: "other accounts" }]],
    ["named", [{ command: "other accounts" }, { command: "disclose" }, { command: "same" }]],
    ["ready", [{ command: "other place" }, { command: "other accounts", killAfter: 700 }]],
    ["old layout", [{ command: "same" }, { command: "disclose" }, { command: "other accounts" }]],
  ])("from %s: %j", async (start, racers) => {
    await track.begin(start);
    expect(await track.race(racers)).toEqual([]);
  });
});

describe("a full disk", () => {
  test("at any call of publishing is named, and the same command goes on", async () => {
    await track.begin("proved");
    const calls = await track.calls("same");
    const from = calls.lastIndexOf("mkdir");
    const last = (name: string): number => calls.lastIndexOf(name);
    for (const at of [2, from, from + 1, last("sync"), last("sql commit"), last("rename")]) {
      await track.begin("proved");
      const { code, err } = await track.run({ command: "same", fault: `fail ${at + 1}` });
      expect([calls[at], code, /error (\w+): \//.exec(err)?.[1]]).toEqual([calls[at], 2, "DISK_FULL"]);
      expect(await track.settle()).toEqual([]);
    }
  });
});

import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import {
  COMMANDS,
  type CommandName,
  type Racer,
  RaceTrack,
  STARTS,
  type Start,
} from "../test/support/race.js";

/**
 * Two to four processes on one private folder, from every state an epoch can be in, killed at calls that change something
 * on disk and at any moment: after each race, one statement, valid bundles of it, and every holder counted. Long, and so
 * outside the test run; results are kept in build/race/results.ndjson, and the same call continues.
 *
 *   npm run race                 all
 *   npm run race -- --runs 50    50 more
 */
const { values } = parseArgs({ options: { runs: { type: "string" } } });
const folder = join(PACKAGE_ROOT, "build", "race");
const results = join(folder, "results.ndjson");
mkdirSync(folder, { recursive: true });

interface Result {
  readonly name: string;
  readonly start: Start;
  readonly processes: number;
  readonly wrong: readonly string[];
}

interface Scenario {
  readonly start: Start;
  /** As a kill may be anywhere: from 0, the first call, to 1, the exit. */
  readonly at: number;
  readonly others: readonly Racer[];
  readonly victim: CommandName;
}

/** Every state, who is killed, beside whom; each at several points, so that all calls of a command are met. */
function scenarios(): Scenario[] {
  const found: Scenario[] = [];
  const others: readonly (readonly Racer[])[] = [
    [{ command: "same" }],
    [{ command: "other accounts" }],
    [{ command: "other place", delay: 300 }],
    [{ command: "other accounts", delay: 300 }, { command: "disclose" }],
    [{ command: "same", killAfter: 900 }, { command: "other accounts", delay: 150 }, { command: "disclose" }],
  ];
  let turn = 0;
  for (let round = 0; round < 3; round++) {
    for (const start of STARTS) {
      // These prove every step anew, each time.
      if (round > 0 && (start === "empty" || start === "laid out")) continue;
      for (const victim of COMMANDS) {
        if (victim === "disclose" && round > 0) continue;
        for (const beside of others) {
          // A sequence that fills the range evenly, whatever its length.
          const at = (++turn * 0.618033988749895) % 1;
          found.push({ start, victim, others: beside, at });
        }
      }
    }
  }
  // Spread over the states, so that a part of the whole is one of all.
  return found.map((_, at) => found[(at * 67) % found.length]!);
}

const done = existsSync(results)
  ? readFileSync(results, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Result)
  : [];
const track = new RaceTrack(folder);
const calls = new Map<string, number>();
let left = Number(values.runs ?? Number.POSITIVE_INFINITY);
for (const [number, { start, victim, others, at }] of scenarios().entries()) {
  const name = `${number}: ${start}, ${victim} killed beside ${others.map(({ command }) => command).join(", ")}`;
  if (done.some((one) => one.name === name)) continue;
  if (left-- <= 0) break;
  await track.begin(start);
  const key = `${start} ${victim}`;
  if (!calls.has(key)) calls.set(key, (await track.calls(victim)).length);
  const fault = `kill ${1 + Math.floor(at * calls.get(key)!)}`;
  const wrong = await track.race([{ command: victim, fault }, ...others]);
  const result: Result = { name: `${name}`, start, processes: 1 + others.length, wrong };
  done.push(result);
  appendFileSync(results, `${JSON.stringify(result)}\n`);
  console.log(
    `${wrong.length === 0 ? "ok  " : "FAIL"} ${name}, ${fault} of ${calls.get(key)} ${wrong.join("; ")}`,
  );
}

console.log("\n| start | races | 2 processes | 3 | 4 | failed |\n| --- | --- | --- | --- | --- | --- |");
for (const start of [...STARTS, "all"]) {
  const of = done.filter((one) => start === "all" || one.start === start);
  const by = (processes: number): number => of.filter((one) => one.processes === processes).length;
  const failed = of.filter(({ wrong }) => wrong.length > 0).length;
  console.log(`| ${start} | ${of.length} | ${by(2)} | ${by(3)} | ${by(4)} | ${failed} |`);
}
process.exit(done.some(({ wrong }) => wrong.length > 0) ? 1 : 0);

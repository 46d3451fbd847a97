import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import type { MarketJson } from "../src/market/schema.js";
import { generateSample, writeSample } from "../src/sample/index.js";
import { LiveEngine } from "../src/service/live/engine.js";
import { readBook } from "../src/service/live/readBook.js";
import { liveMarket, movedInstruments, quoted } from "../src/service/live/tick.js";

/**
 * The live book: how long a tick takes that moves one instrument, and one that moves all, and how much memory it has. Medians of the
 * rounds, wall time and CPU of this process.
 *
 *   npm run bench:live -- [--accounts 1000000] [--threads N] [--rounds 5]
 */
const { values } = parseArgs({
  options: {
    accounts: { type: "string", default: "1000000" },
    threads: { type: "string", default: String(availableParallelism()) },
    rounds: { type: "string", default: "5" },
  },
});
const rounds = Number(values.rounds);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const median = (own: readonly number[]): number => [...own].sort((a, b) => a - b)[own.length >> 1]!;

const folder = await mkdtemp(join(tmpdir(), "marginproof-bench-"));
// The sample's own memory is no part of the book's: it is left behind with the function.
const { market, accounts } = await writeSample(
  generateSample({ accounts: Number(values.accounts), seed: "live" }),
  folder,
);
const first = JSON.parse(await readFile(market, "utf8")) as MarketJson;
let json: unknown = first;
let live = liveMarket(json, undefined);
const engine = new LiveEngine(live, 100n, Number(values.threads), () => process.exit(1));
const begun = performance.now();
const { evaluated } = await engine.load(readBook(accounts, live, folder));
await rm(folder, { recursive: true });
console.log(
  `${evaluated} margin accounts in ${values.threads} threads, loaded in ${seconds(performance.now() - begun)}`,
);

const moving = first.instruments.filter(({ kind, symbol }) => kind !== "settlement" && symbol !== "USDT");
const perpetual = moving.find(({ kind }) => kind === "perpetual")!;
for (const [title, moved] of [
  [`one instrument, ${perpetual.symbol}`, [perpetual]],
  [`all ${moving.length} instruments that move`, moving],
] as const) {
  const [walls, cpus]: [number[], number[]] = [[], []];
  let told = "";
  for (let round = 0; round < rounds; round++) {
    const next = quoted(
      json,
      moved.map(({ symbol, markPrice }) => ({
        symbol,
        markPrice: round % 2 === 0 ? nudged(markPrice) : markPrice,
      })),
      undefined,
    );
    const [from, cpu] = [performance.now(), process.cpuUsage()];
    const after = liveMarket(next, undefined);
    const found = await engine.tick(after, movedInstruments(live.table, after.table));
    walls.push(performance.now() - from);
    const { user, system } = process.cpuUsage(cpu);
    cpus.push((user + system) / 1000);
    [json, live] = [next, after];
    told = `${found.evaluated} accounts evaluated, ${found.moves.length} events`;
  }
  console.log(`${title}: ${seconds(median(walls))}, CPU ${seconds(median(cpus))}; the last: ${told}`);
}
console.log(`resident memory ${(process.memoryUsage.rss() / 2 ** 30).toFixed(2)} GiB`);
await engine.close();

/** The price with its last digit but one step away: still a multiple of the market's unit. */
function nudged(price: string): string {
  const digit = /[1-9](?=[0-9.]*$)/.exec(price)!;
  const other = digit[0] === "9" ? "8" : String(Number(digit[0]) + 1);
  return price.slice(0, digit.index) + other + price.slice(digit.index + 1);
}

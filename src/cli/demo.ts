import { readFile, rm } from "node:fs/promises";
import { PUBLIC_FILE, writeWhole } from "../files/files.js";
import type { PocketOpeningJson } from "../holder/opening.js";
import type { MarketJson } from "../market/index.js";
import { Cheats } from "./demo/cheats.js";
import { ACCOUNT, PLACES, PROFILE } from "./demo/places.js";
import { DemoFailure, Stage } from "./demo/stage.js";
import { EXIT, reportError } from "./errors.js";
import { processTerminal } from "./terminal.js";

/** `npm run demo`: one epoch from accounts to verdict, then every cheat that must fail. Ends with 1 if one does not. */
async function demo(stage: Stage): Promise<void> {
  const trust = ["--keys", PLACES.keyList, "--allow-dev-keys"];
  await rm(PLACES.folder, { recursive: true, force: true });

  await stage.act(
    "An invented exchange: 240 margin accounts, cross and isolated, with spot, perpetuals, futures and options",
    () => stage.command(0, "sample", "--accounts", "240", "--out", `${PLACES.folder}/exchange`),
  );
  await stage.act(
    "Compile the circuits and make development keys, once (the slowest step; keys are reused)",
    () => stage.command(0, "setup", "--profile", PROFILE, "--keys", PLACES.keys),
  );
  await stage.act("The exchange proves its whole book, on all cores", () =>
    stage.command(
      0,
      "prove",
      ...["--market", PLACES.market, "--accounts", PLACES.accounts, "--out", PLACES.bundle],
      ...["--private", PLACES.private, "--keys", PLACES.keys, "--profile", PROFILE],
    ),
  );
  await stage.act("Anybody verifies the bundle, from public data alone", () =>
    stage.command(0, "verify", PLACES.bundle, ...trust),
  );
  await holderChecks(stage, trust);
  await poorBook(stage, trust);
  await stage.act("The exchange cheats: every attempt must be refused", () => cheat(stage));
}

async function holderChecks(stage: Stage, trust: readonly string[]): Promise<void> {
  await stage.act(
    "One holder gets their file, and checks that every pocket was counted with exactly what it holds",
    async () => {
      await stage.command(
        0,
        "disclose",
        "--private",
        PLACES.private,
        "--account",
        ACCOUNT,
        "--out",
        PLACES.opening,
      );
      stage.say("");
      await stage.command(
        0,
        "check",
        PLACES.opening,
        "--epoch",
        PLACES.bundle,
        "--account",
        ACCOUNT,
        ...trust,
      );
    },
  );
}

async function poorBook(stage: Stage, trust: readonly string[]): Promise<void> {
  await stage.act(
    "An honest proof of a book that is not covered: the proof holds, the verdict is no",
    async () => {
      await stage.command(0, "sample", "--accounts", "32", "--out", `${PLACES.folder}/poor`);
      await makePoor(`${PLACES.folder}/poor/market.json`);
      stage.say("(its fund is cut to 10 and its USDT reserve to 1,000)");
      await stage.command(
        0,
        "prove",
        ...[
          "--market",
          `${PLACES.folder}/poor/market.json`,
          "--accounts",
          `${PLACES.folder}/poor/accounts.csv`,
        ],
        ...["--out", `${PLACES.folder}/poor-bundle`, "--private", `${PLACES.folder}/poor-private`],
        ...["--keys", PLACES.keys, "--profile", PROFILE],
      );
      stage.say("");
      await stage.command(1, "verify", `${PLACES.folder}/poor-bundle`, ...trust);
    },
  );
}

async function makePoor(path: string): Promise<void> {
  const market = JSON.parse(await readFile(path, "utf8")) as MarketJson;
  const poor = { ...market, insuranceFund: { USDT: "10" }, reserves: { ...market.reserves, USDT: "1000" } };
  await writeWhole(path, JSON.stringify(poor, null, 2), PUBLIC_FILE);
}

async function cheat(stage: Stage): Promise<void> {
  const cheats = await Cheats.open();
  await cheatPublic(stage, cheats);
  await cheatProver(stage, cheats);
  await cheatHolder(stage, cheats);
}

/** With what is published. */
async function cheatPublic(stage: Stage, cheats: Cheats): Promise<void> {
  await stage.refused(
    "KEY_DEVELOPMENT",
    "pass off forgeable development keys",
    "the verifier trusts keys on its own list only, and development keys only when told to",
    () => cheats.forgeableKeys(),
  );
  await stage.refused(
    "CHAIN_END",
    "publish a bad debt of 0 instead of the proved one",
    "the proved chain of states ends in the true totals",
    () => cheats.editedBadDebt(),
  );
  await stage.refused(
    "MARKET_DIGEST",
    "price customers' BTC at 66,000 instead of 60,000",
    "the statement names the market file by digest",
    () => cheats.editedPrice(),
  );
  await stage.refused(
    "PROOF_FALSE",
    "use the proof of one batch for another",
    "each proof holds for its own public signals only",
    () => cheats.swappedProofs(),
  );
}

/** With what the prover is told. */
async function cheatProver(stage: Stage, cheats: Cheats): Promise<void> {
  await stage.refused(
    "CHAIN_END",
    "tell the prover one account has one value unit more, and prove that consistently",
    "the circuit proves the step, but the randomly weighted accounts no longer balance with the risk table",
    () => cheats.raisedEquity(),
  );
  await stage.refused(
    "WITNESS_FAILED",
    "enter one position twice, to stay in a lower margin bracket",
    "the circuit demands different instruments in an account's places: no proof can be made",
    () => cheats.splitPosition(),
  );
  await stage.refused(
    "WITNESS_FAILED",
    "count the bankrupt account among the free ones",
    "the circuit demands that equity lies between the thresholds of the band: no proof can be made",
    () => cheats.betterBand(),
  );
}

/** With what a holder is given. */
async function cheatHolder(stage: Stage, cheats: Cheats): Promise<void> {
  await stage.refused(
    "OPENING_LEAF",
    "give the holder a file without one of their positions",
    "it does not lead to the published root",
    () =>
      cheats.editedOpening(([first, ...others]) => [
        { ...first!, holdings: first!.holdings.slice(1) },
        ...others,
      ]),
  );
  await stage.refused(
    "OPENING_LEAF",
    "let the holder's cross pocket cover for an isolated one",
    "each pocket is committed by itself: no leaf holds the two together",
    () => cheats.editedOpening(([cross, isolated, ...others]) => [merged(cross!, isolated!), ...others]),
  );
  await stage.refused(
    "OPENING_LEAF",
    "give one holder's entry to another with the same positions",
    "the account's name is part of what is committed",
    () => cheats.editedOpening((pockets) => [...pockets], "acct-000008"),
  );
}

/** Both pockets' holdings as one pocket's. */
function merged(one: PocketOpeningJson, other: PocketOpeningJson): PocketOpeningJson {
  const steps = new Map<string, bigint>();
  for (const { instrument, steps: more } of [...one.holdings, ...other.holdings]) {
    steps.set(instrument, (steps.get(instrument) ?? 0n) + BigInt(more));
  }
  const held = [...steps].filter(([, sum]) => sum !== 0n);
  return { ...one, holdings: held.map(([instrument, sum]) => ({ instrument, steps: String(sum) })) };
}

const stage = new Stage();
const start = performance.now();
let code: number = EXIT.ok;
try {
  await demo(stage);
  stage.say(
    `\nDEMO PASSED in ${((performance.now() - start) / 1000).toFixed(0)} s: proved, verified, and no cheat got through.`,
  );
  stage.say(`The bundle is in ${PLACES.bundle}; play with it: marginproof inspect, verify, check.`);
} catch (error) {
  if (error instanceof DemoFailure) {
    stage.say(`\nDEMO FAILED: ${error.message}`);
    code = EXIT.invalid;
  } else code = reportError(error, processTerminal());
}
await processTerminal().drained();
process.exit(code);

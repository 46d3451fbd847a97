import { Option } from "commander";
import { type Progress, type StageId, silentProgress } from "../../files/progress.js";
import { loadProfile } from "../../keys/instances.js";
import { BACKENDS, type BackendName, type ChosenBackend, chooseBackend } from "../../prover/chooseBackend.js";
import { type ProveResult, proveEpoch } from "../../prover/prove.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { proveText } from "../format/proveText.js";
import { examples } from "../help.js";
import { type Interrupt, onInterrupt } from "../interrupt.js";
import { CORES, DEFAULT_KEYS, DEFAULT_PROFILE, digest, workerCount } from "../options.js";
import { progressLine } from "../progressLine.js";

interface ProveFlags {
  readonly market: string;
  readonly evidence?: string;
  readonly model?: string;
  readonly accounts: string;
  readonly mapping?: string;
  readonly out: string;
  readonly private: string;
  readonly keys: string;
  readonly profile: string;
  readonly workers: number;
  readonly backend: BackendName;
  readonly withdraw?: string;
  readonly quiet?: boolean;
}

const STOPPING =
  "Stopping after the proofs in hand. Finished work is kept: the same command resumes.\nCtrl-C again stops at once.";

export const addProve: AddCommand = (program, cli) => {
  program
    .command("prove")
    .summary("prove an epoch and publish its bundle")
    .description(
      "Reads the market and all accounts, proves the epoch, verifies the result and writes the bundle to publish.\n" +
        "Everything secret stays in the --private folder. Interrupted in any way, the same command resumes.",
    )
    .requiredOption("--market <file>", "market.json: prices, brackets, scenarios, reserves")
    .option("--evidence <file>", "price evidence, when market.json names it (market build --prices)")
    .option(
      "--model <file>",
      "private model, when market.json has secret rates (market build --private-model)",
    )
    .requiredOption(
      "--accounts <file>",
      "all holdings: .csv or .ndjson, also .gz or .zst, or .parquet; with --mapping a folder",
    )
    .option("--mapping <file>", "how the files of your own export in that folder become accounts")
    .requiredOption("--out <bundle>", "folder to publish; must not exist yet")
    .requiredOption("--private <dir>", "private folder: salts, holdings, finished proofs")
    .option("--keys <dir>", "keys made by marginproof setup", DEFAULT_KEYS)
    .option("--profile <name>", "profile the keys were made for", DEFAULT_PROFILE)
    .option("--workers <n>", "proofs at a time", workerCount, CORES)
    .addOption(
      new Option("--backend <engine>", "what proves: the native prover if there is a good one, else wasm")
        .choices(BACKENDS)
        .default("auto"),
    )
    .option(
      "--withdraw <0x...>",
      "digest of this epoch's earlier statement, when its bundle never left your hands: make another",
      digest,
    )
    .option("--quiet", "no progress")
    .addHelpText(
      "after",
      examples([
        "marginproof prove --market market.json --accounts accounts.csv.gz --out bundle-2026-11-23 --private private",
        "one epoch with the keys in ./marginproof-keys, on all cores",
      ]),
    )
    .action((flags: ProveFlags) => finish(cli, false, () => run(cli, flags)));
};

async function run({ terminal }: Cli, flags: ProveFlags): Promise<number> {
  const profile = loadProfile(flags.profile);
  const line = flags.quiet === true ? undefined : progressLine(terminal);
  const interrupt = onInterrupt(terminal, STOPPING);
  let chosen: ChosenBackend | undefined;
  let result: ProveResult;
  try {
    chosen = await chooseBackend(flags.backend, { workers: flags.workers });
    line?.note(`prover: ${chosen.why}`);
    result = await proveEpoch({
      marketPath: flags.market,
      accountsPath: flags.accounts,
      ...(flags.mapping === undefined ? {} : { mappingPath: flags.mapping }),
      ...(flags.evidence === undefined ? {} : { evidencePath: flags.evidence }),
      ...(flags.withdraw === undefined ? {} : { withdraw: flags.withdraw }),
      ...(flags.model === undefined ? {} : { modelPath: flags.model }),
      out: flags.out,
      privateDir: flags.private,
      keysDir: flags.keys,
      profile,
      backend: chosen.backend,
      inFlight: chosen.inFlight,
      progress: releasingBeforePublishing(line ?? silentProgress, interrupt),
      signal: interrupt.signal,
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    line?.end();
    terminal.err("Interrupted. The same command resumes where this one stopped.\n");
    return EXIT.interrupted;
  } finally {
    line?.end();
    interrupt.release();
    await chosen?.backend.close();
  }
  terminal.out(proveText(result, { out: flags.out, privateDir: flags.private, keysDir: flags.keys }));
  return EXIT.ok;
}

const LAST: readonly StageId[] = ["publish", "verifyPublished"];

/** The last stage checks proofs in one go, deaf to signal handlers: let Ctrl-C simply end it. */
function releasingBeforePublishing(progress: Progress, interrupt: Interrupt): Progress {
  return {
    stage(id, title, detail) {
      progress.stage(id, title, detail);
      if (LAST.includes(id) && !interrupt.signal.aborted) interrupt.release();
    },
    update: (done, total) => progress.update(done, total),
    note: (text) => progress.note(text),
  };
}

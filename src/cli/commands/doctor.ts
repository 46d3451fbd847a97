import { silentProgress } from "../../files/progress.js";
import { loadProfile } from "../../keys/instances.js";
import { diagnose } from "../../prover/doctor/diagnose.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { doctorText } from "../format/doctorText.js";
import { examples } from "../help.js";
import { CORES, DEFAULT_PROFILE, workerCount } from "../options.js";
import { progressLine } from "../progressLine.js";

interface DoctorFlags {
  readonly market: string;
  readonly evidence?: string;
  readonly model?: string;
  readonly accounts: string;
  readonly mapping?: string;
  readonly profile: string;
  readonly workers: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

export const addDoctor: AddCommand = (program, cli) => {
  program
    .command("doctor")
    .summary("say what is in the way of proving an epoch, before any key or proof")
    .description(
      "Reads market and accounts as prove does, goes on where it would stop, and says everything that will not fit or\n" +
        "looks wrong: rows, instruments, sizes, open interest that is not balanced and who holds it, accounts below\n" +
        "maintenance, reserves and fund; and how many proofs it takes, of which shapes, with about how much time and memory.\n" +
        "Exit code 0: nothing in the way; 1: something will not fit or is wrong; 2: wrong use, or a file that can't be read.",
    )
    .requiredOption("--market <file>", "market.json: prices, brackets, scenarios, reserves")
    .option("--evidence <file>", "price evidence, when market.json names it")
    .option("--model <file>", "private model, when market.json has secret rates")
    .requiredOption(
      "--accounts <file>",
      "all holdings: .csv or .ndjson, also .gz or .zst, or .parquet; with --mapping a folder",
    )
    .option("--mapping <file>", "how the files of your own export in that folder become accounts")
    .option("--profile <name>", "profile to prove with", DEFAULT_PROFILE)
    .option("--workers <n>", "proofs at a time, for the time that is expected", workerCount, CORES)
    .option("--quiet", "no progress")
    .option("--json", "print one JSON object and nothing else on stdout")
    .addHelpText(
      "after",
      examples([
        "marginproof doctor --market market.json --accounts export --mapping mapping.yaml",
        "will tonight's export prove with profile p16?",
      ]),
    )
    .action((flags: DoctorFlags) => finish(cli, flags.json, () => run(cli, flags)));
};

async function run({ terminal }: Cli, flags: DoctorFlags): Promise<number> {
  const line = flags.quiet === true ? undefined : progressLine(terminal);
  const { evidence, model, mapping, workers } = flags;
  try {
    const found = await diagnose({
      marketPath: flags.market,
      accountsPath: flags.accounts,
      ...(evidence === undefined ? {} : { evidencePath: evidence }),
      ...(model === undefined ? {} : { modelPath: model }),
      ...(mapping === undefined ? {} : { mappingPath: mapping }),
      profile: loadProfile(flags.profile),
      workers,
      progress: line ?? silentProgress,
    });
    line?.end();
    terminal.out(flags.json === true ? JSON.stringify(found, null, 2) : doctorText(found, flags.profile));
    return found.clear ? EXIT.ok : EXIT.invalid;
  } finally {
    line?.end();
  }
}

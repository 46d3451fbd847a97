import { silentProgress } from "../../files/progress.js";
import { loadProfile, profileInstances, profileNames } from "../../keys/instances.js";
import { keyListPath } from "../../keys/keyFolder.js";
import { setup } from "../../keys/setup.js";
import { shellWord } from "../../report/shellWord.js";
import { textTable } from "../../report/table.js";
import { DEVELOPMENT_WARNING } from "../../report/warnings.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import { onInterrupt } from "../interrupt.js";
import { CORES, DEFAULT_KEYS, DEFAULT_PROFILE, workerCount } from "../options.js";
import { progressLine } from "../progressLine.js";

interface SetupFlags {
  readonly profile: string;
  readonly keys: string;
  readonly ptau?: string;
  readonly workers: number;
  readonly quiet?: boolean;
}

export const addSetup: AddCommand = (program, cli) => {
  program
    .command("setup")
    .summary("compile the circuits and make proving keys")
    .description(
      "Compiles the circuits of a profile and makes their proving and verifying keys, once per exchange. Without\n" +
        "--ptau the keys come from the INSECURE development setup, good for trying marginproof out and nothing else.\n" +
        "An interrupted setup continues where it was.",
    )
    .option("--profile <name>", `circuit sizes: ${profileNames().join(", ")}`, DEFAULT_PROFILE)
    .option("--keys <dir>", "where the keys go", DEFAULT_KEYS)
    .option("--ptau <file>", "phase-1 file, prepared for phase 2, of a ceremony you trust")
    .option("--workers <n>", "circuits compiled at a time", workerCount, CORES)
    .option("--quiet", "no progress")
    .addHelpText(
      "after",
      examples(
        ["marginproof setup --profile demo", "development keys for trying out"],
        ["marginproof setup --ptau powersOfTau28_hez_final_17.ptau", "keys from a public ceremony"],
      ),
    )
    .action((flags: SetupFlags) => finish(cli, false, () => run(cli, flags)));
};

async function run({ terminal }: Cli, flags: SetupFlags): Promise<number> {
  const profile = loadProfile(flags.profile);
  if (flags.ptau === undefined) terminal.err(`${DEVELOPMENT_WARNING}\n\n`);
  const line = flags.quiet === true ? undefined : progressLine(terminal);
  const interrupt = onInterrupt(terminal, "Interrupted. The same command continues where this one stopped.");
  interrupt.signal.addEventListener("abort", () => process.exit(EXIT.interrupted));
  const keys = await setup({
    instances: profileInstances(profile),
    keysDir: flags.keys,
    ...(flags.ptau === undefined ? {} : { ptau: flags.ptau }),
    workers: flags.workers,
    progress: line ?? silentProgress,
  }).finally(() => {
    interrupt.release();
    line?.end();
  });

  const rows = keys.map(({ id, keyDigest, development }) => [
    id,
    keyDigest,
    development ? "INSECURE" : "ceremony",
  ]);
  terminal.out(`Keys of profile ${profile.name} in ${flags.keys}:\n`);
  terminal.out(
    textTable([{ title: "circuit" }, { title: "verifying key digest" }, { title: "origin" }], rows),
  );
  if (keys.some(({ development }) => development)) terminal.out(`\n${DEVELOPMENT_WARNING}`);
  terminal.out(
    `\nAuditors trust keys by the list ${keyListPath(flags.keys)}: hand it to them in a way they trust.`,
  );
  terminal.out(
    `Next: marginproof prove --market market.json --accounts accounts.csv --out bundle --private private \\\n` +
      `        --profile ${profile.name} --keys ${shellWord(flags.keys)}`,
  );
  return EXIT.ok;
}

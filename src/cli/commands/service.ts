import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import { onInterrupt } from "../interrupt.js";
import { CORES, positiveInteger, workerCount } from "../options.js";
import { objectsFlag, type PlaceFlags, placeFlags, placesOf } from "../servicePlaces.js";
import type { Terminal } from "../terminal.js";
import { version } from "../version.js";

interface ServeFlags extends PlaceFlags {
  readonly host: string;
  readonly port: number;
  readonly tokens: string;
  readonly holderKey?: string;
  readonly sources?: string;
  readonly workers?: number;
  readonly maxUpload: number;
  readonly rate: number;
  readonly continuous?: string;
}

const GIB = 1 << 30;
export const addServe: AddCommand = (program, cli) => {
  objectsFlag(placeFlags(program.command("serve")))
    .summary("run the prover as a service over HTTP")
    .description(
      "Takes epochs over HTTP, proves them, publishes their bundles and hands each holder their own file. Without a Postgres\n" +
        "everything is in the --data folder, and this process proves. The log on stdout is JSON, a line each.",
    )
    .requiredOption("--tokens <file>", "list of tokens, from marginproof token")
    .option("--holder-key <file>", "public key (PEM, Ed25519) of who issues the holders' tokens")
    .option("--sources <file>", "list of your own databases that accounts may be read from")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <n>", "port to listen on; 0 for any", port, 8080)
    .option("--workers <n>", "steps proved at a time here (default: all cores; none with a Postgres)", count)
    .option("--max-upload <bytes>", "longest accounts file", positiveInteger, 4 * GIB - 1)
    .option("--rate <n>", "requests a minute from one address", positiveInteger, 600)
    .option("--continuous <profile>", "prove the live book again and again, with the keys of this profile")
    .addHelpText(
      "after",
      examples([
        "marginproof serve --tokens tokens.json --keys keys",
        "on this machine alone, nothing else to install",
      ]),
    )
    .action((flags: ServeFlags) => finish(cli, false, () => runServe(cli, flags)));
};

export const addWorker: AddCommand = (program, cli) => {
  objectsFlag(placeFlags(program.command("worker")))
    .summary("prove what a service has queued")
    .description(
      "Lays out, proves and finishes what servers on the same Postgres have queued. Any number of these, on any machines.",
    )
    .option("--workers <n>", "steps proved at a time", workerCount, CORES)
    .addHelpText(
      "after",
      examples([
        "marginproof worker --database url.txt --key service.key --keys keys",
        "all cores of this machine",
      ]),
    )
    .action((flags: PlaceFlags & { readonly workers: number }) =>
      finish(cli, false, () => runWorker(cli, flags)),
    );
};

async function runServe({ terminal }: Cli, flags: ServeFlags): Promise<number> {
  const { serve } = await import("../../service/serve.js");
  const places = await placesOf(flags);
  const workers = flags.workers ?? (places.databaseUrl === undefined ? CORES : 0);
  const options = {
    ...{ ...places, workers, host: flags.host, port: flags.port, tokensFile: flags.tokens },
    ...{
      holderKeyFile: flags.holderKey,
      sourcesFile: flags.sources,
      maxUpload: flags.maxUpload,
      ratePerMinute: flags.rate,
      version: version(),
      continuous: flags.continuous,
    },
  };
  return untilStopped(terminal, async () => serve(options, await logTo(terminal)));
}

async function runWorker(
  { terminal }: Cli,
  flags: PlaceFlags & { readonly workers: number },
): Promise<number> {
  const { openService } = await import("../../service/open.js");
  const places = await placesOf(flags);
  return untilStopped(terminal, async () => {
    const log = await logTo(terminal);
    const service = await openService(places, flags.workers, log);
    log.info("working", { workers: flags.workers });
    return service;
  });
}

/** Runs until it is asked to stop; then ends what is in hand. */
async function untilStopped(
  terminal: Terminal,
  start: () => Promise<{ close(): Promise<void> }>,
): Promise<number> {
  const interrupt = onInterrupt(terminal, "Stopping after what is in hand. Nothing is lost. Again: at once.");
  try {
    const running = await start();
    if (!interrupt.signal.aborted) {
      await new Promise((resolve) => interrupt.signal.addEventListener("abort", resolve, { once: true }));
    }
    await running.close();
    return EXIT.ok;
  } finally {
    interrupt.release();
  }
}

async function logTo(terminal: Terminal) {
  const { jsonLog } = await import("../../service/log.js");
  return jsonLog((line) => terminal.out(line.trimEnd()));
}

const port = (text: string): number => (text === "0" ? 0 : positiveInteger(text));
const count = (text: string): number => (text === "0" ? 0 : workerCount(text));

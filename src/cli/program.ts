import "../nextSteps.js";
import { Command, CommanderError } from "commander";
import type { Cli } from "./cli.js";
import { addAttest } from "./commands/attest.js";
import { addChain } from "./commands/chain/chain.js";
import { addCheck } from "./commands/check.js";
import { addDisclose } from "./commands/disclose.js";
import { addDoctor } from "./commands/doctor.js";
import { addExport } from "./commands/export.js";
import { addInspect } from "./commands/inspect.js";
import { addMarket } from "./commands/market/market.js";
import { addPrices } from "./commands/prices.js";
import { addProve } from "./commands/prove.js";
import { addPull } from "./commands/pull.js";
import { addReserves } from "./commands/reserves.js";
import { addSample } from "./commands/sample.js";
import { addServe, addWorker } from "./commands/service.js";
import { addAuditLog, addServiceKey, addToken } from "./commands/serviceKeys.js";
import { addSetup } from "./commands/setup.js";
import { addVerify } from "./commands/verify.js";
import { EXIT, errorJson, reportError } from "./errors.js";
import { EXIT_CODES, START_HERE } from "./help.js";
import type { Terminal } from "./terminal.js";
import { version } from "./version.js";

function createProgram(cli: Cli): Command {
  const program = new Command("marginproof")
    .description(
      "Proves that a derivatives exchange's whole book is margined and covered, without showing any account.\n" +
        "Anyone can verify a published epoch; every holder can check that they were counted.",
    )
    .version(version())
    .helpCommand(false)
    .showHelpAfterError("(add --help for how to use it)")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.terminal.out(text.replace(/\n$/, "")),
      writeErr: (text) => cli.terminal.err(text),
    })
    .addHelpText("after", `${START_HERE}\n${EXIT_CODES}`);
  for (const add of [
    addSetup,
    addPull,
    addDoctor,
    addProve,
    addVerify,
    addAttest,
    addDisclose,
    addCheck,
    addInspect,
    addMarket,
    addPrices,
    addReserves,
    addChain,
    addExport,
    addSample,
    addServe,
    addWorker,
    addToken,
    addServiceKey,
    addAuditLog,
  ])
    add(program, cli);
  return program;
}

/** Runs one command line. @returns the exit code */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const cli: Cli = { terminal, exitCode: EXIT.ok };
  try {
    await createProgram(cli).parseAsync([...args], { from: "user" });
    return cli.exitCode;
  } catch (error) {
    // Commander has already said what is wrong.
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.ok;
      if (args.includes("--json"))
        terminal.out(errorJson("USAGE", error.message, "Add --help for how to use it."));
      return EXIT.misuse;
    }
    return reportError(error, terminal);
  }
}

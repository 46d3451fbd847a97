#!/usr/bin/env node
import { EXIT, reportError } from "./errors.js";
import { outputLost, workingFolder } from "./surroundings.js";
import { processTerminal } from "./terminal.js";

const terminal = processTerminal();
// Whatever is not caught anywhere must not end as Node ends it, with the exit code of "not valid".
for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => process.exit(reportError(error, terminal)));
}

async function main(): Promise<number> {
  try {
    workingFolder();
    // Only now: libraries ask for the working folder as they are loaded.
    const { runCli } = await import("./program.js");
    const code = await runCli(process.argv.slice(2), terminal);
    const lost = await terminal.drained();
    return lost === undefined || code === EXIT.interrupted ? code : reportError(outputLost(lost), terminal);
  } catch (error) {
    return reportError(error, terminal);
  }
}

const code = await main();
await terminal.drained();
// Threads that a library keeps must not hold the process.
process.exit(code);

#!/usr/bin/env node
import { runCli } from "./program.js";
import { drained, processTerminal } from "./terminal.js";

const code = await runCli(process.argv.slice(2), processTerminal());
await drained();
// Threads that a library keeps must not hold the process.
process.exit(code);

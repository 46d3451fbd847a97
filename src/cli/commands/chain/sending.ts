import type { Command } from "commander";
import type { Chain } from "../../../chain/connect.js";
import type { PlanStep, Sender } from "../../../chain/sender.js";
import { MarginproofError } from "../../../errors.js";
import { visible } from "../../../report/visible.js";
import { PASSWORD_VARIABLE, readKeystore } from "../../keystore.js";
import { positiveInteger } from "../../options.js";
import type { Terminal } from "../../terminal.js";

/** Private key that signs transactions: 0x and 64 hex digits. */
const KEY_VARIABLE = "MARGINPROOF_CHAIN_KEY";

export interface SendFlags {
  readonly rpc: string;
  readonly chainId: number;
  readonly keystore?: string;
  readonly dryRun?: boolean;
}

/** Options of every command that sends transactions. The chain must be said: a key is good on all of them. */
export const sendFlags = (command: Command): Command =>
  command
    .requiredOption("--rpc <url>", "your own node of the chain")
    .requiredOption(
      "--chain-id <n>",
      "the chain that is meant: a node of another is refused",
      positiveInteger,
    )
    .option(
      "--keystore <file>",
      `encrypted keystore (version 3) of the sender, password in ${PASSWORD_VARIABLE}; else ${KEY_VARIABLE}`,
    )
    .option("--dry-run", "only say what would be sent, and what gas it takes");

/** @throws MarginproofError CHAIN_KEY, KEYSTORE, FILE_UNREADABLE; none shows any part of a key */
export async function openSender(chain: Chain, flags: SendFlags): Promise<Sender> {
  const { senderOf } = await import("../../../chain/sender.js");
  const { env } = process;
  if (flags.keystore !== undefined)
    return senderOf(chain, await readKeystore(flags.keystore, env[PASSWORD_VARIABLE]));
  const key = env[KEY_VARIABLE];
  const refuse = (problem: string) =>
    new MarginproofError("CHAIN_KEY", problem, {
      kind: "usage",
      hint: `Give --keystore FILE, or a private key (0x and 64 hex digits) in ${KEY_VARIABLE}; never as an argument.`,
    });
  if (key === undefined) throw refuse("no key to sign transactions with");
  if (!/^0x[0-9a-fA-F]{64}$/.test(key) || BigInt(key) === 0n)
    throw refuse(`${KEY_VARIABLE} holds no private key`);
  try {
    return senderOf(chain, key);
  } catch {
    throw refuse(`${KEY_VARIABLE} holds no private key`);
  }
}

/** Says what a plan would send: what the node can estimate now, by the node; the rest by arithmetic. */
async function dryRun(sender: Sender, steps: readonly PlanStep[], terminal: Terminal): Promise<void> {
  const { estimate } = await import("../../../chain/sender.js");
  let total = 0n;
  let next = true;
  for (const { label, gas, done, payload } of steps) {
    if (await done()) {
      terminal.out(`  there      ${visible(label)}`);
      continue;
    }
    // Only the first stands on what is on chain now.
    const needed = next ? await estimate(sender, await payload()) : gas;
    terminal.out(`  would send ${visible(label)}: ${needed} gas${next ? "" : ", about"}`);
    total += needed;
    next = false;
  }
  terminal.out(`\nNothing was sent. About ${total} gas in all.`);
}

/** Runs a plan, or says what it would send. */
export async function carryOut(
  sender: Sender,
  steps: readonly PlanStep[],
  terminal: Terminal,
  flags: SendFlags,
): Promise<void> {
  terminal.out(`sender ${sender.account.address}, chain ${sender.chain.id}`);
  if (flags.dryRun === true) return dryRun(sender, steps, terminal);
  const { runPlan } = await import("../../../chain/sender.js");
  const total = await runPlan(sender, steps, (label, gas) =>
    terminal.out(
      gas === undefined ? `  there      ${visible(label)}` : `  sent       ${visible(label)}: ${gas} gas`,
    ),
  );
  terminal.out(`\n${total} gas in all.`);
}

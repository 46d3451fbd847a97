import { join } from "node:path";
import type { Registry } from "../../../chain/registry.js";
import type { Sender } from "../../../chain/sender.js";
import { readNamedFile } from "../../../files/files.js";
import { parseStatement } from "../../../protocol/statement.js";
import { parseStrictJson } from "../../../protocol/strictJson.js";
import { BUNDLE_FILE_NAMES } from "../../../verifier/bundleTexts.js";
import type { Terminal } from "../../terminal.js";
import { carryOut, type SendFlags } from "./sending.js";

interface Task {
  readonly sender: Sender;
  readonly registry: Registry;
  /** Only its statement is read, and of that the names: the rest may be what is withheld. */
  readonly folder: string;
  readonly flags: SendFlags;
  readonly demands: readonly (number | "table")[];
}

/**
 * Demands what a claim's bundle lacks; where its time is over without an answer, refutes the claim and takes the bond.
 * @throws MarginproofError CLAIM_NONE, FILE_UNREADABLE, STATEMENT_INVALID
 */
export async function demandSteps(terminal: Terminal, task: Task): Promise<void> {
  const { sender, registry, folder, flags, demands } = task;
  const { claimOf, TABLE_INDEX } = await import("../../../chain/claim.js");
  const { demandPlan } = await import("../../../chain/demands.js");
  const { withdrawStep } = await import("../../../chain/challengePlan.js");
  const { epochOf } = await import("../../../chain/registry.js");
  const { watchEpoch } = await import("../../../chain/watch.js");
  const name = BUNDLE_FILE_NAMES.statement;
  const text = await readNamedFile(join(folder, name), "bundle file");
  const statement = parseStatement(parseStrictJson(text, name));
  const { timestamp } = await sender.chain.client.getBlock();
  const claim = await claimOf(registry, statement);
  for (const demand of demands) {
    const index = demand === "table" ? TABLE_INDEX : demand;
    await carryOut(sender, await demandPlan(claim, index, timestamp), terminal, flags);
    const { status } = await epochOf(registry, statement.exchange, statement.epoch);
    if (status === "claimed") continue;
    await carryOut(sender, [withdrawStep({ registry }, sender)], terminal, flags);
    break;
  }
  await watchEpoch(registry, statement, { rounds: 1, seconds: 0 }, (line) => terminal.out(line));
}

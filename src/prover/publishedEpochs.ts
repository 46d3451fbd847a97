import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { bytesToHex } from "../field/encoding.js";
import { readIfPresent, writeWhole } from "../files/files.js";
import { firstSeed, secondSeed } from "../protocol/challenges.js";
import { parseStatement, type Statement, type StatementJson } from "../protocol/statement.js";
import { workFolder } from "./workFolder.js";

/** A statement that was published from a private folder. */
export interface PublishedEpoch {
  readonly attempt: string;
  readonly statement: Statement;
  /** `0x` and 64 hex digits. */
  readonly digest: string;
}

/** Every statement that was published from a private folder, the last one last. */
export async function publishedEpochs(privateDir: string): Promise<PublishedEpoch[]> {
  const found: PublishedEpoch[] = [];
  for (const attempt of await readdir(join(privateDir, "epochs")).catch((): string[] => [])) {
    const text = await readIfPresent(workFolder(privateDir, attempt).published);
    if (text === undefined) continue;
    const statement = parseStatement(JSON.parse(text));
    const digest = secondSeed(firstSeed(statement), statement.weights);
    found.push({ attempt, statement, digest: `0x${bytesToHex(digest)}` });
  }
  const latest = await readIfPresent(latestPath(privateDir));
  const last = latest === undefined ? undefined : (JSON.parse(latest) as { attempt: string }).attempt;
  return found.sort((one, other) => Number(one.attempt === last) - Number(other.attempt === last));
}

/** Remembers a statement, for disclosures and against a second one of the same epoch. */
export async function recordPublished(
  privateDir: string,
  attempt: string,
  statement: StatementJson,
): Promise<void> {
  await writeWhole(workFolder(privateDir, attempt).published, JSON.stringify(statement));
  await writeWhole(latestPath(privateDir), `${JSON.stringify({ attempt, epoch: statement.epoch })}\n`);
}

const latestPath = (privateDir: string): string => join(privateDir, "latest.json");

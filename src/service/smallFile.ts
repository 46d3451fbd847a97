import { MarginproofError } from "../errors.js";
import { readPlainFile, systemReason } from "../files/files.js";

const LIMIT = 1 << 20;

/** Text of a file of the service's own settings. @throws MarginproofError SERVICE_TOKENS, naming the file */
export async function readSmallFile(path: string, what: string): Promise<string> {
  const refuse = (problem: string, cause?: unknown): MarginproofError =>
    new MarginproofError("SERVICE_TOKENS", `${what} ${path}: ${problem}`, {
      kind: "io",
      cause,
      hint: "Check the path and its permissions.",
    });
  const text = await readPlainFile(path, LIMIT).catch((cause: unknown) => {
    throw refuse(systemReason(cause), cause);
  });
  if (text === undefined) throw refuse("it is longer than such a file ever is");
  return text;
}

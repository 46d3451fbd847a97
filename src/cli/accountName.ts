import { MarginproofError } from "../errors.js";

/** For the help of `--account`. */
export const FROM_STDIN = "- reads it from standard input, where no list of processes shows it";
/** Far above the longest name. */
const MAX_BYTES = 4096;

/**
 * The account that `--account` names: `-` stands for one line on standard input.
 * @throws MarginproofError ACCOUNT_STDIN
 */
export async function accountName(
  given: string,
  input: AsyncIterable<Buffer> = process.stdin,
): Promise<string> {
  if (given !== "-") return given;
  const refuse = (problem: string): MarginproofError =>
    new MarginproofError("ACCOUNT_STDIN", `standard input ${problem}`, {
      kind: "usage",
      hint: "Give the account name as one line, for example: printf '%s\\n' NAME | marginproof ... --account -",
    });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > MAX_BYTES) throw refuse("holds more than an account name");
  }
  const name = Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  if (name === "") throw refuse("holds no account name");
  if (/[\r\n]/.test(name)) throw refuse("holds more than one line");
  return name;
}

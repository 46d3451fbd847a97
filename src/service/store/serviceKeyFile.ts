import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { MarginproofError } from "../../errors.js";
import { readPlainFile, systemReason, writeNew } from "../../files/files.js";

/** Of a key file or a file of identities: room for some twenty recipients, post-quantum ones too. */
const LIMIT = 65_536;
/** What others than the owner may not do with a file. Who may write a sealed one puts a key of their own there. */
const [READ, WRITE] = [0o077, 0o022] as const;
const ARMOR = "-----BEGIN AGE ENCRYPTED FILE-----";

const refusal = (problem: string, hint: string, cause?: unknown): MarginproofError =>
  new MarginproofError("SERVICE_KEY", problem, { kind: "usage", hint, cause });

/**
 * The key of a key file: 64 hex digits on a line, for its owner's eyes only, or an age file of them.
 * @param identities lines of an age identity file: what opens an age file
 * @throws MarginproofError SERVICE_KEY
 */
export async function readKey(path: string, identities?: string): Promise<Buffer> {
  const hint = "Make one with: marginproof service-key FILE. Keep a copy apart from the database's backups.";
  const text = await secretText(path, "key file", hint);
  if (text.startsWith("age-encryption.org/"))
    throw refusal(`key file ${path} is an age file, but not as text`, "Make it with age --armor.");
  const sealed = text.startsWith(ARMOR);
  await refuseOthers(path, "key file", sealed ? WRITE : READ, hint);
  const plain = sealed ? await opened(path, text, identities) : text;
  if (!/^[0-9a-f]{64}\n?$/.test(plain))
    throw refusal(`key file ${path}: it does not hold 64 hex digits`, hint);
  return Buffer.from(plain.trim(), "hex");
}

/**
 * Writes a new key file.
 * @param recipients age recipients (`age1...`), each of whom can open it; without any, the key stands in it as it is
 * @returns false when something of that name is there
 * @throws MarginproofError SERVICE_KEY when a recipient is none
 */
export async function writeKey(path: string, recipients: readonly string[] = []): Promise<boolean> {
  const text = `${randomBytes(32).toString("hex")}\n`;
  return writeNew(path, recipients.length === 0 ? text : await sealedFor(recipients, text));
}

/** Lines of an age identity file, for its owner's eyes only. @throws MarginproofError SERVICE_KEY */
export async function readIdentities(path: string): Promise<string> {
  const hint = "It is what age-keygen writes: lines of AGE-SECRET-KEY-1...";
  const text = await secretText(path, "identity file", hint);
  await refuseOthers(path, "identity file", READ, hint);
  return text;
}

async function secretText(path: string, what: string, hint: string): Promise<string> {
  const text = await readPlainFile(path, LIMIT).catch((cause: unknown) => {
    throw refusal(`${what} ${path}: ${systemReason(cause)}`, hint, cause);
  });
  if (text === undefined) throw refusal(`${what} ${path}: it is longer than such a file ever is`, hint);
  return text.trimStart();
}

async function refuseOthers(path: string, what: string, may: number, hint: string): Promise<void> {
  // Windows keeps no such permissions.
  if (process.platform === "win32" || ((await stat(path)).mode & may) === 0) return;
  const problem = may === READ ? "others may read it (chmod 600)" : "others may write it (chmod go-w)";
  throw refusal(`${what} ${path}: ${problem}`, hint);
}

async function sealedFor(recipients: readonly string[], text: string): Promise<string> {
  const { armor, Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  for (const [k, recipient] of recipients.entries()) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      // It may be the identity, a secret, from the line below.
      const problem = `recipient ${k + 1} of ${recipients.length} is none of age's`;
      throw refusal(problem, "Give what age-keygen shows as public key: age1...", cause);
    }
  }
  return armor.encode(await encrypter.encrypt(text));
}

async function opened(path: string, text: string, identities: string | undefined): Promise<string> {
  const hint = "Give a file of age identities with --identity: one must be of a recipient of the key file.";
  if (identities === undefined) throw refusal(`key file ${path} is an age file`, hint);
  const { armor, Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  const lines = identities.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#"));
  if (lines.length === 0) throw refusal("there is no age identity to open the key file with", hint);
  for (const [k, line] of lines.entries()) {
    try {
      decrypter.addIdentity(line);
    } catch {
      // Its words may quote the line, which is a secret.
      throw refusal(`identity ${k + 1} of ${lines.length} is no AGE-SECRET-KEY-1...`, hint);
    }
  }
  try {
    return await decrypter.decrypt(armor.decode(text), "text");
  } catch (cause) {
    throw refusal(`key file ${path}: no identity given opens it`, hint, cause);
  }
}

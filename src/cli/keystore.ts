import { createDecipheriv, pbkdf2Sync, scryptSync } from "node:crypto";
import { MarginproofError } from "../errors.js";
import { keccak256 } from "../field/keccak.js";
import { readNamedFile } from "../files/files.js";
import { firstIssue } from "../protocol/schemaWords.js";
import { parseStrictJson } from "../protocol/strictJson.js";
import * as z from "../schema/index.js";
import { addressOfPrivateKey } from "../signing/sign.js";

/** What a keystore's password is taken from: an argument would stand in the list of processes. */
export const PASSWORD_VARIABLE = "MARGINPROOF_KEYSTORE_PASSWORD";

const hex = (least: number, most: number) =>
  z
    .string()
    .min(2 * least)
    .max(2 * most)
    .regex(/^([0-9a-fA-F]{2})+$/, "must be hex digits");

/** Bounds of work: what wallets write, and some four times as much. */
const scrypt = z
  .strictObject({
    dklen: z.literal(32),
    n: z.number().int().min(2).max(1_048_576),
    r: z.number().int().min(1).max(16),
    p: z.number().int().min(1).max(16),
    salt: hex(1, 64),
  })
  // RFC 7914, section 2.
  .refine(
    ({ n, r }) => Number.isInteger(Math.log2(n)) && n < 2 ** (16 * r),
    "n must be a power of 2 below 2^(16 r)",
  );
const pbkdf2 = z.strictObject({
  dklen: z.literal(32),
  c: z.number().int().min(1).max(10_000_000),
  prf: z.literal("hmac-sha256"),
  salt: hex(1, 64),
});
const sealed = {
  cipher: z.literal("aes-128-ctr"),
  ciphertext: hex(32, 32),
  cipherparams: z.strictObject({ iv: hex(16, 16) }),
  mac: hex(32, 32),
};
const crypto = z.discriminatedUnion("kdf", [
  z.strictObject({ ...sealed, kdf: z.literal("scrypt"), kdfparams: scrypt }),
  z.strictObject({ ...sealed, kdf: z.literal("pbkdf2"), kdfparams: pbkdf2 }),
]);

/**
 * The private key of an encrypted keystore (Web3 Secret Storage, version 3, as geth and ethers write it), `0x` and 64 hex
 * digits. Errors show no part of key or password.
 * @throws MarginproofError KEYSTORE, FILE_UNREADABLE, FILE_TOO_LARGE, JSON_INVALID
 */
export async function readKeystore(path: string, password: string | undefined): Promise<string> {
  const refuse = (problem: string, hint: string) =>
    new MarginproofError("KEYSTORE", `keystore ${path}: ${problem}`, { kind: "usage", hint });
  const json = parseStrictJson(await readNamedFile(path, "keystore"), `keystore ${path}`, { kind: "usage" });
  const file = typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
  const whole = crypto.safeParse(file.crypto ?? file.Crypto ?? null);
  if (file.version !== 3 || !whole.success) {
    const problem = whole.success ? "it is not of version 3" : firstIssue(whole.error).slice(0, 200);
    throw refuse(problem, "give a keystore of version 3, as geth and ethers write it");
  }
  if (password === undefined) throw refuse("it needs its password", `set ${PASSWORD_VARIABLE}`);
  const { ciphertext, cipherparams, mac } = whole.data;
  const derived = derivedKey(whole.data, password);
  const bytes = Buffer.from(ciphertext, "hex");
  const found = Buffer.from(keccak256(derived.subarray(16, 32), bytes)).toString("hex");
  if (found !== mac.toLowerCase()) throw refuse("the password is not its", `correct ${PASSWORD_VARIABLE}`);
  const iv = Buffer.from(cipherparams.iv, "hex");
  const decipher = createDecipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const key = `0x${Buffer.concat([decipher.update(bytes), decipher.final()]).toString("hex")}`;
  const address = addressOfPrivateKey(key);
  const said = typeof file.address === "string" ? file.address.replace(/^0x/, "").toLowerCase() : undefined;
  if (said !== undefined && said !== address.slice(2).toLowerCase())
    throw refuse(`its key is that of ${address}`, "give the keystore as the wallet wrote it");
  return key;
}

function derivedKey(sealedKey: z.output<typeof crypto>, password: string): Buffer {
  const text = password.normalize("NFKC");
  if (sealedKey.kdf === "scrypt") {
    const { n, r, p, salt, dklen } = sealedKey.kdfparams;
    const maxmem = 128 * n * r + 128 * r * p + 1024 * 1024;
    return scryptSync(text, Buffer.from(salt, "hex"), dklen, { N: n, r, p, maxmem });
  }
  const { c, salt, dklen } = sealedKey.kdfparams;
  return pbkdf2Sync(text, Buffer.from(salt, "hex"), c, dklen, "sha256");
}

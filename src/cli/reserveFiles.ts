import type { Command } from "commander";
import { atPlace, MarginproofError } from "../errors.js";
import { readNamedFile } from "../files/files.js";
import { parseReservesText, type ReserveFile } from "../reserves/reserveFile.js";
import { parseReservePolicyText, type ReservePolicy } from "../reserves/reservePolicy.js";
import { askContracts, connectAll } from "../reserves/rpc/nodes.js";
import type { Keys } from "../reserves/rpc/sign.js";
import { type ReserveReport, verifyReserves } from "../reserves/verifyReserves.js";
import { addressOfPrivateKey } from "../signing/sign.js";
import { PASSWORD_VARIABLE, readKeystore } from "./keystore.js";

/** Private keys for signing reserves, with spaces or commas between them. */
const KEYS_VARIABLE = "MARGINPROOF_RESERVE_KEYS";

/** Adds the option for nodes, which may stand several times. */
export const rpcFlag = (command: Command): Command =>
  command.option("--rpc <url>", "your own node of a chain; once for each", collect, []);

export const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** Options that don't go together. */
export const reserveFlags = (message: string, hint: string): MarginproofError =>
  new MarginproofError("RESERVES_FLAGS", message, { kind: "usage", hint });

/** @throws MarginproofError FILE_UNREADABLE, those of `parseReservePolicyText` */
export async function readReservePolicy(path: string): Promise<ReservePolicy> {
  return parseReservePolicyText(await readNamedFile(path, "reserve policy"));
}

/** @throws MarginproofError FILE_UNREADABLE, those of `parseReservesText`, which begin with the path */
export async function readReserves(path: string): Promise<ReserveFile> {
  const text = await readNamedFile(path, "reserves file");
  return atPlace(path, () => parseReservesText(text));
}

/**
 * Asks the contract wallets of a file, if there are nodes to ask.
 * @returns verifies the file: what it refuses, it throws
 */
export async function reservesCheck(
  path: string,
  file: ReserveFile,
  policy: ReservePolicy,
  rpc: readonly string[],
): Promise<() => ReserveReport> {
  const answers = rpc.length === 0 ? new Map() : await askContracts(file, policy, await connectAll(rpc));
  return () => atPlace(path, () => verifyReserves(file, policy, answers));
}

/**
 * Keys from keystores and from the environment, by address. Nothing of them is shown.
 * @throws MarginproofError KEYSTORE, FILE_UNREADABLE, RESERVES_KEYS
 */
export async function reserveKeys(
  keystores: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Keys> {
  const given = (environment[KEYS_VARIABLE] ?? "").split(/[\s,]+/).filter((key) => key !== "");
  const found: string[] = [];
  for (const path of keystores) found.push(await readKeystore(path, environment[PASSWORD_VARIABLE]));
  const entries = [...found, ...given].map((key, at) => {
    if (/^0x[0-9a-fA-F]{64}$/.test(key)) return [addressOfPrivateKey(key), key] as const;
    const message = `${KEYS_VARIABLE}: key ${at - found.length + 1} is not 0x and 64 hex digits`;
    throw new MarginproofError("RESERVES_KEYS", message, {
      kind: "usage",
      hint: "give private keys with spaces or commas between them, or --keystore",
    });
  });
  return new Map(entries);
}

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { MarginproofError } from "../errors.js";
import { bestPoseidon } from "../field/poseidon/bestPoseidon.js";
import { PRIVATE_FILE, readNamedFile, writeWhole } from "../files/files.js";
import { loadProfile } from "../keys/instances.js";
import { type PrivateModel, parsePrivateModel } from "../market/index.js";
import { type Hide, hideRates, newPrivateModel } from "../rules/index.js";

/** A private model of the user's own. @throws MarginproofError FILE_UNREADABLE and those of `parsePrivateModel` */
export async function readModel(path: string): Promise<PrivateModel> {
  return parsePrivateModel(await readNamedFile(path, "private model"));
}

/** Hides the rates of a known model. `rowsPerStep` undefined: the market to compare with hides none. */
export function hideWith(model: PrivateModel, rowsPerStep = 16): Hide {
  return (open, secret) => hideRates(open, secret, model, rowsPerStep, bestPoseidon());
}

/**
 * The model in this file, or a new one that `save` writes there, readable by its owner only.
 * @throws MarginproofError PROFILE_PRIVATE for a profile without private table steps
 */
export async function modelFile(
  path: string,
  profile: string,
): Promise<{ readonly hide: Hide; readonly save: () => Promise<void> }> {
  const rows = loadProfile(profile).privateTable?.rows;
  if (rows === undefined) {
    throw new MarginproofError("PROFILE_PRIVATE", `profile ${profile} proves no secret rates`, {
      kind: "usage",
      hint: "Use one whose name ends in private, such as p16-private.",
    });
  }
  if (existsSync(path)) return { hide: hideWith(await readModel(path), rows), save: async () => {} };
  let made: PrivateModel | undefined;
  return {
    hide(open, secret) {
      made = newPrivateModel(open, secret, `0x${randomBytes(32).toString("hex")}`);
      return hideWith(made, rows)(open, secret);
    },
    save: () => writeWhole(path, `${JSON.stringify(made, null, 1)}\n`, PRIVATE_FILE),
  };
}

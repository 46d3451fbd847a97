import { lstatSync } from "node:fs";
import { MarginproofError } from "../errors.js";
import { refuseWithin } from "../prover/places.js";

/** Nothing is ever overwritten, and nothing written into a bundle. @throws MarginproofError OUT_EXISTS, PLACES_NESTED */
export async function assertNew(path: string): Promise<void> {
  // A link counts, wherever it leads.
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw outExists(path);
  await refuseWithin("--out", path);
}

export const outExists = (path: string): MarginproofError =>
  new MarginproofError("OUT_EXISTS", `${path} already exists`, {
    kind: "usage",
    hint: "Nothing is ever overwritten: choose another name, or remove it yourself.",
  });

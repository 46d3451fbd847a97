import { MarginproofError } from "../../errors.js";
import type { AttemptStore } from "./store.js";

/** A text that must be there and whole. @throws MarginproofError PRIVATE_FILE_DAMAGED */
export async function readText(attempt: AttemptStore, name: string): Promise<string> {
  const found = await attempt.read(name);
  if (found.state === "whole") return found.text;
  throw new MarginproofError(
    "PRIVATE_FILE_DAMAGED",
    `${found.path} is ${found.state === "missing" ? "missing" : "not what was written there"}`,
    {
      kind: "io",
      hint: "Restore it from a backup, or run the epoch's prove command again with the same files: it makes the file anew.",
    },
  );
}

import { MarginproofError } from "../errors.js";

/** @throws MarginproofError FOLDER_GONE when the process stands in a folder that was removed */
export function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new MarginproofError("FOLDER_GONE", "the folder you are in is gone", {
      kind: "io",
      cause,
      hint: "Change to a folder that exists, then run the same command again.",
    });
  }
}

/** The results did not reach their reader, whatever they were: the exit code says nothing but that. */
export function outputLost(cause: NodeJS.ErrnoException): MarginproofError {
  return new MarginproofError("OUTPUT_LOST", `the result could not be written to stdout: ${cause.message}`, {
    kind: "io",
    cause,
    hint: "Write it to a place that takes it, and run the same command again.",
  });
}

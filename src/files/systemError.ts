import { getSystemErrorMap } from "node:util";
import { MarginproofError } from "../errors.js";

const AGAIN = "then run the same command again: finished work is kept.";
/** What to do about a refusal of the operating system, by its code. */
const NEXT: Readonly<Record<string, string>> = {
  EFBIG: `A limit on file sizes stands in the way: raise it (ulimit -f), ${AGAIN}`,
  EMFILE: `The limit on open files is reached: raise it (ulimit -n), ${AGAIN}`,
  ENFILE: `The system's limit on open files is reached: close other programs, ${AGAIN}`,
  EROFS: "The file system is read-only: choose another place.",
  EACCES: "You may not use it: check its permissions and its owner, or choose another place.",
  EPERM: "You may not use it: check its permissions and its owner, or choose another place.",
  EIO: `The disk reports a fault, or a limit on file sizes stands in the way (ulimit -f): look at both, ${AGAIN}`,
};
const ELSE = "Check that the path exists, that it is what it should be, and that you may use it.";

/** The operating system refused something: an error with a number of its own. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "errno" in error;
}

/**
 * Says of which file the system refused something, and what to do: DISK_FULL or FILE_REFUSED. Any other error comes
 * back as it is.
 */
export function namedFault(error: unknown, path: string): unknown {
  if (!isSystemError(error)) return error;
  const reason = getSystemErrorMap().get(error.errno!)?.[1] ?? error.message;
  return fileFault(error.code ?? "", `${path}: ${reason}`, error);
}

/** The same by the code alone, for what is no error of Node's. */
export function fileFault(code: string, message: string, cause: unknown): MarginproofError {
  if (code === "ENOSPC" || code === "EDQUOT") {
    const hint = `Free some room, ${AGAIN}`;
    return new MarginproofError("DISK_FULL", message, { kind: "io", hint, cause });
  }
  const hint = NEXT[code] ?? ELSE;
  return new MarginproofError("FILE_REFUSED", message, { kind: "io", hint, cause });
}

/** Runs work on one file, so that every refusal names it. @throws MarginproofError DISK_FULL, FILE_REFUSED */
export async function naming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw namedFault(error, path);
  }
}

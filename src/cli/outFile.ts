import { existsSync } from "node:fs";
import { MarginproofError } from "../errors.js";

/** Nothing is ever overwritten. Throws OUT_EXISTS. */
export function assertNew(path: string): void {
  if (!existsSync(path)) return;
  throw new MarginproofError("OUT_EXISTS", `${path} already exists`, {
    kind: "usage",
    hint: "Choose another name, or remove the file yourself.",
  });
}

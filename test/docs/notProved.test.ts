import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PROOFS_ON_CHAIN } from "../../src/chain/registrySource.js";
import { signedLines } from "../../src/verifier/signedLines.js";
import { NOT_PROVED, notProved, notProvedLight, PROOFS_ATTESTED } from "../../src/verifier/verdict.js";

/** The lines in bold of the list "What is not proved", as one line each. */
function documented(): string[] {
  const text = readFileSync(join(import.meta.dirname, "..", "..", "docs", "security.md"), "utf8");
  const [, section] = /\n## What is not proved\n([\s\S]*?)\n## /.exec(text)!;
  return [...section!.matchAll(/^- \*\*([^*]+)\*\*/gm)].map(([, line]) => line!.replace(/\s+/g, " "));
}

const rules = { commitment: `0x${"ab".repeat(32)}`, compared: false, options: true };

it("docs/security.md repeats what every verdict says is not proved, in its words and order", () => {
  expect(documented().slice(0, NOT_PROVED.length)).toEqual(NOT_PROVED);
});

it("and what only some verdicts say", () => {
  const some = [
    notProved(signedLines("attested", []), "attested", rules, false),
    notProved(signedLines("pinned", ["X"]), "pinned", rules, true),
    notProvedLight([PROOFS_ATTESTED, PROOFS_ON_CHAIN], undefined, true),
  ].flat();
  const lines = new Set(some.map((line) => line.replace(/: X$/, "")));
  for (const line of NOT_PROVED) lines.delete(line);
  expect([...documented().slice(NOT_PROVED.length)].sort()).toEqual([...lines].sort());
});

it("is short: a reader takes in each line at once", () => {
  for (const line of NOT_PROVED) expect(line.length, line).toBeLessThanOrEqual(110);
  expect(new Set(NOT_PROVED).size).toBe(NOT_PROVED.length);
});

it("says that nothing was stressed only where it was not", () => {
  const none = "that any fall or rise of prices is survived: no stress scenario was published";
  expect(notProved(NOT_PROVED, "stated", undefined, false)).toContain(none);
  expect(notProved(NOT_PROVED, "stated", undefined, true)).not.toContain(none);
});

import { expect, test } from "vitest";
import { MarginproofError } from "../../src/errors.js";
import type { BundleTexts } from "../../src/verifier/bundleTexts.js";
import { readParts } from "../../src/verifier/readParts.js";

/** A bundle that can't be read because of this. */
const read = (error: Error) =>
  readParts(
    {
      get statement(): string {
        throw error;
      },
    } as unknown as BundleTexts,
    { pins: [] },
  );

test("a bundle that can't be read has a verdict; a reader's own fault, or ours, is thrown", () => {
  const told = read(new MarginproofError("JSON_INVALID", "statement.json: no JSON", { kind: "invalid" }));
  if (!("verdict" in told)) throw new Error("it was read");
  expect(told.verdict).toMatchObject({ valid: false, proved: false });
  expect(told.verdict.checks[0]).toMatchObject({
    id: "files",
    status: "fail",
    detail: "JSON_INVALID: statement.json: no JSON",
  });
  const usage = new MarginproofError("FILE_READ", "no such file", { kind: "usage" });
  expect(() => read(usage)).toThrow(usage);
  const broken = new TypeError("ours");
  expect(() => read(broken)).toThrow(broken);
});

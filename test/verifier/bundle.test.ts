import { describe, expect, test } from "vitest";
import { FIELD_ORDER } from "../../src/field/order.js";
import { FILE_LIMITS } from "../../src/protocol/fileLimits.js";
import { type BundleParts, parseKeyFile, parseSteps, stepLines } from "../../src/verifier/bundle.js";
import {
  BUNDLE_FILE_NAMES,
  bundleFileKind,
  missingNames,
  parseBundleTexts,
  unexpectedNames,
} from "../../src/verifier/bundleTexts.js";
import { toyKey, toyProof } from "./groth16/toy.js";

const proof = toyProof(toyKey(1, 0), [], 1);
const stateOut = `0x${"0".repeat(63)}7`;
const code = (name: string) =>
  expect.objectContaining({ code: name, options: expect.objectContaining({ kind: "invalid" }) });

describe("steps of a bundle", () => {
  test("are read in order", () => {
    const other = `0x${"0".repeat(63)}8`;
    const steps = parseSteps([
      { stateOut, proof },
      { stateOut: other, proof },
    ]);
    expect(steps.map((step) => step.stateOut)).toEqual([7n, 8n]);
    expect(steps[1]!.proof.a.toAffine().x).toBe(BigInt(proof.a[0]));
  });

  test.each<[string, unknown]>([
    ["no object", "x"],
    ["a further field", { stateOut, proof, note: "" }],
    ["no state", { proof }],
    ["a state that is a number", { stateOut: 7, proof }],
    ["a state of 65 digits", { stateOut: `${stateOut}0`, proof }],
  ])("refused, and the line named: %s", (_, line) => {
    expect(() => parseSteps([{ stateOut, proof }, line])).toThrow(code("STEP_INVALID"));
    expect(() => parseSteps([{ stateOut, proof }, line])).toThrow("line 2");
  });

  test("a state beyond the field", () => {
    const beyond = `0x${FIELD_ORDER.toString(16).padStart(64, "0")}`;
    expect(() => parseSteps([{ stateOut: beyond, proof }])).toThrow(code("FIELD_NOT_CANONICAL"));
  });

  test("something with a length that is no list", () => {
    const steps = { length: 1, 0: { stateOut, proof } };
    expect(() => stepLines({ steps } as unknown as BundleParts)).toThrow(code("STEP_INVALID"));
    expect(stepLines({ steps: [1] } as unknown as BundleParts)).toEqual([1]);
  });
});

describe("keys of a bundle", () => {
  const digest = `0x${"ab".repeat(32)}`;
  test("stand under their digests, spelled in one way only", () => {
    expect(parseKeyFile({ [digest]: 1 })).toEqual({ [digest]: 1 });
    for (const bad of [
      `x${digest}`,
      `${digest}0`,
      digest.toUpperCase(),
      digest.slice(0, -1),
      "",
      ` ${digest}`,
    ])
      expect(() => parseKeyFile({ [bad]: 1 }), bad).toThrow(code("VERIFYING_KEYS_INVALID"));
    for (const bad of [null, 7, [1], "{}"])
      expect(() => parseKeyFile(bad)).toThrow(code("VERIFYING_KEYS_INVALID"));
  });
});

describe("files of a bundle", () => {
  const names = Object.values(BUNDLE_FILE_NAMES);
  const texts = { statement: "{}", market: "m", steps: "{}\n[]\n", verifyingKeys: "[]" };

  test("are those with a name of ours, and what file managers leave", () => {
    expect(unexpectedNames([...names, ".DS_Store", "._steps.ndjson", "Thumbs.db", "desktop.ini"])).toEqual(
      [],
    );
    expect(unexpectedNames(["x.DS_Store", ".DS_Store.json", "z", ...names, "a", "b", "c", "d"])).toEqual(
      [".DS_Store.json", "a", "b", "c", "d"].map((name) => `unexpected "${name}"`),
    );
    expect(unexpectedNames(["b", "x.DS_Store", "a"])).toEqual(
      ["a", "b", "x.DS_Store"].map((name) => `unexpected "${name}"`),
    );
    expect(missingNames(names.filter((name) => name !== BUNDLE_FILE_NAMES.evidence))).toEqual([]);
    expect(missingNames(["market.json"])).toEqual([
      "missing statement.json",
      "missing steps.ndjson",
      "missing verifying-keys.json",
    ]);
  });

  test("are taken apart, the last line's end included or not", () => {
    const parts = { statement: {}, marketText: "m", steps: [{}, []], verifyingKeys: [] };
    expect(parseBundleTexts(texts)).toStrictEqual(parts);
    expect(parseBundleTexts({ ...texts, steps: "{}\n[]" })).toEqual(parts);
    expect(parseBundleTexts({ ...texts, evidence: "e" })).toEqual({ ...parts, evidenceText: "e" });
    expect(() => parseBundleTexts({ ...texts, steps: "{}\n\n[]\n" })).toThrow(/line 2/);
  });

  test("are as long as the limits of their kinds, which evidence has for itself", () => {
    expect(bundleFileKind("evidence")).toBe("price evidence");
    expect(bundleFileKind("market")).toBe("bundle file");
    const long = (kind: "price evidence" | "bundle file") => "a".repeat(FILE_LIMITS[kind] + 1);
    expect(
      parseBundleTexts({ ...texts, evidence: long("price evidence").slice(1) }).evidenceText,
    ).toBeDefined();
    expect(parseBundleTexts({ ...texts, market: long("price evidence") }).marketText).toBeDefined();
    for (const more of [{ evidence: long("price evidence") }, { market: long("bundle file") }])
      expect(() => parseBundleTexts({ ...texts, ...more })).toThrow(code("BUNDLE_TOO_LARGE"));
  });

  test("have lines of 4,096 characters at most", () => {
    const line = (length: number) => `"${"a".repeat(length - 2)}"`;
    expect(parseBundleTexts({ ...texts, steps: line(4096) }).steps).toHaveLength(1);
    expect(() => parseBundleTexts({ ...texts, steps: `1\n${line(4097)}` })).toThrow(code("BUNDLE_TOO_LARGE"));
    expect(() => parseBundleTexts({ ...texts, steps: `1\n${line(4097)}` })).toThrow("line 2");
    expect(() => parseBundleTexts({ ...texts, steps: line(4097) })).toThrow("line 1 is longer");
  });

  test("have 131,072 steps at most", () => {
    expect(parseBundleTexts({ ...texts, steps: "1\n".repeat(131_072) }).steps).toHaveLength(131_072);
    expect(() => parseBundleTexts({ ...texts, steps: "1\n".repeat(131_073) })).toThrow(
      code("BUNDLE_TOO_LARGE"),
    );
  });
});

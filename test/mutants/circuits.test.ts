import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { circuitMutantsOf, templateParameters } from "../../scripts/mutants/circuits/parse.js";
import { entryOf, judge, readHarmless } from "../../scripts/mutants/harmless.js";
import { mutantsOf } from "../../scripts/mutants/mutate.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";

const SOURCE = `pragma circom 2.1.9;
include "bits.circom";
function WIDTH() { return 1 << 4; } // bits
function ROLE_X() { return 203612158225653760663756583810443002; }
template T(N, ROLE) {
    signal input in[N];   /* a === b; */
    signal output {binary} bits[N];
    component b = Bits(WIDTH());
    b.in <== in[0];
    signal inverse <-- 1 / in[0];
    for (var i = 0; i < N; i++) {
        bits[i] <== i == 0 ? b.bits[0] : 0;
    }
    inverse * in[0] === 1;
}
`;

describe("circuit mutants", () => {
  const mutants = circuitMutantsOf("lib/t.circom", SOURCE);

  test("every constraint, assignment, argument and bit budget is changed, and nothing else", () => {
    expect(mutants.map(({ key }) => key.replace("lib/t.circom | ", ""))).toEqual([
      "WIDTH | constant | return 1 << 4 -> return (1 << 4) + 1",
      "WIDTH | constant | return 1 << 4 -> return (1 << 4) - 1",
      "T | parameter | component b = Bits(WIDTH()) -> component b = Bits((WIDTH()) + 1)",
      "T | parameter | component b = Bits(WIDTH()) -> component b = Bits((WIDTH()) - 1)",
      "T | assignment | b.in <== in[0] -> b.in <-- in[0]",
      "T | assignment | bits[i] <== i == 0 ? b.bits[0] : 0 -> bits[i] <-- i == 0 ? b.bits[0] : 0",
      "T | constraint | inverse * in[0] === 1 -> gone",
    ]);
  });

  test("each changes its own statement only", () => {
    for (const { key, text } of mutants) {
      const [was, becomes] = key.split(" | ").at(-1)!.split(" -> ") as [string, string];
      expect(text).toBe(SOURCE.replace(was, becomes === "gone" ? "" : becomes));
    }
  });

  test("parameters are read from the head", () => {
    expect(templateParameters(SOURCE)).toEqual(new Map([["T", ["N", "ROLE"]]]));
  });

  test("no === or <== of our circuits is overlooked", () => {
    for (const folder of ["circuits", "circuits/lib"]) {
      for (const name of readdirSync(join(PACKAGE_ROOT, folder)).filter((each) => each.endsWith(".circom"))) {
        const source = readFileSync(join(PACKAGE_ROOT, folder, name), "utf8");
        const count = source.replace(/\/\/.*$/gm, "").match(/===|<==/g)?.length ?? 0;
        const found = circuitMutantsOf(name, source).filter(
          ({ operator }) => operator === "constraint" || operator === "assignment",
        );
        expect(found.length, name).toBe(count);
      }
    }
  });
});

describe("the lists of mutants that change nothing", () => {
  test("a survivor that isn't listed, and an entry that is killed or gone, are told", () => {
    const reasons = new Map([
      ["a", "the same"],
      ["b", "the same"],
    ]);
    expect(judge(["a", "c"], reasons, () => true)).toEqual({ open: ["c"], stale: ["b"] });
    expect(judge(["a"], reasons, (key) => key === "a")).toEqual({ open: [], stale: [] });
    const words = new Map([["file | words | *", "a message only"]]);
    expect(judge(["file | words | constant | 1 -> 2"], words, () => true)).toEqual({ open: [], stale: [] });
    expect(judge(["file | words.inner | a | b"], words, () => true)).toEqual({
      open: ["file | words.inner | a | b"],
      stale: ["file | words | *"],
    });
  });

  test("every entry has a reason, and names a mutant that there is", () => {
    const reasons = readHarmless("test/mutants/source.json");
    for (const key of reasons.keys()) {
      const file = key.split(" | ")[0]!;
      expect(existsSync(join(PACKAGE_ROOT, file)), key).toBe(true);
      const source = readFileSync(join(PACKAGE_ROOT, file), "utf8");
      const entries = mutantsOf(file, source).map((mutant) => entryOf(mutant.key, reasons));
      expect(entries).toContain(key);
    }
    for (const [key] of readHarmless("test/mutants/circuits.json")) {
      const file = key.split(" | ")[0]!;
      const source = readFileSync(join(PACKAGE_ROOT, "circuits", file), "utf8");
      expect(circuitMutantsOf(file, source).map((mutant) => mutant.key)).toContain(key);
    }
  });
});

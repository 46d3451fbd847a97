import { expect, test } from "vitest";
import { platformRandomBytes } from "../../../src/verifier/groth16/weights.js";

test.each([0, 1, 16, 65_536, 65_537, 131_073])(
  "every one of %i random bytes is drawn, the first and the last too",
  (length) => {
    const seen = new Uint8Array(length);
    for (let draw = 0; draw < 12; draw++) {
      const bytes = platformRandomBytes(length);
      expect(bytes).toHaveLength(length);
      bytes.forEach((byte, at) => {
        seen[at]! |= byte;
      });
    }
    // Twelve times 0 by chance: once in 2^96.
    expect(seen.indexOf(0)).toBe(-1);
  },
);

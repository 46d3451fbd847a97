import { expect, test } from "vitest";
import { FILE_LIMITS, tooLarge } from "../../src/protocol/fileLimits.js";

test("the limit of every file is said in a unit that shows it whole", () => {
  const said = Object.keys(FILE_LIMITS).map((kind) => tooLarge(kind as keyof typeof FILE_LIMITS));
  expect(said).toEqual([
    "larger than 256 MiB, the limit of such a file (market file)",
    "larger than 16 MiB, the limit of such a file (trusted keys)",
    "larger than 128 MiB, the limit of such a file (price evidence)",
    "larger than 16 MiB, the limit of such a file (price file)",
    "larger than 16 MiB, the limit of such a file (prices to sign)",
    "larger than 8 MiB, the limit of such a file (price policy)",
    "larger than 8 MiB, the limit of such a file (attestation)",
    "larger than 1 MiB, the limit of such a file (list of auditors)",
    "larger than 256 MiB, the limit of such a file (reserves file)",
    "larger than 4 MiB, the limit of such a file (reserve policy)",
    "larger than 64 MiB, the limit of such a file (list of addresses)",
    "larger than 1 MiB, the limit of such a file (keystore)",
    "larger than 2 MiB, the limit of such a file (rules file)",
    "larger than 4 MiB, the limit of such a file (mapping file)",
    "larger than 256 MiB, the limit of such a file (rules or market file)",
    "larger than 256 MiB, the limit of such a file (private model)",
    "larger than 64 MiB, the limit of such a file (holder's file)",
    "larger than 1 MiB, the limit of such a file (verifying key)",
    "larger than 200 bytes, the limit of such a file (key file)",
    "larger than 1 MiB, the limit of such a file (source URL)",
    "larger than 256 MiB, the limit of such a file (bundle file)",
  ]);
  expect(FILE_LIMITS).toMatchObject({
    "verifying key": 1_048_576,
    "key file": 200,
    "rules file": 2_097_152,
    "bundle file": 268_435_456,
  });
});

import { attest } from "../../src/attest/attest.js";
import { carry } from "../../src/attest/carry.js";
import { bytesToHex, toFieldHex } from "../../src/field/encoding.js";
import { keccakToField } from "../../src/field/keccak.js";
import type { OpeningJson } from "../../src/holder/opening.js";
import { firstSeed, secondSeed } from "../../src/protocol/challenges.js";
import { EPOCH_TREE_DEPTH } from "../../src/protocol/constants.js";
import { type Statement, statementToJson } from "../../src/protocol/statement.js";
import { siblingPath, Tree16 } from "../../src/protocol/tree.js";
import type { PinnedKey } from "../../src/verifier/pins.js";
import type { VerifiedEpoch } from "../../src/verifier/verifyEpoch.js";
import { hasher, keyOf } from "./support.js";

/**
 * An epoch of as many batches as asked, most of them of roots that nobody has leaves to, and one holder's file in it. Signed
 * without any proof: of the light check's own work it is what an epoch of so many accounts would be.
 */
export function manyBatches(
  found: VerifiedEpoch,
  opening: OpeningJson,
  marketText: string,
  count: number,
  pins: readonly PinnedKey[],
) {
  const real = found.statement!;
  const filler = Array.from({ length: count - real.batches.length }, (_, i) => ({
    ...real.batches[0]!,
    leafRoot: keccakToField(new Uint8Array(32).fill(1), `filler ${i}`),
  }));
  const statement: Statement = { ...real, batches: [...filler, ...real.batches] };
  const statementDigest = `0x${bytesToHex(secondSeed(firstSeed(statement), statement.weights))}`;
  const tree = new Tree16(
    hasher,
    statement.batches.map(({ leafRoot }) => leafRoot),
    EPOCH_TREE_DEPTH,
  );
  const pockets = opening.pockets.map((pocket) => {
    const batch = pocket.batch + filler.length;
    const path = [
      ...pocket.path.slice(0, -EPOCH_TREE_DEPTH),
      ...siblingPath(tree, batch).map((level) => level.map(toFieldHex)),
    ];
    return { ...pocket, batch, path };
  });
  const moved = { ...opening, statementDigest, pockets };
  const options = {
    ...{ auditor: "Alpha", verifier: "marginproof 0.1.0", pins, hasher },
    ...{ time: "2026-11-23T09:00:00Z", expires: "2500-01-01T00:00:00Z" },
  };
  const attestation = attest({ ...found, statement }, options, keyOf("Alpha"));
  const json = statementToJson(statement);
  return {
    statement: json,
    opening: moved,
    attestation,
    carrying: carry(moved, { statement: json, marketText, attestations: [attestation] }, hasher),
  };
}

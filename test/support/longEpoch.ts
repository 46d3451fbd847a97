import { bytesToHex, toFieldHex } from "../../src/field/encoding.js";
import type { AccountRecord } from "../../src/protocol/accountRecord.js";
import { signalNames } from "../../src/protocol/circuits.js";
import type { AccountShape } from "../../src/protocol/shapes.js";
import { statementToJson } from "../../src/protocol/statement.js";
import type { BundleTexts } from "../../src/verifier/bundleTexts.js";
import type { ProofJson } from "../../src/verifier/groth16/proof.js";
import { verifyingKeyDigest } from "../../src/verifier/groth16/verifyingKey.js";
import type { PinnedKey } from "../../src/verifier/pins.js";
import { toyKey, toyProof } from "../verifier/groth16/toy.js";
import { batches, plainShape, record, tableShape, tinyEpoch } from "./tinyEpoch.js";
import { TINY_MARKET } from "./tinyMarket.js";

/** A published epoch whose steps a cheat may edit. */
export interface LongEpoch {
  /** All files but the steps. */
  readonly files: Omit<BundleTexts, "steps">;
  readonly steps: readonly { readonly stateOut: string; readonly proof: ProofJson }[];
  readonly pins: readonly PinnedKey[];
}

/**
 * An honest epoch of many steps. Its proofs are made from the secrets of its keys instead of by a prover: they verify as
 * any others do, and take milliseconds instead of seconds.
 */
export async function longEpoch(accountSteps: number): Promise<LongEpoch> {
  const shapes = [plainShape, tableShape].map((shape, n) => {
    const key = toyKey(n + 1, signalNames(shape.template).length);
    const digest = verifyingKeyDigest(key.json);
    return { shape, key, digest, keyDigest: `0x${bytesToHex(digest)}` };
  });
  const ofShape = (id: string) => shapes.find(({ shape }) => shape.id === id)!;
  const book = batches(
    ...Array.from({ length: accountSteps }, (_, n): [AccountShape, AccountRecord[]] => [
      plainShape,
      [record(plainShape, { USDT: 1000n }, BigInt(n + 1))],
    ]),
  );
  const { epoch, steps } = await tinyEpoch(book, { keyDigest: (id) => ofShape(id).digest });
  return {
    files: {
      statement: JSON.stringify(statementToJson(epoch.statement)),
      market: JSON.stringify(TINY_MARKET),
      verifyingKeys: JSON.stringify(
        Object.fromEntries(shapes.map(({ keyDigest, key }) => [keyDigest, key.json])),
      ),
    },
    steps: steps.map(({ instance, signals, stateOut }, n) => ({
      stateOut: toFieldHex(stateOut),
      proof: toyProof(ofShape(instance.id).key, signals, n),
    })),
    pins: shapes.map(({ shape, keyDigest }) => ({ ...shape, keyDigest, development: true })),
  };
}

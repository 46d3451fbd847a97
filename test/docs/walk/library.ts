import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openSnapshot } from "../../../src/accounts/index.js";
import { inverse, pow } from "../../../src/field/element.js";
import { parseHex32 } from "../../../src/field/encoding.js";
import { bestPoseidon } from "../../../src/field/poseidon/bestPoseidon.js";
import { sponge } from "../../../src/field/sponge.js";
import { assertTableInvariants, listedInstruments, openBook } from "../../../src/market/index.js";
import { proveJob } from "../../../src/prover/backend.js";
import { createWasmBackend } from "../../../src/prover/wasm/wasmBackend.js";
import { type Proof, parseProof } from "../../../src/verifier/groth16/proof.js";
import { verifyProof } from "../../../src/verifier/groth16/verify.js";
import { parseVerifyingKey, type VerifyingKey } from "../../../src/verifier/groth16/verifyingKey.js";
import { drawWeights } from "../../../src/verifier/groth16/weights.js";
import { TEST_KEYS } from "../../support/circuit.js";
import { tinyBundle } from "../../support/tinyBundle.js";
import { tinyMarket, tinyTable } from "../../support/tinyMarket.js";
import { file, type Json, refused, thrown, type Walk } from "./support.js";

const table = (name: string): string => join(TEST_KEYS, "table-r16", name);

/** `verifyProof` of the tiny epoch's last step, a table step, with these signals. */
async function verifyWith(signals: readonly unknown[]) {
  const { steps } = await tinyBundle();
  const key = parseVerifyingKey(JSON.parse(readFileSync(table("verifying-key.json"), "utf8")), 9);
  const proof = parseProof((steps.at(-1) as Json).proof);
  return thrown(() => verifyProof(key, signals as bigint[], proof));
}

/** What the prover says of no input at all for a table step. */
async function proveNothing(closed: boolean) {
  const backend = createWasmBackend({ workers: 1 });
  if (closed) await backend.close();
  const job = { circuit: { keySet: TEST_KEYS, instance: "table-r16" }, input: {} };
  return thrown(() => proveJob(backend, job)).finally(() => backend.close());
}

const csv = (): string => file("account,instrument,quantity\na,USDT,1\n", ".csv");
const shortKey = { shuffleKey: new Uint8Array(31) };

/** Codes that a caller of the library meets, and those behind commands that only a broken installation shows. */
export const LIBRARY_WALK: Walk = {
  TABLE_RULE: refused(
    () => thrown(() => assertTableInvariants({ ...tinyTable, marginCallBp: 0n })),
    ["risk table", "marginCallBp"],
    "compileTable",
    1,
  ),
  LANE_TOTALS: refused(
    () => thrown(() => openBook(tinyMarket, tinyTable, [])),
    ["0 lane totals for 10 lanes"],
    "lane order",
    1,
  ),
  SHUFFLE_KEY_INVALID: refused(
    () => thrown(() => openSnapshot(csv(), listedInstruments(tinyMarket), shortKey)),
    ["shuffle key", "32 bytes"],
    "secure random",
  ),
  NOT_PARSED: refused(
    () => thrown(() => verifyProof({} as VerifyingKey, [], {} as Proof)),
    ["verifying key must come from parseVerifyingKey"],
    "parseProof",
    1,
  ),
  SIGNAL_COUNT: refused(() => verifyWith([1n]), ["9 public signals"], "as many", 1),
  SIGNAL_NOT_CANONICAL: refused(() => verifyWith(Array(9).fill(-1n)), ["signal 0"], "field order", 1),
  HEX_NOT_CANONICAL: refused(() => thrown(() => parseHex32("0xAB")), ['"0xAB"', "64 lower-case"], "again", 1),
  FIELD_DIVISION_BY_ZERO: refused(() => thrown(() => inverse(0n)), ["zero has no inverse"], "zero"),
  FIELD_EXPONENT_NEGATIVE: refused(() => thrown(() => pow(2n, -1n)), ["exponent", "negative"], "base"),
  POSEIDON_ARITY: refused(
    () => thrown(() => bestPoseidon().hash(0n, [])),
    ["1 to 16 inputs, not 0"],
    "sponge",
  ),
  SPONGE_EMPTY: refused(
    () => thrown(() => sponge(bestPoseidon(), 0n, [])),
    ["at least one element"],
    "one element",
  ),
  WEIGHTS_NOT_RANDOM: refused(
    () => thrown(() => drawWeights(3, (length) => new Uint8Array(length))),
    ["generator of weights"],
    "verify again",
  ),
  PROVER_CLOSED: refused(() => proveNothing(true), ["closed before the proof"], "esume"),
  WITNESS_INPUT_INVALID: refused(() => proveNothing(false), ["input"], "input signal"),
};

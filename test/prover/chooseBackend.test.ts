import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { readVerifyingKey } from "../../src/keys/iden3/verifyingKey.js";
import type { ChosenBackend } from "../../src/prover/chooseBackend.js";
import { chooseBackend } from "../../src/prover/chooseBackend.js";
import { NATIVE_PLATFORMS, packageName } from "../../src/prover/native/platform.js";
import { SELF_TEST } from "../../src/prover/native/selfTest.js";
import { parseProof } from "../../src/verifier/groth16/proof.js";
import { verifyProof } from "../../src/verifier/groth16/verify.js";
import { parseVerifyingKey } from "../../src/verifier/groth16/verifyingKey.js";
import { testWitness } from "./native/support.js";

const chosen: ChosenBackend[] = [];
afterAll(() => Promise.all(chosen.map(({ backend }) => backend.close())));

test.each(["wasm", "snarkjs"] as const)(
  "%s proves, each witness once, and is what was asked for",
  async (name) => {
    const engine = await chooseBackend(name, { workers: 1 });
    chosen.push(engine);
    expect(engine).toMatchObject({ name, why: `${name}, as asked for`, inFlight: 2 });
    const witness = testWitness();
    const [first, again] = await Promise.allSettled([
      engine.backend.prove(witness),
      engine.backend.prove(witness),
    ]);
    expect(again).toMatchObject({ status: "rejected", reason: { code: "WITNESS_INPUT_INVALID" } });
    if (first.status === "rejected") throw first.reason;
    const { proof, publicSignals } = first.value;
    const key = parseVerifyingKey(await readVerifyingKey(join(SELF_TEST, "small", "circuit.zkey")), 2);
    expect(verifyProof(key, publicSignals.map(BigInt), parseProof(proof))).toBe(true);
    const short = { ...testWitness(), wires: testWitness().wires.slice(32) };
    await expect(engine.backend.prove(short)).rejects.toMatchObject({ code: "WITNESS_INPUT_INVALID" });
  },
);

test("every platform has a pinned hash, and nothing else has", () => {
  const list = JSON.parse(readFileSync(join(PACKAGE_ROOT, "native", "hashes.json"), "utf8"));
  expect(Object.keys(list.sha256).sort()).toEqual(NATIVE_PLATFORMS.map(packageName).sort());
  const goMod = readFileSync(join(PACKAGE_ROOT, "native", "go.mod"), "utf8");
  expect(list.go).toBe(`go${/^go (\S+)$/m.exec(goMod)![1]}`);
});

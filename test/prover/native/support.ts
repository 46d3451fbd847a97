import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildNative, goVersion } from "../../../scripts/native/build.js";
import type { ProverBackend, Witness } from "../../../src/prover/backend.js";
import { binaryName, thisPlatform } from "../../../src/prover/native/platform.js";
import { SELF_TEST } from "../../../src/prover/native/selfTest.js";
import { createWasmBackend } from "../../../src/prover/wasm/wasmBackend.js";

/** Go is no need of the project: what has to build the native prover is skipped without, and says so. */
export const GO = goVersion() !== undefined && thisPlatform() !== undefined;
if (!GO) console.log("no Go here: tests that build the native prover are skipped");

export const temporary = (): string => mkdtempSync(join(tmpdir(), "marginproof-native-"));

/** Builds the native prover into a folder. */
export function build(folder: string, sources?: string): string {
  const path = join(folder, binaryName(thisPlatform()!));
  buildNative(path, thisPlatform()!, sources);
  return path;
}

/** A witness of the self-test's circuit, good for one proof. */
export const testWitness = (): Witness => ({
  circuit: { keySet: SELF_TEST, instance: "small" },
  wires: Uint8Array.from(readFileSync(join(SELF_TEST, "small", "witness.bin"))),
  milliseconds: 0,
});

/** An engine that calculates no witness. */
export const NO_WITNESSES: ProverBackend = {
  calculateWitness: () => Promise.reject(new Error("no witness is asked of it")),
  prove: () => Promise.reject(new Error("no proof is asked of it")),
  close: () => Promise.resolve(),
};

/** A valid proof of the self-test, as the body of a native prover's answer, in hex. */
export async function honestAnswer(): Promise<string> {
  const backend = createWasmBackend({ workers: 1 });
  try {
    const { a, b, c } = (await backend.prove(testWitness())).proof;
    return `${[...a, ...b.flat(), ...c].map((hex) => hex.slice(2)).join("")}0000000000000000`;
  } finally {
    await backend.close();
  }
}

/**
 * A program in the native prover's place: it greets, and answers each request with what `body` makes of it: JavaScript that
 * calls `send(id, status, bytes)`.
 */
export function fakeProver(folder: string, body: string, greeting = "marginproof-prover/1"): string {
  const path = join(folder, binaryName(thisPlatform()!));
  const script = `#!${process.execPath}
let held = Buffer.alloc(0);
function send(id, status, bytes) {
  const head = Buffer.alloc(9);
  head.writeUInt32LE(5 + bytes.length, 0);
  head.writeUInt32LE(id, 4);
  head[8] = status;
  process.stdout.write(Buffer.concat([head, bytes]));
}
send(0, 0, Buffer.from(${JSON.stringify(greeting)}));
process.stdin.on("data", (bytes) => {
  held = Buffer.concat([held, bytes]);
  while (held.length >= 4 && held.length >= 4 + held.readUInt32LE(0)) {
    const frame = held.subarray(4, 4 + held.readUInt32LE(0));
    held = held.subarray(4 + frame.length);
    const id = frame.readUInt32LE(0);
    ${body}
  }
});
process.stdin.on("end", () => process.exit(0));
`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}

/** Is there such a process, and not as a dead one that nobody asked after? */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chooseBackend } from "../../src/prover/chooseBackend.js";
import { createNativeBackend } from "../../src/prover/native/nativeBackend.js";
import { BUILD_RECORD, findNativeBinary } from "../../src/prover/native/nativeBinary.js";
import { failsSelfTest } from "../../src/prover/native/selfTest.js";
import { fakeProver, honestAnswer, NO_WITNESSES, temporary, testWitness } from "../prover/native/support.js";

/**
 * A native prover is a program somebody put there. What it is not told it can't keep from the witness it gets; so it is started
 * only with a known hash, and nothing it says counts until our own verifier has accepted it.
 */
const folder = temporary();
let names = 0;
let honest: string;

beforeAll(async () => {
  honest = await honestAnswer();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder as `npm run native` leaves it, with another program in it. */
function place(body: string, options: { readonly noted: boolean; readonly greeting?: string }): string {
  const at = join(folder, String(++names));
  mkdirSync(at);
  const path = fakeProver(at, body, options.greeting);
  const noted = options.noted ? readFileSync(path) : "another";
  const sha256 = createHash("sha256").update(noted).digest("hex");
  writeFileSync(join(at, BUILD_RECORD), JSON.stringify({ go: "go1.26.8", sha256 }));
  return at;
}

/** What `--backend auto` and `--backend native` make of it. */
async function chosenWith(at: string) {
  const options = { workers: 1, find: () => findNativeBinary(at) };
  const auto = await chooseBackend("auto", options);
  await auto.backend.close();
  const native = await chooseBackend("native", options).then(
    async ({ backend, name }) => {
      await backend.close();
      return name;
    },
    ({ code }: { code: string }) => code,
  );
  return { auto: auto.name, why: auto.why, native };
}

const answering = (hex: string): string => `send(id, 0, Buffer.from("${hex}", "hex"));`;

test("a program of another hash than the one that was built is not started", async () => {
  const ran = join(folder, "ran");
  const at = place(answering(honest), { noted: false });
  writeFileSync(
    join(at, "marginproof-prover"),
    `${readFileSync(join(at, "marginproof-prover"), "utf8")}\nrequire("fs").writeFileSync(${JSON.stringify(ran)}, "");`,
  );
  expect(await chosenWith(at)).toEqual({
    ...{ auto: "wasm", native: "NATIVE_REFUSED" },
    why: expect.stringMatching(/not the file that npm run native made: its SHA-256 is [0-9a-f]{64}/),
  });
  expect(() => readFileSync(ran)).toThrow("ENOENT");
});

test.each([
  ["a note that is none", "{"],
  ["a note of another form", JSON.stringify({ sha256: "x" })],
])("%s makes no program a known one", async (_, note) => {
  const at = place(answering(honest), { noted: true });
  writeFileSync(join(at, BUILD_RECORD), note);
  expect(await chosenWith(at)).toMatchObject({ auto: "wasm", native: "NATIVE_REFUSED" });
});

test("a folder without one is wasm, and says so", async () => {
  expect(await chosenWith(join(folder, "nothing"))).toEqual({
    ...{ auto: "wasm", native: "NATIVE_MISSING" },
    why: "wasm: no native prover is here",
  });
});

test("a program that proves its test and then something else is taken, and found out at once", async () => {
  const at = place(answering(honest), { noted: true });
  expect(await chosenWith(at)).toMatchObject({ auto: "native", native: "native" });
  const backend = createNativeBackend(join(at, "marginproof-prover"), 1, NO_WITNESSES);
  try {
    const witness = testWitness();
    // Another statement: end and start are one more.
    for (const wire of [1, 2]) witness.wires[32 * wire]!++;
    const [right, wrong, again] = await Promise.allSettled(
      [testWitness(), witness, testWitness()].map((each) => backend.prove(each)),
    );
    expect(wrong).toMatchObject({ status: "rejected", reason: { code: "PROVER_FALSE_PROOF" } });
    expect([right!.status, again!.status]).toEqual(["fulfilled", "fulfilled"]);
  } finally {
    await backend.close();
  }
});

const flipped = (hex: string): string => (hex.startsWith("0") ? "1" : "0") + hex.slice(1);
test.each([
  ["a proof with a point that is none", () => answering(flipped(honest))],
  [
    "a proof with its first point twice",
    () => answering(honest.slice(0, 384) + honest.slice(0, 128) + "00".repeat(8)),
  ],
  ["zeros", () => answering("00".repeat(264))],
  ["a proof that is cut short", () => answering(honest.slice(2))],
  ["nothing but an end", () => "process.exit(3);"],
  ["the answer to a question of its own", () => `send(id + 1, 0, Buffer.alloc(264));`],
  ["a frame of 4 GiB", () => `process.stdout.write(Buffer.alloc(8, 255));`],
  ["a refusal", () => `send(id, 1, Buffer.from("I will not"));`],
])("a program that answers its test with %s is not used", async (_, body) => {
  const at = place(body(), { noted: true });
  expect(await failsSelfTest(join(at, "marginproof-prover"))).toBeTypeOf("string");
  expect(await chosenWith(at)).toMatchObject({
    ...{ auto: "wasm", native: "NATIVE_REFUSED" },
    why: expect.stringContaining("failed its self-test: "),
  });
});

test("a program of another protocol is not used", async () => {
  const at = place(answering(honest), { noted: true, greeting: "marginproof-prover/2" });
  expect(await failsSelfTest(join(at, "marginproof-prover"))).toContain("answered what nobody asked");
});

test("a program that crashes fails what it had in hand with a named error, and the next proof starts another", async () => {
  const crashed = join(folder, "crashed");
  const once = `if (!require("fs").existsSync(${JSON.stringify(crashed)})) {
    require("fs").writeFileSync(${JSON.stringify(crashed)}, "");
    process.stderr.write("out of memory\\n", () => process.kill(process.pid, "SIGKILL"));
    return;
  }`;
  const at = place(once + answering(honest), { noted: true });
  const backend = createNativeBackend(join(at, "marginproof-prover"), 1, NO_WITNESSES);
  try {
    const [first, second] = await Promise.allSettled([
      backend.prove(testWitness()),
      backend.prove(testWitness()),
    ]);
    for (const outcome of [first, second])
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { code: "PROVER_CRASHED", message: expect.stringMatching(/SIGKILL: out of memory/) },
      });
    const { publicSignals } = await backend.prove(testWitness());
    expect(publicSignals).toHaveLength(2);
  } finally {
    await backend.close();
  }
  await expect(backend.prove(testWitness())).rejects.toMatchObject({ code: "PROVER_CLOSED" });
});

test("it is told nothing of the environment, and closing ends it with what it has in hand", async () => {
  const told = join(folder, "told");
  const at = place(
    `require("fs").writeFileSync(${JSON.stringify(told)}, JSON.stringify([process.pid, Object.keys(process.env)]));`,
    { noted: true },
  );
  process.env.MARGINPROOF_TEST_SECRET = "x";
  const backend = createNativeBackend(join(at, "marginproof-prover"), 1, NO_WITNESSES);
  try {
    const proving = backend.prove(testWitness());
    const refused = expect(proving).rejects.toMatchObject({ code: "PROVER_CLOSED" });
    const read = (): string => {
      try {
        return readFileSync(told, "utf8");
      } catch {
        return "";
      }
    };
    await expect.poll(read, { timeout: 60_000 }).toMatch(/\]$/);
    const [pid, variables] = JSON.parse(read()) as [number, string[]];
    expect(variables).not.toContain("MARGINPROOF_TEST_SECRET");
    expect(variables).not.toContain("PATH");
    await backend.close();
    await refused;
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  } finally {
    delete process.env.MARGINPROOF_TEST_SECRET;
    await backend.close();
  }
});

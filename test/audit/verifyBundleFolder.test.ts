import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { provedByThreads, verifyBundleFolder } from "../../src/audit/verifyBundleFolder.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { readBundle } from "../../src/files/bundleFolder.js";
import { BUNDLE_FILE_NAMES } from "../../src/verifier/bundleTexts.js";
import { verifyEpoch } from "../../src/verifier/verifyEpoch.js";
import { type LongEpoch, longEpoch } from "../support/longEpoch.js";

/** Two threads get 4 proofs at a time: several questions each, and a last one of 2. */
const CHOICE = { threads: 2, from: 0, atOnce: 4 };
const ACCOUNT_STEPS = 24;

let honest: LongEpoch;
let folder: string;
const scratch = mkdtempSync(join(tmpdir(), "marginproof-audit-"));
beforeAll(async () => {
  honest = await longEpoch(ACCOUNT_STEPS);
  folder = join(scratch, "bundle");
  write(stepsText(), folder);
});
afterAll(() => rmSync(scratch, { recursive: true }));

const stepsText = (steps: readonly unknown[] = honest.steps) =>
  steps.map((step) => `${JSON.stringify(step)}\n`).join("");

/** A bundle of the honest epoch but for its steps. */
function write(steps: string | Uint8Array, into = mkdtempSync(join(scratch, "b-"))): string {
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into);
  for (const [part, text] of Object.entries({ ...honest.files, steps }))
    writeFileSync(join(into, BUNDLE_FILE_NAMES[part as keyof typeof BUNDLE_FILE_NAMES]), text);
  return into;
}

const options = () => ({ hasher: bestPoseidon(), pins: honest.pins, allowDevKeys: true });
const inMemory = async (bundle: string) => verifyEpoch(await readBundle(bundle), options());

describe("a bundle of many steps", () => {
  test("is found proved by threads, with the verdict that one thread finds, and told how far", async () => {
    const told: [number, number][] = [];
    const onProgress = (done: number, total: number) => told.push([done, total]);
    const found = await provedByThreads(folder, { ...options(), onProgress }, CHOICE);
    expect(found).toEqual(await inMemory(folder));
    expect(found?.verdict).toMatchObject({ proved: true, valid: true });
    expect(told.length).toBeGreaterThan(4);
    expect(told.at(-1)).toEqual([honest.steps.length, honest.steps.length]);
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).sort((a, b) => a - b));
  });

  test("is left to one thread while it is small", async () => {
    const from = stepsText().length;
    expect(await provedByThreads(folder, options(), { ...CHOICE, from })).toBeDefined();
    expect(await provedByThreads(folder, options(), { ...CHOICE, from: from + 1 })).toBeUndefined();
  });

  test("whose proofs are those of other steps has each of them named, wherever it stands", async () => {
    for (const lie of [0, 3, 4, ACCOUNT_STEPS - 1, ACCOUNT_STEPS, ACCOUNT_STEPS + 1]) {
      const other = honest.steps[lie === 0 || lie === ACCOUNT_STEPS ? lie + 1 : lie - 1]!;
      const steps = honest.steps.map((step, n) => (n === lie ? { ...step, proof: other.proof } : step));
      const bundle = write(stepsText(steps));
      expect(await provedByThreads(bundle, options(), CHOICE)).toBeUndefined();
      const { verdict } = await verifyBundleFolder(bundle, options(), CHOICE);
      expect(verdict).toEqual((await inMemory(bundle)).verdict);
      expect(verdict.checks.find(({ status }) => status === "fail")).toMatchObject({
        code: "PROOF_FALSE",
        detail: expect.stringMatching(
          lie < ACCOUNT_STEPS ? `account step ${lie}$` : `table step ${lie - ACCOUNT_STEPS}$`,
        ),
      });
    }
  });

  test("with keys that are not those of the list is refused before any thread is started", async () => {
    const pins = honest.pins.map((pin) => ({ ...pin, keyDigest: `0x${"1".repeat(64)}` }));
    const { verdict } = await verifyBundleFolder(folder, { ...options(), pins }, CHOICE);
    expect(verdict.checks.find(({ status }) => status === "fail")?.code).toBe("KEY_NOT_PINNED");
  });

  test("with a policy of the verifier's own that is none is no matter of the bundle", async () => {
    const pricePolicy = {} as never;
    await expect(verifyBundleFolder(folder, { ...options(), pricePolicy }, CHOICE)).rejects.toMatchObject({
      code: "PRICES_POLICY",
    });
  });
});

describe("a steps file that is not as it should be", () => {
  const BOM = "\uFEFF";
  const cases: [string, () => string | Uint8Array][] = [
    ["nothing in it", () => ""],
    ["a line missing", () => stepsText(honest.steps.slice(0, -1))],
    ["a line too many", () => stepsText([...honest.steps, honest.steps[0]])],
    ["no end of its last line", () => stepsText().slice(0, -1)],
    ["an empty line at its end", () => `${stepsText()}\n`],
    ["an empty line in its middle", () => stepsText().replace("\n", "\n\n")],
    ["line ends of another system", () => stepsText().replaceAll("\n", "\r\n")],
    ["a byte order mark", () => BOM + stepsText()],
    ["a byte order mark before its second line", () => stepsText().replace("\n", `\n${BOM}`)],
    ["a key twice", () => stepsText().replace("{", '{"stateOut":"0x0",')],
    ["a line that is too long", () => stepsText().replace("\n", `${" ".repeat(4096)}\n`)],
    ["spaces, as many as there may be", () => stepsText().replace("\n", `${" ".repeat(2000)}\n`)],
    ["bytes that are no UTF-8", () => Buffer.concat([Buffer.from(stepsText()), Buffer.from([0xff, 10])])],
    ["a state that is another's", () => stepsText().replace(/0x[0-9a-f]{64}/, `0x${"0".repeat(63)}1`)],
  ];
  test.each(cases)("%s: the verdict is that of the ordinary verifier", async (_, steps) => {
    const bundle = write(steps());
    const expected = await inMemory(bundle).catch((error: { code: string }) => error.code);
    const found = await verifyBundleFolder(bundle, options(), CHOICE).catch(
      (error: { code: string }) => error.code,
    );
    expect(found).toEqual(expected);
  });

  test("a link is not followed", async () => {
    const bundle = write("");
    const path = join(bundle, BUNDLE_FILE_NAMES.steps);
    rmSync(path);
    symlinkSync(join(folder, BUNDLE_FILE_NAMES.steps), path);
    expect(await provedByThreads(bundle, options(), CHOICE)).toBeUndefined();
    await expect(verifyBundleFolder(bundle, options(), CHOICE)).rejects.toMatchObject({
      code: "BUNDLE_FILES",
    });
  });

  test("nor one that leads to itself", async () => {
    const bundle = write("");
    const path = join(bundle, BUNDLE_FILE_NAMES.steps);
    rmSync(path);
    symlinkSync(path, path);
    await expect(verifyBundleFolder(bundle, options(), CHOICE)).rejects.toMatchObject({
      code: "BUNDLE_FILES",
    });
  });

  test.each<[string, (path: string) => void]>([
    ["cut", (path) => truncateSync(path, Math.floor(stepsText().length / 2))],
    ["cut to nothing", (path) => truncateSync(path)],
    ["longer", (path) => appendFileSync(path, stepsText())],
    ["longer by an empty line", (path) => appendFileSync(path, "\n")],
    ["another's from its middle on", (path) => writeFileSync(path, stepsText([...honest.steps].reverse()))],
    ["no text any more", (path) => writeFileSync(path, Buffer.alloc(stepsText().length))],
  ])(
    "%s after its states were read, and before its proofs are: threads find nothing proved",
    async (_, change) => {
      const bundle = write(stepsText());
      let changed = false;
      // The chain is what is first hashed, and it takes the states.
      const hasher = new Proxy(bestPoseidon(), {
        get(target, name) {
          if (!changed) change(join(bundle, BUNDLE_FILE_NAMES.steps));
          changed = true;
          const own = Reflect.get(target, name) as unknown;
          return typeof own === "function" ? own.bind(target) : own;
        },
      });
      expect(await provedByThreads(bundle, { ...options(), hasher }, CHOICE)).toBeUndefined();
      expect(changed).toBe(true);
    },
  );

  test("whatever byte is changed, threads find nothing proved that the ordinary verifier doesn't", async () => {
    const bytes = Buffer.from(stepsText());
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at]! ^= change;
        const bundle = write(changed);
        const found = await provedByThreads(bundle, options(), CHOICE);
        if (found === undefined) return;
        expect(found).toEqual(await inMemory(bundle));
      }),
      { numRuns: 40 },
    );
  });
});

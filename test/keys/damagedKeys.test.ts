import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { silentProgress } from "../../src/files/progress.js";
import { instanceFiles } from "../../src/keys/instanceFiles.js";
import { loadProfile } from "../../src/keys/instances.js";
import { loadKeys } from "../../src/keys/keyFolder.js";
import { setup } from "../../src/keys/setup.js";
import { TEST_KEYS } from "../support/circuit.js";

const folder = mkdtempSync(join(tmpdir(), "marginproof-keys-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { table, accounts } = loadProfile("test");
const files = instanceFiles(folder, table.id);
const whole = instanceFiles(TEST_KEYS, table.id);
cpSync(whole.folder, files.folder, { recursive: true });

const flip = (path: string): void => {
  const bytes = readFileSync(path);
  bytes[bytes.length - 5]! ^= 1;
  writeFileSync(path, bytes);
};

test.each<[string, keyof typeof files, () => void]>([
  ["a flipped bit in the proving key", "zkey", () => flip(files.zkey)],
  ["a flipped bit in the circuit", "wasm", () => flip(files.wasm)],
  ["a text in place of the proving key", "zkey", () => writeFileSync(files.zkey, "hello")],
  ["a text in place of the verifying key", "verifyingKey", () => writeFileSync(files.verifyingKey, "{")],
])("%s is named when keys are loaded, and the setup it names repairs it", async (_, name, damage) => {
  const load = () => loadKeys(folder, table, "test");
  await load();
  damage();
  await expect(load()).rejects.toMatchObject({
    code: "KEYS_DAMAGED",
    message: expect.stringContaining(files[name]),
    options: { hint: expect.stringContaining(`marginproof setup --profile test --keys ${folder}`) },
  });
  await setup({ instances: [table], keysDir: folder, workers: 1, progress: silentProgress });
  await load();
  // The witness calculator has line numbers of the circuit's source in it: an older build has others.
  for (const one of ["zkey", "verifyingKey"] as const) {
    expect(readFileSync(files[one]).equals(readFileSync(whole[one]))).toBe(true);
  }
});

test("the whole folder of another circuit under this one's name is named", async () => {
  const other = instanceFiles(folder, accounts[0]!.id);
  cpSync(whole.folder, other.folder, { recursive: true });
  await expect(loadKeys(folder, accounts[0]!, "test")).rejects.toMatchObject({
    code: "KEYS_DAMAGED",
    message: expect.stringContaining("another circuit"),
  });
});

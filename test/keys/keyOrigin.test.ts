import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { curves, powersOfTau, zKey } from "snarkjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentProgress } from "../../src/files/progress.js";
import { instanceFiles } from "../../src/keys/instanceFiles.js";
import { setup } from "../../src/keys/setup.js";
import { type Instance, instanceId } from "../../src/protocol/shapes.js";
import { stopSnarkjs, temporaryFolder } from "./support.js";

// The smallest instance there is: not one of any profile, made like every other.
const row = { template: "table", rows: 1 } as const;
const instance: Instance = { ...row, id: instanceId(row) };

let folder: string;
let remove: () => Promise<void>;
let ptau: string;

beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
  const at = (name: string) => join(folder, name);
  ptau = at("final.ptau");
  await powersOfTau.newAccumulator(await curves.getCurveFromName("bn128"), 12, at("new.ptau"));
  await powersOfTau.contribute(at("new.ptau"), at("one.ptau"), "test", "entropy");
  await powersOfTau.preparePhase2(at("one.ptau"), ptau);
});
afterAll(async () => {
  await stopSnarkjs();
  await remove();
});

const run = (keysDir: string, from?: string) =>
  setup({
    instances: [instance],
    keysDir,
    workers: 1,
    progress: silentProgress,
    ...(from === undefined ? {} : { ptau: from }),
  });

test("keys of a ceremony are kept, taken in after further contributions, and never replaced", async () => {
  const keysDir = join(folder, "keys");
  const files = instanceFiles(keysDir, instance.id);
  const [first] = await run(keysDir, ptau);
  expect(first!.development).toBe(false);

  // Whole keys stay what they are, whatever was asked for; a missing circuit is only compiled again.
  await rm(files.wasm);
  expect(await run(keysDir)).toEqual([first]);
  expect((await readFile(files.wasm)).length).toBeGreaterThan(0);

  const next = join(folder, "next.zkey");
  await zKey.contribute(files.zkey, next, "somebody else", "their entropy");
  await copyFile(next, files.zkey);
  await expect(run(keysDir)).rejects.toMatchObject({ code: "KEYS_OTHER_SETUP" });
  const [second] = await run(keysDir, ptau);
  expect(second!.development).toBe(false);
  expect(second!.keyDigest).not.toBe(first!.keyDigest);
  expect(await readFile(join(keysDir, "keys.json"), "utf8")).toContain(second!.keyDigest);

  // Somebody's last bytes are not theirs to choose: a changed contribution is no contribution.
  const bytes = await readFile(next);
  bytes[bytes.length - 40]! ^= 1;
  await writeFile(files.zkey, bytes);
  await expect(run(keysDir, ptau)).rejects.toMatchObject({ code: "KEYS_CONTRIBUTION_INVALID" });

  await rm(files.zkey);
  await expect(run(keysDir)).rejects.toMatchObject({ code: "KEYS_OTHER_SETUP" });
  await expect(run(keysDir, ptau)).rejects.toMatchObject({ code: "KEYS_OTHER_SETUP" });
});

test("development keys are made again when damaged", async () => {
  const keysDir = join(folder, "development");
  const files = instanceFiles(keysDir, instance.id);
  const [first] = await run(keysDir);
  expect(first!.development).toBe(true);
  await writeFile(files.zkey, "damaged");
  expect(await run(keysDir)).toEqual([first]);
  expect((await readFile(files.zkey)).length).toBeGreaterThan(1000);
});

test("a key that setup did not make is left alone", async () => {
  const keysDir = join(folder, "development");
  const files = instanceFiles(keysDir, instance.id);
  await rm(join(files.folder, "setup.json"));
  await expect(run(keysDir)).rejects.toMatchObject({ code: "KEYS_OTHER_SETUP" });
});

test("an unfit phase-1 file is refused before anything is compiled", async () => {
  const keysDir = join(folder, "none");
  const locked = { template: "table", rows: 16 } as const;
  const options = {
    keysDir,
    workers: 1,
    progress: silentProgress,
    instances: [{ ...locked, id: "table-r16" }],
  };
  await expect(setup({ ...options, ptau })).rejects.toMatchObject({ code: "PTAU_TOO_SMALL" });
  await expect(setup({ ...options, ptau: join(folder, "no.ptau") })).rejects.toMatchObject({
    code: "FILE_UNREADABLE",
  });
  await expect(readFile(instanceFiles(keysDir, "table-r16").r1cs)).rejects.toMatchObject({ code: "ENOENT" });
});

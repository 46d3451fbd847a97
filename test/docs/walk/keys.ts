import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileCircuit } from "../../../src/keys/compile.js";
import { loadProfile, profileInstances } from "../../../src/keys/instances.js";
import { tinyEpochPaths } from "../../support/tinyBundle.js";
import { command, file, fresh, refused, thrown, type Walk } from "./support.js";

const [instance] = profileInstances(loadProfile("test"));

/** A phase-1 file of which only the header is there: its first section, and the empty ones that mark it as prepared. */
function phase1(power: number, prepared: boolean): string {
  const header = Buffer.alloc(44);
  header.writeUInt32LE(32, 0);
  header.writeUInt32LE(power, 36);
  header.writeUInt32LE(power, 40);
  const sections = [[1, header], ...(prepared ? [[12, Buffer.alloc(0)]] : [])] as [number, Buffer][];
  const head = Buffer.concat([Buffer.from("ptau"), u32(1), u32(sections.length)]);
  const body = sections.map(([id, data]) => Buffer.concat([u32(id), u32(data.length), u32(0), data]));
  return file(Buffer.concat([head, ...body]), ".ptau");
}
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const setupWith = (ptau: string) =>
  command(["setup", "--profile", "test", "--keys", fresh(), "--quiet", "--ptau", ptau]);

function foreignKey() {
  const keys = fresh();
  mkdirSync(join(keys, instance!.id), { recursive: true });
  writeFileSync(join(keys, instance!.id, "circuit.zkey"), "not ours");
  return command(["setup", "--profile", "test", "--keys", keys, "--quiet"]);
}

export const KEYS_WALK: Walk = {
  PROFILE_UNKNOWN: refused(() => command(["setup", "--profile", "p17"]), ["p17"], "p16"),
  PROFILE_PRIVATE: refused(
    () =>
      command([
        "market",
        "build",
        "examples/private/rules.yaml",
        "--out",
        fresh(),
        "--private-model",
        fresh(),
        "--profile",
        "demo",
      ]),
    ["demo", "secret rates"],
    "private",
  ),
  CIRCUIT_COMPILE_FAILED: refused(
    () =>
      thrown(() =>
        compileCircuit({
          source: file("template {", ".circom"),
          outDir: fresh(),
          includePaths: [],
          name: "x",
        }),
      ),
    [".circom"],
    "circuit",
  ),
  PTAU_TOO_SMALL: refused(() => setupWith(phase1(4, true)), [".ptau", "2^4", "2^13"], "13"),
  PTAU_NOT_PREPARED: refused(() => setupWith(phase1(20, false)), [".ptau", "not prepared"], "prepared"),
  KEYS_OTHER_SETUP: refused(foreignKey, ["circuit.zkey", "nothing was changed"], "--keys"),
  KEYS_MISSING: refused(
    () =>
      command([
        "prove",
        "--profile",
        "test",
        "--keys",
        fresh(),
        "--out",
        fresh(),
        "--private",
        fresh(),
        "--quiet",
        "--market",
        tinyEpochPaths("covered").market,
        "--accounts",
        tinyEpochPaths("covered").accounts,
      ]),
    ["circuit.zkey", "missing"],
    "marginproof setup --profile test",
  ),
  KEYS_FILE_INVALID: refused(
    () =>
      command([
        "verify",
        tinyEpochPaths("covered").bundle,
        "--keys",
        file('{"format":"marginproof/keys/1"}'),
      ]),
    ["keys"],
    "keys.json",
  ),
  FILE_FORMAT: refused(() => setupWith(file("garbage, and more of it", ".ptau")), [".ptau"], ""),
};

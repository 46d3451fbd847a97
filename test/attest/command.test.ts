import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.js";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";

const folder = mkdtempSync(join(tmpdir(), "marginproof-attest-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const shown = { out: "", err: "" };
  const code = await runCli(args, {
    out: (text) => void (shown.out += `${text}\n`),
    err: (text) => void (shown.err += text),
    errIsScreen: false,
  });
  return { ...shown, code };
}

const TRUST = ["--keys", join(TEST_KEYS, "keys.json"), "--allow-dev-keys", "--quiet"];
const addresses: string[] = [];

/** Two auditors, each with a key of their own, attest the covered epoch; one the other. */
beforeAll(async () => {
  for (const name of ["alpha", "beta"]) {
    const { out } = await run("prices", "new-key", "--out", at(`${name}.key`));
    addresses.push(/0x[0-9a-fA-F]{40}/.exec(out)![0]);
    const flags = ["--key", at(`${name}.key`), "--auditor", name, "--out", at(`${name}.json`)];
    const summary = name === "alpha" ? ["--summary", at("summary.json")] : [];
    const made = await run("attest", tinyEpochPaths("covered").bundle, ...TRUST, ...flags, ...summary);
    expect(made).toMatchObject({ code: 0, err: "" });
    expect(made.out).toContain('"covered", until');
  }
  const auditors = addresses.map((address, i) => ({ address, name: ["Alpha Audit", "Beta Audit"][i]! }));
  writeFileSync(
    at("auditors.json"),
    JSON.stringify({ format: "marginproof/auditors/1", quorum: 2, auditors }),
  );
  const { privateDir, bundle } = tinyEpochPaths("covered");
  const disclose = ["disclose", "--private", privateDir, "--account", "carol"];
  expect(await run(...disclose, "--out", at("carol.json"))).toMatchObject({ code: 0 });
  const carrying = ["--bundle", bundle, "--attestations", at("alpha.json"), at("beta.json")];
  const whole = await run(...disclose, "--out", at("carrying.json"), ...carrying);
  expect(whole).toMatchObject({ code: 0 });
  expect(whole.out).toContain("needs no other file");
});

const LIGHT = ["--auditors", at("auditors.json"), "--account", "carol", "--allow-dev-keys"];

test("one file and a list of auditors are enough", async () => {
  const { code, out } = await run("check", at("carrying.json"), ...LIGHT);
  expect(out).toContain("COUNTED: account carol");
  expect(out).toContain("VALID, ON THE WORD OF Alpha Audit, Beta Audit:");
  expect(out).toContain("INSECURE DEVELOPMENT KEYS");
  expect(code).toBe(0);
  expect(statSync(at("carrying.json")).mode & 0o077).toBe(0);
});

test.each(["statement.json", "summary.json"])("so is the holder's own with %s", async (name) => {
  const { bundle } = tinyEpochPaths("covered");
  const statement = name === "summary.json" ? at(name) : join(bundle, name);
  const files = ["--statement", statement, "--market", join(bundle, "market.json")];
  const attestations = ["--attestations", at("alpha.json"), at("beta.json")];
  const { code, out } = await run("check", at("carol.json"), ...LIGHT, ...files, ...attestations, "--json");
  expect(JSON.parse(out)).toMatchObject({
    counted: true,
    epochValid: true,
    attested: [{ by: "auditors", quorum: 2, auditors: [{ name: "Alpha Audit" }, { name: "Beta Audit" }] }],
  });
  expect(code).toBe(0);
});

test("a file that carries an epoch serves the whole check too", async () => {
  const { bundle } = tinyEpochPaths("covered");
  const { code, out } = await run(
    "check",
    at("carrying.json"),
    "--epoch",
    bundle,
    "--account",
    "carol",
    ...TRUST,
  );
  expect(out).toContain("VALID: the statement is proved");
  expect(code).toBe(0);
});

test("without one of the auditors nothing is said of the account", async () => {
  const alone = await run("check", at("carrying.json"), ...LIGHT, "--attestations", at("alpha.json"));
  expect(alone.out).toContain("NOT LOOKED AT");
  expect(alone.out).toContain("ATTESTATION_NO_QUORUM");
  expect(alone.code).toBe(1);
});

test("keys on the holder's list of auditors are not widened by a list of keys beside it", async () => {
  const list = JSON.parse(readFileSync(at("auditors.json"), "utf8")) as object;
  writeFileSync(at("with-keys.json"), JSON.stringify({ ...list, keys: [`0x${"1".repeat(64)}`] }));
  const flags = ["--auditors", at("with-keys.json"), "--account", "carol", "--allow-dev-keys"];
  for (const keys of [[], ["--keys", join(TEST_KEYS, "keys.json")]]) {
    const { out, code } = await run("check", at("carrying.json"), ...flags, ...keys);
    expect(out).toContain("ATTESTATION_KEY_LIST");
    expect(code).toBe(1);
  }
});

test("a list of keys of the holder's own adds to the development keys that the package knows, as in verify", async () => {
  writeFileSync(at("keys.json"), JSON.stringify({ format: "marginproof/keys/1", keys: [] }));
  const keys = ["--keys", at("keys.json")];
  expect(await run("check", at("carrying.json"), ...LIGHT, ...keys)).toMatchObject({ code: 0 });
  const strict = LIGHT.filter((flag) => flag !== "--allow-dev-keys");
  const { out, code } = await run("check", at("carrying.json"), ...strict, ...keys);
  expect(out).toContain("ATTESTATION_DEVELOPMENT");
  expect(code).toBe(1);
});

test("a book that is not covered is attested as that, and nothing is overwritten", async () => {
  const { bundle } = tinyEpochPaths("uncovered");
  const flags = ["--key", at("alpha.key"), "--auditor", "alpha", ...TRUST];
  const { code } = await run("attest", bundle, ...flags, "--out", at("poor.json"));
  expect(code).toBe(1);
  expect(JSON.parse(readFileSync(at("poor.json"), "utf8"))).toMatchObject({ verdict: "not covered" });
  expect(await run("attest", bundle, ...flags, "--out", at("poor.json"))).toMatchObject({ code: 2 });
});

import { createCipheriv, scryptSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keccak256 } from "../../src/field/keccak.js";
import { checksumAddress } from "../../src/signing/address.js";
import { addressOf, type Json, keyOf, startWorld, type World } from "../reserves/world.js";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { runHere } from "./runHere.js";

const PASSWORD = "correct horse";
const { exchange, epoch, time } = TINY_MARKET;
const folder = mkdtempSync(join(tmpdir(), "marginproof-reserves-"));
const { bundle } = tinyEpochPaths("covered");
const trust = ["--keys", join(TEST_KEYS, "keys.json"), "--allow-dev-keys", "--quiet"];
let names = 0;
let world: World;
let policy: string;
let rpc: string[];

beforeAll(async () => {
  world = await startWorld(time, { exchange, epoch });
  policy = file(world.policy);
  rpc = world.nodes.flatMap(({ url }) => ["--rpc", url]);
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

const fresh = (): string => join(folder, `${++names}.json`);
function file(json: unknown): string {
  const path = fresh();
  writeFileSync(path, JSON.stringify(json));
  return path;
}

/** A keystore of version 3, as wallets write them; few rounds. */
function keystore(name: string): string {
  const [salt, iv] = [Buffer.alloc(32, 1), Buffer.alloc(16, 2)];
  const derived = scryptSync(PASSWORD, salt, 32, { N: 1024, r: 8, p: 1 });
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const sealed = Buffer.concat([cipher.update(Buffer.from(keyOf(name).slice(2), "hex")), cipher.final()]);
  return file({
    version: 3,
    id: "0f6c1a9e-0000-4000-8000-000000000000",
    address: addressOf(name).slice(2).toLowerCase(),
    crypto: {
      cipher: "aes-128-ctr",
      ciphertext: sealed.toString("hex"),
      cipherparams: { iv: iv.toString("hex") },
      kdf: "scrypt",
      kdfparams: { dklen: 32, n: 1024, r: 8, p: 1, salt: salt.toString("hex") },
      mac: Buffer.from(keccak256(derived.subarray(16), sealed)).toString("hex"),
    },
  });
}
const both = () => ["--keystore", keystore("hot"), "--keystore", keystore("cold")];

describe("reserves attest", () => {
  it("signs with keystores, fetches proofs, and what it writes is proved", async () => {
    const out = fresh();
    const args = [
      "reserves",
      "attest",
      file(world.list),
      "--policy",
      policy,
      "--out",
      out,
      ...rpc,
      ...both(),
    ];
    const made = await runHere(args, { MARGINPROOF_KEYSTORE_PASSWORD: PASSWORD });
    expect(made).toMatchObject({ exit: 0, err: "" });
    expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(world.file);
    const shown = await runHere(["reserves", "verify", out, "--policy", policy]);
    expect(shown.exit).toBe(0);
    expect(shown.out).toMatch(/USDT\s+10,000,000\.246913\s+0\s+0\n/);
    expect(shown.out).toMatch(/BTC\s+0\s+100\s+0\n/);
    expect(shown.out).toContain("signed: bitcoin bc1");
    // Nothing is overwritten.
    expect(await runHere(args, { MARGINPROOF_KEYSTORE_PASSWORD: PASSWORD })).toMatchObject({ exit: 2 });
    for (const text of [made.out, readFileSync(out, "utf8")]) {
      expect(text).not.toContain(keyOf("hot").slice(2));
      expect(text).not.toContain(PASSWORD);
    }
  });

  it("signs with keys of the environment, or takes signatures back that were made elsewhere", async () => {
    const messages = await runHere(["reserves", "attest", file(world.list), "--messages"]);
    const asked = JSON.parse(messages.out) as Json[];
    expect(asked.map(({ chain, address }) => `${chain} ${address}`)).toEqual([
      `eip155:31337 ${addressOf("hot")}`,
      `eip155:31337 ${addressOf("cold")}`,
      `eip155:31338 ${addressOf("hot")}`,
      `eip155:31338 ${addressOf("cold")}`,
    ]);
    const list = structuredClone(world.list);
    list.addresses[0] = { ...list.addresses[0], ownership: (world.file.addresses[0] as Json).ownership };
    const out = fresh();
    const args = ["reserves", "attest", file(list), "--policy", policy, "--out", out, ...rpc];
    const keys = { MARGINPROOF_RESERVE_KEYS: `${keyOf("hot")}, ${keyOf("cold")}` };
    expect(await runHere(args, keys)).toMatchObject({ exit: 0, err: "" });
    expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(world.file);
  });

  it("writes nothing that does not verify", async () => {
    const list = structuredClone(world.list);
    list.addresses[0].ownership = (world.file.addresses[1] as Json).ownership;
    const out = fresh();
    const args = ["reserves", "attest", file(list), "--policy", policy, "--out", out, ...rpc];
    const refused = await runHere(args, { MARGINPROOF_RESERVE_KEYS: `${keyOf("hot")} ${keyOf("cold")}` });
    expect(refused.exit).toBe(1);
    expect(refused.err).toContain("RESERVES_WRONG_SIGNER");
    expect(() => readFileSync(out)).toThrow();
  });
});

describe("verify --reserves", () => {
  const verify = (reserves: unknown, own: unknown = world.policy, ...more: string[]) =>
    runHere([
      "verify",
      bundle,
      ...trust,
      "--reserves",
      file(reserves),
      "--reserve-policy",
      file(own),
      ...more,
    ]);

  it("says of each declared reserve how well it is shown", async () => {
    const shown = await verify(world.file);
    expect(shown.exit).toBe(0);
    expect(shown.out).toContain("[pass] USDT reserve is proved");
    expect(shown.out).toContain("declared reserve 100: proved 0, signed 100, only declared 0");
    expect(shown.out).toContain("where they are not proved: BTC (signed)");
    expect(shown.out).not.toContain("that the declared reserves and the insurance fund exist and");
    const json = JSON.parse((await verify(world.file, world.policy, "--json")).out) as Json;
    expect(json.reserves.map(({ asset, standing, required }: Json) => [asset, standing, required])).toEqual([
      ["USDT", "proved", "proved"],
      ["BTC", "signed", "signed"],
    ]);
  });

  it("fails where the policy asks for more, or the file names less than the market", async () => {
    const strict = await verify(world.file, { ...world.policy, requireOf: {} });
    expect(strict.exit).toBe(1);
    expect(strict.out).toContain("[FAIL] BTC reserve is proved");
    expect(strict.out).toContain("PROVED BUT NOT SOLVENT");
    const less = structuredClone(world.file) as Json;
    less.addresses.pop();
    const missing = await verify(less, { ...world.policy, require: "declared", requireOf: {} });
    expect(missing.exit).toBe(1);
    expect(missing.out).toContain("the file does not name as much");
  });

  it("fails by its code for a file that is refused, and is not looked at where the bundle is not proved", async () => {
    const cooked = structuredClone(world.file) as Json;
    cooked.addresses[0].balances[0].amount = "4";
    const refused = await verify(cooked, world.policy, "--json");
    expect(refused.exit).toBe(1);
    const { checks, reserves, valid, proved } = JSON.parse(refused.out) as Json;
    expect([valid, proved, reserves]).toEqual([false, true, null]);
    expect(checks.find(({ id }: Json) => id === "reserves-file")).toMatchObject({
      status: "fail",
      code: "RESERVES_AMOUNT",
    });
    const args = ["verify", bundle, "--reserves", file(cooked), "--reserve-policy", policy, "--json"];
    const unproved = JSON.parse((await runHere([...args, "--quiet"])).out) as Json;
    expect(unproved.checks.find(({ id }: Json) => id === "reserves-file")).toMatchObject({
      status: "skipped",
    });
  });

  it("of another epoch fails, whatever is in it", async () => {
    const other = await startWorld(time, { exchange, epoch: "another" });
    try {
      const shown = await verify(other.file, other.policy);
      expect(shown.exit).toBe(1);
      expect(shown.out).toContain("RESERVES_EPOCH");
    } finally {
      await other.stop();
    }
  });
});

describe("reserves layout", () => {
  it("prints entries for a policy", async () => {
    const { address } = world.usdt[0];
    const shown = await runHere([
      "reserves",
      "layout",
      address,
      "--rpc",
      world.nodes[0].url,
      "--holder",
      addressOf("hot"),
    ]);
    expect(shown.exit).toBe(0);
    expect(JSON.parse(shown.out)).toMatchObject({
      chain: { chainId: 31_337 },
      token: {
        chainId: 31_337,
        address: checksumAddress(address),
        decimals: 6,
        balances: { order: "solidity", slot: "0" },
      },
    });
  });
});

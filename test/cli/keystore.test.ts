import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readKeystore } from "../../src/cli/keystore.js";
import { MarginproofError } from "../../src/errors.js";
import { addressOfPrivateKey } from "../../src/signing/sign.js";
import type { Json } from "../reserves/world.js";

const folder = mkdtempSync(join(tmpdir(), "marginproof-keystore-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Test vectors of the Web3 Secret Storage definition: one key under one password. */
const PASSWORD = "testpassword";
const SECRET = "0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";
const PBKDF2: Json = {
  crypto: {
    cipher: "aes-128-ctr",
    cipherparams: { iv: "6087dab2f9fdbbfaddc31a909735c1e6" },
    ciphertext: "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
    kdf: "pbkdf2",
    kdfparams: {
      c: 262_144,
      dklen: 32,
      prf: "hmac-sha256",
      salt: "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
    },
    mac: "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
  },
  id: "3198bc9c-6672-5ab3-d995-4942343ae5b6",
  version: 3,
};
/** A keystore of geth's own tests, under "foobar". */
const SCRYPT: Json = {
  address: "7ef5a6135f1fd6a02593eedc869c6d41d934aef8",
  Crypto: {
    cipher: "aes-128-ctr",
    cipherparams: { iv: "8df6caa7ff1b00c4e871f002cb7921ed" },
    ciphertext: "1d0839166e7a15b9c1333fc865d69858b22df26815ccf601b28219b6192974e1",
    kdf: "scrypt",
    kdfparams: {
      dklen: 32,
      n: 8,
      p: 16,
      r: 8,
      salt: "e5e6ef3f4ea695f496b643ebd3f75c0aa58ef4070e90c80c5d3fb0241bf1595c",
    },
    mac: "6d16dfde774845e4585357f24bce530528bc69f4f84e1e22880d34fa45c273e5",
  },
  version: 3,
};

function read(json: Json, password: string | undefined = PASSWORD) {
  const path = join(folder, "key.json");
  writeFileSync(path, JSON.stringify(json));
  return readKeystore(path, password);
}

it("a keystore of PBKDF2 or scrypt gives its key", async () => {
  expect(await read(PBKDF2)).toBe(SECRET);
  expect(
    addressOfPrivateKey(await read(SCRYPT, "foobar"))
      .slice(2)
      .toLowerCase(),
  ).toBe(SCRYPT.address);
});

describe("a keystore", () => {
  const changed = (change: (json: Json) => unknown): Json => {
    const json = structuredClone(PBKDF2);
    json.crypto.kdfparams.c = 1;
    change(json);
    return json;
  };

  it.each<[string, Json, string | undefined, string]>([
    ["with another password", PBKDF2, "testpasswore", "password"],
    [
      "that was altered",
      changed((j) => (j.crypto.ciphertext = `00${j.crypto.ciphertext.slice(2)}`)),
      PASSWORD,
      "password",
    ],
    ["of another address", { ...PBKDF2, address: "11".repeat(20) }, PASSWORD, "its key is that of 0x"],
    ["of another version", { ...PBKDF2, version: 1 }, PASSWORD, "version 3"],
    ["of another cipher", changed((j) => (j.crypto.cipher = "aes-256-cbc")), PASSWORD, "cipher"],
    ["of more work than any", changed((j) => (j.crypto.kdfparams.c = 10 ** 9)), PASSWORD, "kdfparams.c"],
    [
      "of scrypt as no RFC has it",
      {
        ...SCRYPT,
        Crypto: { ...SCRYPT.Crypto, kdfparams: { ...SCRYPT.Crypto.kdfparams, n: 2 ** 18, r: 1 } },
      },
      PASSWORD,
      "power of 2",
    ],
    [
      "of scrypt that asks for more memory than any",
      { ...SCRYPT, Crypto: { ...SCRYPT.Crypto, kdfparams: { ...SCRYPT.Crypto.kdfparams, n: 2 ** 21 } } },
      PASSWORD,
      "n",
    ],
    ["that is a list", [], PASSWORD, "object"],
  ])("%s is refused", async (_, json, password, says) => {
    const error = await read(json, password).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(MarginproofError);
    const { code, message, options } = error as MarginproofError;
    expect([code, options.kind]).toEqual(["KEYSTORE", "usage"]);
    expect(`${message} ${options.hint}`).toContain(says);
    expect(`${message} ${options.hint}`).not.toContain(SECRET.slice(2));
    expect(message).not.toContain("testpasswor");
  });

  it("without its password asks for it", async () => {
    const path = join(folder, "locked.json");
    writeFileSync(path, JSON.stringify(PBKDF2));
    const error = (await readKeystore(path, undefined).catch(
      (caught: unknown) => caught,
    )) as MarginproofError;
    expect([error.code, error.options.hint]).toEqual(["KEYSTORE", "set MARGINPROOF_KEYSTORE_PASSWORD"]);
  });
});

import { bytesToHex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keyWords, proofWords } from "../../src/chain/proofWords.js";
import { GROUP_ORDER } from "../../src/verifier/groth16/curve.js";
import { verifyingKeyDigest } from "../../src/verifier/groth16/verifyingKey.js";
import { Anvil, anvilAccount, type Deployed } from "../support/anvil.js";
import { accepts, acceptsKey, TAMPERED, TAMPERED_KEYS } from "../verifier/groth16/tampered.js";
import { toyKey, toyProof } from "../verifier/groth16/toy.js";

let anvil: Anvil;
let verifier: Deployed;

const key = toyKey(21, 3);
const other = toyKey(22, 3);
const digestOf = (json: (typeof key)["json"]) => bytesToHex(verifyingKeyDigest(json));

beforeAll(async () => {
  anvil = await Anvil.start();
  verifier = await anvil.deploy("Groth16Verifier");
  for (const { json } of [key, other]) await anvil.send(verifier, "addKey", [keyWords(json)]);
});
afterAll(() => anvil.stop());

/** Whether the contract takes the proofs, which come in runs under one key. */
const many = (runs: readonly { readonly toy: typeof key; readonly items: readonly Item[] }[]) =>
  anvil.read(verifier, "verifyMany", [
    runs.map(({ toy, items }) => ({ key: digestOf(toy.json), proofs: BigInt(items.length) })),
    runs.flatMap(({ items }) => items.flatMap(({ signals, words }) => [...signals, ...words])),
  ]);
interface Item {
  readonly signals: readonly bigint[];
  readonly words: readonly bigint[];
}
const item = (toy: typeof key, n: number): Item => {
  const signals = [BigInt(n), BigInt(n * n), GROUP_ORDER - BigInt(n + 1)];
  return { signals, words: proofWords(toyProof(toy, signals, n)) };
};

describe("Groth16Verifier", () => {
  it.each(TAMPERED)("says the same as the TypeScript verifier of a proof: $name", async (vector) => {
    const said = await anvil.read(verifier, "verify", [
      digestOf(vector.key),
      vector.signals,
      proofWords(vector.proof),
    ]);
    expect(said).toBe(accepts(vector));
  });

  it.each(TAMPERED_KEYS)("takes the same keys: $name", async ({ key: json }) => {
    const added = anvil.client.simulateContract({
      ...verifier,
      functionName: "addKey",
      args: [keyWords(json)],
      account: anvilAccount(1),
    });
    if (acceptsKey(json)) expect((await added).result).toBe(digestOf(json));
    else await expect(added).rejects.toThrow(/KeyPoint|KeyDegenerate/);
  });

  it("tells the vectors apart: some are accepted, most are not", () => {
    expect(TAMPERED.filter(accepts)).toHaveLength(3);
    expect(TAMPERED_KEYS.filter((each) => acceptsKey(each.key))).toHaveLength(1);
  });

  it("checks many proofs under several keys at once, and finds one false among them", async () => {
    const runs = [
      { toy: key, items: [item(key, 1), item(key, 2)] },
      { toy: other, items: [item(other, 3)] },
      { toy: key, items: [item(key, 4)] },
    ];
    expect(await many(runs)).toBe(true);
    for (const [run, { items }] of runs.entries()) {
      for (const at of items.keys()) {
        const spoilt = runs.map((each, r) => ({
          ...each,
          items: each.items.map((one, n) =>
            r === run && n === at ? { ...one, signals: [7n, ...one.signals.slice(1)] } : one,
          ),
        }));
        expect(await many(spoilt)).toBe(false);
      }
    }
  });

  it("does not let two errors cancel", async () => {
    // c of one proof moved up and of the other moved down: without weights, or with one weight for both, the product is one.
    const [one, two] = [item(key, 5), item(key, 6)];
    const moved = (each: Item, n: number, by: bigint): Item => {
      const json = toyProof(key, each.signals, n);
      const words = proofWords(json);
      const { c } = toyProof({ ...key, alpha: (key.alpha + by) % GROUP_ORDER }, each.signals, n);
      return { ...each, words: [...words.slice(0, 6), ...c.map(BigInt)] };
    };
    expect(await many([{ toy: key, items: [moved(one, 5, 9n), moved(two, 6, GROUP_ORDER - 9n)] }])).toBe(
      false,
    );
    expect(await many([{ toy: key, items: [moved(one, 5, 0n), moved(two, 6, 0n)] }])).toBe(true);
  });

  it("refuses a key that nobody added, and words that are not as long as the proofs", async () => {
    const words = [...item(key, 1).signals, ...item(key, 1).words];
    const run = { key: digestOf(key.json), proofs: 1n };
    await expect(
      anvil.read(verifier, "verifyMany", [[{ ...run, key: `0x${"5".repeat(64)}` }], words]),
    ).rejects.toThrow("KeyUnknown");
    await expect(anvil.read(verifier, "verifyMany", [[run], words.slice(1)])).rejects.toThrow("WordCount");
    await expect(anvil.read(verifier, "verifyMany", [[{ ...run, proofs: 2n }], words])).rejects.toThrow(
      "WordCount",
    );
  });

  it("never says false for want of gas: it reverts", async () => {
    const { signals, words } = item(key, 1);
    const call = {
      ...verifier,
      functionName: "verify",
      args: [digestOf(key.json), signals, words],
    };
    expect(await anvil.client.readContract({ ...call, gas: 500_000n } as never)).toBe(true);
    for (let gas = 30_000n; gas < 320_000n; gas += 29_000n) {
      const said = await anvil.client.readContract({ ...call, gas } as never).catch(() => "reverted");
      expect([true, "reverted"]).toContain(said);
    }
  });
});

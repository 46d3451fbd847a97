import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { bytesToHex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { constantsSource } from "../../scripts/contracts/poseidonData.js";
import { keccakToField } from "../../src/field/keccak.js";
import { FIELD_ORDER } from "../../src/field/order.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { poseidonWords } from "../../src/field/poseidon/poseidonWords.js";
import { sponge } from "../../src/field/sponge.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { Anvil, type Deployed } from "../support/anvil.js";

let anvil: Anvil;
let contract: Deployed;
const hasher = bestPoseidon();
const constants = (width: number) => bytesToHex(poseidonWords(width));

beforeAll(async () => {
  anvil = await Anvil.start();
  contract = await anvil.deploy("Poseidon");
  for (let width = 2; width <= 17; width++) {
    if (width !== 9) await anvil.send(contract, "addWidth", [BigInt(width), constants(width)]);
  }
});
afterAll(() => anvil.stop());

const element = (n: number): bigint => keccakToField(new Uint8Array(32).fill(n), `element ${n}`);
const onChain = (role: bigint, elements: readonly bigint[]) =>
  anvil.read(contract, "sponge", [role, elements]);

describe("Poseidon on chain", () => {
  it("hashes every length of a block as the TypeScript sponge does", async () => {
    for (const length of [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 33, 48]) {
      const elements = Array.from({ length }, (_, i) => element(i));
      expect(await onChain(element(99), elements)).toBe(sponge(hasher, element(99), elements));
    }
  });

  it("hashes the ends of the field", async () => {
    const end = fc.constantFrom(0n, 1n, FIELD_ORDER - 1n, FIELD_ORDER - 2n, 1n << 253n);
    await fc.assert(
      fc.asyncProperty(end, fc.array(end, { minLength: 16, maxLength: 16 }), async (role, elements) => {
        expect(await onChain(role, elements)).toBe(sponge(hasher, role, elements));
      }),
      { numRuns: 8 },
    );
  });

  it("goes on from where a whole block ended", async () => {
    const elements = Array.from({ length: 20 }, (_, i) => element(i));
    const before = (await onChain(5n, elements.slice(0, 16))) as bigint;
    expect(await onChain(before, elements.slice(16))).toBe(sponge(hasher, 5n, elements));
  });

  it("refuses what is no element, no list, no width", async () => {
    await expect(onChain(FIELD_ORDER, [1n])).rejects.toThrow("NotInField");
    for (const at of [0, 15, 16]) {
      const elements = Array.from({ length: 17 }, (_, i) => (i === at ? FIELD_ORDER : 1n));
      await expect(onChain(0n, elements)).rejects.toThrow("NotInField");
    }
    await expect(onChain(0n, [])).rejects.toThrow("Empty");
    await expect(
      onChain(
        0n,
        Array.from({ length: 8 }, () => 1n),
      ),
    ).rejects.toThrow("WidthUnknown");
    await expect(anvil.send(contract, "addWidth", [9n, constants(8)])).rejects.toThrow("ConstantsWrong");
    await expect(anvil.send(contract, "addWidth", [18n, "0x"])).rejects.toThrow("WidthUnknown");
  });

  it("has the numbers of the TypeScript sources: npm run contracts writes them", () => {
    expect(readFileSync(join(PACKAGE_ROOT, "contracts", "Constants.sol"), "utf8")).toBe(constantsSource());
  });
});

import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { encodeFunctionResult, type Hex, keccak256, toHex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { summarize, summaryToJson } from "../../src/attest/summary.js";
import { verifyLight } from "../../src/attest/verifyLight.js";
import { connectChain } from "../../src/chain/connect.js";
import { compiled } from "../../src/chain/contracts.js";
import { askFinalised, notFinal } from "../../src/chain/finalised.js";
import { MOST_GAINS } from "../../src/chain/readableTable.js";
import { exchangeId, openRegistry } from "../../src/chain/registry.js";
import { PROOFS_ON_CHAIN, type RegistryTrust, registrySource } from "../../src/chain/registrySource.js";
import { lightInputs } from "../../src/cli/lightInputs.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { firstSeed, secondSeed } from "../../src/protocol/challenges.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";
import { checkText } from "../../src/report/checkText.js";
import { nextStep } from "../../src/report/nextStep.js";
import { failureCode } from "../../src/verifier/verdict.js";
import { TINY_MARKET, tinyTable } from "../support/tinyMarket.js";
import { forgedEpoch } from "../verifier/forgedEpoch.js";

const ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const STATEMENT = { exchange: "an exchange", epoch: "2026-11-24T08" };
const DIGEST = keccak256("0x01");
const ID = keccak256(toHex("an epoch"));

/** What the lying node answers to a method, and to each `eth_call` in turn. */
interface Lies {
  readonly chainId?: unknown;
  readonly code?: unknown;
  readonly calls?: readonly unknown[];
}
let lies: Lies;
let server: Server;
let url: string;

/** IEpochRegistry.keySetOf's answer. */
let keySet: (shapes: readonly object[]) => Hex;
/** IEpochRegistry.epochOf's answer: words in the order of the struct. */
let answered: (changed?: object) => Hex;

beforeAll(async () => {
  const { abi } = await compiled("EpochRegistry");
  keySet = (shapes) => encodeFunctionResult({ abi, functionName: "keySetOf", result: shapes as never });
  answered = (changed = {}) => {
    const zero = { deadline: 0n, batches: 1, tableSteps: 1, done: 2, instruments: 1, stress: 4, rows: 16 };
    const words = { tableDigest: DIGEST, tableKey: DIGEST, seed: DIGEST, digest: DIGEST, rest: DIGEST };
    const claim = {
      imfBp: 0,
      marginCallBp: 0,
      demands: 0,
      bond: 0n,
      demandsEnd: 0n,
      notedRest: DIGEST,
      endState: 0n,
      state: 0n,
    };
    const epoch = { status: 3, ...zero, exchange: exchangeId(STATEMENT.exchange), keySet: DIGEST, ...words };
    const result = { ...epoch, ...claim, ...changed };
    return encodeFunctionResult({ abi, functionName: "epochOf", result: result as never });
  };
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { id, method } = JSON.parse(body) as { id: number; method: string };
    const { chainId = "0x1", code = "0x00", calls = [ID, answered()] } = lies;
    const result = { eth_chainId: chainId, eth_getCode: code, eth_call: calls[asked] }[method];
    if (method === "eth_call") asked++;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret`;
});
afterAll(() => void server.close());

let asked = 0;
async function look(said: Lies, chainId?: number) {
  [lies, asked] = [said, 0];
  return askFinalised(await openRegistry(await connectChain(url, chainId), ADDRESS), STATEMENT);
}

describe("a registry's word", () => {
  const { bundle, pins, statement } = forgedEpoch(TINY_MARKET);
  const seed = secondSeed(firstSeed(statement), statement.weights);
  const digest = toHex(seed);
  const own = { exchange: statement.exchange, epoch: statement.epoch };
  const shapes = pins.map((pin) => ({
    id: pin.id,
    key: pin.keyDigest as Hex,
    table: pin.template === "table",
    rows: pin.template === "table" ? pin.rows : 0,
    stress: pin.template === "accounts" ? pin.stress : 0,
  }));
  const parts = { statement: bundle.statement, marketText: bundle.marketText };

  /** A light check on the word of a registry that answers so. */
  async function checked(
    epoch: object,
    said = shapes,
    trust: Partial<RegistryTrust> = {},
    table?: RiskTable,
  ) {
    [lies, asked] = [{ calls: [ID, answered({ digest, ...epoch }), keySet(said)] }, 0];
    const registry = await openRegistry(await connectChain(url, 1), ADDRESS);
    const source = await registrySource(registry, own, { pins, allowDevKeys: false, ...trust });
    const vouch: typeof source.vouch = (facts) => source.vouch({ ...facts, ...(table && { table }) });
    return verifyLight(parts, { hasher: bestPoseidon(), sources: [{ ...source, vouch }] });
  }

  it("is taken by a light check for this very statement, final, under keys of the reader's own list, and said to be its word", async () => {
    const found = await checked({});
    expect(found.verdict).toMatchObject({
      valid: true,
      attested: [{ by: "registry", address: ADDRESS, chainId: 1, developmentKeys: false }],
    });
    expect(found.verdict.notProved[0]).toBe(PROOFS_ON_CHAIN);
    const text = checkText(found, { status: "unknown" }, false);
    expect(text).toContain(`VALID, ON THE WORD OF registry ${ADDRESS} on chain 1: they say`);
    expect(text).toContain("Nobody here looked at a proof.");
    const [accounts, table] = [shapes[0]!, shapes[1]!];
    const refused: readonly (readonly [string, Awaited<ReturnType<typeof checked>>])[] = [
      ["REGISTRY_OTHER", await checked({ digest: DIGEST })],
      ["REGISTRY_UNKNOWN", await checked({ status: 0, digest: toHex(0n, { size: 32 }) })],
      ["REGISTRY_NOT_FINAL", await checked({ status: 2 })],
      ["REGISTRY_NOT_FINAL", await checked({ status: 5 })],
      ["REGISTRY_KEYS", await checked({}, shapes, { pins: pins.slice(1) })],
      ["REGISTRY_KEYS", await checked({}, [{ ...accounts, key: DIGEST }, table])],
      ["REGISTRY_KEYS", await checked({}, [{ ...accounts, id: table.id }, table])],
      ["REGISTRY_KEYS", await checked({}, [accounts, { ...accounts, stress: 0 }, table])],
      ["REGISTRY_KEYS", await checked({}, [accounts, { ...table, rows: 1 }])],
      [
        "KEY_DEVELOPMENT",
        await checked({}, shapes, { pins: pins.map((pin) => ({ ...pin, development: true })) }),
      ],
    ];
    for (const [code, { verdict }] of refused) {
      expect(verdict, code).toMatchObject({ valid: false, proved: false });
      expect(failureCode(verdict)).toBe(code);
      expect(nextStep(verdict)).toMatch(/\w/);
    }
  });

  it("is not taken on a table that no registry can read: nobody could have shown there that a claim is false", async () => {
    const stress = Array<bigint>(MOST_GAINS).fill(1n);
    const unreadable = { ...tinyTable, rows: tinyTable.rows.map((row) => ({ ...row, stress })) };
    const { verdict } = await checked({}, shapes, {}, unreadable);
    expect(verdict).toMatchObject({ valid: false, proved: false });
    expect(failureCode(verdict)).toBe("REGISTRY_TABLE");
  });

  it("is not taken for a summary, nor where nobody said of which chain", async () => {
    const summary = summaryToJson(summarize(statement, bestPoseidon()));
    const file = join(mkdtempSync(join(tmpdir(), "marginproof-registry-")), "summary.json");
    writeFileSync(file, JSON.stringify(summary));
    const market = join(dirname(file), "market.json");
    writeFileSync(market, bundle.marketText);
    const flags = { registry: ADDRESS, rpc: url, statement: file, market };
    const opening = JSON.stringify({});
    await expect(lightInputs(opening, { ...flags, chainId: 1 })).rejects.toMatchObject({
      code: "REGISTRY_SUMMARY",
    });
    await expect(lightInputs(opening, flags)).rejects.toMatchObject({ code: "CHECK_FLAGS" });
    writeFileSync(file, JSON.stringify(bundle.statement));
    lies = { chainId: "0x2" };
    await expect(lightInputs(opening, { ...flags, chainId: 1 })).rejects.toMatchObject({ code: "CHAIN_ID" });
    rmSync(dirname(file), { recursive: true });
  });
});

describe("a registry's answer", () => {
  it("says final only for this digest in state final", async () => {
    expect(notFinal(await look({}), DIGEST)).toBeUndefined();
    for (const status of [0, 1, 2, 4, 5, 6, 255]) {
      const found = await look({ calls: [ID, answered({ status })] });
      expect(notFinal(found, DIGEST)?.code).toMatch(/^REGISTRY_(NOT_FINAL|UNKNOWN)$/);
    }
    const other = await look({ calls: [ID, answered({ digest: ID })] });
    expect(notFinal(other, DIGEST)?.code).toBe("REGISTRY_OTHER");
  });

  it("names its chain as the node's word alone where nobody said which was meant", async () => {
    expect((await look({}, 1)).where).toBe(`registry ${ADDRESS} on chain 1`);
    expect((await look({})).where).toBe(
      `registry ${ADDRESS} on chain 1 (by the node's word: no --chain-id was given)`,
    );
    await expect(look({ chainId: "0x2" }, 1)).rejects.toMatchObject({ code: "CHAIN_ID" });
  });

  it.each<readonly [string, () => Lies]>([
    ["a chain id that is no number", () => ({ chainId: "zz" })],
    ["a chain id that is none", () => ({ chainId: null })],
    ["a chain id beyond exact numbers", () => ({ chainId: `0x1${"0".repeat(20)}1` })],
    ["an id that is cut off", () => ({ calls: ["0x12"] })],
    ["an id that is a number", () => ({ calls: [5] })],
    ["a state that is cut off", () => ({ calls: [ID, answered().slice(0, -64)] })],
    ["a state of half a digit", () => ({ calls: [ID, answered().slice(0, -1)] })],
    ["a state of no hex", () => ({ calls: [ID, answered().replace(/..$/, "zz")] })],
    ["a state that is an object", () => ({ calls: [ID, {}] })],
  ])("is refused with %s", async (_, said) => {
    await expect(look(said())).rejects.toMatchObject({ code: "RPC_ANSWER" });
    await expect(look(said())).rejects.not.toThrow("secret");
  });

  it.each(["0x", "zz", null])("is no registry's where it is %j", async (nothing) => {
    await expect(look({ calls: [nothing] })).rejects.toMatchObject({ code: "REGISTRY_ADDRESS" });
  });
});

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { encodeFunctionResult, type Hex, keccak256, toHex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectChain } from "../../src/chain/connect.js";
import { compiled } from "../../src/chain/contracts.js";
import { askFinalised, notFinal } from "../../src/chain/finalised.js";
import { exchangeId, openRegistry } from "../../src/chain/registry.js";

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

/** IEpochRegistry.epochOf's answer: words in the order of the struct. */
let answered: (changed?: object) => Hex;

beforeAll(async () => {
  const { abi } = await compiled("EpochRegistry");
  answered = (changed = {}) => {
    const zero = { deadline: 0n, batches: 1, tableSteps: 1, done: 2, instruments: 1, stress: 4, rows: 16 };
    const words = { tableDigest: DIGEST, tableKey: DIGEST, seed: DIGEST, digest: DIGEST, rest: DIGEST };
    const claim = {
      imfBp: 0,
      marginCallBp: 0,
      demands: 0,
      bond: 0n,
      demandsEnd: 0n,
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

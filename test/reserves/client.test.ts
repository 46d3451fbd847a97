import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { MarginproofError } from "../../src/errors.js";
import { rpcClient } from "../../src/reserves/rpc/client.js";
import { connect } from "../../src/reserves/rpc/node.js";
import { connectAll } from "../../src/reserves/rpc/nodes.js";

let server: Server | undefined;
afterEach(() => void server?.close());

/** A node that answers as told, at an address whose path is a secret. */
async function nodeOf(answer: RequestListener): Promise<string> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3/5ecre7?key=5ecre7`;
}
const saying = (text: string, status = 200): RequestListener => {
  return (_, response) => void response.writeHead(status).end(text);
};
const result = (value: unknown): string => JSON.stringify({ jsonrpc: "2.0", id: 1, result: value });

async function refusal(work: () => Promise<unknown>) {
  const error = await work().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(MarginproofError);
  const { code, message, exitCode, cause } = error as MarginproofError;
  expect(`${message} ${String(cause)}`).not.toContain("5ecre7");
  expect(exitCode).toBe(2);
  return `${code}: ${message}`;
}

it.each<[string, RequestListener, RegExp]>([
  ["a page", saying("<html>"), /^RPC_ANSWER: .*not JSON-RPC/],
  ["a number", saying("7"), /^RPC_ANSWER: .*not JSON-RPC/],
  ["nothing", saying(""), /^RPC_ANSWER: .*not JSON-RPC/],
  ["no result", saying("{}"), /^RPC_ANSWER: .*no result/],
  ["an empty result", saying(result(null)), /^RPC_ANSWER: .*no result/],
  ["an error", saying('{"error":{"message":"no such method"}}'), /^RPC_ANSWER: .*no such method/],
  ["status 401", saying("who are you", 401), /^RPC_UNREACHABLE: .*status 401/],
  [
    "a way elsewhere",
    (_, response) => void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
    /^RPC_UNREACHABLE: .*no answer/,
  ],
  ["half an answer", (_, response) => void response.socket?.destroy(), /^RPC_UNREACHABLE: .*no answer/],
  ["more than any", saying(" ".repeat(64 * 1024 * 1024 + 1)), /^RPC_ANSWER: .*longer than/],
])("a node that answers with %s is named by its host alone", async (_, answer, says) => {
  const rpc = rpcClient(await nodeOf(answer));
  expect(await refusal(() => rpc("eth_chainId", []))).toMatch(says);
});

it.each(["ftp://host/5ecre7", "host:8545", "", "http://"])("%j is no node's address", async (url) => {
  expect(await refusal(() => connect(url))).toMatch(/^RPC_UNREACHABLE: .*not an http or https address/);
});

it.each<[string, unknown]>([
  ["a chain id that is no number", "mainnet"],
  ["a chain id as a number", 1],
])("%s is refused", async (_, chainId) => {
  const url = await nodeOf(saying(result(chainId)));
  expect(await refusal(() => connect(url))).toMatch(/^RPC_ANSWER: .*chain id is not in the usual form/);
});

it("two nodes of one chain are refused", async () => {
  const url = await nodeOf(saying(result("0x1")));
  expect(await refusal(() => connectAll([url, url]))).toMatch(/^RPC_CHAIN: .*two nodes are of chain 1/);
});

it("proofs, blocks and calls in another form are refused", async () => {
  let answer: unknown = "0x1";
  const url = await nodeOf((_, response) => void response.end(result(answer)));
  const node = await connect(url);
  const asked: [unknown, () => Promise<unknown>][] = [
    [{ balance: "0x1", accountProof: "0x", storageProof: [] }, () => node.proofs("0x", [], 1)],
    [{ balance: "0x1", accountProof: ["0x1"], storageProof: [] }, () => node.proofs("0x", [], 1)],
    [{ balance: "0x1", accountProof: [], storageProof: [] }, () => node.proofs("0x", ["0x"], 1)],
    [{ balance: "1", accountProof: [], storageProof: [] }, () => node.proofs("0x", [], 1)],
    [{ number: "0x1" }, () => node.header(1)],
    ["0x123", () => node.call("0x", "0x", 1)],
    [7, () => node.newest()],
  ];
  for (const [said, ask] of asked) {
    answer = said;
    expect(await refusal(ask)).toMatch(/^RPC_ANSWER: .*not in the usual form/);
  }
});

import { MarginproofError } from "../../errors.js";
import { RESERVE_STEPS } from "../nextSteps.js";

/** One JSON-RPC call to a node; the result is whatever the node says. @throws MarginproofError RPC_UNREACHABLE, RPC_ANSWER */
export type Rpc = (method: string, params: readonly unknown[]) => Promise<unknown>;

/** Longest answer that is read: 256 storage proofs are some 3 MB. */
const MAX_ANSWER = 64 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/** A fault of a node, or of how it is reached. Addresses of nodes hold secrets in path and query: messages name the host alone. */
export function rpcError(code: string, url: string, problem: string, cause?: unknown): MarginproofError {
  return new MarginproofError(code, `node ${hostOf(url)}: ${problem}`, {
    kind: "io",
    hint: RESERVE_STEPS[code]!,
    ...(cause === undefined ? {} : { cause }),
  });
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return "(no address)";
  }
}

/** A client of the node at this http or https address. @throws MarginproofError RPC_UNREACHABLE when it is none */
export function rpcClient(url: string): Rpc {
  if (!/^https?:\/\/[^/]/.test(url) || hostOf(url) === "")
    throw rpcError("RPC_UNREACHABLE", url, "not an http or https address");
  let id = 0;
  return async (method, params) => {
    const request = JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params });
    const answer = parsed(url, method, await post(url, request));
    if (answer.error !== undefined && answer.error !== null) {
      const said = (answer.error as { message?: unknown }).message;
      throw rpcError("RPC_ANSWER", url, `${method}: ${String(said).slice(0, 200)}`);
    }
    if (answer.result === undefined || answer.result === null)
      throw rpcError("RPC_ANSWER", url, `${method}: no result`);
    return answer.result;
  };
}

async function post(url: string, body: string): Promise<string> {
  const headers = { "content-type": "application/json" };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "error" });
    const text = await boundedText(response);
    if (text === undefined)
      throw rpcError("RPC_ANSWER", url, `its answer is longer than ${MAX_ANSWER} bytes`);
    if (!response.ok) throw rpcError("RPC_UNREACHABLE", url, `it answered with status ${response.status}`);
    return text;
  } catch (cause) {
    if (cause instanceof MarginproofError) throw cause;
    // Messages of fetch may hold the whole address.
    throw rpcError("RPC_UNREACHABLE", url, "no answer");
  }
}

async function boundedText({ body }: Response): Promise<string | undefined> {
  if (body === null) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > MAX_ANSWER) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}

function parsed(url: string, method: string, text: string): { error?: unknown; result?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Told below.
  }
  throw rpcError("RPC_ANSWER", url, `${method}: its answer is not JSON-RPC`);
}

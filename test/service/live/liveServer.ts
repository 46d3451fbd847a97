import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import type { MarketJson } from "../../../src/market/schema.js";
import { run } from "../../cli/run.js";
import { TINY_MARKET } from "../../support/tinyMarket.js";
import { ServiceProcess } from "../process.js";
import { fresh } from "../support.js";

/** What the API says. */
export interface LiveAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was answered
  readonly json: any;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A server with a live book, and somebody who has every token. */
export class LiveServer {
  private constructor(
    readonly process: ServiceProcess,
    readonly url: string,
    private readonly flags: readonly string[],
    readonly tokens: Readonly<Record<"operator" | "auditor" | "publisher", string>>,
    private readonly issuer: KeyObject,
    private readonly before: string,
  ) {}

  static async start(flags: readonly string[]): Promise<LiveServer> {
    const [tokensFile, holderKey] = [fresh(".json"), fresh(".pem")];
    const token = (role: string): string =>
      run(["token", "--tokens", tokensFile, "--role", role, "--name", `${role}-1`]).out.trim();
    const tokens = { operator: token("operator"), auditor: token("auditor"), publisher: token("publisher") };
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    writeFileSync(holderKey, publicKey.export({ type: "spki", format: "pem" }));
    const all = [
      ...["--tokens", tokensFile, "--holder-key", holderKey, "--port", "0", "--rate", "100000"],
      ...flags,
    ];
    return LiveServer.of(all, tokens, privateKey, "");
  }

  private static async of(
    flags: readonly string[],
    tokens: LiveServer["tokens"],
    issuer: KeyObject,
    before: string,
  ): Promise<LiveServer> {
    const process = new ServiceProcess("serve", flags);
    return new LiveServer(process, await process.url(), flags, tokens, issuer, before);
  }

  /** The same server, started again. */
  again(): Promise<LiveServer> {
    return LiveServer.of(this.flags, this.tokens, this.issuer, this.text);
  }

  /** All that it wrote, before it was started again too. */
  get text(): string {
    return this.before + this.process.text;
  }

  holderToken(sub: string, more: object = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const claim = { sub, aud: TINY_MARKET.exchange, iat: now, exp: now + 600, ...more };
    const signed = `${part({ alg: "EdDSA" })}.${part(claim)}`;
    return `${signed}.${sign(null, Buffer.from(signed), this.issuer).toString("base64url")}`;
  }

  /** On a connection of its own: one kept from before may be closed while a test waits for a command. */
  async request(method: string, path: string, by: string, body?: object | Buffer, headers: object = {}) {
    const asked = request(`${this.url}${path}`, {
      ...{ method, agent: false },
      headers: {
        authorization: `Bearer ${by}`,
        ...(body === undefined || body instanceof Buffer ? {} : { "content-type": "application/json" }),
        ...headers,
      },
    });
    asked.end(body === undefined || body instanceof Buffer ? body : JSON.stringify(body));
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    const text = (await answer.setEncoding("utf8").toArray()).join("");
    return { status: answer.statusCode, json: text === "" ? undefined : JSON.parse(text) } as LiveAnswer;
  }

  call(method: string, path: string, by: string, body?: object | Buffer, headers: object = {}) {
    return this.request(method, `/v1/live${path}`, by, body, headers);
  }

  async begin(market: MarketJson, book: string): Promise<void> {
    const { operator } = this.tokens;
    const begun = await this.call("POST", "", operator, { market: JSON.stringify(market) });
    expect(begun, JSON.stringify(begun)).toMatchObject({ status: 201 });
    const zipped = { "content-type": "text/csv", "content-encoding": "gzip" };
    const sent = await this.call("PUT", "/accounts", operator, gzipSync(book), zipped);
    expect(sent, JSON.stringify(sent)).toMatchObject({ status: 200, json: { loaded: true } });
  }

  tick(markPrice: string): Promise<LiveAnswer> {
    const instruments = [{ symbol: "BTC-PERP", markPrice }];
    return this.call("POST", "/ticks", this.tokens.operator, { instruments });
  }

  /** Every epoch that it has. */
  async list(): Promise<readonly { readonly epoch: string; readonly state: string }[]> {
    return (await this.request("GET", "/v1/epochs", this.tokens.operator)).json.epochs;
  }
}

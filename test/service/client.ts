import { generateKeyPairSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { newToken } from "../../src/service/http/tokens.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { BOOK, fresh } from "./support.js";

const issuer = generateKeyPairSync("ed25519");
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Tokens of an exchange's own people and of its holders, and the files that a server is given to know them by. */
export class Credentials {
  readonly tokensFile = fresh(".json");
  readonly holderKeyFile = fresh(".pem");
  readonly tokens: Readonly<Record<"operator" | "auditor" | "publisher", string>>;

  constructor() {
    const made = (["operator", "auditor", "publisher"] as const).map((role) => ({
      role,
      ...newToken(role, role),
    }));
    this.tokens = Object.fromEntries(made.map(({ role, token }) => [role, token])) as typeof this.tokens;
    const list = { format: "marginproof/tokens/1", tokens: made.map(({ entry }) => entry) };
    writeFileSync(this.tokensFile, JSON.stringify(list));
    writeFileSync(this.holderKeyFile, issuer.publicKey.export({ type: "spki", format: "pem" }));
  }

  get flags(): string[] {
    return ["--tokens", this.tokensFile, "--holder-key", this.holderKeyFile];
  }

  /** As the exchange issues it to who is logged in. */
  holder(account: string): string {
    const now = Math.floor(Date.now() / 1000);
    const claim = { sub: account, aud: TINY_MARKET.exchange, iat: now, exp: now + 600 };
    const signed = `${part({ alg: "EdDSA", typ: "JWT" })}.${part(claim)}`;
    return `${signed}.${sign(null, Buffer.from(signed), issuer.privateKey).toString("base64url")}`;
  }
}

/** Of an epoch, what the API says of how far it is. */
interface EpochView {
  readonly state: string;
  readonly steps: number | null;
  readonly proved: number;
  readonly digest: string | null;
}

/** Speaks to one server. */
export class Client {
  constructor(
    readonly url: string,
    private readonly credentials: Credentials,
  ) {}

  send(
    method: string,
    path: string,
    by?: string,
    body?: string,
    type = "application/json",
  ): Promise<Response> {
    const headers = {
      // A test may wait longer than an idle connection is kept, and a request on one just closed is not sent again.
      connection: "close",
      ...(by === undefined ? {} : { authorization: `Bearer ${by}` }),
      ...(body === undefined ? {} : { "content-type": type }),
    };
    return fetch(`${this.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  }

  create(epoch: string): Promise<Response> {
    const body = { market: JSON.stringify({ ...TINY_MARKET, epoch }), profile: "test" };
    return this.send("POST", "/v1/epochs", this.credentials.tokens.operator, JSON.stringify(body));
  }

  upload(id: string): Promise<Response> {
    return this.send("PUT", `/v1/epochs/${id}/accounts`, this.credentials.tokens.operator, BOOK, "text/csv");
  }

  /** Follows an epoch until it is as it should be. */
  async followed(id: string, fits: (epoch: EpochView) => boolean): Promise<EpochView> {
    for (;;) {
      const answer = await this.send("GET", `/v1/epochs/${id}`, this.credentials.tokens.auditor);
      const epoch = (await answer.json()) as EpochView;
      if (/failed|held/.test(epoch.state)) throw new Error(`the epoch is ${epoch.state}`);
      if (fits(epoch)) return epoch;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  publish(id: string): Promise<Response> {
    return this.send("POST", `/v1/epochs/${id}/publish`, this.credentials.tokens.publisher);
  }

  /** Every byte that anybody can have of an epoch that is published, and a holder's file, by name. */
  async handedOut(id: string, account: string): Promise<Record<string, string>> {
    const { files } = (await (await this.send("GET", `/v1/epochs/${id}/bundle`)).json()) as {
      files: { name: string }[];
    };
    const found: Record<string, string> = {};
    for (const { name } of files) {
      found[name] = await (await this.send("GET", `/v1/epochs/${id}/bundle/${name}`)).text();
    }
    const holder = await this.send("GET", `/v1/epochs/${id}/holder`, this.credentials.holder(account));
    if (holder.status !== 200) throw new Error(`holder's file: ${await holder.text()}`);
    return { ...found, holder: await holder.text() };
  }
}

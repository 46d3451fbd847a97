import type { KeyObject } from "node:crypto";
import type { FastifyRequest, onRequestAsyncHookHandler } from "fastify";
import { MarginproofError } from "../../errors.js";
import { type HolderClaim, holderClaim } from "./holderToken.js";
import { type Role, type TokenList, whose } from "./tokens.js";

/** Who a request comes from, once its token was looked at. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
}

/** Looks at tokens as soon as a request's head is there: of whoever has none, no body is read. */
export class Guards {
  readonly #callers = new WeakMap<FastifyRequest, Caller>();
  readonly #holders = new WeakMap<FastifyRequest, HolderClaim>();

  constructor(
    private readonly tokens: TokenList,
    private readonly holderKey: KeyObject | undefined,
  ) {}

  /** Lets through the exchange's own people of these roles. @throws MarginproofError SERVICE_TOKEN, SERVICE_ROLE */
  roles(...roles: readonly Role[]): onRequestAsyncHookHandler {
    return async (request) => {
      const caller = whose(this.tokens, bearer(request));
      if (caller === undefined) throw noToken();
      if (!roles.includes(caller.role)) {
        throw new MarginproofError("SERVICE_ROLE", `a token of role ${caller.role} may not do this`, {
          kind: "usage",
          hint: `It takes one of role ${roles.join(" or ")}.`,
        });
      }
      this.#callers.set(request, caller);
    };
  }

  /** Lets through who has a token of one account, signed by the exchange. @throws MarginproofError SERVICE_TOKEN */
  get holder(): onRequestAsyncHookHandler {
    return async (request) => {
      const claim = this.holderKey === undefined ? undefined : holderClaim(this.holderKey, bearer(request));
      if (claim === undefined) throw noToken();
      this.#holders.set(request, claim);
    };
  }

  /** Of a request that `roles` let through. */
  caller = (request: FastifyRequest): Caller => this.#callers.get(request)!;
  /** Of a request that `holder` let through. */
  claim = (request: FastifyRequest): HolderClaim => this.#holders.get(request)!;
}

const bearer = ({ headers }: FastifyRequest): string =>
  /^Bearer ([\x21-\x7e]{1,4096})$/i.exec(headers.authorization ?? "")?.[1] ?? "";

const noToken = (): MarginproofError =>
  new MarginproofError("SERVICE_TOKEN", "the token is missing, unknown or out of date", {
    kind: "usage",
    hint: "Send it as: Authorization: Bearer TOKEN",
  });

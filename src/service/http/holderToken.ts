import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { MarginproofError } from "../../errors.js";
import { parseStrictJson } from "../../protocol/strictJson.js";

/** A token lives this long at most: it is asked for anew with every visit. */
const MOST_SECONDS = 900;
/** How far the clocks of issuer and server may differ. */
const SKEW_SECONDS = 60;
const MOST_CHARACTERS = 4096;
const PART = /^[A-Za-z0-9_-]+$/;

/** The issuer's Ed25519 key: the server can check tokens, and issue none. @throws MarginproofError SERVICE_TOKENS */
export function parseHolderKey(text: string, path: string): KeyObject {
  try {
    const key = createPublicKey(text);
    if (key.asymmetricKeyType !== "ed25519" || text.includes("PRIVATE"))
      throw new Error("not an Ed25519 public key");
    return key;
  } catch (cause) {
    throw new MarginproofError("SERVICE_TOKENS", `holders' key ${path}: ${(cause as Error).message}`, {
      kind: "usage",
      cause,
      hint: "Give the public half, as PEM: openssl pkey -in holders.pem -pubout",
    });
  }
}

/** What a good token says: one account of one exchange. */
export interface HolderClaim {
  readonly account: string;
  readonly exchange: string;
}

/**
 * Reads a holder's token: a JWT signed with EdDSA, as any library makes them, with `sub` the account, `aud` the exchange, `iat` and `exp` at
 * most 15 minutes apart, and not before `nbf` if that is there. No other algorithm is known here, so none can be talked into.
 * @returns undefined for any other
 */
export function holderClaim(key: KeyObject, token: string, now = Date.now() / 1000): HolderClaim | undefined {
  const parts = token.length > MOST_CHARACTERS ? [] : token.split(".");
  const [head, body, signature] = parts;
  if (parts.length !== 3 || !parts.every((part) => PART.test(part))) return undefined;
  const { alg, crit } = json(head!) ?? {};
  // An extension that the issuer calls critical, and that is not known here (RFC 7515, 4.1.11).
  if (alg !== "EdDSA" || crit !== undefined) return undefined;
  const signed = verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(signature!, "base64url"));
  if (!signed) return undefined;
  const { sub, aud, iat, exp, nbf = iat } = json(body!) ?? {};
  if (typeof sub !== "string" || typeof aud !== "string" || sub === "") return undefined;
  if (typeof iat !== "number" || typeof exp !== "number" || typeof nbf !== "number") return undefined;
  if (!(nbf <= now + SKEW_SECONDS)) return undefined;
  if (!(exp > now) || !(iat <= now + SKEW_SECONDS) || !(exp - iat <= MOST_SECONDS)) return undefined;
  return { account: sub, exchange: aud };
}

function json(part: string): Record<string, unknown> | undefined {
  try {
    // Of a claim that stands there twice, another reader would take the other one.
    const value: unknown = parseStrictJson(Buffer.from(part, "base64url").toString("utf8"), "token");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

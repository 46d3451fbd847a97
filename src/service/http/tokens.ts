import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { MarginproofError } from "../../errors.js";
import { parseStrictJson } from "../../protocol/strictJson.js";
import * as z from "../../schema/index.js";
import { HOLDER } from "../store/auditLog.js";

/** What the exchange's own people may do: bring epochs in; read private aggregates; make epochs public. */
const ROLES = ["operator", "auditor", "publisher"] as const;
export type Role = (typeof ROLES)[number];

const schema = z.strictObject({
  format: z.literal("marginproof/tokens/1"),
  tokens: z.array(
    z.strictObject({
      /** Stands in logs. */
      name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
      role: z.enum(ROLES),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

/** The tokens that a server takes, each by its digest alone. */
export type TokenList = z.infer<typeof schema>;

const digest = (token: string): Buffer => createHash("sha256").update(token).digest();

/** @throws MarginproofError SERVICE_TOKENS, JSON_TOO_LARGE, JSON_INVALID, JSON_DUPLICATE_KEY */
export function parseTokens(text: string, path: string): TokenList {
  const read = schema.safeParse(parseStrictJson(text, path, { kind: "usage" }));
  const problem = read.success ? ambiguity(read.data) : (read.error.issues[0]?.message ?? "not valid");
  if (read.success && problem === undefined) return read.data;
  throw new MarginproofError("SERVICE_TOKENS", `list of tokens ${path}: ${problem}`, {
    kind: "usage",
    hint: "Let marginproof token write it, each token under a name of its own.",
  });
}

/** By its name an entry of the log of disclosures says who was given what, so a name is one token's. */
function ambiguity({ tokens }: TokenList): string | undefined {
  const seen = new Set([HOLDER]);
  for (const { name, sha256 } of tokens) {
    if (name === HOLDER) return `${HOLDER} is what the log calls every holder`;
    if (seen.has(name)) return `${name} is in it already`;
    if (seen.has(sha256)) return `${name} has another entry's digest`;
    seen.add(name).add(sha256);
  }
  return undefined;
}

/** A new token, and its entry for the list: the token itself is kept nowhere. */
export function newToken(
  role: Role,
  name: string,
): { readonly token: string; readonly entry: TokenList["tokens"][number] } {
  const token = `mp-${role}-${randomBytes(32).toString("base64url")}`;
  return { token, entry: { name, role, sha256: digest(token).toString("hex") } };
}

/** Whose token this is. Takes as long for any token: every entry is compared, in constant time. */
export function whose(
  { tokens }: TokenList,
  token: string,
): { readonly name: string; readonly role: Role } | undefined {
  const own = digest(token);
  let found: TokenList["tokens"][number] | undefined;
  for (const entry of tokens) if (timingSafeEqual(own, Buffer.from(entry.sha256, "hex"))) found = entry;
  return found;
}

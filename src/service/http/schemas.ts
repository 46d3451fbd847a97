import type { FastifyRequest } from "fastify";

/** JSON schemas that several routes use. */
export const idParams = {
  type: "object",
  required: ["id"],
  properties: { id: { type: "string", pattern: "^[0-9a-f]{32}$", description: "Id of the epoch." } },
} as const;
/** Of a request with such parameters. */
export const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;

const nullableText = { type: ["string", "null"] } as const;

export const epochSchema = {
  type: "object",
  required: [
    "id",
    "exchange",
    "epoch",
    "state",
    "profile",
    "steps",
    "proved",
    "digest",
    "setAside",
    "problem",
  ],
  properties: {
    id: { type: "string" },
    exchange: { type: "string" },
    epoch: { type: "string" },
    state: {
      type: "string",
      description:
        "receiving, queued, committing, proving, finishing, proved, published, held, failed or cancelled",
    },
    profile: { type: "string" },
    steps: { type: ["integer", "null"], description: "How many there are; null before they are counted." },
    proved: { type: "integer" },
    digest: { ...nullableText, description: "Digest of the statement: what to anchor." },
    setAside: { type: "array", items: { type: "integer" }, description: "Steps that failed at every try." },
    problem: {
      type: ["object", "null"],
      required: ["code", "message"],
      properties: {
        code: { type: "string" },
        message: { ...nullableText, description: "For the operator alone: may name accounts." },
      },
    },
    accountsKept: {
      type: "boolean",
      description: "Doctor may be asked about them; of an epoch that is receiving: they wait to be resumed.",
    },
    upload: {
      ...nullableText,
      description:
        "Which accounts are kept: one name each time some come in. Null: none, or what is kept does not open.",
    },
    created: { type: "string" },
    published: nullableText,
  },
} as const;

/** What a request to hold accounts says. */
export const HOLD = "Keep them and do not begin to prove: resume does, and other accounts take their place.";

export const errors = { "4xx": { $ref: "problem#" }, "5xx": { $ref: "problem#" } } as const;
/** An answer that is no JSON. */
export const textOf = (description: string, ...types: readonly string[]) => ({
  description,
  content: Object.fromEntries(types.map((type) => [type, { schema: { type: "string" } }])),
});
/** A document whose form docs/ describe. */
export const anyObject = { type: "object", additionalProperties: true } as const;
/** Takes one of the exchange's tokens. */
export const byRole = [{ role: [] }];
/** Takes a holder's token. */
export const byHolder = [{ holder: [] }];

import type { FastifyError } from "fastify";
import { MarginproofError } from "../../errors.js";

/** RFC 9457, with the project's stable code. */
export interface Problem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly next: string | null;
  /** Id of the request, as in the log. */
  readonly instance: string;
}

export const problemSchema = {
  $id: "problem",
  type: "object",
  required: ["type", "title", "status", "code", "detail", "next", "instance"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string", description: "Stable: docs/errors.md lists them." },
    detail: { type: "string" },
    next: { type: ["string", "null"], description: "What to do next." },
    instance: { type: "string", description: "Id of the request, as in the server's log." },
  },
} as const;

const STATUS: Readonly<Record<string, number>> = {
  SERVICE_NOT_FOUND: 404,
  DISCLOSE_NO_ACCOUNT: 404,
  SERVICE_TOKEN: 401,
  SERVICE_ROLE: 403,
  SERVICE_EPOCH_STATE: 409,
  EPOCH_PUBLISHED: 409,
  SERVICE_LIVE_NONE: 409,
  SERVICE_LIVE_MARKET: 409,
  SERVICE_LIVE_FREE: 409,
  SERVICE_LIVE_POLLED: 409,
  SERVICE_TOO_LARGE: 413,
  SERVICE_RANGE: 416,
  SERVICE_RATE: 429,
};
const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** What a client is told of an error. Of one that is not the client's, nothing but its code: words may be private. */
export function problemOf(error: unknown, instance: string): Problem {
  const told = asMarginproof(error);
  const status =
    STATUS[told.code] ?? (told.options.kind === "io" ? 503 : told.code === "UNEXPECTED" ? 500 : 400);
  return {
    type: "about:blank",
    title: TITLES[status] ?? "Error",
    status,
    code: told.code,
    detail: status >= 500 ? "The server could not do this now." : told.message,
    next:
      status >= 500 ? "Try again; the server's log has the id of this request." : (told.options.hint ?? null),
    instance,
  };
}

function asMarginproof(error: unknown): MarginproofError {
  if (error instanceof MarginproofError) return error;
  const { statusCode = 500, message, code } = error as FastifyError;
  if (statusCode === 413)
    return new MarginproofError("SERVICE_TOO_LARGE", "the body is too long", { kind: "usage" });
  if (statusCode === 429) {
    return new MarginproofError("SERVICE_RATE", "too many requests from this address", {
      kind: "usage",
      hint: "Wait as long as the header retry-after says.",
    });
  }
  if (statusCode < 500) {
    return new MarginproofError(
      "SERVICE_REQUEST",
      code === undefined ? "the request is not valid" : message,
      {
        kind: "usage",
        hint: "GET /openapi.json says what every request looks like.",
      },
    );
  }
  return new MarginproofError("UNEXPECTED", "unexpected");
}

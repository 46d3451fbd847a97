import { anyObject } from "./schemas.js";

const call = {
  type: "object",
  required: ["id", "exchange", "epoch", "state", "digest", "tick", "created", "problem"],
  properties: {
    id: { type: "string" },
    exchange: { type: "string" },
    epoch: {
      type: "string",
      description: "Name of the epoch: time of the prices, and what names no account.",
    },
    state: { type: "string", description: "As of any epoch; proved is the last." },
    digest: { type: ["string", "null"], description: "Digest of the statement." },
    tick: { type: "integer", description: "Tick of the live book whose prices it is under." },
    created: { type: "string" },
    problem: { type: ["string", "null"], description: "Code of what went wrong last." },
  },
} as const;

export const callListSchema = {
  type: "object",
  properties: { calls: { type: "array", items: call } },
} as const;

export const callSchema = {
  ...call,
  properties: {
    ...call.properties,
    bundle: {
      type: "object",
      description: "Once it is proved: the bundle's files by name, each a text.",
      additionalProperties: { type: "string" },
    },
    opening: { ...anyObject, description: "Once it is proved: the holder's file." },
  },
} as const;

export const newCallBody = {
  type: "object",
  required: ["account"],
  additionalProperties: false,
  properties: {
    account: {
      type: "string",
      minLength: 1,
      description: "In margin call or worse: all its pockets are proved.",
    },
    profile: { type: "string", description: "Profile of the keys, if it is not to be one." },
  },
} as const;

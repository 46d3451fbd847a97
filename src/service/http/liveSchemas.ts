import { idParams } from "./schemas.js";

const decimalText = { type: "string", description: "Decimal text in quote currency." } as const;
const bandName = {
  type: "string",
  description: "bankrupt, liquidation, reduceOnly, marginCall or free",
} as const;
const short = { type: "string", maxLength: 128 } as const;

export const liveSchema = {
  type: "object",
  required: ["id", "exchange", "time", "loaded", "tick", "accounts", "clearBp"],
  properties: {
    id: { type: "string", description: "Of this book: another one has another." },
    exchange: { type: "string" },
    time: { type: "string", description: "Of the prices." },
    loaded: { type: "boolean", description: "Whether its accounts are there." },
    tick: { type: "integer", description: "Ticks so far." },
    accounts: { type: "integer", description: "Margin accounts when they were last taken in." },
    clearBp: {
      type: "integer",
      description: "By how much of its initial requirement an account must be clear.",
    },
    source: {
      type: ["object", "null"],
      description: "The source that it was read from; null: none.",
      required: ["name", "everySeconds", "moment", "last"],
      properties: {
        name: { type: "string" },
        everySeconds: { type: ["integer", "null"], description: "Null: it is not read again." },
        moment: { type: "string", description: "Of the database, by its clock: what the book shows." },
        last: {
          type: "object",
          required: ["at", "code"],
          properties: {
            at: { type: "string", description: "When the last read ended." },
            code: { type: ["string", "null"], description: "What was in its way; null: it was taken in." },
          },
        },
      },
    },
    bands: {
      type: "object",
      description: "Accounts by band: as they are (band), and as announced.",
      additionalProperties: { type: "object", additionalProperties: { type: "integer" } },
    },
  },
} as const;

export const liveAccountSchema = {
  type: "object",
  properties: {
    ...{ account: { type: "string" }, pocket: { type: "string" }, band: bandName, announced: bandName },
    ...{ equity: decimalText, maintenance: decimalText, initial: decimalText },
  },
} as const;

export const newLiveBody = {
  type: "object",
  additionalProperties: false,
  properties: {
    market: { type: "string", minLength: 2, description: "The text of a market file; the accounts follow." },
    model: {
      type: "string",
      minLength: 2,
      description: "The private model, if the market file has secret rates.",
    },
    epoch: { ...idParams.properties.id, description: "Instead: market and accounts of this epoch." },
    clearBp: {
      ...{ type: "integer", minimum: 0, maximum: 10_000, default: 100 },
      description:
        "Hysteresis: a better band is announced when the account would be in it with its equity lowered by so many 1/10000 of its initial requirement.",
    },
  },
} as const;

export const readBody = {
  type: "object",
  required: ["source"],
  additionalProperties: false,
  properties: {
    source: { type: "string", maxLength: 64, description: "A name in the server's list of sources." },
    everySeconds: {
      ...{ type: "integer", minimum: 2, maximum: 86_400 },
      description: "Read it again so many seconds after each read has ended. Without: not again.",
    },
  },
} as const;

export const tickBody = {
  type: "object",
  additionalProperties: false,
  properties: {
    time: { type: "string", description: "Of the prices, as in a market file." },
    instruments: {
      type: "array",
      description:
        "Figures that moved; all others stay. Gains are not worked out from prices: give those that move.",
      items: {
        type: "object",
        required: ["symbol"],
        additionalProperties: false,
        properties: {
          ...{ symbol: short, markPrice: short, notionalPrice: short },
          stressGains: { type: "array", items: short },
          scenarioGains: { type: "object", additionalProperties: { type: "array", items: {} } },
        },
      },
    },
    market: { type: "string", minLength: 2, description: "Instead: the text of a whole market file." },
  },
} as const;

export const rowsBody = {
  type: "object",
  required: ["rows"],
  additionalProperties: false,
  properties: {
    rows: {
      type: "array",
      description: "As an accounts file has them: each is added to what the pocket holds.",
      items: {
        type: "object",
        required: ["account", "instrument", "quantity"],
        additionalProperties: false,
        properties: {
          ...{ account: { type: "string" }, pocket: short, instrument: short, quantity: short },
          ...{ side: short, leverage: short, entry_price: short },
        },
      },
    },
  },
} as const;

export const outcomeSchema = {
  type: "object",
  required: ["tick", "moved", "evaluated", "events", "seconds"],
  properties: {
    tick: { type: "integer" },
    moved: {
      type: ["integer", "null"],
      description: "Instruments that moved; null: all accounts are concerned.",
    },
    evaluated: { type: "integer", description: "Margin accounts." },
    events: { type: "integer", description: "Accounts announced in another band." },
    seconds: { type: "number" },
  },
} as const;

/** A room of src/: which rooms and packages its files may import, and whether a browser runs it. */
export interface Room {
  readonly browser: boolean;
  /** Rooms above it in the list of rooms, and no others: so there is no circle. */
  readonly rooms: readonly string[];
  /** npm packages. Node's own modules are open to exactly the rooms that no browser runs. */
  readonly packages: readonly string[];
}

const browser = (rooms: string[], packages: string[] = []): Room => ({ browser: true, rooms, packages });
const node = (rooms: string[], packages: string[] = []): Room => ({ browser: false, rooms, packages });

/**
 * The rooms of src/ from the ground up, and what each may import. `errors` is src/errors.ts (and `nextSteps`, its default hints), `index` src/index.ts.
 * The README.md of each room says the same in words; test/walls/walls.test.ts compares them.
 */
export const ROOMS: Readonly<Record<string, Room>> = {
  errors: browser([]),
  wasm: browser([]),
  field: browser(["errors", "wasm"], ["@noble/curves", "@noble/hashes"]),
  decimal: browser(["errors"]),
  yaml: browser(["errors"], ["yaml"]),
  schema: browser([]),
  protocol: browser(["errors", "field", "schema"]),
  market: browser(["errors", "field", "decimal", "schema", "protocol"]),
  signing: browser(["errors", "field"], ["@noble/curves"]),
  prices: browser(["errors", "field", "decimal", "schema", "protocol", "market", "signing"]),
  models: browser(["errors", "market"], ["decimal.js"]),
  verifier: browser(
    ["errors", "field", "decimal", "schema", "protocol", "market", "prices"],
    ["@noble/curves"],
  ),
  rules: browser(
    ["errors", "field", "decimal", "yaml", "protocol", "market", "prices", "models", "verifier"],
    ["zod"],
  ),
  holder: browser(["errors", "field", "schema", "protocol", "market", "verifier"]),
  attest: browser([
    "errors",
    "field",
    "schema",
    "protocol",
    "market",
    "signing",
    "prices",
    "verifier",
    "holder",
  ]),
  reserves: browser(
    ["errors", "field", "decimal", "schema", "protocol", "market", "signing", "prices", "verifier"],
    ["@noble/curves", "@noble/hashes", "@scure/base"],
  ),
  report: browser([
    "errors",
    "field",
    "decimal",
    "protocol",
    "market",
    "prices",
    "verifier",
    "rules",
    "holder",
    "attest",
    "reserves",
  ]),
  embed: browser(["errors", "field", "protocol", "prices", "verifier", "holder", "attest", "report"]),
  web: browser([
    "errors",
    "decimal",
    "protocol",
    "market",
    "prices",
    "verifier",
    "holder",
    "attest",
    "report",
    "embed",
  ]),
  board: browser([], ["uplot"]),
  files: node(["errors", "field", "protocol", "prices", "verifier"]),
  accounts: node(
    ["errors", "decimal", "yaml", "protocol", "files"],
    ["@noble/hashes", "csv-parse", "fzstd", "hyparquet", "pg", "xxhash-wasm"],
  ),
  keys: node(
    ["errors", "field", "schema", "protocol", "verifier", "report", "files"],
    ["circom2", "circomlib", "snarkjs", "wasmcurves"],
  ),
  prover: node(
    [
      "errors",
      "wasm",
      "field",
      "decimal",
      "schema",
      "protocol",
      "market",
      "prices",
      "verifier",
      "holder",
      "files",
      "accounts",
      "keys",
    ],
    ["libsql", "snarkjs"],
  ),
  sample: node(["errors", "decimal", "protocol", "market", "models", "files"], ["@noble/hashes"]),
  reference: node(["protocol", "market"], ["decimal.js"]),
  chain: node(["errors", "field", "protocol", "market", "reserves", "verifier", "attest", "files"], ["viem"]),
  service: node(
    [
      "errors",
      "field",
      "decimal",
      "schema",
      "protocol",
      "market",
      "verifier",
      "holder",
      "report",
      "files",
      "keys",
      "prover",
    ],
    ["@electric-sql/pglite", "@fastify/rate-limit", "@fastify/swagger", "fastify", "pg", "pg-boss"],
  ),
  cli: node(
    [
      "errors",
      "field",
      "schema",
      "protocol",
      "market",
      "signing",
      "prices",
      "verifier",
      "rules",
      "holder",
      "attest",
      "reserves",
      "report",
      "files",
      "accounts",
      "keys",
      "prover",
      "sample",
      "chain",
      "service",
    ],
    ["commander", "vega"],
  ),
  index: node([
    "errors",
    "field",
    "protocol",
    "market",
    "prices",
    "verifier",
    "rules",
    "holder",
    "attest",
    "reserves",
    "files",
    "keys",
    "prover",
  ]),
};

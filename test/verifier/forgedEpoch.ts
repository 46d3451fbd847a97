import { toFieldHex } from "../../src/field/encoding.js";
import { poseidon } from "../../src/field/poseidon/poseidon.js";
import { canonicalMarketDigest, compileTable, type MarketJson, parseMarket } from "../../src/market/index.js";
import { lanesEnd } from "../../src/protocol/chain.js";
import { firstChallenges, firstSeed, secondChallenges, secondSeed } from "../../src/protocol/challenges.js";
import { type Instance, instanceId, signalNames } from "../../src/protocol/circuits.js";
import { foldTable } from "../../src/protocol/fold.js";
import { stateCommitment, ZERO_STATE, ZERO_TOTALS } from "../../src/protocol/state.js";
import { type Statement, statementToJson } from "../../src/protocol/statement.js";
import { signalVector, stepSignals } from "../../src/protocol/stepSignals.js";
import { tableParts } from "../../src/protocol/tableParts.js";
import type { BundleParts } from "../../src/verifier/bundle.js";
import { laneTotals } from "../../src/verifier/checks/solvency.js";
import { verifyingKeyDigest } from "../../src/verifier/groth16/verifyingKey.js";
import type { PinnedKey } from "../../src/verifier/pins.js";
import { type ToyKey, toyKey, toyProof } from "./groth16/toy.js";

const STRESS = 4;
const TEMPLATES = ["accounts", "table", "privateTable"] as const;
type Template = (typeof TEMPLATES)[number];
const KEYS = Object.fromEntries(
  TEMPLATES.map((template, n) => [template, toyKey(n + 1, signalNames(template).length)]),
) as Record<Template, ToyKey>;
const DIGESTS = Object.fromEntries(
  TEMPLATES.map((template) => [template, verifyingKeyDigest(KEYS[template].json)]),
) as Record<Template, Uint8Array>;

/** What a forger's statement may say otherwise. */
type Said = Partial<Pick<Statement, "quantities" | "totals">>;

/**
 * A published epoch that nobody's accounts stand behind, proved in milliseconds: whoever knows the secrets of a setup can
 * prove whatever adds up. All public table rows are in one step. `pins` are the forger's keys.
 */
export function forgedEpoch(
  json: MarketJson,
  said: Said = {},
  accountSteps = 1,
): { readonly bundle: BundleParts; readonly pins: PinnedKey[]; readonly statement: Statement } {
  const market = parseMarket(json);
  const table = compileTable(market);
  const privateRows = market.privateRules?.rowsPerStep ?? 0;
  const parts = tableParts(table, table.rows.length, privateRows).map((part) =>
    part.private ? part : { ...part, size: part.end - part.first },
  );
  const publicRows = parts[0]!.size;
  const named = (shape: object): Instance => ({ ...shape, id: instanceId(shape as Instance) }) as Instance;
  const shapes: Record<Template, Instance> = {
    accounts: named({ ...{ template: "accounts", accounts: 2, bracketed: 1, flat: 1 }, ...NO_GROUPS }),
    table: named({ template: "table", rows: publicRows }),
    privateTable: named({ template: "privateTable", rows: privateRows }),
  };
  const use = (template: Template) => ({ shape: shapes[template].id, keyDigest: DIGESTS[template] });
  const templateOf = (secret: boolean): Template => (secret ? "privateTable" : "table");
  const statement: Statement = {
    exchange: market.exchange,
    epoch: market.epoch,
    time: market.time,
    marketDigest: canonicalMarketDigest(market),
    tableDigest: table.digest,
    batches: Array.from({ length: accountSteps }, (_, n) => ({
      ...use("accounts"),
      leafRoot: BigInt(n + 5),
    })),
    tableSteps: parts.map((part, step) => ({ ...use(templateOf(part.private)), totals: BigInt(step + 6) })),
    weights: parts.map((_, step) => BigInt(step + 60)),
    instruments: table.instruments.map(({ symbol }) => symbol),
    quantities: table.instruments.map(() => ({ long: 0n, short: 0n })),
    totals: ZERO_TOTALS,
    ...said,
  };
  const steps = forgedSteps(statement, {
    table,
    parts: tableParts(table, publicRows, privateRows),
    rateCommitments: (market.privateRules?.commitments ?? []).map(BigInt),
  });
  const used = market.privateRules === undefined ? (["accounts", "table"] as const) : TEMPLATES;
  const verifyingKeys = Object.fromEntries(used.map((name) => [hex(DIGESTS[name]), KEYS[name].json]));
  return {
    bundle: { statement: statementToJson(statement), marketText: JSON.stringify(json), steps, verifyingKeys },
    pins: used.map((name) => ({ ...shapes[name], keyDigest: hex(DIGESTS[name]), development: false })),
    statement,
  };
}

const NO_GROUPS = { groups: 0, scenarios: 0, stress: STRESS };
const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;

/** Steps that end in what the statement says, each with a proof of exactly its public signals. */
function forgedSteps(
  statement: Statement,
  known: Pick<Parameters<typeof stepSignals>[1], "parts" | "rateCommitments"> & {
    readonly table: ReturnType<typeof compileTable>;
  },
): object[] {
  const { table } = known;
  const seed1 = firstSeed(statement);
  const challenges = { ...firstChallenges(seed1), ...secondChallenges(secondSeed(seed1, statement.weights)) };
  const lanes = lanesEnd(challenges.tau, laneTotals(table, statement));
  const end = stateCommitment(poseidon, { lookup: 0n, balance: 0n, lanes, totals: statement.totals }, 0n);
  const count = statement.batches.length + statement.tableSteps.length;
  const folded = foldTable(table, challenges);
  let stateIn = stateCommitment(poseidon, ZERO_STATE, 0n);
  return [...stepSignals(poseidon, { ...known, statement, folded, challenges })].map((step, index) => {
    const stateOut = index === count - 1 ? end : BigInt(index + 1000);
    const signals = signalVector(step, { stateIn, stateOut });
    stateIn = stateOut;
    return { stateOut: toFieldHex(stateOut), proof: toyProof(KEYS[step.template], signals, index) };
  });
}

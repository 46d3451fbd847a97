import { add, batchInverse, fromSigned, inverse, mul, sub } from "../../src/field/element.js";
import type { AccountRecord, Batch, Slot } from "../../src/protocol/accountRecord.js";
import { addToTotals, afterTableStep, batchWeight, lanesEnd } from "../../src/protocol/chain.js";
import {
  type Challenges,
  type Commitments,
  firstChallenges,
  firstSeed,
  secondChallenges,
  secondSeed,
} from "../../src/protocol/challenges.js";
import { orderSignals } from "../../src/protocol/circuits.js";
import { DEEP_KEYS, DEEP_MARK, FLAT_MARK } from "../../src/protocol/constants.js";
import { columnsHash, foldTable, privateColumnsHash, stepRows } from "../../src/protocol/fold.js";
import { partSteps, ratesCommitment, withRates } from "../../src/protocol/rates.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";
import {
  indexRows,
  laneQuantities,
  type RowOfKey,
  RowSums,
  totalsCommitment,
  weightsCommitment,
} from "../../src/protocol/rowSums.js";
import {
  type ChainState,
  stateCommitment,
  TOTAL_NAMES,
  type Totals,
  ZERO_STATE,
  ZERO_TOTALS,
} from "../../src/protocol/state.js";
import type { TablePart } from "../../src/protocol/tableParts.js";
import { batchTree } from "../../src/prover/batchTree.js";
import { epochParts, type SecretRates, type Step } from "../../src/prover/epochInputs.js";
import { accountStepInput, privateTableStepInput, tableStepInput } from "../../src/prover/stepInput.js";
import { tinyInputs } from "../support/tinyEpoch.js";
import { tinyTable } from "../support/tinyMarket.js";
import { attackedCircuit } from "./supportCircuit.js";
import { cheatingProver, type Forced } from "./supportWitness.js";

export type FirstChallenges = Pick<Challenges, "rho" | "beta" | "gamma" | "tau">;

/** What a dishonest exchange may say differently; everything left out, it computes as the circuits do. */
export interface Lies {
  readonly table?: RiskTable;
  /** Secret rates, as committed to; the table has them filled in. */
  readonly secret?: SecretRates;
  /** Proves other rates than the committed ones, under the same blinding: per row of the table. */
  readonly ratesAfterwards?: SecretRates["steps"];
  /** Names of the epoch: another epoch has other challenges. */
  readonly epoch?: string;
  /** Alters N and A of the rows, which are committed before the challenges. */
  rowSums?(sums: RowSums, rows: RowOfKey): void;
  /** Alters the published totals. */
  totals?(honest: Totals): Totals;
  /** Alters the published quantities, by lane. */
  quantities?(honest: bigint[]): void;
  /** Alters the weighted sums, which are committed when rho, beta, gamma and tau are known. */
  weights?(sums: RowSums, rows: RowOfKey, challenges: FirstChallenges): void;
  /** Proves other accounts than the committed ones, chosen when all challenges are known. */
  afterwards?(book: readonly Batch[], challenges: Challenges): readonly Batch[];
  /** The index whose weights the exchange uses for a batch. */
  weightIndex?(batch: number): number;
  /** Signals that the exchange dictates in a step. */
  forced?(step: number): Forced;
}

/** What a verifier says to the lie. */
export interface Outcome {
  /**
   * Every check that fails: `step N: signal ...` (the circuit, with the signals of the first broken constraint),
   * `step N: public signals` (not those that the verifier derives), `end: lookup` and so on (the last state).
   */
  readonly caught: readonly string[];
  readonly steps: readonly Step[];
  readonly challenges: Challenges;
  readonly commitments: Commitments;
}

/** The lookup value that the circuit gives a slot. */
const claimedLookup = (slot: Slot, flat: boolean): bigint => {
  if (flat) return BigInt(slot.key) + FLAT_MARK;
  const mark = slot.key < DEEP_KEYS ? 0n : DEEP_MARK - BigInt(DEEP_KEYS);
  return BigInt(slot.key) + mark + ((slot.offset + slot.complement) << 16n);
};

/** An account's equation as circuits/lib/account.circom folds it, from what the account claims. */
export function claimedEquation(account: AccountRecord, imfBp: bigint, beta: bigint, gamma: bigint): bigint {
  const worst = account.groups.reduce((sum, group) => sum + group.worst, 0n);
  const own = account.groups.reduce((sum, group) => sum + (group.factorBp ?? 0n) * group.worst, 0n);
  const terms = [
    account.maintenance - worst,
    account.initial - imfBp * worst - own,
    ...account.stressed.map((value) => value - account.equity),
  ];
  let out = fromSigned(account.equity);
  let power = beta;
  for (const term of terms) {
    out = add(out, mul(power, fromSigned(term)));
    power = mul(power, beta);
  }
  const fold = (gains: readonly bigint[], pole: bigint): bigint => {
    const sum = [...gains].reverse().reduce((folded, gain) => add(mul(folded, beta), fromSigned(gain)), 0n);
    return mul(sum, inverse(fromSigned(gamma - pole)));
  };
  for (const { group, worst: most, slack, parts = [], factorBp = 0n } of account.groups) {
    const lost = (s: number) =>
      parts.reduce((sum, { gains }) => (gains[s]! < 0n ? sum - gains[s]! : sum), 0n);
    const pole = BigInt(group) + (factorBp << 20n);
    out = add(
      out,
      fold(
        slack.map((value, s) => value - most + lost(s)),
        pole,
      ),
    );
    for (const { part, gains } of parts) out = add(out, fold(gains, pole + (BigInt(part) << 12n)));
  }
  return out;
}

/** The state after an account step, as the circuit computes it from the claims; the table has no say. */
function afterClaims(
  state: ChainState,
  accounts: readonly AccountRecord[],
  start: bigint,
  imfBp: bigint,
  c: Challenges,
): ChainState {
  let { lookup, balance, totals } = state;
  let weight = start;
  const x2 = mul(c.x, c.x);
  for (const account of accounts) {
    const slots = [
      ...account.bracketed.map((slot) => ({ slot, flat: false })),
      ...account.flat.map((slot) => ({ slot, flat: true })),
    ];
    for (const { slot, flat } of slots) {
      const numerator = mul(add(slot.offset, c.x), add(weight, x2));
      lookup = add(lookup, mul(numerator, inverse(sub(c.r, claimedLookup(slot, flat)))));
    }
    balance = add(balance, mul(weight, claimedEquation(account, imfBp, c.beta, c.gamma)));
    totals = addClaimedTotals(totals, account);
    weight = mul(weight, c.rho);
  }
  return { ...state, lookup, balance, totals };
}

/** What an account's claims add to the totals in the circuit: the band decides which sums its equity goes to. */
function addClaimedTotals(totals: Totals, account: AccountRecord): Totals {
  const { band, equity, maintenance } = account;
  const owes = band === "bankrupt";
  const below = owes || band === "liquidation";
  return {
    ...addToTotals(totals, account),
    positiveEquity: totals.positiveEquity + (owes ? 0n : equity),
    badDebt: totals.badDebt - (owes ? equity : 0n),
    shortfall: totals.shortfall + (below ? maintenance - equity : 0n),
  };
}

/** Adds an account's slots to row sums, skipping keys that the table does not have. */
export function addClaimed(sums: RowSums, account: AccountRecord, rows: RowOfKey, weight: bigint): void {
  const known = (slots: readonly Slot[], index: ReadonlyMap<number, number>): Slot[] =>
    slots.filter((slot) => index.has(slot.key));
  sums.addAccount(
    { ...account, bracketed: known(account.bracketed, rows.bracketed), flat: known(account.flat, rows.flat) },
    rows,
    weight,
  );
}

/** Books an amount in the last padding row of every table step that has one: `RowSums` itself has no place for it. */
export function bookPadding(
  sums: RowSums,
  column: "count" | "offsets",
  amount: (part: TablePart) => bigint,
): void {
  const step = sums.step.bind(sums);
  sums.step = (part) => {
    const own = step(part);
    if (part.end - part.first < part.size) own[column][part.size - 1] = amount(part);
    return own;
  };
}

/** Totals as field elements: more than parseStatement lets through, so that a negative total is not what fails. */
function published(totals: Totals): Totals {
  const fields = TOTAL_NAMES.map((name) => [name, fromSigned(totals[name])]);
  return { ...totals, ...Object.fromEntries(fields), stressBadDebt: totals.stressBadDebt.map(fromSigned) };
}

/** Runs a whole epoch with lies in it, its steps through their circuits, and returns what catches them. */
export async function lyingEpoch(book: readonly Batch[], lies: Lies = {}): Promise<Outcome> {
  const inputs = tinyInputs(book, {
    table: lies.table ?? tinyTable,
    ...(lies.secret === undefined ? {} : { secret: lies.secret }),
  });
  const { table, hasher, blinding, keyDigest } = inputs;
  const rows = indexRows(table);
  const parts = epochParts(inputs);

  const sums = new RowSums(table.rows.length);
  let totals: Totals = ZERO_TOTALS;
  for (const { accounts } of book) {
    for (const account of accounts) {
      addClaimed(sums, account, rows, 1n);
      totals = addClaimedTotals(totals, account);
    }
  }
  lies.rowSums?.(sums, rows);
  const trueQuantities = laneQuantities(table, sums);
  lies.quantities?.(trueQuantities);
  const quantities = trueQuantities.map(fromSigned);
  const commitments: Commitments = {
    ...inputs.names,
    epoch: lies.epoch ?? inputs.names.epoch,
    marketDigest: inputs.marketDigest,
    tableDigest: table.digest,
    batches: book.map((batch) => ({
      shape: batch.shape.id,
      keyDigest: keyDigest(batch.shape.id),
      leafRoot: batchTree(hasher, batch, table.marginCallBp).root,
    })),
    tableSteps: parts.map((part, step) => ({
      shape: part.shape.id,
      keyDigest: keyDigest(part.shape.id),
      totals: totalsCommitment(hasher, blinding("totals", step), sums.step(part)),
    })),
    totals: published(lies.totals?.(totals) ?? totals),
    quantities: table.instruments.map(({ longLane, shortLane }) => ({
      long: quantities[longLane]!,
      short: quantities[shortLane]!,
    })),
  };
  const seed1 = firstSeed(commitments);
  const first = firstChallenges(seed1);

  const weightsIndex = lies.weightIndex ?? ((batch: number) => batch);
  const weights = new RowSums(table.rows.length);
  book.forEach(({ accounts }, index) => {
    let weight = batchWeight(first.rho, weightsIndex(index));
    for (const account of accounts) {
      addClaimed(weights, account, rows, weight);
      weight = mul(weight, first.rho);
    }
  });
  lies.weights?.(weights, rows, first);
  const weightCommitments = parts.map((part, step) =>
    weightsCommitment(hasher, blinding("weights", step), weights.step(part)),
  );
  const challenges = { ...first, ...secondChallenges(secondSeed(seed1, weightCommitments)) };
  const proved = lies.afterwards?.(book, challenges) ?? book;

  // A circuit is run where the exchange says something of its own; elsewhere a step follows from its commitments.
  const honest = Object.keys(lies).length === 0;
  const own = (...names: (keyof Lies)[]): boolean => honest || names.some((name) => lies[name] !== undefined);
  const tableLies = own("rowSums", "weights", "forced", "table", "ratesAfterwards");
  const accountLies = !own("totals", "quantities") || own("afterwards", "weightIndex", "forced");

  const told = lies.ratesAfterwards === undefined ? table : withRates(table, lies.ratesAfterwards);
  const folded = foldTable(told, challenges);
  const last = proved.length + parts.length;
  const caught: string[] = [];
  const steps: Step[] = [];
  let state = ZERO_STATE;
  const judge = async (step: Omit<Step, "index" | "stateOut">, next: ChainState): Promise<void> => {
    const index = steps.length;
    if (step.instance.template === "accounts" ? accountLies : tableLies) {
      const prover = cheatingProver(await attackedCircuit(step.instance));
      const witness = prover.solve(step.input, lies.forced?.(index));
      const [broken] = prover.broken(witness);
      if (broken !== undefined) caught.push(`step ${index}: ${broken.join(" ")}`);
      const shown = prover.signals(witness);
      if (shown.some((value, i) => value !== step.signals[i])) caught.push(`step ${index}: public signals`);
    }
    steps.push({ ...step, index, stateOut: stateCommitment(hasher, next, blindingAt(index + 1)) });
    state = next;
  };
  const blindingAt = (index: number): bigint =>
    index === 0 || index === last ? 0n : blinding("state", index);
  const before = (index: number) => ({
    state,
    blindingIn: blindingAt(index),
    blindingOut: blindingAt(index + 1),
  });

  for (const [index, batch] of proved.entries()) {
    const start = batchWeight(challenges.rho, weightsIndex(index));
    const next = afterClaims(state, batch.accounts, start, table.imfBp, challenges);
    const { rho, beta, gamma, r, x } = challenges;
    const stateIn = stateCommitment(hasher, state, blindingAt(index));
    const { imfBp, marginCallBp } = table;
    const known = {
      stateIn,
      stateOut: stateCommitment(hasher, next, blindingAt(index + 1)),
      leafRoot: commitments.batches[index]!.leafRoot,
      rhoStart: start,
      rho,
      beta,
      gamma,
      r,
      x,
      imfBp,
      marginCallBp,
    };
    await judge(
      {
        instance: batch.shape,
        input: accountStepInput(batch, before(index), known),
        signals: orderSignals("accounts", {
          ...known,
          rhoStart: batchWeight(rho, index),
        }),
      },
      next,
    );
  }
  let laneStart = 1n;
  const firstPrivate = parts.findIndex((part) => part.private);
  for (const [step, part] of parts.entries()) {
    const index = proved.length + step;
    const partRows = stepRows(folded, part);
    const cut = (of: RowSums, role: "totals" | "weights") => ({
      ...of.step(part),
      blinding: blinding(role, step),
    });
    const [plain, weighted] = [cut(sums, "totals"), cut(weights, "weights")];
    const inverses = batchInverse(partRows.map((row) => sub(challenges.r, row.lookupValue)));
    const next = afterTableStep(state, partRows, plain, weighted, inverses, laneStart, challenges);
    const { beta, tau, r, x } = challenges;
    const stateIn = stateCommitment(hasher, state, blindingAt(index));
    const published = {
      stateOut: stateCommitment(hasher, next.state, blindingAt(index + 1)),
      totals: commitments.tableSteps[step]!.totals,
      weights: weightCommitments[step]!,
    };
    if (part.private) {
      const secret = lies.secret!;
      const blinded = (of: SecretRates["steps"]) => ({
        blinding: secret.blinding(step - firstPrivate),
        steps: partSteps(of, part),
      });
      const committed = blinded(secret.steps);
      const rules = ratesCommitment(hasher, committed.blinding, committed.steps);
      const columns = privateColumnsHash(hasher, partRows);
      const known = { ...published, rules, stateIn, columns, laneStart, beta, tau, r, x };
      const rates = blinded(lies.ratesAfterwards ?? secret.steps);
      await judge(
        {
          instance: part.shape,
          input: privateTableStepInput(partRows, rates, plain, weighted, before(index), known),
          signals: orderSignals("privateTable", known),
        },
        next.state,
      );
    } else {
      const known = { ...published, stateIn, columns: columnsHash(hasher, partRows), laneStart, tau, r, x };
      await judge(
        {
          instance: part.shape,
          input: tableStepInput(partRows, plain, weighted, before(index), known),
          signals: orderSignals("table", known),
        },
        next.state,
      );
    }
    laneStart = next.laneEnd;
  }

  // The verifier's own last state: src/verifier/checks/chain.ts, assertEnd.
  const end: ChainState = {
    lookup: 0n,
    balance: 0n,
    lanes: lanesEnd(challenges.tau, quantities),
    totals: commitments.totals,
  };
  for (const name of ["lookup", "balance", "lanes"] as const) {
    if (state[name] !== end[name]) caught.push(`end: ${name}`);
  }
  const closes = stateCommitment(hasher, end, 0n) === steps.at(-1)!.stateOut;
  if (!closes && !caught.some((name) => name.startsWith("end:"))) caught.push("end: totals");
  if (closes && caught.some((name) => name.startsWith("end:")))
    throw new Error("two states with one commitment");
  return { caught, steps, challenges, commitments };
}

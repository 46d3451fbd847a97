import type { Statement } from "../protocol/statement.js";
import type { Verdict } from "../verifier/verdict.js";

/** `marginproof verify --json`: fields are added over time, never renamed or removed. */
export function verdictJson(verdict: Verdict, statement: Statement | undefined): object {
  return {
    format: "marginproof/verdict/1",
    valid: verdict.valid,
    proved: verdict.proved,
    solvent: verdict.solvent,
    developmentKeys: verdict.developmentKeys,
    statementDigest: verdict.statementDigest ?? null,
    previousStatement: verdict.previousStatement ?? null,
    epochRoot: verdict.epochRoot ?? null,
    exchange: statement?.exchange ?? null,
    epoch: statement?.epoch ?? null,
    time: statement?.time ?? null,
    rulesCommitment: verdict.rules?.commitment ?? null,
    rulesCompared: verdict.rules?.compared ?? null,
    checks: verdict.checks.map(({ id, kind, title, status, detail, code }) => ({
      ...{ id, kind, title, status, detail },
      code: code ?? null,
    })),
    /** In units of each asset. */
    assets: verdict.assets ?? null,
    /** Per declared reserve; null where no reserves file was given, or it is not right. */
    reserves: verdict.reserves ?? null,
    prices: verdict.prices,
    judgedBy: verdict.judgedBy ?? null,
    /** All of them, however many; null when the prices are the exchange's word. */
    unpriced: verdict.unpriced ?? null,
    notProved: verdict.notProved,
  };
}

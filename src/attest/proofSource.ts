import type { RiskTable } from "../protocol/riskTable.js";
import type { Established } from "../verifier/checks/established.js";
import type { AttestedWord } from "../verifier/verdict.js";
import type { StatementSummary } from "./summary.js";

/** What whoever vouches for the proofs is asked about. */
export interface StatementFacts {
  readonly summary: StatementSummary;
  readonly summaryDigest: string;
  /** The risk table that the market file compiles to. */
  readonly table: RiskTable;
  /** Whether the book that the statement shows is covered, as computed here. */
  readonly covered: boolean;
}

/**
 * A place to learn that the proofs of a statement hold without looking at one: auditors' signatures, or a registry on a
 * chain (src/chain/registrySource.ts). Each is a check of the verdict, and the verdict names whose word it is.
 */
export interface ProofSource {
  readonly id: string;
  readonly title: string;
  /** What its word leaves open: the first lines of what is not proved. */
  readonly notProved: string;
  /** @throws MarginproofError of kind `invalid` when it does not vouch for this very statement */
  readonly vouch: (facts: StatementFacts) => Established<AttestedWord>;
}

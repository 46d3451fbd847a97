import { bytesToHex, toFieldHex } from "../../src/field/encoding.js";
import { poseidon } from "../../src/field/poseidon/poseidon.js";
import type { OpeningJson, PocketOpeningJson } from "../../src/holder/opening.js";
import type { Market } from "../../src/market/index.js";
import { BATCH_TREE_DEPTH, EPOCH_TREE_DEPTH } from "../../src/protocol/constants.js";
import { type Evaluation, Evaluator } from "../../src/protocol/evaluate.js";
import { toRecord } from "../../src/protocol/fitShape.js";
import { emptyAccount, leafHashes } from "../../src/protocol/leaf.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";
import type { AccountShape } from "../../src/protocol/shapes.js";
import type { Statement } from "../../src/protocol/statement.js";
import { isPrivate } from "../../src/protocol/tableParts.js";
import { accountTag } from "../../src/protocol/tag.js";
import { siblingPath, Tree16 } from "../../src/protocol/tree.js";
import type { VerifiedBundle } from "../../src/verifier/verifyBundle.js";

export const SHAPE: AccountShape = {
  id: "accounts-a3-b2-f2-g1-s4-z2",
  template: "accounts",
  accounts: 3,
  bracketed: 2,
  flat: 2,
  groups: 1,
  scenarios: 4,
  stress: 2,
};
const KEY = new Uint8Array(32).fill(7);
export const KEY_DIGEST = `0x${bytesToHex(KEY)}`;
export const DIGEST = `0x${"d".repeat(64)}`;

/** One pocket, in a batch of its own place. */
export interface Pocket {
  readonly pocket: string;
  readonly holdings: Readonly<Record<string, bigint>>;
  readonly batch: number;
  readonly position: number;
}

/** An epoch that commits to one holder's pockets and nobody else's, as a verifier would know it, and the holder's file. */
export interface Committed {
  readonly bundle: VerifiedBundle;
  readonly opening: OpeningJson;
  /** Of each pocket, by those who know all rates. */
  readonly evaluations: readonly Evaluation[];
}

/** @param known the table with its secret rates, if it has any */
export function commit(
  market: Market,
  table: RiskTable,
  account: string,
  pockets: readonly Pocket[],
  known: RiskTable = table,
): Committed {
  const { exchange, epoch } = market;
  const salt = (i: number): Uint8Array => new Uint8Array(32).fill(i + 1);
  const evaluator = new Evaluator(known);
  const evaluations = pockets.map(({ holdings }) => evaluator.evaluate(new Map(Object.entries(holdings))));
  const batchCount = Math.max(...pockets.map(({ batch }) => batch)) + 1;
  const trees = Array.from({ length: batchCount }, (_, batch) => {
    const accounts = Array.from({ length: SHAPE.accounts }, (_, i) => emptyAccount(SHAPE, BigInt(100 + i)));
    pockets.forEach((own, i) => {
      const tag = accountTag(exchange, epoch, account, own.pocket, salt(i));
      if (own.batch === batch) accounts[own.position] = toRecord(known, SHAPE, evaluations[i]!, tag);
    });
    return new Tree16(poseidon, leafHashes(poseidon, SHAPE, accounts, table.marginCallBp), BATCH_TREE_DEPTH);
  });
  const top = new Tree16(
    poseidon,
    trees.map(({ root }) => root),
    EPOCH_TREE_DEPTH,
  );
  const statement = {
    exchange,
    epoch,
    batches: trees.map(({ root }) => ({ shape: SHAPE.id, keyDigest: KEY, leafRoot: root })),
  } as unknown as Statement;
  const shown = pockets.map(({ pocket, holdings, batch, position }, i): PocketOpeningJson => {
    const { maintenance, initial, holdings: placed } = evaluations[i]!;
    const requirement = { maintenance: maintenance.toString(), initial: initial.toString() };
    return {
      pocket,
      salt: `0x${bytesToHex(salt(i))}`,
      batch,
      position,
      holdings: Object.entries(holdings).map(([instrument, steps]) => ({
        instrument,
        steps: steps.toString(),
      })),
      ...(placed.some(({ row }) => isPrivate(row)) ? { requirement } : {}),
      path: [...siblingPath(trees[batch]!, position), ...siblingPath(top, batch)].map((level) =>
        level.map(toFieldHex),
      ),
    };
  });
  const verdict = { proved: true, valid: true, statementDigest: DIGEST } as VerifiedBundle["verdict"];
  const pins = [{ ...SHAPE, keyDigest: KEY_DIGEST, development: true }];
  return {
    bundle: { verdict, statement, market, table, pins },
    opening: {
      format: "marginproof/opening/1",
      exchange,
      epoch,
      statementDigest: DIGEST,
      account,
      pockets: shown,
    },
    evaluations,
  };
}

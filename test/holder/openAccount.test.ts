import { expect, test } from "vitest";
import { poseidon } from "../../src/field/poseidon/poseidon.js";
import { openAccount } from "../../src/holder/checkAccount.js";
import { EPOCH_TREE_DEPTH } from "../../src/protocol/constants.js";
import type { AccountShape } from "../../src/protocol/shapes.js";
import { Tree16 } from "../../src/protocol/tree.js";
import { tinyMarket, tinyTable } from "../support/tinyMarket.js";
import { commit, DIGEST, SHAPE } from "./support.js";

const HELD = { pocket: "", holdings: { USDT: 5_000n }, batch: 0, position: 1 };
const { bundle, opening } = commit(tinyMarket, tinyTable, "a", [HELD]);
const { root } = new Tree16(
  poseidon,
  bundle.statement!.batches.map(({ leafRoot }) => leafRoot),
  EPOCH_TREE_DEPTH,
);
/** Shapes that the account fits too, of whose leaves its own is none. */
const LARGER = { ...SHAPE, flat: SHAPE.flat + 1 };
const SMALLER = { ...SHAPE, bracketed: SHAPE.bracketed - 1 };
const open = (...shapes: readonly AccountShape[]) =>
  openAccount(opening, {
    exchange: tinyMarket.exchange,
    epoch: tinyMarket.epoch,
    digest: DIGEST,
    root,
    table: tinyTable,
    hasher: poseidon,
    account: "a",
    shapesAt: () => shapes,
  });

test("a pocket whose batch's shape isn't known is found in the one of an epoch's shapes that its leaf has", () => {
  const { pockets } = open(SHAPE);
  for (const shapes of [
    [LARGER, SHAPE],
    [SHAPE, LARGER],
    [SMALLER, LARGER, SHAPE],
  ])
    expect(open(...shapes).pockets).toEqual(pockets);
  for (const shapes of [[LARGER], [SMALLER, LARGER]])
    expect(() => open(...shapes)).toThrow(expect.objectContaining({ code: "OPENING_LEAF" }));
  expect(() => open({ ...SHAPE, flat: 0 })).toThrow(expect.objectContaining({ code: "OPENING_SHAPE" }));
  expect(() => open()).toThrow(expect.objectContaining({ code: "OPENING_BATCH" }));
});

import { describe, expect, test } from "vitest";
import { CARRYING_FORMAT, parseHolderFile } from "../../src/holder/holderFile.js";

const CARRYING = {
  format: CARRYING_FORMAT,
  opening: { format: "marginproof/opening/1" },
  statement: { epoch: "e" },
  market: { quote: "USDT" },
  attestations: [{ signer: "a" }, { signer: "b" }],
};
const read = (json: unknown) => parseHolderFile(JSON.stringify(json));
const refused = (json: unknown, message: RegExp) =>
  expect(() => read(json)).toThrow(
    expect.objectContaining({
      code: "OPENING_INVALID",
      message: expect.stringMatching(message),
      options: expect.objectContaining({
        kind: "invalid",
        hint: expect.stringContaining("Ask the exchange"),
      }),
    }),
  );

describe("a holder's file", () => {
  test("is an opening, whatever it turns out to say, unless it says that it carries more", () => {
    const others = [
      CARRYING.opening,
      { format: "marginproof/opening-with-epoch/2" },
      {},
      [],
      null,
      "text",
      7,
    ];
    for (const opening of others) expect(read(opening)).toEqual({ opening });
  });

  test("that carries what a light check needs is taken apart", () => {
    const { format: _, opening, ...carried } = CARRYING;
    expect(read(CARRYING)).toEqual({ opening, carried });
  });

  test("that carries something else is refused by the place", () => {
    refused({ ...CARRYING, more: 1 }, /^your file: .*more/);
    refused({ ...CARRYING, attestations: {} }, /^your file, attestations: |^your file: attestations/);
    const many = (count: number) => ({ ...CARRYING, attestations: new Array(count).fill({}) });
    expect(read(many(64)).carried?.attestations).toHaveLength(64);
    refused(many(65), /attestations.*64/);
  });
});

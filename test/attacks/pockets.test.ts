import { beforeAll, describe, expect, test } from "vitest";
import { bytesToHex, toFieldHex } from "../../src/field/encoding.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { type AccountFindings, checkAccount } from "../../src/holder/checkAccount.js";
import type { OpeningJson, PocketOpeningJson } from "../../src/holder/opening.js";
import type { Batch } from "../../src/protocol/accountRecord.js";
import { accountCount } from "../../src/protocol/bands.js";
import { BATCH_TREE_DEPTH, EPOCH_TREE_DEPTH } from "../../src/protocol/constants.js";
import { leafHashes } from "../../src/protocol/leaf.js";
import { accountTag } from "../../src/protocol/tag.js";
import { siblingPath, Tree16 } from "../../src/protocol/tree.js";
import { disclose } from "../../src/prover/disclose.js";
import { accountReport } from "../../src/report/accountReport.js";
import { accountText } from "../../src/report/accountText.js";
import type { PinnedKey } from "../../src/verifier/pins.js";
import type { VerifiedEpoch } from "../../src/verifier/verifyEpoch.js";
import { tinyBundle, tinyEpochPaths, tinyPins, verifyTiny } from "../support/tinyBundle.js";
import { batches, plainShape, record, tinyEpoch } from "../support/tinyEpoch.js";
import { tinyMarket, tinyTable } from "../support/tinyMarket.js";
import { rebanded, withLie } from "./supportBook.js";
import { lyingEpoch } from "./supportLyingEpoch.js";

/**
 * What a dishonest exchange could do with pockets: let a rich one pay for a bankrupt one, hide one, show one leaf as two,
 * or show somebody else's. Hank is rich in his cross pocket and bankrupt in "long.1" (test/support/tinyBundle.ts).
 */
let epoch: VerifiedEpoch;
let pins: PinnedKey[];
let hank: OpeningJson;
let ivy: OpeningJson;

beforeAll(async () => {
  pins = await tinyPins();
  epoch = await verifyTiny(await tinyBundle("pockets"));
  hank = await disclose(tinyEpochPaths("pockets").privateDir, "hank");
  ivy = await disclose(tinyEpochPaths("pockets").privateDir, "ivy");
});

const check = (json: unknown, account?: string): AccountFindings =>
  checkAccount(json, {
    statement: epoch.statement!,
    digest: epoch.verdict.statementDigest!,
    table: epoch.table!,
    pins,
    hasher: bestPoseidon(),
    account,
  });

const refused = (json: unknown, code: string, message = /./) =>
  expect(() => check(json)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );

const names = (findings: AccountFindings): string[] => findings.pockets.map(({ opening }) => opening.pocket);

/** Hundredths of a quote unit in value units. */
const CENT = 10n ** 8n;

describe("no value leaks between pockets", () => {
  test("a rich cross pocket pays nothing: bad debt is exactly that of the isolated one", () => {
    expect(epoch.verdict).toMatchObject({ proved: true, valid: true });
    expect(epoch.statement!.totals).toMatchObject({
      bands: { bankrupt: 1n, liquidation: 0n },
      // 1.5 * (61000 - 60000.5) - 500
      badDebt: 999_25n * CENT,
      // BTC -30%: 999.25 + 1.5 * 18000.15; BTC +50%: the "calls" pocket, 1.5 * (3100.25 + 25000.5) - 20000.
      stressBadDebt: [27_999_475n * (CENT / 10n), 22_151_125n * (CENT / 10n), 0n, 0n],
    });
    const own = check(hank, "hank").pockets.map(({ opening, evaluation }) => [
      opening.pocket,
      evaluation.equity,
    ]);
    expect(own).toEqual([
      ["", 49_999_75n * CENT],
      ["calls", 15_349_625n * (CENT / 10n)],
      ["long.1", -999_25n * CENT],
    ]);
    // Netted, nobody would be bankrupt, now or under stress.
    expect(own.reduce((sum, [, equity]) => sum + (equity as bigint), 0n)).toBeGreaterThan(
      60_000n * 10n ** 10n,
    );
  });

  const [cross, isolated] = [
    { USDT: 50_000_000_000n, "USDT-PNL": 30_000_000_000n, "BTC-PERP": -500n },
    { USDT: 500_000_000n, "USDT-PNL": -91_500_000_000n, "BTC-PERP": 1500n },
  ];
  const book = (): Batch[] =>
    batches([plainShape, [record(plainShape, cross, 21n), record(plainShape, isolated, 22n)]]);

  test("equity moved from one pocket's leaf to another's: their equations don't balance", async () => {
    const moved = 1_000n * 10n ** 10n;
    const shift = (by: bigint) => (own: Batch["accounts"][number]) =>
      rebanded({
        ...own,
        equity: own.equity + by,
        stressed: own.stressed.map((value) => value + by),
      });
    const lie = withLie(withLie(book(), 0, 0, shift(-moved)), 0, 1, shift(moved));
    const { caught, commitments } = await lyingEpoch(lie);
    expect(commitments.totals).toMatchObject({ bands: { bankrupt: 0n }, badDebt: 0n });
    expect(caught).toEqual(["end: balance"]);
  });

  test("cash moved after committing: the leaves are not the committed ones", async () => {
    const netted = batches([
      plainShape,
      [
        record(plainShape, { ...cross, USDT: cross.USDT - 2_000_000_000n }, 21n),
        record(plainShape, { ...isolated, USDT: isolated.USDT + 2_000_000_000n }, 22n),
      ],
    ]);
    const { caught } = await lyingEpoch(book(), { afterwards: () => netted });
    expect(caught).toContain("step 0: public signals");
  });

  test("bad debt published as if pockets were netted: not the end of the chain", async () => {
    const { caught } = await lyingEpoch(book(), {
      totals: (t) => ({
        ...t,
        badDebt: 0n,
        bands: { ...t.bands, bankrupt: 0n, liquidation: t.bands.liquidation + t.bands.bankrupt },
      }),
    });
    expect(caught).toEqual(["end: totals"]);
  });

  /** An epoch that the exchange commits to, and a file it gives out, neither with any proof. */
  async function committed(books: readonly Batch[], pockets: readonly Omit<PocketOpeningJson, "path">[]) {
    const { statement, statementDigest } = (await tinyEpoch(books)).epoch;
    const hasher = bestPoseidon();
    const trees = books.map(
      ({ accounts, shape }) =>
        new Tree16(hasher, leafHashes(hasher, shape, accounts, tinyTable.marginCallBp), BATCH_TREE_DEPTH),
    );
    const top = new Tree16(
      hasher,
      trees.map(({ root }) => root),
      EPOCH_TREE_DEPTH,
    );
    const digest = `0x${bytesToHex(statementDigest)}`;
    const json: OpeningJson = {
      format: "marginproof/opening/1",
      exchange: tinyMarket.exchange,
      epoch: tinyMarket.epoch,
      statementDigest: digest,
      account: "hank",
      pockets: pockets.map((own) => ({
        ...own,
        path: [...siblingPath(trees[own.batch]!, own.position), ...siblingPath(top, own.batch)].map((level) =>
          level.map(toFieldHex),
        ),
      })),
    };
    const keyDigest = `0x${"07".repeat(32)}`;
    const lookup = {
      statement,
      digest,
      table: tinyTable,
      pins: [{ ...plainShape, keyDigest, development: true }],
      hasher,
      account: "hank",
    };
    return { totals: statement.totals, check: () => checkAccount(json, lookup) };
  }

  const salt = `0x${"05".repeat(32)}`;
  const held = (holdings: Readonly<Record<string, bigint>>) =>
    Object.entries(holdings).map(([instrument, steps]) => ({ instrument, steps: String(steps) }));
  const tag = (pocket: string): bigint =>
    accountTag(tinyMarket.exchange, tinyMarket.epoch, "hank", pocket, new Uint8Array(32).fill(5));

  test("a merged leaf opens as one pocket only, which the holder sees, and never as two", async () => {
    const merged = { USDT: 50_500_000_000n, "USDT-PNL": -61_500_000_000n, "BTC-PERP": 1000n };
    const netted = batches([plainShape, [record(plainShape, merged, tag(""))]]);
    const asOne = await committed(netted, [
      { pocket: "", salt, batch: 0, position: 0, holdings: held(merged) },
    ]);
    expect(asOne.totals).toMatchObject({ bands: { bankrupt: 0n }, badDebt: 0n });
    expect(accountCount(asOne.totals.bands)).toBe(1n);
    expect(names(asOne.check())).toEqual([""]);
    const asTwo = await committed(netted, [
      { pocket: "", salt, batch: 0, position: 0, holdings: held(cross) },
      { pocket: "long.1", salt, batch: 0, position: 1, holdings: held(isolated) },
    ]);
    expect(asTwo.check).toThrow(expect.objectContaining({ code: "OPENING_LEAF" }));
  });

  test("one leaf written twice into the tree opens under one name, so it can't be two pockets", async () => {
    const twice = record(plainShape, cross, tag(""));
    const entry = { salt, batch: 0, holdings: held(cross) };
    const books = batches([plainShape, [twice, twice]]);
    const file = (pocket: string) =>
      committed(books, [
        { ...entry, pocket: "", position: 0 },
        { ...entry, pocket, position: 1 },
      ]);
    expect((await file("long.1")).check).toThrow(expect.objectContaining({ code: "OPENING_LEAF" }));
    expect((await file("")).check).toThrow(expect.objectContaining({ code: "OPENING_POCKETS" }));
  });
});

describe("a holder's file with several pockets", () => {
  const edited = (change: (pockets: PocketOpeningJson[]) => unknown): OpeningJson => {
    const json = structuredClone(hank);
    change(json.pockets);
    return json;
  };

  test("opens all of them together, each by itself", async () => {
    expect(names(check(hank))).toEqual(["", "calls", "long.1"]);
    expect(names(check(ivy))).toEqual([""]);
    expect(names(check(await disclose(tinyEpochPaths("pockets").privateDir, "judy")))).toEqual(["1", "grid"]);
    expect(new Set(hank.pockets.map((own) => own.salt)).size).toBe(3);
    expect(new Set(hank.pockets.map((own) => `${own.batch}/${own.position}`)).size).toBe(3);
  });

  const text = (json: OpeningJson): string =>
    accountText(accountReport(check(json), epoch.market!, epoch.table!));

  test("a pocket hidden, winning or losing: the holder is told how many there are and asked to compare", () => {
    expect(text(hank)).toContain("The file shows 3 pockets, each counted by itself: cross pocket, isolated");
    for (const hidden of [0, 1, 2]) {
      const json = edited((pockets) => pockets.splice(hidden, 1));
      expect(text(json)).toContain("The file shows 2 pockets");
      expect(text(json)).toContain(
        "Compare with the pockets you have: one that is missing here is not shown to be counted",
      );
      expect(text(json)).not.toContain(
        hidden === 0 ? "The cross pocket" : `"${hank.pockets[hidden]!.pocket}"`,
      );
    }
  });

  test("one leaf shown as two pockets", () => {
    const more = (pocket: string, place: Pick<PocketOpeningJson, "batch" | "position">) =>
      edited((pockets) => pockets.push({ ...structuredClone(pockets[2]!), ...place, pocket }));
    const own = ({ batch, position }: PocketOpeningJson) => ({ batch, position });
    const free = own(ivy.pockets[0]!);
    refused(more("long.2", own(hank.pockets[2]!)), "OPENING_POCKETS", /stands at the place of another/);
    refused(more("long.2", free), "OPENING_LEAF", /isolated pocket "long.2" of account "hank"/);
    refused(more("long.1", free), "OPENING_POCKETS", /twice or out of order/);
  });

  test("two pockets in another order, or of one name further apart", () => {
    refused(
      edited((pockets) => pockets.reverse()),
      "OPENING_POCKETS",
    );
    refused(
      edited((pockets) => pockets.push(structuredClone(pockets[0]!))),
      "OPENING_POCKETS",
    );
  });

  test("a loss of one pocket netted against another", () => {
    const json = edited(([cross, , isolated]) => {
      // Collateral that covers the loss, taken from the cross pocket.
      const usdt = (own: PocketOpeningJson) => own.holdings.find(({ instrument }) => instrument === "USDT")!;
      usdt(cross!).steps = "48000000000";
      usdt(isolated!).steps = "2500000000";
    });
    refused(json, "OPENING_LEAF");
    // Both pockets' positions in the one leaf that is there.
    const both = edited((pockets) => {
      const isolated = pockets.splice(2, 1)[0]!;
      const sum = new Map(pockets[0]!.holdings.map(({ instrument, steps }) => [instrument, BigInt(steps)]));
      for (const { instrument, steps } of isolated.holdings)
        sum.set(instrument, (sum.get(instrument) ?? 0n) + BigInt(steps));
      pockets[0]!.holdings = [...sum].map(([instrument, steps]) => ({ instrument, steps: String(steps) }));
    });
    refused(both, "OPENING_LEAF");
  });

  test("pockets under each other's names", () => {
    const json = edited((pockets) => {
      [pockets[1]!.pocket, pockets[2]!.pocket] = ["long.1", "calls"];
      pockets.splice(1, 2, pockets[2]!, pockets[1]!);
    });
    refused(json, "OPENING_LEAF");
    refused(
      edited((pockets) => pockets.splice(0, 2, { ...pockets[1]!, pocket: "" })),
      "OPENING_LEAF",
    );
  });

  test("another account's pocket, and the file under another account's name", () => {
    const foreign = edited((pockets) =>
      pockets.push({ ...structuredClone(ivy.pockets[0]!), pocket: "mine" }),
    );
    refused(foreign, "OPENING_LEAF", /isolated pocket "mine" of account "hank"/);
    refused({ ...hank, account: "ivy" }, "OPENING_LEAF");
    expect(() => check(hank, "ivy")).toThrow(expect.objectContaining({ code: "OPENING_ACCOUNT" }));
    // A name that reads like account and pocket together is another name.
    refused(
      { ...hank, account: "hank/long.1", pockets: [{ ...hank.pockets[2]!, pocket: "" }] },
      "OPENING_LEAF",
    );
  });

  test("a pocket or a whole file of another epoch", async () => {
    const other = await disclose(tinyEpochPaths("covered").privateDir, "alice");
    const { batch, position } = hank.pockets[2]!;
    refused(
      edited((pockets) => pockets.splice(2, 1, { ...other.pockets[0]!, pocket: "long.1", batch, position })),
      "OPENING_LEAF",
    );
    refused({ ...hank, statementDigest: other.statementDigest }, "OPENING_EPOCH");
  });

  test("one bad pocket spoils the file, wherever it stands", () => {
    for (const at of [0, 1, 2]) {
      refused(
        edited((pockets) => (pockets[at]!.salt = pockets[(at + 1) % 3]!.salt)),
        "OPENING_LEAF",
      );
    }
  });

  test.each([
    "cross",
    "Cross",
    " long.1",
    "long.1 ",
    "a,b",
    'say "hi"',
    "l\u043eng.1",
    "long\u200b.1",
    "\u202e",
  ])("the name %j is no pocket's", (pocket) => {
    refused(
      edited((pockets) => (pockets[2]!.pocket = pocket)),
      "OPENING_POCKETS",
    );
  });

  test("no pocket at all, or more than a file can show", () => {
    refused({ ...hank, pockets: [] }, "OPENING_INVALID");
    refused({ ...hank, pockets: Array.from({ length: 2049 }, () => hank.pockets[0]) }, "OPENING_INVALID");
  });
});

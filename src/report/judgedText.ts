import type { StressMove } from "../market/index.js";
import { shortList } from "../protocol/shortList.js";
import type { JudgedBy } from "../verifier/judgedBy.js";
import { grouped } from "./money.js";
import { pairs } from "./table.js";
import { visible } from "./visible.js";

export const JUDGED_TITLE = "Judged by, as the exchange's own market file says";

const POSITIONS: Readonly<Record<JudgedBy["positionMode"], string>> = {
  net: "net: what is long and short of one contract in a pocket is one position",
  hedge: "hedge: long and short of a contract that has sides stand beside each other, both margined",
};

/** What the book was judged by: name and value of each line. */
export function judgedRows(judged: JudgedBy): readonly (readonly [name: string, value: string])[] {
  const { quote, prices, stress } = judged;
  const kinds = Object.entries(judged.kinds)
    .filter(([, count]) => count > 0)
    .map(([kind, count]): [string, string] => {
      const names = judged.instruments.filter((i) => i.kind === kind).map(({ symbol }) => visible(symbol));
      const claims =
        kind === "asset"
          ? ""
          : kind === "orders"
            ? ", initial requirement alone"
            : ", claims on the exchange";
      return [
        kind === "orders" ? "open orders" : `${kind}s`,
        `${grouped(String(count))}${claims}: ${shortList(names)}`,
      ];
    });
  const reserves = judged.reserves.map(({ asset, quantity }) => `${visible(asset)} ${grouped(quantity)}`);
  const alike = judged.namesAlike.map(([one, other]) => `${visible(one)} is not ${visible(other)}`);
  return [
    ...kinds,
    ...(alike.length === 0 ? [] : [["names that look alike", shortList(alike)] as const]),
    ...(judged.noRequirement.length === 0 ? [] : [freeRow(judged.noRequirement)]),
    ...(judged.worthNothing.length === 0 ? [] : [worthlessRow(judged.worthNothing)]),
    ...(judged.splitTiers.length === 0 ? [] : [splitRow(judged.splitTiers)]),
    ["positions", POSITIONS[judged.positionMode]],
    ["reserves declared", reserves.join("; ") || "none"],
    [
      "initial requirement",
      `${judged.initialFactor} times the groups' worst losses, and the initial brackets`,
    ],
    [
      "margin call",
      judged.marginCallFactor === "1"
        ? "below 1 times the initial requirement: NOBODY is ever in margin call"
        : `below ${judged.marginCallFactor} times the initial requirement`,
    ],
    ["prices", prices === null ? "the exchange's word" : signedText(prices)],
    ...(stress.length === 0
      ? [["stress", "NOTHING WAS STRESSED: the exchange published no scenario"] as const]
      : stress.map((move) => [`stress ${visible(move.name)}`, moveText(move, quote)] as const)),
  ];
}

type Row = readonly [name: string, value: string];

/** What is held without margin: a far strike may well be, a perpetual not. */
function freeRow(free: JudgedBy["noRequirement"]): Row {
  const names = free.map(
    ({ symbol, sides }) => `${visible(symbol)}${sides.length === 2 ? "" : ` ${sides[0]}`}`,
  );
  return [
    "requires NOTHING",
    `${grouped(String(free.length))}, no more than 0.01% of their price: ${shortList(names)}`,
  ];
}

function worthlessRow(assets: JudgedBy["worthNothing"]): Row {
  return ["worth NOTHING", `price 0, and debts in it count for nothing: ${shortList(assets.map(visible))}`];
}

/** The exchange chooses in which of them a holding lies, and so how often its first tier counts. */
function splitRow(split: JudgedBy["splitTiers"]): Row {
  const names = split.map(
    ({ tiered, beside }) => `${visible(tiered)} beside ${shortList(beside.map(visible))}`,
  );
  return [
    "tiers that can be SPLIT",
    `what is held of one asset in both pays a first tier in each: ${shortList(names, "; ")}`,
  ];
}

/** The bundle can name signers of the exchange's own: a count of them says nothing beside whose list they are on. */
function signedText({ quorum, maxAgeSeconds, pinned, unpriced }: NonNullable<JudgedBy["prices"]>): string {
  const whose = pinned ? "signers on your price policy" : "signers that the bundle itself names";
  const options =
    unpriced === null || unpriced === 0 ? "" : `; ${grouped(String(unpriced))} options by nobody`;
  return `signed, by at least ${quorum} ${whose} each, at most ${maxAgeSeconds} s old${options}`;
}

/** By how much a stress scenario moves prices. */
export function moveText({ moved, held, fall, rise }: StressMove, quote: string): string {
  const of = `${held} instruments held, ${visible(quote)} aside`;
  if (moved === 0) return `moves NOTHING that anybody holds: 0 of ${of}`;
  const most = [percent("-", fall), percent("+", rise)].filter((text) => text !== undefined);
  const range =
    most.length === 0 ? "from a mark price of 0" : `by at most ${most.join(" and ")} of the mark price`;
  return `moves ${moved} of ${of}, ${range}`;
}

/** `+1,000%` */
const percent = (sign: string, share: string | null): string | undefined =>
  share === null ? undefined : `${sign}${grouped(share.slice(0, -1))}%`;

export const judgedText = (judged: JudgedBy): string => `${JUDGED_TITLE}:\n${pairs(judgedRows(judged))}`;

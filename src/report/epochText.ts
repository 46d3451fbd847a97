import { BAND_NAMES, type Band } from "../protocol/bands.js";
import type { EpochReport } from "./epochReport.js";
import { judgedText } from "./judgedText.js";
import { grouped } from "./money.js";
import { pricesTable } from "./pricesText.js";
import { type Column, pairs, textTable } from "./table.js";
import { visible } from "./visible.js";
import { DEVELOPMENT_WARNING } from "./warnings.js";

const right = (title: string): Column => ({ title, align: "right" });

/** What an account's equity is in each band. */
const bandConditions = (factor: string): Readonly<Record<Band, string>> => ({
  bankrupt: "negative",
  liquidation: "below the maintenance requirement",
  reduceOnly: "below the initial requirement",
  marginCall: `below ${factor} times the initial requirement`,
  free: `at least ${factor} times the initial requirement`,
});

/** A statement as a reader wants it: totals, stress, assets, instruments, proofs. */
export function epochText(report: EpochReport): string {
  const { prices } = report;
  const signed =
    prices === null
      ? []
      : [
          `Signed prices, each the median of at least ${prices.quorum} signers by the bundle's own account:\n` +
            prices.signers.map(({ name, address }) => `  ${address}  ${visible(name)}`).join("\n"),
          pricesTable(prices.instruments),
        ];
  return [
    `${visible(report.exchange)}, epoch ${visible(report.epoch)}, ${visible(report.time)}`,
    "NOTHING HERE HAS BEEN VERIFIED: this only shows what the bundle says. Run marginproof verify.",
    totalsPairs(report),
    judgedText(report.judgedBy),
    "Margin accounts by band",
    bandsTable(report),
    ...stressPart(report),
    "Assets, in units of each",
    assetsTable(report),
    "Instruments",
    instrumentsTable(report),
    ...contractParts(report),
    ...signed,
    "Proofs",
    ...proofsPart(report),
  ].join("\n\n");
}

function totalsPairs(report: EpochReport): string {
  const { quote, totals, previousStatement: previous, privateRules: secret, prices } = report;
  const money = (name: string): string => `${grouped(totals[name]!)} ${quote}`;
  return pairs([
    ["statement digest", report.statementDigest],
    ...(previous === undefined ? [] : [["built on statement", previous] as const]),
    ["margin accounts", grouped(totals.accounts!)],
    ["positive equity", money("positiveEquity")],
    ["bad debt", money("badDebt")],
    ["shortfall", money("shortfall")],
    ["maintenance requirement", money("maintenance")],
    ["initial requirement", money("initial")],
    ["insurance fund (declared)", `${grouped(report.insuranceFund)} ${quote}`],
    ...(secret === null
      ? []
      : [
          ["secret rates of", secret.instruments.join(", ")] as const,
          ["rules commitment", `${secret.commitment}, not checked against a pinned value`] as const,
        ]),
    ["prices", prices === null ? "the exchange's word: no evidence" : "signed, with evidence: see below"],
  ]);
}

function bandsTable({ bands, marginCallFactor }: EpochReport): string {
  const condition = bandConditions(marginCallFactor);
  return textTable(
    [{ title: "band" }, right("accounts"), right("share"), { title: "equity" }],
    bands.map((b) => [BAND_NAMES[b.band], grouped(b.accounts), b.share ?? "-", condition[b.band]]),
  );
}

function stressPart({ stress, quote }: EpochReport): string[] {
  if (stress.length === 0) return [];
  return [
    `Bad debt under stress, in ${quote}`,
    textTable(
      [{ title: "scenario" }, right("bad debt"), right("insurance fund")],
      stress.map((s) => [s.name, grouped(s.badDebt), grouped(s.insuranceFund)]),
    ),
  ];
}

function assetsTable({ assets }: EpochReport): string {
  const amounts = ["held", "owed by customers", "settlement", "net", "insurance fund", "declared reserve"];
  return textTable(
    [{ title: "asset" }, ...amounts.map(right), right("coverage")],
    assets.map((a) => [
      a.asset,
      ...[a.gross, a.customerDebt, a.settlement, a.net, a.fund, a.reserve].map(grouped),
      coverage(a.needed, a.reserve),
    ]),
  );
}

function instrumentsTable({ instruments, quote }: EpochReport): string {
  const figures = ["mark price", "long", "short", "net", `net value in ${quote}`];
  return textTable(
    [{ title: "symbol" }, ...figures.map(right), { title: "what it is" }],
    instruments.map((i) => [
      i.symbol,
      ...[i.markPrice, i.long, i.short, i.net, i.value].map(grouped),
      i.words,
    ]),
  );
}

function proofsPart({ keys }: EpochReport): string[] {
  const table = textTable(
    [{ title: "circuit" }, right("proofs"), { title: "verifying key digest" }, { title: "origin" }],
    keys.map((k) => [
      visible(k.shape),
      String(k.uses),
      k.digest,
      k.origin === "development" ? "INSECURE development setup" : "not known here",
    ]),
  );
  return keys.some(({ origin }) => origin === "development") ? [table, DEVELOPMENT_WARNING] : [table];
}

/** Contracts with variants, which stand among the instruments one by one. */
function contractParts({ contracts }: EpochReport): string[] {
  if (contracts.length === 0) return [];
  const columns = [{ title: "contract" }, ...["long", "short", "net"].map(right), { title: "variants" }];
  const rows = contracts.map((c) => [
    c.contract,
    ...[c.long, c.short, c.net].map(grouped),
    c.variants.join(", "),
  ]);
  return ["Open interest of contracts, over their variants", textTable(columns, rows)];
}

/** Declared reserve in percent of what it must hold, rounded down: 100% only when all of it is there. */
export function coverage(needed: string, reserve: string): string {
  if (needed === "0") return "nothing owed";
  const [n, r] = [needed, reserve].map((text) => {
    const [whole, fraction = ""] = text.split(".") as [string, string | undefined];
    return BigInt(whole + fraction.padEnd(40, "0"));
  }) as [bigint, bigint];
  const hundredths = (r * 10_000n) / n;
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, "0")}%`;
}

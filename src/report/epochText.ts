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
  const { quote, totals, stress, instruments, assets, keys, prices } = report;
  const money = (name: string): string => `${grouped(totals[name]!)} ${quote}`;
  const parts = [
    `${visible(report.exchange)}, epoch ${visible(report.epoch)}, ${visible(report.time)}`,
    "NOTHING HERE HAS BEEN VERIFIED: this only shows what the bundle says. Run marginproof verify.",
    pairs([
      ["statement digest", report.statementDigest],
      ...(report.previousStatement === undefined
        ? []
        : [["built on statement", report.previousStatement] as const]),
      ["margin accounts", grouped(totals.accounts!)],
      ["positive equity", money("positiveEquity")],
      ["bad debt", money("badDebt")],
      ["shortfall", money("shortfall")],
      ["maintenance requirement", money("maintenance")],
      ["initial requirement", money("initial")],
      ["insurance fund (declared)", `${grouped(report.insuranceFund)} ${quote}`],
      ...(report.privateRules === null
        ? []
        : [
            ["secret rates of", report.privateRules.instruments.join(", ")] satisfies [string, string],
            [
              "rules commitment",
              `${report.privateRules.commitment}, not checked against a pinned value`,
            ] satisfies [string, string],
          ]),
      ["prices", prices === null ? "the exchange's word: no evidence" : "signed, with evidence: see below"],
    ]),
    judgedText(report.judgedBy),
  ];
  const condition = bandConditions(report.marginCallFactor);
  parts.push(
    "Margin accounts by band",
    textTable(
      [{ title: "band" }, right("accounts"), right("share"), { title: "equity" }],
      report.bands.map((b) => [BAND_NAMES[b.band], grouped(b.accounts), b.share ?? "-", condition[b.band]]),
    ),
  );
  if (stress.length > 0) {
    parts.push(
      `Bad debt under stress, in ${quote}`,
      textTable(
        [{ title: "scenario" }, right("bad debt"), right("insurance fund")],
        stress.map((s) => [s.name, grouped(s.badDebt), grouped(s.insuranceFund)]),
      ),
    );
  }
  parts.push(
    "Assets, in units of each",
    textTable(
      [
        { title: "asset" },
        ...["held", "owed by customers", "settlement", "net", "insurance fund", "declared reserve"].map(
          right,
        ),
        right("coverage"),
      ],
      assets.map((a) => [
        a.asset,
        ...[a.gross, a.customerDebt, a.settlement, a.net, a.fund, a.reserve].map(grouped),
        coverage(a.needed, a.reserve),
      ]),
    ),
    "Instruments",
    textTable(
      [
        { title: "symbol" },
        ...["mark price", "long", "short", "net", `net value in ${quote}`].map(right),
        { title: "what it is" },
      ],
      instruments.map((i) => [
        i.symbol,
        ...[i.markPrice, i.long, i.short, i.net, i.value].map(grouped),
        i.words,
      ]),
    ),
    ...contractParts(report),
    ...(prices === null
      ? []
      : [
          `Signed prices, each the median of at least ${prices.quorum} signers by the bundle's own account:\n` +
            prices.signers.map(({ name, address }) => `  ${address}  ${visible(name)}`).join("\n"),
          pricesTable(prices.instruments),
        ]),
    "Proofs",
    textTable(
      [{ title: "circuit" }, right("proofs"), { title: "verifying key digest" }, { title: "origin" }],
      keys.map((k) => [
        visible(k.shape),
        String(k.uses),
        k.digest,
        k.origin === "development" ? "INSECURE development setup" : "not known here",
      ]),
    ),
  );
  if (keys.some(({ origin }) => origin === "development")) parts.push(DEVELOPMENT_WARNING);
  return parts.join("\n\n");
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

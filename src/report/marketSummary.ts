import { bytesToHex } from "../field/encoding.js";
import { canonicalMarketDigest, type Market, secretRatesDigest, stressMoves } from "../market/index.js";
import type { RiskTable } from "../protocol/riskTable.js";
import { marginCallFactor } from "./bandText.js";
import { moveText } from "./judgedText.js";
import { grouped } from "./money.js";
import { pairs, textTable } from "./table.js";
import { visible } from "./visible.js";

const amountsText = (amounts: Readonly<Record<string, string>>): string =>
  Object.entries(amounts)
    .map(([asset, amount]) => `${grouped(amount)} ${asset}`)
    .join(", ") || "none";

/** What a market file holds, in a few lines. */
export function marketSummary(market: Market, table: RiskTable): string {
  const count = (kind: string): string => String(market.instruments.filter((i) => i.kind === kind).length);
  const members = (name: string): string =>
    String(market.instruments.filter((i) => Object.hasOwn(i.scenarioGains ?? {}, name)).length);
  const rates = secretRatesDigest(market);
  const parts = [
    pairs([
      ["exchange", `${visible(market.exchange)}, epoch ${visible(market.epoch)}, ${market.time}`],
      ...(market.previousStatement === undefined
        ? []
        : [["built on statement", market.previousStatement] as const]),
      ["quote", `${market.quote}, in value units of ${market.valueUnit}`],
      ["assets", `${count("asset")} and ${count("settlement")} settlements`],
      [
        "contracts",
        `${count("perpetual")} perpetuals, ${count("future")} futures, ${count("option")} options`,
      ],
      ["initial factor", `${market.initialFactorBp / 10_000} on the groups' worst losses`],
      ["margin call", `below ${marginCallFactor(market)} times the initial requirement`],
      ...(market.stress.length === 0 ? [["stress", "none"] as const] : []),
      // Nobody holds anything yet: of all instruments.
      ...stressMoves(market, () => true).map(
        (move) => [`stress ${move.name}`, moveText(move, market.quote)] as const,
      ),
      ["insurance fund", amountsText(market.insuranceFund)],
      ["risk table", `${table.rows.length} rows`],
      ...(rates === undefined ? [] : [["rules commitment", rates] satisfies [string, string]]),
      ["market digest", `0x${bytesToHex(canonicalMarketDigest(market))}`],
    ]),
  ];
  if (market.groups.length > 0) {
    parts.push(
      textTable(
        [
          { title: "risk group" },
          { title: "scenarios", align: "right" },
          { title: "instruments", align: "right" },
        ],
        market.groups.map((g) => [groupText(g), String(g.scenarios.length), members(g.name)]),
      ),
    );
  }
  return parts.join("\n\n");
}

/** A group's name, and what it is a part of or what initial factor of its own it has. */
function groupText({ name, within, initialFactorBp }: Market["groups"][number]): string {
  if (within !== undefined) return `${name} (part of ${within})`;
  return initialFactorBp === undefined ? name : `${name} (initial factor ${initialFactorBp / 10_000})`;
}

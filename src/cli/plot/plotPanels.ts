import { MarginproofError } from "../../errors.js";
import { marginAccountTitle } from "../../protocol/pocket.js";
import type { Amount, ExplainPocket, ExplainReport } from "../../report/explainReport.js";
import { grouped } from "../../report/money.js";
import { visible } from "../../report/visible.js";

/** One cell of a grid: a bar of the picture. Texts are exact; coordinates are made of them only when drawn. */
export interface PlotRow {
  readonly scenario: string;
  /** What the pocket is worth if the scenario happens, quote currency. */
  readonly value: string;
  /** Printed beside the worst cell; undefined for all others. */
  readonly worst?: string;
}

export interface PlotPanel {
  readonly title: string;
  readonly notes: readonly string[];
  /** What the pocket is worth now. */
  readonly equity: string;
  readonly rows: readonly PlotRow[];
}

/**
 * What to draw for an account: a panel for every risk group of every pocket; for a pocket in no group, its stress scenarios.
 * @throws MarginproofError EXPLAIN_NOTHING_TO_PLOT when there is neither
 */
export function plotPanels(report: ExplainReport): PlotPanel[] {
  const panels = report.pockets.flatMap((pocket) =>
    pocket.groups.length > 0 ? groupPanels(report, pocket) : stressPanels(report, pocket),
  );
  if (panels.length > 0) return panels;
  throw new MarginproofError(
    "EXPLAIN_NOTHING_TO_PLOT",
    `account "${report.account}" is in no risk group, and the market has no stress scenarios`,
    { kind: "usage", hint: "Leave --plot out: the lines that explain prints are all there is." },
  );
}

const money = ({ amount }: Amount): string => grouped(amount);

function groupPanels(
  { account, quote }: ExplainReport,
  { pocket, groups, totals }: ExplainPocket,
): PlotPanel[] {
  return groups.map(({ group, scenario, loss, initial, cells }): PlotPanel => {
    const worst = cells.findIndex((cell) => cell.scenario === scenario);
    return {
      title: `${visible(marginAccountTitle({ account, pocket }))}: group ${group}`,
      notes: [
        `equity now ${money(totals.equity)} ${quote}`,
        scenario === null
          ? `no loss in any of ${cells.length} scenarios: the group requires nothing`
          : `requirement of the group: maintenance ${money(loss)} ${quote}, initial ${money(initial)} ${quote}`,
      ],
      equity: totals.equity.amount,
      rows: cells.map((cell, c) => ({
        scenario: cell.scenario,
        value: cell.value.amount,
        ...(c === worst ? { worst: `worst: ${money(cell.value)} ${quote}, a loss of ${money(loss)}` } : {}),
      })),
    };
  });
}

function stressPanels(
  { account, quote }: ExplainReport,
  { pocket, stress, totals }: ExplainPocket,
): PlotPanel[] {
  if (stress.length === 0) return [];
  const lowest = stress.reduce((one, other) =>
    BigInt(other.equity.units) < BigInt(one.equity.units) ? other : one,
  );
  return [
    {
      title: `${visible(marginAccountTitle({ account, pocket }))}: exchange-wide stress`,
      notes: [
        `equity now ${money(totals.equity)} ${quote}`,
        `in no risk group: its maintenance requirement of ${money(totals.maintenance)} ${quote} comes from brackets alone`,
      ],
      equity: totals.equity.amount,
      rows: stress.map((s) => ({
        scenario: s.name,
        value: s.equity.amount,
        ...(s === lowest
          ? { worst: `worst: ${money(s.equity)} ${quote}, a change of ${money(s.change)}` }
          : {}),
      })),
    },
  ];
}

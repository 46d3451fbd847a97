import type { ExplainReport } from "../../report/explainReport.js";
import { visible } from "../../report/visible.js";
import { loadVega } from "./loadVega.js";
import { plotPanels } from "./plotPanels.js";
import { plotSpec } from "./plotSpec.js";

/**
 * The account's value across every scenario grid, as SVG text: the same report makes the same bytes. Vega is loaded only
 * here, and no other command needs it.
 *
 * @throws MarginproofError EXPLAIN_NOTHING_TO_PLOT, PLOT_WITHOUT_VEGA
 */
export async function explainSvg(report: ExplainReport): Promise<string> {
  const heading = `${visible(report.exchange)}, epoch ${visible(report.epoch)}, ${visible(report.time)}`;
  const spec = plotSpec(heading, plotPanels(report), report.quote);
  const { parse, resetSVGDefIds, View } = await loadVega();
  // Vega numbers what it defines on through the life of a process.
  resetSVGDefIds();
  const view = new View(parse(spec), { renderer: "none" });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}

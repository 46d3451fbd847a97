import type uPlot from "uplot";
import { byId } from "./dom.js";

/** Handed out by the server as a script of its own. */
const { uPlot: Plot } = globalThis as unknown as { readonly uPlot: typeof uPlot };

/** One line of a chart. */
export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

/** Told apart by people who don't see all colours, in light and dark. */
const COLOURS = ["#d55e00", "#e69f00", "#009e73", "#56b4e9", "#0072b2", "#cc79a7", "#8a7d00"];
const HEIGHT = 280;
/** uPlot's scale that is linear near zero and logarithmic above: a few accounts are seen beside a hundred thousand. */
const SPREAD = 4;
const drawn = new Map<string, uPlot>();

/**
 * Draws lines over moments into a place of the page, in place of what was drawn there before.
 * @param seconds moments, rising, since 1970
 */
export function draw(id: string, seconds: readonly number[], lines: readonly Line[]): void {
  const place = byId(id);
  drawn.get(id)?.destroy();
  const stroke = getComputedStyle(place).color;
  const axis = { stroke, grid: { stroke: "#8884" }, ticks: { stroke: "#8884" } };
  const options: uPlot.Options = {
    width: place.clientWidth,
    height: HEIGHT,
    tzDate: (moment) => Plot.tzDate(new Date(moment * 1000), "Etc/UTC"),
    scales: { x: { time: true }, y: { distr: SPREAD, range: fromZero } },
    axes: [axis, { ...axis, size: 70 }],
    series: [
      { label: "moment (UTC)" },
      ...lines.map(({ label }, n) => ({
        label,
        stroke: COLOURS[n % COLOURS.length]!,
        width: 2,
        points: { show: true, size: 6 },
        spanGaps: false,
      })),
    ],
  };
  const data = [[...seconds], ...lines.map(({ values }) => [...values])] as uPlot.AlignedData;
  drawn.set(id, new Plot(options, data, place));
}

/** From zero to a little above the highest: how far a line is from zero is to be seen. */
const fromZero = (_: uPlot, _low: number | null, high: number | null): [number, number] => [
  0,
  Math.max(high ?? 1, 1) * 1.1,
];

/** Makes the charts as wide as their places are now. */
export function fit(): void {
  for (const [id, plot] of drawn) plot.setSize({ width: byId(id).clientWidth, height: HEIGHT });
}

import type { Axis, GroupMark, Mark, Spec } from "vega";
import type { PlotPanel, PlotRow } from "./plotPanels.js";

const [FONT, SIZE] = ["sans-serif", 12] as const;
/** A little more than a character of that font is wide: nothing here depends on a machine's fonts. */
const CHARACTER = 7;
const [ROW, HEAD, LINE, FOOT, MARGIN, PLOT] = [20, 14, 18, 62, 16, 560] as const;
const INK = "#222222";
const FILL = { gain: "#0072b2", loss: "#e69f00", worst: "#c1272d" } as const;

/**
 * The picture as a Vega specification: panels below each other; in each a bar per scenario, from the value now to the
 * value in the scenario, the worst one red with its figures beside it. Every place is computed here, none from the width of
 * drawn text, so the same panels make the same bytes everywhere. Binary floats are coordinates only: figures are text.
 */
export function plotSpec(heading: string, panels: readonly PlotPanel[], quote: string): Spec {
  const rows = panels.flatMap((panel) => panel.rows);
  const left = MARGIN + 10 + CHARACTER * longest(rows.map((row) => row.scenario));
  const heads = [heading, ...panels.flatMap((panel) => [panel.title, ...panel.notes])];
  const inside = PLOT + MARGIN + CHARACTER * longest(rows.map((row) => row.worst ?? ""));
  const width = Math.max(left + inside, 2 * MARGIN + CHARACTER * 1.2 * longest(heads));
  let y = MARGIN + 2 * LINE;
  const marks: Mark[] = [label(MARGIN, MARGIN + LINE / 2, heading, { bold: true, size: 15 })];
  panels.forEach((panel, k) => {
    marks.push(label(MARGIN, y + HEAD, panel.title, { bold: true, size: 13 }));
    for (const [n, note] of panel.notes.entries()) marks.push(label(MARGIN, y + HEAD + LINE * (n + 1), note));
    y += HEAD + LINE * (panel.notes.length + 1);
    marks.push(chart(panel, k, left, y, quote));
    y += ROW * panel.rows.length + FOOT;
  });
  return {
    autosize: "none",
    width,
    height: y,
    background: "#ffffff",
    config: {
      text: { font: FONT },
      axis: { labelFont: FONT, titleFont: FONT, labelColor: INK, titleColor: INK },
    },
    data: panels.map((panel, k) => ({ name: `panel${k}`, values: panel.rows.map((row) => bar(panel, row)) })),
    marks,
  };
}

const longest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length));

function bar({ equity }: PlotPanel, { scenario, value, worst }: PlotRow) {
  const [from, to] = [Number(equity), Number(value)];
  const fill = worst !== undefined ? FILL.worst : to < from ? FILL.loss : FILL.gain;
  return { scenario, from, to, fill, worst: worst ?? "", labelAt: Math.max(from, to) };
}

function label(x: number, y: number, text: string, { bold = false, size = SIZE as number } = {}): Mark {
  return {
    type: "text",
    encode: {
      enter: {
        x: { value: x },
        y: { value: y },
        text: { value: text },
        fontSize: { value: size },
        fontWeight: { value: bold ? "bold" : "normal" },
        baseline: { value: "middle" },
        fill: { value: INK },
      },
    },
  };
}

/** One panel's bars, axes, and lines at the value now and at 0. */
function chart(panel: PlotPanel, k: number, x: number, y: number, quote: string): GroupMark {
  const numbers = [panel.equity, ...panel.rows.map((row) => row.value)].map(Number);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const height = ROW * panel.rows.length;
  const from = { data: `panel${k}` };
  return {
    type: "group",
    encode: {
      enter: { x: { value: x }, y: { value: y }, width: { value: PLOT }, height: { value: height } },
    },
    scales: [
      {
        name: "value",
        type: "linear",
        domain: low === high ? [low - 1, high + 1] : [low, high],
        range: [0, PLOT],
        nice: true,
        zero: false,
      },
      {
        name: "scenario",
        type: "band",
        domain: panel.rows.map((row) => row.scenario),
        range: [0, height],
        padding: 0.2,
      },
    ],
    axes: axes(quote),
    marks: [
      bars(from),
      line(Number(panel.equity), height, [4, 3], INK),
      ...(low <= 0 && high >= 0 ? [line(0, height, [], FILL.worst)] : []),
      worstLabel(from),
    ],
  };
}

function axes(quote: string): Axis[] {
  return [
    {
      orient: "left",
      scale: "scenario",
      labelFontSize: SIZE,
      labelLimit: 0,
      ticks: false,
      labelPadding: 6,
    },
    {
      orient: "bottom",
      scale: "value",
      tickCount: 5,
      grid: true,
      gridScale: "scenario",
      gridColor: "#dddddd",
      labelFontSize: 11,
      title: `value of the pocket if the scenario happens, ${quote}; dashed: now`,
      titleFontWeight: "normal",
      titleFontSize: SIZE,
      titleLimit: 0,
    },
  ];
}

function line(at: number, height: number, dash: number[], color: string): Mark {
  return {
    type: "rule",
    encode: {
      enter: {
        x: { scale: "value", value: at },
        y: { value: 0 },
        y2: { value: height },
        stroke: { value: color },
        strokeDash: { value: dash },
      },
    },
  };
}

function bars(from: { readonly data: string }): Mark {
  return {
    type: "rect",
    from,
    encode: {
      enter: {
        x: { scale: "value", field: "from" },
        x2: { scale: "value", field: "to" },
        y: { scale: "scenario", field: "scenario" },
        height: { scale: "scenario", band: 1 },
        fill: { field: "fill" },
      },
    },
  };
}

function worstLabel(from: { readonly data: string }): Mark {
  return {
    type: "text",
    from,
    encode: {
      enter: {
        x: { scale: "value", field: "labelAt", offset: 8 },
        y: { scale: "scenario", field: "scenario", band: 0.5 },
        text: { field: "worst" },
        fontSize: { value: SIZE },
        fontWeight: { value: "bold" },
        baseline: { value: "middle" },
        fill: { value: FILL.worst },
      },
    },
  };
}

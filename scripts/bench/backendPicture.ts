import type { GroupMark, Spec } from "vega";
import type { BackendReport } from "./backendReport.js";

/** A bar: one engine, one step, so many cores. */
interface Bar {
  readonly shape: string;
  readonly row: string;
  readonly accountsPerSecond: number;
}

const [ROW, WIDTH] = [18, 420] as const;
const COLOURS = ["#0072b2", "#56b4e9", "#d55e00", "#e69f00", "#009e73", "#a6d8c5", "#555555", "#aaaaaa"];

/** Accounts a second by step, engine and cores, as a Vega specification. Steps without accounts are left out. */
export function backendPicture({ machine, profile, figures }: BackendReport): Spec {
  const bars: Bar[] = figures.flatMap(({ shape, accounts, backend, proofsPerSecond }) =>
    proofsPerSecond.map((proofs, k) => ({
      shape: shapeTitle(shape),
      row: `${backend}, ${k + 1} core${k === 0 ? "" : "s"}`,
      accountsPerSecond: (accounts ?? 0) * proofs,
    })),
  );
  const drawn = bars.filter(({ accountsPerSecond }) => accountsPerSecond > 0);
  const rows = [...new Set(drawn.map(({ row }) => row))];
  const shapes = [...new Set(drawn.map(({ shape }) => shape))];
  const height = shapes.length * (rows.length * ROW + ROW);
  return {
    title: `Accounts a second by step of ${profile}: ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`,
    width: WIDTH,
    height,
    padding: 12,
    background: "#ffffff",
    data: [{ name: "bars", values: drawn }],
    scales: [
      {
        name: "x",
        domain: { data: "bars", field: "accountsPerSecond" },
        range: "width",
        nice: true,
        zero: true,
      },
      { name: "y", type: "band", domain: shapes, range: "height", paddingInner: 0.15 },
      { name: "colour", type: "ordinal", domain: rows, range: [...COLOURS] },
    ],
    axes: [
      { orient: "bottom", scale: "x", title: "accounts a second", grid: true },
      { orient: "left", scale: "y", ticks: false, labelPadding: 8 },
    ],
    legends: [{ fill: "colour", orient: "right" }],
    marks: [barsOfSteps(rows)],
  };
}

/** Of each step its bars below each other, with their figures. */
function barsOfSteps(rows: readonly string[]): GroupMark {
  const text = {
    font: { value: "sans-serif" },
    fontSize: { value: 11 },
    baseline: { value: "middle" },
  } as const;
  return {
    type: "group",
    from: { facet: { data: "bars", name: "own", groupby: "shape" } },
    encode: { enter: { y: { scale: "y", field: "shape" } } },
    signals: [{ name: "height", update: "bandwidth('y')" }],
    scales: [{ name: "row", type: "band", domain: [...rows], range: "height" }],
    marks: [
      {
        name: "own_bars",
        type: "rect",
        from: { data: "own" },
        encode: {
          enter: {
            x: { scale: "x", value: 0 },
            x2: { scale: "x", field: "accountsPerSecond" },
            y: { scale: "row", field: "row" },
            height: { scale: "row", band: 1, offset: -1 },
            fill: { scale: "colour", field: "row" },
          },
        },
      },
      {
        type: "text",
        from: { data: "own" },
        encode: {
          enter: {
            ...text,
            x: { scale: "x", field: "accountsPerSecond", offset: 4 },
            y: { scale: "row", field: "row", band: 0.5 },
            text: { signal: "format(datum.accountsPerSecond, '.1f')" },
          },
        },
      },
    ],
  };
}

/** `accounts-a57-b2-f2-g0-s0-z2` for a person: places, positions, groups. */
function shapeTitle(id: string): string {
  const [, a, b, f, g] = /^accounts-a(\d+)-b(\d+)-f(\d+)-g(\d+)/.exec(id) ?? [];
  if (a === undefined) return id;
  const groups = g === "0" ? "" : `, ${g} group${g === "1" ? "" : "s"}`;
  return `${a} of ${b} + ${f}${groups}`;
}

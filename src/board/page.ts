import { draw, fit } from "./charts.js";
import { byId, duration, el, minute, table } from "./dom.js";
import { ask, type EpochFigures, Refused, type Verdict, type Work } from "./figures.js";

const EVERY_MS = 5000;
/** As people read them, worst first: the bands of docs/protocol.md. */
const BANDS: readonly (readonly [name: string, title: string])[] = [
  ["bankrupt", "bankrupt"],
  ["liquidation", "in liquidation"],
  ["reduceOnly", "reduce only"],
  ["marginCall", "in margin call"],
  ["free", "free"],
];

let token: string | undefined;
/** Digests of what is shown: drawn again only when it is something else. */
let shown = "";

async function showPublished(): Promise<void> {
  const { epochs } = await ask<{ epochs: EpochFigures[] }>("/v1/figures");
  const exchange = chosen([...new Set(epochs.map((own) => own.exchange))].sort());
  const own = epochs.filter((one) => one.exchange === exchange);
  const key = own.map(({ digest }) => digest).join();
  const last = own.at(-1);
  byId("state").textContent =
    last === undefined
      ? "Nothing is published yet."
      : `${own.length} published epochs of ${exchange}; the last is ${last.epoch}, of ${minute(last.time)}.`;
  if (key === shown || last === undefined) return;
  showBands(own);
  showCoverage(own);
  showVerdict(last, await ask<Verdict>(`/v1/epochs/${last.id}/verdict`));
  shown = key;
}

/** Of several exchanges on one server, the one that the reader chose. */
function chosen(exchanges: readonly string[]): string | undefined {
  const select = byId<HTMLSelectElement>("exchange");
  if ([...select.options].map(({ value }) => value).join("\n") !== exchanges.join("\n")) {
    select.replaceChildren(...exchanges.map((name) => el("option", { value: name }, name)));
  }
  byId("exchanges").hidden = exchanges.length < 2;
  return exchanges[Math.max(select.selectedIndex, 0)];
}

const seconds = (epochs: readonly EpochFigures[]): number[] =>
  epochs.map(({ time }) => Date.parse(time) / 1000);

function showBands(epochs: readonly EpochFigures[]): void {
  const lines = BANDS.map(([name, label]) => ({ label, values: epochs.map(({ bands }) => bands[name]!) }));
  draw("bands", seconds(epochs), lines);
  const rows = epochs.map(({ epoch, bands }) => [epoch, ...BANDS.map(([name]) => String(bands[name]))]);
  byId("bands-table").replaceChildren(table(["epoch", ...BANDS.map(([, title]) => title)], rows.reverse()));
}

function showCoverage(epochs: readonly EpochFigures[]): void {
  const assets = [...new Set(epochs.flatMap(({ coverage }) => coverage.map(({ asset }) => asset)))].sort();
  const of = (epoch: EpochFigures, asset: string) => epoch.coverage.find((own) => own.asset === asset);
  const lines = assets.map((asset) => ({
    label: asset,
    values: epochs.map((epoch) => {
      const ratio = of(epoch, asset)?.ratio ?? null;
      return ratio === null ? null : Number(ratio);
    }),
  }));
  draw("coverage", seconds(epochs), lines);
  const rows = epochs.map((epoch) => [epoch.epoch, ...assets.map((asset) => of(epoch, asset)?.ratio ?? "-")]);
  byId("coverage-table").replaceChildren(table(["epoch", ...assets], rows.reverse()));
}

function showVerdict({ epoch, digest }: EpochFigures, verdict: Verdict): void {
  const { proved, solvent, developmentKeys, checks } = verdict;
  const word = !proved ? "NOT PROVED" : solvent ? "Proved, and covered" : "PROVED BUT NOT SOLVENT";
  const keys = developmentKeys
    ? [el("p", { class: "fail" }, "Development keys: anybody can forge this.")]
    : [];
  const rows = checks.map(({ title, status, detail }) => [
    el("span", { class: status }, status),
    title,
    detail,
  ]);
  byId("verdict").replaceChildren(
    el("p", { class: proved && solvent ? "pass" : "fail" }, el("strong", {}, word), ` epoch ${epoch}`),
    ...keys,
    el(
      "p",
      {},
      "This server’s own word. To trust nobody, verify the bundle yourself: its digest is ",
      digest,
      ".",
    ),
    el(
      "details",
      {},
      el("summary", {}, `${checks.length} checks`),
      table(["result", "check", "what it found"], rows),
    ),
  );
}

async function showWork(): Promise<void> {
  if (token === undefined) return;
  const { epochs, workers } = await ask<Work>("/v1/status", token);
  byId("epochs").replaceChildren(
    epochs.length === 0 ? "None." : table(["epoch", "state", "proved", "left", "came"], epochs.map(epochRow)),
  );
  const rows = workers.map(({ name, proved, secondsEach, secondsAgo }) => [
    ...[name, String(proved), `${secondsEach.toFixed(1)} s`, `${duration(secondsAgo)} ago`],
  ]);
  byId("workers").replaceChildren(
    workers.length === 0 ? "None." : table(["worker", "proofs", "each", "the last"], rows),
  );
  byId("work").hidden = false;
}

function epochRow(own: Work["epochs"][number]): (Node | string)[] {
  const { epoch, state, steps, proved, setAside, secondsLeft, created } = own;
  const bar = el("progress", {
    max: String(steps),
    value: String(proved),
    "aria-label": `${epoch}: steps proved`,
  });
  const aside = setAside === 0 ? "" : `, ${setAside} set aside`;
  const counted = steps === 0 ? "-" : el("span", {}, bar, ` ${proved} of ${steps}${aside}`);
  return [
    epoch,
    state,
    counted,
    secondsLeft === null ? "-" : `about ${duration(secondsLeft)}`,
    minute(created),
  ];
}

/** One round; the next begins when this one has ended, whatever came of it. */
async function round(): Promise<void> {
  try {
    await showPublished();
    await showWork();
  } catch (error) {
    const refused = error instanceof Refused;
    if (refused) {
      token = undefined;
      byId("work").hidden = true;
    }
    byId(refused ? "refusal" : "state").textContent = (error as Error).message;
  }
}

async function rounds(): Promise<void> {
  if (!document.hidden) await round();
  setTimeout(rounds, EVERY_MS);
}

byId("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = byId<HTMLInputElement>("token");
  token = field.value.trim();
  byId("refusal").textContent = "";
  field.value = "";
  void round();
});
byId("exchange").addEventListener("change", () => {
  shown = "";
  void round();
});
addEventListener("resize", fit);
void rounds();

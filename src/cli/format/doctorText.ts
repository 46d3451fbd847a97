import { BAND_NAMES, BANDS } from "../../protocol/bands.js";
import type { Diagnosis } from "../../prover/doctor/diagnose.js";
import type { Finding, FindingLevel } from "../../prover/doctor/finding.js";
import { durationText } from "../../report/duration.js";
import { grouped } from "../../report/money.js";
import { type Column, pairs, textTable } from "../../report/table.js";
import { visible } from "../../report/visible.js";

const HEADS: Readonly<Record<FindingLevel, string>> = {
  refused: "PROVE WILL REFUSE",
  fails: "VERIFY WILL SAY THAT THE BOOK IS NOT COVERED",
  look: "WORTH A LOOK",
};

/** What was found, worst first, and what proving takes. */
export function doctorText({ clear, findings, book }: Diagnosis, profile: string): string {
  const levels = (Object.keys(HEADS) as FindingLevel[]).flatMap((level) => {
    const own = findings.filter((finding) => finding.level === level);
    return own.length === 0 ? [] : [[HEADS[level], ...own.map(findingText)].join("\n")];
  });
  return [...levels, ...(book === undefined ? [] : [bookText(book, profile)]), verdict(clear, findings)].join(
    "\n\n",
  );
}

function findingText({ text, lines = [], next }: Finding): string {
  const shown = [`  ${visible(text)}`, ...lines.map((line) => `    ${visible(line)}`)];
  return [...shown, ...(next === undefined ? [] : [`    next: ${visible(next)}`])].join("\n");
}

const count = (n: number): string => grouped(String(n));
const right = (title: string): Column => ({ title, align: "right" });

function bookText(book: NonNullable<Diagnosis["book"]>, profile: string): string {
  const { cost, steps } = book;
  const bands = [...BANDS].reverse().map((band) => `${count(book.bands[band])} ${BAND_NAMES[band]}`);
  const left = book.partial ? ", without what is refused above" : "";
  const parts = [
    pairs([
      ["epoch", visible(`${book.epoch} of ${book.exchange}`)],
      ["rows", `${count(book.rows)}${left}`],
      ["margin accounts", `${count(book.accounts)}: ${bands.join(", ")}`],
    ]),
  ];
  if (steps.length === 0) return parts.join("\n");
  const rows = steps.map((own) => [
    own.shape,
    count(own.steps),
    own.accounts === undefined ? "-" : count(own.accounts),
    count(own.constraints),
  ]);
  parts.push(
    `Profile ${profile}:`,
    textTable([{ title: "shape" }, right("proofs"), right("accounts"), right("constraints each")], rows),
    pairs([
      ["proofs", count(cost.proofs)],
      [
        "time",
        `about ${durationText(cost.seconds)} with ${cost.workers} worker${cost.workers === 1 ? "" : "s"}, each on a core (${durationText(cost.cpuSeconds)} of CPU)`,
      ],
      ["memory", `about ${count(cost.memoryMiB)} MiB`],
    ]),
    "Time and memory are those of the machine in docs/performance.md.",
  );
  return parts.join("\n");
}

function verdict(clear: boolean, findings: readonly Finding[]): string {
  if (clear) return "CLEAR: nothing is in the way of proving this epoch";
  const refused = findings.filter(({ level }) => level === "refused").length;
  const fails = findings.filter(({ level }) => level === "fails").length;
  const said = [
    ...(refused === 0 ? [] : [`prove will refuse it for ${refused} reason${refused === 1 ? "" : "s"}`]),
    ...(fails === 0 ? [] : [`${fails} check${fails === 1 ? "" : "s"} of the open book will fail`]),
  ];
  return `NOT CLEAR: ${said.join(", and ")}`;
}

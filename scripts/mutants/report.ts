import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { entryOf } from "./harmless.js";
import type { Result } from "./results.js";

const PAGE = join(PACKAGE_ROOT, "docs", "mutation.md");
/** Killers named per file; the rest is counted. */
const NAMED = 3;

export interface Tried {
  readonly key: string;
  readonly file: string;
  readonly result: Result | undefined;
}

/**
 * Writes what is known into docs/mutation.md, between the two comments that name the part.
 */
export function writeReport(
  part: "source" | "circuits",
  command: string,
  tried: readonly Tried[],
  reasons: ReadonlyMap<string, string>,
): void {
  const open = `<!-- ${part}: written by ${command} -->`;
  const close = `<!-- end of ${part} -->`;
  const page = readFileSync(PAGE, "utf8");
  const [from, to] = [page.indexOf(open), page.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for ${part}`);
  const text = report(command, tried, reasons);
  writeFileSync(PAGE, `${page.slice(0, from + open.length)}\n${text}\n${page.slice(to)}`);
}

function report(command: string, tried: readonly Tried[], reasons: ReadonlyMap<string, string>): string {
  const count = (list: readonly Tried[], status: Result["status"]): number =>
    list.filter(({ result }) => result?.status === status).length;
  const files = [...new Set(tried.map(({ file }) => file))];
  const survivors = tried.filter(({ result }) => result?.status === "survived");
  const untried = tried.length - count(tried, "killed") - survivors.length;
  const lines = [
    "",
    `\`${command}\`, ${new Date().toISOString().slice(0, 10)}: ${tried.length} mutants, ${count(tried, "killed")} killed, ` +
      `${survivors.length} survived, ${untried} not tried.${untried > 0 ? " This is not a full run." : ""}`,
    "",
    "| file | mutants | killed | survived | killed by |",
    "| --- | ---: | ---: | ---: | --- |",
    ...files.map((file) => {
      const own = tried.filter((each) => each.file === file);
      return `| ${file} | ${own.length} | ${count(own, "killed")} | ${count(own, "survived")} | ${killers(own)} |`;
    }),
    "",
    ...survivors.flatMap(({ key }) => [
      `- \`${key.replaceAll("`", "'")}\`: ${reasons.get(entryOf(key, reasons) ?? "") ?? "**open**"}`,
    ]),
    ...(survivors.length > 0 ? [""] : []),
  ];
  return lines.join("\n");
}

function killers(tried: readonly Tried[]): string {
  const counts = new Map<string, number>();
  for (const { result } of tried) {
    if (result?.status !== "killed") continue;
    const name = result.test?.startsWith("(the") === true ? result.test.slice(1, -1) : basename(result.by!);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const ordered = [...counts].sort((a, b) => b[1] - a[1]);
  const rest = ordered.slice(NAMED).reduce((sum, [, count]) => sum + count, 0);
  return [
    ...ordered.slice(0, NAMED).map(([name, n]) => `${name} ${n}`),
    ...(rest > 0 ? [`others ${rest}`] : []),
  ].join(", ");
}

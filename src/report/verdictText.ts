import type { Check, Verdict } from "../verifier/verdict.js";
import { attestedText, wordOf } from "./attestedText.js";
import { judgedText } from "./judgedText.js";
import { nextStep } from "./nextStep.js";
import { visible } from "./visible.js";
import { DEVELOPMENT_WARNING } from "./warnings.js";

const MARKS = { pass: "[pass]", fail: "[FAIL]", skipped: "[skip]" } as const;
const OPEN_INTEREST = "open-interest:";

const checkLine = ({ status, title, detail }: Check): string =>
  `  ${MARKS[status]} ${visible(title)}${detail === "" ? "" : `\n         ${visible(detail)}`}`;

/** A market has hundreds of derivatives: their checks are one line unless some fail. */
function openInterestLines(checks: readonly Check[]): string[] {
  if (checks.length === 0) return [];
  const failed = checks.filter(({ status }) => status !== "pass");
  const passed = checks.length - failed.length;
  const summary =
    passed === 0
      ? []
      : [`  ${MARKS.pass} total long = total short\n         for ${passed} of ${checks.length} derivatives`];
  return [...summary, ...failed.map(checkLine)];
}

export function checkLines(checks: readonly Check[]): string[] {
  const isOpenInterest = ({ id }: Check): boolean => id.startsWith(OPEN_INTEREST);
  const first = checks.findIndex(isOpenInterest);
  return checks.flatMap((check, at) => {
    if (!isOpenInterest(check)) return [checkLine(check)];
    return at === first ? openInterestLines(checks.filter(isOpenInterest)) : [];
  });
}

/** The verdict in one line. */
export function headline(verdict: Verdict): string {
  const failed = verdict.checks.filter(({ status }) => status === "fail");
  const word = verdict.attested === undefined ? undefined : wordOf(verdict.attested);
  // A registry signs nothing.
  const say = verdict.attested?.some(({ by }) => by === "registry") === true ? "say" : "signed";
  if (verdict.valid)
    return word === undefined
      ? "VALID: the statement is proved, and the book it shows is covered"
      : `VALID, ON THE WORD OF ${word}: they ${say} that the statement is proved, and the book it shows is covered`;
  if (verdict.proved) {
    const names = failed.map(({ title }) => visible(title));
    const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
    const fails = `it fails ${names.slice(0, 3).join("; ")}${more}`;
    return word === undefined
      ? `PROVED BUT NOT SOLVENT: the statement is true, and ${fails}`
      : `NOT SOLVENT, ON THE WORD OF ${word}: they ${say} that the statement is proved, and ${fails}`;
  }
  const [reason] = failed;
  return `NOT VALID: ${reason === undefined ? "a check was not made" : visible(`failed at "${reason.title}": ${reason.detail}`)}`;
}

/** The whole verdict for a reader. */
export function verdictText(verdict: Verdict): string {
  const { statementDigest, epochRoot, previousStatement } = verdict;
  const next = nextStep(verdict);
  const parts = [
    checkLines(verdict.checks).join("\n"),
    `${headline(verdict)}${next === undefined ? "" : `\n  next: ${next}`}`,
  ];
  if (verdict.judgedBy !== undefined) parts.push(judgedText(verdict.judgedBy));
  if (verdict.attested !== undefined) parts.push(...attestedText(verdict.attested));
  if (verdict.developmentKeys) parts.push(DEVELOPMENT_WARNING);
  if (statementDigest !== undefined) {
    const unproved = verdict.proved ? "" : "  (as this bundle has it: not proved)";
    parts.push(`statement digest  ${statementDigest}${unproved}\naccounts root     ${epochRoot ?? "-"}`);
  }
  if (previousStatement !== undefined)
    parts.push(
      `built on          ${previousStatement}  (the previous epoch's statement, as market.json names it)\n` +
        "That margins follow from it, see with marginproof market verify --previous.",
    );
  parts.push(`Not proved by any bundle:\n${verdict.notProved.map((line) => `  - ${line}`).join("\n")}`);
  return parts.join("\n\n");
}

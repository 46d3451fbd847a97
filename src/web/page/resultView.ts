import type { BookReport } from "../../report/bookReport.js";
import { JUDGED_TITLE, judgedRows } from "../../report/judgedText.js";
import { headline } from "../../report/verdictText.js";
import { visible } from "../../report/visible.js";
import type { Check, Verdict } from "../../verifier/verdict.js";
import { accountView } from "./accountView.js";
import { attestedView, auditorNames } from "./attestedView.js";
import { bookView } from "./bookView.js";
import { compareView } from "./compareView.js";
import { details, el } from "./dom.js";
import type { CheckResult, EarlierEpoch } from "./messages.js";

const MARKS = { pass: "pass", fail: "FAIL", skipped: "skipped" } as const;
const OPEN_INTEREST = "open-interest:";

/** What a check found: the verdict, then the reader's money, then the book it stands in, then how all that is known. */
export function resultView({ verdict, account, book, earlier, milliseconds }: CheckResult): HTMLElement[] {
  const failed = verdict.checks.some(({ status }) => status === "fail");
  return [
    ...banners({ verdict, account, book }),
    ...(account?.status === "counted" ? accountView(account.report) : []),
    ...(book === undefined ? [] : bookView(book)),
    ...(book === undefined || earlier === undefined ? [] : earlierView(book, earlier)),
    ...attestedView(verdict.attested),
    el("h3", {}, "How this is known"),
    el("p", {}, el("strong", { id: "epoch-headline" }, headline(verdict))),
    disclosure(
      checksTitle(verdict.checks),
      failed,
      el("ul", { class: "checks", id: "checks" }, ...checkItems(verdict.checks)),
    ),
    ...judgedView(verdict),
    disclosure(
      `What is not proved: ${verdict.notProved.length} things to know`,
      false,
      el("ul", { class: "plain", id: "not-proved" }, ...verdict.notProved.map((line) => el("li", {}, line))),
    ),
    ...digests(verdict),
    el("p", { class: "note" }, `Checked on this device in ${(milliseconds / 1000).toFixed(1)} s.`),
  ];
}

function earlierView(book: BookReport, { verdict, book: before }: EarlierEpoch): HTMLElement[] {
  if (before === undefined)
    return [
      banner("bad", "The other epoch is not valid", headline(verdict), "There is nothing to compare with."),
    ];
  return compareView(before, book);
}

const checksTitle = (checks: readonly Check[]): string => {
  const failed = checks.filter(({ status }) => status === "fail").length;
  return failed === 0 ? `All ${checks.length} checks passed` : `${failed} of ${checks.length} checks FAILED`;
};

function disclosure(title: string, open: boolean, ...content: readonly HTMLElement[]): HTMLElement {
  const element = details(title, ...content);
  element.open = open;
  return element;
}

/** What the figures were judged by, of an epoch that is proved. */
function judgedView({ judgedBy }: Verdict): HTMLElement[] {
  if (judgedBy === undefined) return [];
  const rows = judgedRows(judgedBy).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
  return [disclosure(JUDGED_TITLE, false, el("dl", { id: "judged-by" }, ...rows))];
}

/** A check that could not be made. */
export function errorView(code: string, message: string, hint: string | undefined): HTMLElement[] {
  return [
    banner(
      "bad",
      "The check could not be made",
      `${code}: ${visible(message)}`,
      ...(hint === undefined ? [] : [visible(hint)]),
      "Nothing was decided about the epoch or your account.",
    ),
  ];
}

type Outcome = Pick<CheckResult, "verdict" | "account" | "book">;

function banners(outcome: Outcome): HTMLElement[] {
  const { verdict } = outcome;
  const found = outcomeBanner(outcome);
  if (!verdict.developmentKeys) return [found];
  const refused = verdict.checks.some(({ id, status }) => id === "keys" && status === "fail");
  const warning = el(
    "div",
    { class: "banner warn", id: "development-keys" },
    el("strong", {}, "Insecure development keys"),
    el(
      "p",
      {},
      "The secrets of this epoch’s keys are public: anybody can forge a proof of any statement with them. ",
      refused
        ? "They were refused. If this is your own test data, tick “Accept insecure development keys” and check again."
        : "Believe what is shown here only of your own test data.",
    ),
  );
  return [found, warning];
}

function outcomeBanner({ verdict, account, book }: Outcome): HTMLElement {
  if (account === undefined) return epochBanner(verdict);
  if (account.status === "unknown") {
    return banner(
      "bad",
      "Not valid: nothing can be said of your account",
      verdict.attested === undefined
        ? "The bundle does not prove its statement. The failed check is below."
        : "Too few of your auditors vouch for this statement. The failed check is below.",
      ...(unknownKey(verdict) ? [CHOOSE_KEYS] : []),
    );
  }
  if (account.status !== "counted") {
    return banner(
      "bad",
      account.status === "not-counted"
        ? "Not counted"
        : "Could not check: this file says nothing of your account",
      `${account.code}: ${visible(account.message)}`,
      ...(account.hint === undefined ? [] : [visible(account.hint)]),
    );
  }
  const name = visible(account.report.account);
  // An old epoch, or another exchange's, is as valid as it ever was: a reader has to see which one this is.
  const epoch =
    book === undefined ? "" : ` (${[book.exchange, book.epoch, book.time].map(visible).join(", ")})`;
  const counted = `Account ${name} is in the totals of this epoch${epoch} with exactly the holdings below`;
  if (!verdict.valid) {
    return banner("bad", "Counted, but the epoch is not covered", `${counted}. The failed checks are below.`);
  }
  const text = `${counted}, and the book that the epoch shows is covered.`;
  if (verdict.developmentKeys) return banner("warn", "Counted and valid, but only under insecure keys", text);
  if (verdict.attested === undefined) return banner("good", "Counted, and the epoch is valid", text);
  return banner("good", `Counted, on the word of ${auditorNames(verdict.attested)}`, text);
}

/** For a reader who asks after the book alone. */
function epochBanner(verdict: Verdict): HTMLElement {
  if (!verdict.proved)
    return banner(
      "bad",
      "Not valid: the bundle does not prove its statement",
      "The failed check is below.",
      ...(unknownKey(verdict) ? [CHOOSE_KEYS] : []),
    );
  if (!verdict.valid)
    return banner(
      "bad",
      "Proved, but not covered",
      "The statement is true, and the checks below fail on it.",
    );
  const text = "The statement is proved, and the book that it shows is covered.";
  return verdict.developmentKeys
    ? banner("warn", "Valid, but only under insecure keys", text)
    : banner("good", "Valid", text);
}

const CHOOSE_KEYS = "Choose the keys.json that you trust: without it the page knows no real keys.";
const unknownKey = ({ checks }: Verdict): boolean => checks.some(({ code }) => code === "KEY_NOT_PINNED");

function banner(kind: "good" | "warn" | "bad", title: string, ...texts: readonly string[]): HTMLElement {
  return el(
    "div",
    { class: `banner ${kind}` },
    el("h2", { id: "result-title" }, title),
    ...texts.map((text) => el("p", {}, text)),
  );
}

/** A market has hundreds of derivatives: their checks are one line unless some fail. */
function checkItems(checks: readonly Check[]): HTMLElement[] {
  const openInterest = checks.filter(({ id }) => id.startsWith(OPEN_INTEREST));
  const failed = openInterest.filter(({ status }) => status !== "pass");
  const passed = openInterest.length - failed.length;
  const summary = `for ${passed} of ${openInterest.length} derivatives`;
  return checks.flatMap((check) => {
    if (!check.id.startsWith(OPEN_INTEREST)) return [checkItem(check)];
    if (check !== openInterest[0]) return [];
    const shown =
      passed === 0
        ? []
        : [{ ...check, status: "pass", title: "total long = total short", detail: summary } as const];
    return [...shown, ...failed].map(checkItem);
  });
}

function checkItem({ status, title, detail }: Check): HTMLElement {
  return el(
    "li",
    { class: status },
    el("span", { class: "mark" }, MARKS[status]),
    el("span", {}, visible(title), el("span", { class: "detail" }, visible(detail))),
  );
}

function digests({ statementDigest, epochRoot, previousStatement, proved, checks }: Verdict): HTMLElement[] {
  if (statementDigest === undefined) return [];
  const compared = checks.some(({ id, status }) => id === "anchor" && status === "pass");
  const note = compared
    ? "Equal to the digest you gave."
    : "Compare the statement digest with the one the exchange anchored in public: all customers must see the same.";
  return [
    el(
      "dl",
      { id: "digests" },
      el("dt", {}, proved ? "Statement digest" : "Statement digest (not proved)"),
      el("dd", { class: "digest" }, statementDigest),
      el("dt", {}, "Accounts root"),
      el("dd", { class: "digest" }, epochRoot ?? "–"),
      ...(previousStatement === undefined
        ? []
        : [
            el("dt", {}, "Built on the previous statement (not looked at)"),
            el("dd", { class: "digest" }, previousStatement),
          ]),
    ),
    ...(proved ? [el("p", { class: "note" }, note)] : []),
  ];
}

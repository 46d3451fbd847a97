import { JUDGED_TITLE, judgedRows } from "../../report/judgedText.js";
import { headline } from "../../report/verdictText.js";
import { visible } from "../../report/visible.js";
import type { Check, Verdict } from "../../verifier/verdict.js";
import { accountView } from "./accountView.js";
import { el } from "./dom.js";
import type { CheckResult } from "./messages.js";

const MARKS = { pass: "pass", fail: "FAIL", skipped: "skipped" } as const;
const OPEN_INTEREST = "open-interest:";

/** What a check found: the account first, then the epoch it stands in, then what none of it says. */
export function resultView({ verdict, account, epoch, milliseconds }: CheckResult): HTMLElement[] {
  const names = epoch && [epoch.exchange, `epoch ${epoch.epoch}`, epoch.time].map(visible).join(", ");
  return [
    ...banners({ verdict, account }),
    ...(account.status === "counted" ? accountView(account.report) : []),
    el("h3", {}, "The epoch as a whole"),
    ...(names === undefined ? [] : [el("p", {}, names)]),
    el("p", {}, el("strong", { id: "epoch-headline" }, headline(verdict))),
    el("ul", { class: "checks", id: "checks" }, ...checkItems(verdict.checks)),
    ...digests(verdict),
    ...judgedView(verdict),
    el("h3", {}, "What no bundle proves"),
    el("ul", { class: "plain", id: "not-proved" }, ...verdict.notProved.map((line) => el("li", {}, line))),
    el("p", { class: "note" }, `Checked on this device in ${(milliseconds / 1000).toFixed(1)} s.`),
  ];
}

/** What the figures were judged by, of an epoch that is proved. */
function judgedView({ judgedBy }: Verdict): HTMLElement[] {
  if (judgedBy === undefined) return [];
  return [
    el("h3", {}, JUDGED_TITLE),
    el(
      "dl",
      { id: "judged-by" },
      ...judgedRows(judgedBy).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]),
    ),
  ];
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

function banners({ verdict, account }: Pick<CheckResult, "verdict" | "account">): HTMLElement[] {
  const found = outcomeBanner({ verdict, account });
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

function outcomeBanner({ verdict, account }: Pick<CheckResult, "verdict" | "account">): HTMLElement {
  if (account.status === "unknown") {
    return banner(
      "bad",
      "Not valid: nothing can be said of your account",
      "The bundle does not prove its statement. The failed check is below.",
      ...(unknownKey(verdict)
        ? ["Choose the keys.json that you trust: without it the page knows no real keys."]
        : []),
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
  const counted = `Account ${name} is in the totals of this epoch with exactly the holdings below`;
  if (!verdict.valid) {
    return banner("bad", "Counted, but the epoch is not covered", `${counted}. The failed checks are below.`);
  }
  const text = `${counted}, and the book that the epoch shows is covered.`;
  return verdict.developmentKeys
    ? banner("warn", "Counted and valid, but only under insecure keys", text)
    : banner("good", "Counted, and the epoch is valid", text);
}

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

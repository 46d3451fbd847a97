import { PRICES } from "../../report/attestedText.js";
import { visible } from "../../report/visible.js";
import type { AttestedWord, AuditorsWord } from "../../verifier/verdict.js";
import { dataTable } from "./dataTable.js";
import { el } from "./dom.js";

/** The page asks no chain: whoever vouches here is an auditor. */
const auditorsOf = (words: readonly AttestedWord[]) =>
  words.filter((word): word is AuditorsWord => word.by === "auditors");

/** Names of those whose word the proofs are. */
export const auditorNames = (words: readonly AttestedWord[]): string =>
  auditorsOf(words)
    .flatMap(({ auditors }) => auditors.map(({ name }) => visible(name)))
    .join(", ");

/** Whose word it is that every proof verifies, on what terms, and what was not counted. */
export function attestedView(words: readonly AttestedWord[] | undefined): HTMLElement[] {
  return auditorsOf(words ?? []).flatMap(({ quorum, auditors, setAside }) => [
    el("h3", {}, "Whose word the proofs are"),
    el(
      "p",
      { id: "attested" },
      `Nobody here looked at a proof. That every one verifies is the word of ${auditors.length} of your auditors; your list asks for ${quorum}. Everything else was computed on this device.`,
    ),
    dataTable(
      "Auditors",
      ["Auditor", "Address", "Signed", "Stands by it until", "Verified with", "Prices"].map((title) => ({
        title,
      })),
      auditors.map(({ name, address, time, expires, verifier, prices }) => [
        name,
        address,
        time,
        expires,
        verifier,
        PRICES[prices],
      ]),
      "auditors",
    ),
    ...setAside.map(({ code, message }) =>
      el("p", { class: "note" }, `Not counted: ${code}: ${visible(message)}`),
    ),
  ]);
}

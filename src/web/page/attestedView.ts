import { PRICES } from "../../report/attestedText.js";
import { visible } from "../../report/visible.js";
import type { AttestedWord } from "../../verifier/verdict.js";
import { dataTable } from "./dataTable.js";
import { el } from "./dom.js";

/** Names of those whose word the proofs are. */
export const auditorNames = (words: readonly AttestedWord[]): string =>
  words.flatMap(({ auditors }) => auditors.map(({ name }) => visible(name))).join(", ");

/** Whose word it is that every proof verifies, on what terms, and what was not counted. */
export function attestedView(words: readonly AttestedWord[] | undefined): HTMLElement[] {
  return (words ?? []).flatMap(({ quorum, auditors, setAside }) => [
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

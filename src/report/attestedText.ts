import type { AttestedWord, AuditorsWord, PriceStanding, RegistryWord } from "../verifier/verdict.js";
import { textTable } from "./table.js";
import { visible } from "./visible.js";

/** Whose word it is, for a line: at most three names. */
export function wordOf(words: readonly AttestedWord[]): string {
  const names = words.flatMap((word) =>
    word.by === "registry" ? [registryOf(word)] : word.auditors.map(({ name }) => visible(name)),
  );
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return `${names.slice(0, 3).join(", ")}${more}`;
}

const registryOf = ({ address, chainId }: RegistryWord): string => `registry ${address} on chain ${chainId}`;

/** What an auditor did about prices, in words. */
export const PRICES: Readonly<Record<PriceStanding, string>> = {
  stated: "not compared",
  attested: "signed by whom the bundle names",
  pinned: "signed as the auditor's own policy asks",
};

/** Who vouches for the proofs, and on what terms: a paragraph a source. */
export function attestedText(words: readonly AttestedWord[]): string[] {
  return words.map((word) => (word.by === "registry" ? registryText(word) : auditorsText(word)));
}

const registryText = (word: RegistryWord): string =>
  `Nobody here looked at a proof. That every one verifies is the word of ${registryOf(word)}, as your node told it: its contracts\n` +
  "verified the proofs, or nobody showed a false one while a bond stood for them.";

function auditorsText({ quorum, auditors, setAside }: AuditorsWord): string {
  const table = textTable(
    ["auditor", "address", "signed", "stands by it until", "verified with", "prices"].map((title) => ({
      title,
    })),
    auditors.map(({ name, address, time, expires, verifier, prices }) =>
      [name, address, time, expires, verifier, PRICES[prices]].map(visible),
    ),
  );
  const aside = setAside.map(({ code, message }) => `  set aside: ${code}: ${visible(message)}`);
  return [
    "Nobody here looked at a proof. That every one verifies is the word of these auditors of your list " +
      `(${auditors.length}, of ${quorum} that it asks for):`,
    table,
    ...aside,
  ].join("\n");
}

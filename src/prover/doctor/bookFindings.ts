import type { AccountsSource } from "../../accounts/index.js";
import { decimal, decimalText, integer, multiply } from "../../decimal/decimal.js";
import type { Market } from "../../market/index.js";
import { BAND_NAMES, belowMaintenance } from "../../protocol/bands.js";
import { marginAccountTitle } from "../../protocol/pocket.js";
import type { Book } from "./book.js";
import type { Finding } from "./finding.js";

/** What is to be said of the book as a whole, but for open interest. */
export function bookFindings(book: Book, market: Market): Finding[] {
  const failed = book
    .checks()
    .filter(({ name, passed }) => !passed && name !== "open-interest")
    .map(({ name, subject, statement, left, right, parts }): Finding => {
      const figures =
        name === "position-side" ? parts : `${left} against ${right}${parts === "" ? "" : `: ${parts}`}`;
      return {
        level: "fails",
        code: name,
        about: subject,
        text: `${subject}: ${statement} fails, ${figures}`,
        next: NEXT[name]!,
      };
    });
  return [...failed, ...unsafe(book, market), ...withoutCollateral(book)];
}

const NEXT: Readonly<Record<string, string>> = {
  "position-side": "Correct the sides or the signs of these rows.",
  reserves:
    "Is the reserve declared whole, and are these balances the customers' alone? Then customers are owed more than there is.",
  insurance:
    "Are entry prices and balances right? Then the fund has to be larger, or the loss taken by somebody.",
  "stress-insurance": "Are the stress gains right? Then the fund doesn't last in that scenario.",
};

function unsafe(book: Book, { valueUnit, quote }: Market): Finding[] {
  const below = belowMaintenance(book.bands);
  if (below === 0n) return [];
  const money = (units: bigint): string =>
    `${decimalText(multiply(integer(units), decimal(valueUnit)))} ${quote}`;
  const { bankrupt } = book.bands;
  return [
    {
      level: "look",
      code: "below-maintenance",
      text: `${below} margin account${below === 1n ? " is" : "s are"} below maintenance, ${bankrupt} of them bankrupt; furthest below first`,
      lines: book.unsafe.map(
        ({ id, band, equity, maintenance }) =>
          `${marginAccountTitle(id)} is ${BAND_NAMES[band]}: equity ${money(equity)}, maintenance ${money(maintenance)}`,
      ),
      next: "Where your own books say otherwise, look at them line by line with marginproof market explain.",
    },
  ];
}

function withoutCollateral({ bare: { count, named } }: Book): Finding[] {
  if (count === 0) return [];
  return [
    {
      level: "look",
      code: "no-collateral",
      text: `${count} margin account${count === 1 ? " holds" : "s hold"} derivatives and no asset`,
      lines: named,
      next: "Are positions and balances under the same account names and pockets?",
    },
  ];
}

/** Instruments that a mapping makes of several names: rows of all of them are added up. */
export function namesFindings(source: AccountsSource): Finding[] {
  if (typeof source === "string") return [];
  const theirs = new Map<string, Set<string>>();
  for (const { rows } of source.mapping.files.values()) {
    for (const { instrument } of rows) {
      if (!("column" in instrument)) continue;
      for (const [name, ours] of instrument.names?.table ?? [])
        theirs.set(ours, (theirs.get(ours) ?? new Set()).add(name));
    }
  }
  return [...theirs]
    .filter(([, names]) => names.size > 1)
    .map(([ours, names]): Finding => {
      const listed = [...names].map((name) => JSON.stringify(name)).join(", ");
      return {
        level: "look",
        code: "mapped-together",
        about: ours,
        text: `the mapping makes ${ours} of ${listed}, in different tables of names`,
        next: "Are they one instrument? Otherwise give each its own.",
      };
    });
}

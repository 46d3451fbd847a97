import type { Check, Verdict } from "../verifier/verdict.js";
import type { ClaimedAddresses, ClaimedElsewhere } from "./reserveClaims.js";

const CHECK = {
  kind: "solvency",
  id: "reserves-claimed",
  title: "the addresses of the reserves file are claimed for this exchange in its registry, and for no other",
} as const;

/** Addresses that a message names, at most. */
const NAMED = 3;

/** What is wrong with the addresses of a reserves file by the registry's word, if anything. */
export function claimedFault({
  where,
  elsewhere,
  unclaimed,
}: ClaimedAddresses): { readonly code: string; readonly message: string } | undefined {
  const signed = elsewhere.filter((one) => one.signed);
  if (signed.length > 0)
    return {
      code: "RESERVES_CLAIMED",
      message: `${where}: ${listed(signed.map(claimedBy))}. Count it for neither: ask both exchanges whose it is.`,
    };
  if (unclaimed.length > 0)
    return {
      code: "RESERVES_UNCLAIMED",
      message:
        `${where}: nobody brought the exchange's own claim of ${listed(unclaimed)}, so another's would not be seen beside it. ` +
        "Bring it, anybody may: marginproof chain claim-reserves.",
    };
  return undefined;
}

/** What the registry says beside that. */
export function claimedWords({ where, elsewhere, claimed, unclaimable }: ClaimedAddresses): string {
  const declared = elsewhere.filter((one) => !one.signed).map(claimedBy);
  const also =
    declared.length === 0 ? "" : `; declared, without a signature, for others too: ${listed(declared)}`;
  const left = unclaimable === 0 ? "" : `, ${unclaimable} that no signature can be brought of there`;
  return `${where}: ${claimed} claimed${left}${also}`;
}

const claimedBy = ({ place, by }: ClaimedElsewhere): string =>
  `${place} by ${by.map((name) => JSON.stringify(name)).join(", ")}`;

const listed = (all: readonly string[]): string =>
  all.length <= NAMED ? all.join("; ") : `${all.slice(0, NAMED).join("; ")}; and ${all.length - NAMED} more`;

/** A verdict with a registry's word on its reserve addresses; undefined where they were not asked for. */
export function withClaimed(verdict: Verdict, found: ClaimedAddresses | undefined): Verdict {
  const add = (check: Check): readonly Check[] => [...verdict.checks, check];
  if (found === undefined)
    return {
      ...verdict,
      checks: add({
        ...CHECK,
        status: "skipped",
        detail: "the bundle is not proved, or its reserves file is refused",
      }),
    };
  const fault = claimedFault(found);
  if (fault === undefined)
    return { ...verdict, checks: add({ ...CHECK, status: "pass", detail: claimedWords(found) }) };
  const { code, message } = fault;
  const failed: Check = { ...CHECK, status: "fail", detail: `${code}: ${message}`, code };
  return { ...verdict, valid: false, solvent: false, checks: add(failed) };
}

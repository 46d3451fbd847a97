import { add, compare, decimal, decimalText, ZERO } from "../decimal/decimal.js";
import { MarginproofError } from "../errors.js";
import type { Market } from "../market/index.js";
import { instantOf } from "../protocol/instant.js";
import { type AssetStanding, type Check, RESERVES_STATED, type Verdict } from "../verifier/verdict.js";
import { reserveError } from "./reserveError.js";
import { type ReservePolicy, requiredStanding, type Standing } from "./reservePolicy.js";
import type { ReserveReport } from "./verifyReserves.js";

const ALL_SHOWN =
  "that nobody else has a claim on the reserves: they were shown to be there, and the exchange's to sign for, at one block";
const ON_ITS_WORD = (assets: string): string =>
  `that the reserves and the insurance fund exist and are the exchange's own, where they are not proved: ${assets}`;

/**
 * Holds the reserves that a market declares to what was shown of them.
 * @throws MarginproofError RESERVES_EPOCH when the report is of another exchange, epoch or time
 */
export function heldReserves(
  market: Pick<Market, "exchange" | "epoch" | "time" | "reserves">,
  report: ReserveReport,
  policy: ReservePolicy,
): AssetStanding[] {
  const same =
    report.exchange === market.exchange &&
    report.epoch === market.epoch &&
    instantOf(report.time) === instantOf(market.time);
  if (!same) {
    const of = (one: { exchange: string; epoch: string; time: string }) =>
      `${one.exchange}, ${one.epoch}, ${one.time}`;
    throw reserveError(
      "RESERVES_EPOCH",
      "reserves file",
      `it is of ${of(report)}; the statement of ${of(market)}`,
    );
  }
  return Object.entries(market.reserves)
    .filter(([, quantity]) => compare(decimal(quantity), ZERO) > 0)
    .map(([asset, quantity]) => standingOf(asset, quantity, report, policy));
}

function standingOf(
  asset: string,
  quantity: string,
  { assets }: ReserveReport,
  policy: ReservePolicy,
): AssetStanding {
  const none = { proved: ZERO, signed: ZERO, declared: ZERO };
  const { proved, signed, declared } = assets.find((one) => one.asset === asset) ?? none;
  const needed = decimal(quantity);
  const covers = (held: typeof proved): boolean => compare(needed, held) <= 0;
  const standing: Standing | "missing" = covers(proved)
    ? "proved"
    : covers(add(proved, signed))
      ? "signed"
      : covers(add(add(proved, signed), declared))
        ? "declared"
        : "missing";
  return {
    asset,
    reserve: quantity,
    proved: decimalText(proved),
    signed: decimalText(signed),
    declared: decimalText(declared),
    standing,
    required: requiredStanding(policy, asset),
  };
}

const ORDER = ["proved", "signed", "declared", "missing"];

/** Whether a reserve is shown as well as it has to be. */
const isShown = ({ standing, required }: AssetStanding): boolean =>
  ORDER.indexOf(standing) <= ORDER.indexOf(required);

/**
 * A verdict with its reserves looked at: a check per declared reserve, and what is left open. `look` verifies the file; what
 * it refuses is a failed check. Of a bundle that is not proved nothing is looked at.
 */
export function withReserves(verdict: Verdict, look: () => readonly AssetStanding[]): Verdict {
  const title = "reserves file: every signature and proof in it, under your reserve policy";
  const check = { kind: "solvency", id: "reserves-file", title } as const;
  if (!verdict.proved) {
    const skipped: Check = { ...check, status: "skipped", detail: "the bundle is not proved" };
    return { ...verdict, checks: [...verdict.checks, skipped] };
  }
  let standings: readonly AssetStanding[];
  try {
    standings = look();
  } catch (error) {
    if (!(error instanceof MarginproofError) || error.options.kind !== "invalid") throw error;
    const { code, message, options } = error;
    const detail = `${code}: ${message}. ${options.hint ?? ""}`.trim();
    const failed: Check = { ...check, status: "fail", detail, code };
    return { ...verdict, valid: false, solvent: false, checks: [...verdict.checks, failed] };
  }
  const checks = [{ ...check, status: "pass", detail: "" } as const, ...standings.map(standingCheck)];
  const solvent = verdict.solvent && standings.every(isShown);
  return {
    ...verdict,
    valid: verdict.valid && solvent,
    solvent,
    checks: [...verdict.checks, ...checks],
    notProved: verdict.notProved.map((line) => (line === RESERVES_STATED ? openLine(standings) : line)),
    reserves: standings,
  };
}

function openLine(standings: readonly AssetStanding[]): string {
  const open = standings.filter(({ standing }) => standing !== "proved");
  if (open.length === 0) return ALL_SHOWN;
  return ON_ITS_WORD(open.map(({ asset, standing }) => `${asset} (${standing})`).join(", "));
}

function standingCheck(own: AssetStanding): Check {
  const { asset, reserve, proved, signed, declared, standing, required } = own;
  const figures = `declared reserve ${reserve}: proved ${proved}, signed ${signed}, only declared ${declared}`;
  const shown = isShown(own);
  const word =
    standing === "missing"
      ? "the file does not name as much"
      : `${standing}, and your policy asks for ${required}`;
  return {
    kind: "solvency",
    id: `reserves-shown:${asset}`,
    title: `${asset} reserve is ${standing === "missing" ? "there" : required}`,
    status: shown ? "pass" : "fail",
    detail: `${figures}${shown && standing === required ? "" : `: ${word}`}`,
  };
}

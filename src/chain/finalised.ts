import type { Check, Verdict } from "../verifier/verdict.js";
import { type ChainEpoch, epochOf, isUnknown, type Registry } from "./registry.js";

/** An epoch's state, and where it was read. */
export interface Finalised {
  readonly epoch: ChainEpoch;
  readonly where: string;
}

export const REGISTRY_TITLE = "the registry on chain has this statement as final";

/**
 * Asks a registry for an epoch.
 * @throws MarginproofError those of `read`: a node that can't be asked says nothing about the bundle
 */
export async function askFinalised(
  registry: Registry,
  statement: { readonly exchange: string; readonly epoch: string },
): Promise<Finalised> {
  const { chain, address } = registry;
  const epoch = await epochOf(registry, statement.exchange, statement.epoch);
  const word = chain.said ? "" : " (by the node's word: no --chain-id was given)";
  return { epoch, where: `registry ${address} on chain ${chain.id}${word}` };
}

/** Why a registry does not say that this statement is final; undefined when it does. */
export function notFinal(
  { epoch, where }: Finalised,
  digest: string,
): { readonly code: string; readonly message: string } | undefined {
  const fault = (code: string, problem: string) => ({ code, message: `${where}: ${problem}` });
  if (isUnknown(epoch))
    return fault("REGISTRY_UNKNOWN", "nobody published an epoch of this name of this exchange there");
  // Told before its state: a second statement is the graver thing.
  if (epoch.digest !== digest)
    return fault(
      "REGISTRY_OTHER",
      `it has statement ${epoch.digest} under this name (${epoch.status}), here is ${digest}`,
    );
  if (epoch.status !== "final")
    return fault("REGISTRY_NOT_FINAL", `this statement is ${epoch.status} there, not final`);
  return undefined;
}

/** A verdict with the registry's answer compared; without a statement digest there is nothing to compare. */
export function withRegistry(verdict: Verdict, found: Finalised | undefined): Verdict {
  const check = { kind: "proof", id: "registry", title: REGISTRY_TITLE } as const;
  const { statementDigest: digest } = verdict;
  // Beside what else is proved: what the statement then says comes after it.
  const place = verdict.checks.findLastIndex(({ kind }) => kind === "proof") + 1;
  const add = (one: Check): readonly Check[] => verdict.checks.toSpliced(place, 0, one);
  if (found === undefined || digest === undefined || !verdict.proved)
    return { ...verdict, checks: add({ ...check, status: "skipped", detail: "the bundle is not proved" }) };
  const fault = notFinal(found, digest);
  if (fault !== undefined) {
    const { assets: _, judgedBy: __, reserves: ___, ...rest } = verdict;
    const { code, message } = fault;
    const failed: Check = { ...check, status: "fail", detail: `${code}: ${message}`, code };
    return { ...rest, valid: false, proved: false, solvent: false, checks: add(failed) };
  }
  return { ...verdict, checks: add({ ...check, status: "pass", detail: found.where }) };
}

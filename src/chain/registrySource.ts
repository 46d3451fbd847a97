import type { ProofSource } from "../attest/proofSource.js";
import { MarginproofError } from "../errors.js";
import type { PinnedKey } from "../verifier/pins.js";
import type { ShapeWords } from "./epochWords.js";
import { askFinalised, type Finalised, notFinal, REGISTRY_TITLE } from "./finalised.js";
import { isReadable } from "./readableTable.js";
import { ask, isUnknown, type Registry } from "./registry.js";

/** What a registry that has a statement as final is to be believed on. All of it is the holder's own. */
export interface RegistryTrust {
  readonly pins: readonly PinnedKey[];
  /** Accept proofs under development keys, which anybody can forge. */
  readonly allowDevKeys: boolean;
}

/** What a registry's word leaves open. */
export const PROOFS_ON_CHAIN =
  "that the proofs verify: nobody looked at one here; it is the word of the registry's code, of its chain and of the node that " +
  "was asked, none of which was compared with anything";

/**
 * A registry as a source: it must have this very statement as final, under keys of the holder's own list.
 *
 * It vouches for a digest: the statement must be whole, so that digest, root and figures are tied together here.
 * @throws MarginproofError those of `read`; `vouch` throws REGISTRY_UNKNOWN, REGISTRY_OTHER, REGISTRY_NOT_FINAL, REGISTRY_KEYS,
 *   REGISTRY_TABLE, KEY_DEVELOPMENT
 */
export async function registrySource(
  registry: Registry,
  names: { readonly exchange: string; readonly epoch: string },
  trust: RegistryTrust,
): Promise<ProofSource> {
  const found = await askFinalised(registry, names);
  const { keySet } = found.epoch;
  const shapes = isUnknown(found.epoch) ? [] : ((await ask(registry, "keySetOf", [keySet])) as ShapeWords[]);
  const { address, chain } = registry;
  return {
    id: "registry",
    title: REGISTRY_TITLE,
    notProved: PROOFS_ON_CHAIN,
    vouch: ({ summary, table }) => {
      const developmentKeys = judged(found, summary.statementDigest, shapes, trust);
      if (!isReadable(table)) throw unreadable(found);
      return { value: { by: "registry", address, chainId: chain.id, developmentKeys }, detail: found.where };
    },
  };
}

/** @returns whether anybody can forge under its keys */
function judged(
  found: Finalised,
  digest: string,
  shapes: readonly ShapeWords[],
  { pins, allowDevKeys }: RegistryTrust,
): boolean {
  const refuse = (code: string, problem: string) => new MarginproofError(code, problem, { kind: "invalid" });
  const fault = notFinal(found, digest);
  if (fault !== undefined) throw refuse(fault.code, fault.message);
  const own = shapes.map((shape) => {
    const pin = pins.find(({ id, keyDigest }) => id === shape.id && keyDigest === shape.key);
    const said = `its key ${shape.key} for ${JSON.stringify(shape.id)}`;
    if (pin === undefined)
      throw refuse("REGISTRY_KEYS", `${found.where}: ${said} is not on your list of trusted keys`);
    // Whoever adds a key set says what a circuit has room for, and the registry counts on it.
    if (!isSame(shape, pin))
      throw refuse(
        "REGISTRY_KEYS",
        `${found.where}: ${said} stands there with other rows or stress scenarios`,
      );
    return pin;
  });
  const development = own.some((pin) => pin.development);
  if (development && !allowDevKeys)
    throw refuse(
      "KEY_DEVELOPMENT",
      `${found.where}: its keys are development keys, with which anybody can forge`,
    );
  return development;
}

const unreadable = ({ where }: Finalised): MarginproofError =>
  new MarginproofError(
    "REGISTRY_TABLE",
    `${where}: no registry can read a risk table with so many scenario gains in four rows, so nobody could object there`,
    { kind: "invalid" },
  );

function isSame({ table, rows, stress }: ShapeWords, pin: PinnedKey): boolean {
  if (pin.template === "table") return table && rows === pin.rows;
  return pin.template === "accounts" && !table && stress === pin.stress;
}

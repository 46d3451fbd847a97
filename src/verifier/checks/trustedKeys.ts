import { atPlace } from "../../errors.js";
import { bytesToHex } from "../../field/encoding.js";
import { hasRole, type InstanceOf, signalNames } from "../../protocol/circuits.js";
import type { Statement } from "../../protocol/statement.js";
import { parseKeyFile } from "../bundle.js";
import { parseVerifyingKey, type VerifyingKey } from "../groth16/verifyingKey.js";
import type { VerifyOptions } from "../options.js";
import type { PinnedKey } from "../pins.js";
import type { Established } from "./established.js";
import { failure } from "./failure.js";

/** A key of the verifier's list that the statement uses, with the circuit it is trusted for. */
export interface TrustedKey<Shape = PinnedKey> {
  readonly shape: Shape;
  readonly key: VerifyingKey;
}

/** The key of every step, in the statement's order: each of the kind of step it is used for. */
export interface TrustedKeys {
  readonly batches: readonly TrustedKey<InstanceOf<"accounts">>[];
  readonly tableSteps: readonly TrustedKey<InstanceOf<"table" | "privateTable">>[];
}

// Which kind of table step, `checkCoverage` says.
const isAccountPin = (pin: PinnedKey) => hasRole(pin, "accountStep");
const isTablePin = (pin: PinnedKey) => hasRole(pin, "tableStep") || hasRole(pin, "privateTableStep");

/** Of the keys that a statement uses: is one a development key, and are all on a list of the verifier's own? */
export function usedKeys(
  { batches, tableSteps }: Pick<Statement, "batches" | "tableSteps">,
  pins: readonly PinnedKey[],
): { readonly development: boolean; readonly listed: boolean } {
  const used = new Set([...batches, ...tableSteps].map(({ keyDigest }) => `0x${bytesToHex(keyDigest)}`));
  const own = new Set(pins.filter((pin) => pin.ofPackage !== true).map((pin) => pin.keyDigest));
  return {
    development: pins.some((pin) => pin.development && used.has(pin.keyDigest)),
    listed: [...used].every((digest) => own.has(digest)),
  };
}

/** A reader must not take keys that were let through for keys that they trust. */
export function keysTitle(used: ReturnType<typeof usedKeys>, allowed: boolean): string {
  if (!used.development || !allowed) return "every verifying key is on your own list of trusted keys";
  return used.listed
    ? "the verifying keys are on your own list, as public development keys: anybody can forge with them"
    : "verifying keys are NOT on any list of yours: public development keys, let through by --allow-dev-keys";
}

/**
 * The statement's keys: in the bundle by digest, on the verifier's list for the very shape they are used for.
 * @throws MarginproofError KEY_NOT_PINNED, KEY_DEVELOPMENT, KEY_MISSING, KEY_DIGEST, and those of the key parsers
 */
export function checkTrustedKeys(
  verifyingKeys: unknown,
  { batches, tableSteps }: Statement,
  options: VerifyOptions,
): Established<TrustedKeys> {
  const keys = new KeyReader(verifyingKeys, options);
  const value: TrustedKeys = {
    batches: batches.map((batch) => keys.trusted(batch, isAccountPin)),
    tableSteps: tableSteps.map((step) => keys.trusted(step, isTablePin)),
  };
  const warning = usedKeys({ batches, tableSteps }, options.pins).development
    ? ", INSECURE DEVELOPMENT KEYS: anybody can forge these proofs"
    : "";
  return { value, detail: `${keys.count} keys${warning}` };
}

interface KeyUse {
  readonly shape: string;
  readonly keyDigest: Uint8Array;
}

/** Reads each key of a bundle once, and none that the verifier's own list does not name. */
class KeyReader {
  private readonly given: Record<string, unknown>;
  private readonly read = new Map<string, VerifyingKey>();

  constructor(
    verifyingKeys: unknown,
    private readonly options: VerifyOptions,
  ) {
    this.given = parseKeyFile(verifyingKeys);
  }

  get count(): number {
    return this.read.size;
  }

  trusted<P extends PinnedKey>({ shape, keyDigest }: KeyUse, serves: (pin: PinnedKey) => pin is P) {
    const digest = `0x${bytesToHex(keyDigest)}`;
    const pin = this.options.pins
      .filter(serves)
      .find((candidate) => candidate.keyDigest === digest && candidate.id === shape);
    if (pin === undefined) {
      throw failure("KEY_NOT_PINNED", `key ${digest} for ${shape} is not on your list of trusted keys`);
    }
    const key = this.read.get(digest) ?? this.readKey(digest, pin);
    this.read.set(digest, key);
    return { shape: pin, key };
  }

  private readKey(digest: string, pin: PinnedKey): VerifyingKey {
    // One entry that knows the key as a development key outweighs any that does not.
    const development = this.options.pins.some((other) => other.keyDigest === digest && other.development);
    if (development && this.options.allowDevKeys !== true) {
      throw failure(
        "KEY_DEVELOPMENT",
        `key ${digest} for ${pin.id} comes from the insecure development setup; only --allow-dev-keys accepts it`,
      );
    }
    const json = Object.hasOwn(this.given, digest) ? this.given[digest] : undefined;
    if (json === undefined) throw failure("KEY_MISSING", `verifying-keys.json has no key ${digest}`);
    const key = atPlace(`verifying-keys.json, ${digest}`, () =>
      parseVerifyingKey(json, signalNames(pin.template).length),
    );
    if (`0x${key.digestHex}` !== digest) {
      throw failure("KEY_DIGEST", `the key listed as ${digest} has digest 0x${key.digestHex}`);
    }
    return key;
  }
}

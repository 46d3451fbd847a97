import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { bytesToHex } from "../field/encoding.js";
import { type NewBundle, writeBundle } from "../files/bundleFolder.js";
import type { InstanceKeys } from "../keys/keyFolder.js";
import { type Statement, statementToJson } from "../protocol/statement.js";
import type { CommittedEpoch } from "./epochInputs.js";
import { keptProof } from "./keptProofs.js";
import type { OpenInputs } from "./openInputs.js";
import type { ProvedSteps } from "./proveSteps.js";
import { type BundlePlaces, orUndo } from "./publication.js";
import type { AttemptStore, EpochRun } from "./store/store.js";

/**
 * Phase 6, make the bundle: in a folder aside, which is recorded first, from the kept proofs.
 *
 * The cut after it: two paths, which the run's record holds too. The epoch stays taken from here until it is
 * published: a run that takes it anew removes what stands aside and makes it again.
 * @throws MarginproofError DISK_FULL, FILE_REFUSED, PRIVATE_FILE_DAMAGED
 */
export async function makeBundle(
  run: EpochRun,
  out: string,
  inputs: OpenInputs,
  { statement }: CommittedEpoch,
  proved: ProvedSteps,
  attempt: AttemptStore,
): Promise<BundlePlaces> {
  // A name of its own: with that of `out` in it, it could be longer than names may be, found out after all the work.
  const aside = join(dirname(out), `.marginproof-${randomBytes(6).toString("hex")}.partial`);
  await run.beginPublication(out, aside);
  const places = { out, aside };
  await orUndo(run, places, () => writeBundle(aside, bundleOf(inputs, statement, proved, attempt)));
  return places;
}

/** What a bundle is made of. */
export function bundleOf(
  inputs: Pick<OpenInputs, "marketText" | "evidenceText" | "keys">,
  statement: Statement,
  proved: Pick<ProvedSteps, "steps">,
  attempt: AttemptStore,
): NewBundle {
  const used = usedKeys(statement, inputs.keys).map(({ digest, verifyingKey }) => {
    return [`0x${bytesToHex(digest)}`, verifyingKey] as const;
  });
  return {
    statement: statementToJson(statement),
    marketText: inputs.marketText,
    evidenceText: inputs.evidenceText,
    verifyingKeys: Object.fromEntries(used),
    steps: publishedSteps(attempt, proved),
  };
}

async function* publishedSteps(attempt: AttemptStore, { steps }: Pick<ProvedSteps, "steps">) {
  for (const { index, stateOut } of steps) yield { stateOut, proof: await keptProof(attempt, index) };
}

/** The keys that a statement's steps are proved with. */
export function usedKeys(
  { batches, tableSteps }: Statement,
  keys: ReadonlyMap<string, InstanceKeys>,
): InstanceKeys[] {
  const used = new Set([...batches, ...tableSteps].map(({ shape }) => shape));
  return [...keys.values()].filter(({ instance }) => used.has(instance.id));
}

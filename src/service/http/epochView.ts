import { MarginproofError } from "../../errors.js";
import type { Service } from "../open.js";
import { type EpochRow, keepsAccounts, keptUpload, problemOf } from "../store/epochs.js";
import type { Sealer } from "../store/seal.js";

/** An epoch as the API shows it. @param words whether the caller may read the words of a refusal */
export async function epochView({ database, secrets }: Service, row: EpochRow, words: boolean) {
  const [counted] = await database.query<{ proved: number }>(
    "select count(*) filter (where proved is not null)::int as proved from marginproof.step where epoch = $1",
    [row.id],
  );
  const aside = await database.query<{ step: number }>(
    "select step from marginproof.step where epoch = $1 and set_aside order by step limit 100",
    [row.id],
  );
  const { id, exchange, epoch, state, profile, steps, digest } = row;
  const message = words ? (problemOf(row, secrets.sealer) ?? null) : null;
  return {
    ...{ id, exchange, epoch, state, profile, steps, digest },
    proved: counted!.proved,
    setAside: aside.map(({ step }) => step),
    problem: row.problem_code === null ? null : { code: row.problem_code, message },
    accountsKept: keepsAccounts(row),
    upload: keepsAccounts(row) ? shownUpload(row, secrets.sealer) : null,
    created: row.created.toISOString(),
    published: row.published?.toISOString() ?? null,
  };
}

/** Of what does not open, nothing: the rest is to be seen all the same. */
function shownUpload(row: EpochRow, sealer: Sealer): string | null {
  try {
    return keptUpload(row, sealer);
  } catch (error) {
    if (error instanceof MarginproofError && error.code === "SERVICE_SEALED") return null;
    throw error;
  }
}

import { MarginproofError } from "../../errors.js";
import { type EpochRow, readEpoch } from "../store/epochs.js";
import type { Sql } from "../store/sql.js";

/** An epoch that anybody may see: of another, nobody learns that it is there. @throws MarginproofError SERVICE_NOT_FOUND */
export async function publishedEpoch(sql: Sql, id: string): Promise<EpochRow> {
  const row = await readEpoch(sql, id);
  if (row.state !== "published") throw notFound();
  return row;
}

export const notFound = (): MarginproofError =>
  new MarginproofError("SERVICE_NOT_FOUND", "there is no epoch of this id", {
    kind: "usage",
    hint: "GET /v1/published lists what is public.",
  });

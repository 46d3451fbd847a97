import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pullExport } from "../accounts/index.js";
import type { Service } from "./open.js";
import { assertReceives, receiveAccounts } from "./operations.js";
import { takeScratch } from "./scratch.js";
import type { Source } from "./sources.js";
import type { EpochRow } from "./store/epochs.js";

/**
 * Reads an epoch's accounts out of the exchange's own Postgres, at one moment of it, and queues the epoch's proof unless they are to be
 * held. Accounts that came while it was read stay. While it is read it is in clear in a private folder of this process.
 * @throws MarginproofError as `pullExport` and `receiveAccounts`
 */
export async function pullAccounts(
  service: Pick<Service, "database" | "secrets" | "queue" | "data">,
  id: string,
  { mapping, url, statementSeconds }: Source,
  limit: number,
  hold: boolean,
): Promise<EpochRow> {
  // Before anything is read: of an epoch that takes no accounts, nothing has to be in clear.
  const before = await assertReceives(service, id, false);
  const scratch = await takeScratch(join(service.data, "pull"));
  try {
    return await scratch.run(async (folder) => {
      const out = join(folder, "export");
      const pulled = await pullExport(mapping, { url, statementSeconds, out });
      const files = await Promise.all(
        pulled.map(async ({ file }) => ({ name: file, bytes: (await stat(join(out, file))).size })),
      );
      const parts = { mapping: mapping.text, files };
      return receiveAccounts(service, id, "export", read(out, files), limit, { parts, hold, before });
    });
  } finally {
    scratch.close();
  }
}

/** The files one after the other. */
async function* read(
  folder: string,
  files: readonly { readonly name: string }[],
): AsyncGenerator<Uint8Array> {
  for (const { name } of files) yield* createReadStream(join(folder, name)) as AsyncIterable<Uint8Array>;
}

import { randomBytes } from "node:crypto";
import { openSnapshot } from "../../accounts/index.js";
import type { LivePortfolio } from "./shard.js";
import type { LiveMarket } from "./tick.js";

/**
 * The margin accounts of an accounts file.
 * @param folder a private one: rows are spooled there while they are read
 * @throws MarginproofError as `openSnapshot`
 */
export async function* readBook(
  path: string,
  { listed }: Pick<LiveMarket, "listed">,
  folder: string,
): AsyncGenerator<LivePortfolio> {
  const snapshot = await openSnapshot(path, listed, { shuffleKey: randomBytes(32), spoolParent: folder });
  try {
    for await (const { account, pocket, holdings } of snapshot.portfolios())
      yield { account, pocket, holdings: [...holdings] };
  } finally {
    snapshot.close();
  }
}

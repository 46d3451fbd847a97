import { randomBytes } from "node:crypto";
import { type AccountsSource, openSnapshot, type Snapshot } from "../../accounts/index.js";
import type { LivePortfolio } from "./shard.js";
import type { LiveMarket } from "./tick.js";

/**
 * The margin accounts of an accounts file.
 * @param folder a private one: rows are spooled there while they are read
 * @throws MarginproofError as `openSnapshot`
 */
export async function* readBook(
  path: string,
  live: Pick<LiveMarket, "listed">,
  folder: string,
): AsyncGenerator<LivePortfolio> {
  const { portfolios, close } = await openBook(path, live, folder);
  try {
    yield* portfolios();
  } finally {
    close();
  }
}

/** As `readBook`, with every row read and checked before it resolves. @returns `close` forgets what is spooled */
export async function openBook(
  source: AccountsSource,
  { listed }: Pick<LiveMarket, "listed">,
  folder: string,
): Promise<{ portfolios(): AsyncIterable<LivePortfolio>; close(): void }> {
  const snapshot = await openSnapshot(source, listed, { shuffleKey: randomBytes(32), spoolParent: folder });
  return { portfolios: () => plain(snapshot), close: () => snapshot.close() };
}

async function* plain(snapshot: Snapshot): AsyncGenerator<LivePortfolio> {
  for await (const { account, pocket, holdings } of snapshot.portfolios())
    yield { account, pocket, holdings: [...holdings] };
}

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

/**
 * As `readBook`, with every row read and checked before it resolves.
 * @param signal ends the reading, and the giving too, with its reason
 * @returns `close` forgets what is spooled
 */
export async function openBook(
  source: AccountsSource,
  { listed }: Pick<LiveMarket, "listed">,
  folder: string,
  signal?: AbortSignal,
): Promise<{ portfolios(): AsyncIterable<LivePortfolio>; close(): void }> {
  const options = { shuffleKey: randomBytes(32), spoolParent: folder };
  const onProgress = (): void => signal?.throwIfAborted();
  const snapshot = await openSnapshot(source, listed, { ...options, onProgress });
  return { portfolios: () => plain(snapshot, signal), close: () => snapshot.close() };
}

async function* plain(snapshot: Snapshot, signal: AbortSignal | undefined): AsyncGenerator<LivePortfolio> {
  for await (const { account, pocket, holdings } of snapshot.portfolios()) {
    signal?.throwIfAborted();
    yield { account, pocket, holdings: [...holdings] };
  }
}

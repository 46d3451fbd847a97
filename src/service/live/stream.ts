import type { ServerResponse } from "node:http";
import type { Log } from "../log.js";
import type { LiveBook, LiveDesk } from "./desk.js";
import type { LiveEvent } from "./eventRing.js";

/** A comment now and then keeps the connection from being taken for idle. */
const BEAT_MS = 15_000;

/** What a stream is of. */
export interface StreamOptions {
  /** Events of this account alone; all, if left out. */
  readonly account?: string | undefined;
  /** The id that the client saw last, as it says. */
  readonly lastId?: string | undefined;
  /** When it has to end: with the token that it was opened with. */
  readonly until?: Date | undefined;
  /** What the first event says. */
  readonly first: () => Promise<object>;
  readonly say: (event: LiveEvent) => object;
}

/**
 * Server-sent events of a book to one client. What it does not take waits in the ring, which all share: who has fallen behind by more than
 * is kept there is dropped, and may come back.
 */
export async function streamEvents(
  { desk, book, log }: { readonly desk: LiveDesk; readonly book: LiveBook; readonly log: Log },
  response: ServerResponse,
  { account, lastId, until, first, say }: StreamOptions,
): Promise<void> {
  // Its end is not told again to who asks only now.
  if (response.destroyed) return;
  const seen = lastId === undefined ? undefined : book.ids.numberOf(lastId);
  const resumed = seen !== undefined && book.ring.reaches(seen);
  let next = (resumed ? seen : book.ring.last) + 1;
  const write = (event: string, number: number, data: object): boolean =>
    response.write(`id: ${book.ids.idOf(number)}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  let blocked = true;
  const drop = (why: string): void => {
    log.warn("stream dropped", { why });
    response.destroy();
  };
  const pump = (): void => {
    if (response.destroyed || response.writableEnded) return;
    if (!desk.has(book)) {
      response.end();
      return;
    }
    if (!book.ring.reaches(next - 1)) drop("too far behind");
    while (!blocked && !response.destroyed && next <= book.ring.last) {
      const event = book.ring.at(next++);
      if (account === undefined || event.account === account)
        blocked = !write("band", event.number, say(event));
    }
  };
  const stop = desk.listen(pump);
  const beat = setInterval(() => void (blocked || response.write(":\n\n")), BEAT_MS);
  const end =
    until === undefined ? undefined : setTimeout(() => response.end(), until.getTime() - Date.now());
  response.on("error", () => {});
  response.on("drain", () => {
    blocked = false;
    pump();
  });
  response.once("close", () => {
    stop();
    clearInterval(beat);
    clearTimeout(end);
  });
  // Begun from this number on: what happens while the first event is made is told after it.
  const begun = await first().catch(() => undefined);
  if (begun === undefined || response.destroyed) {
    response.end();
    return;
  }
  const kind = resumed ? "resumed" : lastId === undefined ? "start" : "reset";
  blocked = !write(kind, next - 1, begun);
  pump();
}

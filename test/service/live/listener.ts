import { expect } from "vitest";

interface Message {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** A client of server-sent events. */
export class Listener {
  readonly messages: Message[] = [];
  #wake = (): void => {};
  readonly #stop = new AbortController();
  ended = false;

  /** @param url of the server. @returns once the first message is there */
  static async open(url: string, path: string, by: string, lastId?: string): Promise<Listener> {
    const own = new Listener();
    const answer = await fetch(`${url}/v1/live${path}`, {
      headers: {
        authorization: `Bearer ${by}`,
        ...(lastId === undefined ? {} : { "last-event-id": lastId }),
      },
      signal: own.#stop.signal,
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    void own
      .#read(answer)
      .catch(() => {})
      .finally(() => own.#over());
    await own.count(1);
    return own;
  }

  async #read(answer: Response): Promise<void> {
    let text = "";
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split("\n\n");
      text = blocks.pop()!;
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
        if (fields.event !== undefined)
          this.messages.push({ ...fields, data: JSON.parse(fields.data) } as Message);
      }
      this.#wake();
    }
  }

  /** However it came: ended by the server, cut off, or closed here. */
  #over(): void {
    this.ended = true;
    this.#wake();
  }

  /** Waits until there are so many messages. */
  async count(least: number): Promise<void> {
    while (this.messages.length < least && !this.ended)
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
  }

  async end(): Promise<void> {
    while (!this.ended)
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
  }

  close(): void {
    this.#stop.abort();
  }

  get bands(): unknown[] {
    return this.messages
      .filter(({ event }) => event === "band")
      .map(({ data: own }) => [own.account, own.from, own.to]);
  }
}

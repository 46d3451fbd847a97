import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A network between a process and Postgres, which can be cut: bytes stay where they are, and neither side is told. */
export class Relay {
  readonly #pairs: [Socket, Socket][] = [];
  #cut = false;

  private constructor(private readonly server: Server) {}

  /** @param socket the server's own, on this machine */
  static async start(socket: string): Promise<Relay> {
    const server = createServer();
    const own = new Relay(server);
    server.on("connection", (near) => own.#join(near, connect(socket)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return own;
  }

  #join(near: Socket, far: Socket): void {
    this.#pairs.push([near, far]);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("data", (chunk) => to.write(chunk));
      from.on("close", () => to.destroy());
      from.on("error", () => to.destroy());
    }
    if (this.#cut) this.#stop(near, far);
  }

  #stop(near: Socket, far: Socket): void {
    near.pause();
    far.pause();
  }

  urlOf(database: string): string {
    return `postgres://exchange@127.0.0.1:${(this.server.address() as AddressInfo).port}/${database}`;
  }

  /** Nothing comes through any more. */
  cut(): void {
    this.#cut = true;
    for (const [near, far] of this.#pairs) this.#stop(near, far);
  }

  /** New connections come through; of the old ones, both sides find out that they are gone. */
  mend(): void {
    this.#cut = false;
    for (const pair of this.#pairs.splice(0)) for (const socket of pair) socket.destroy();
  }

  async close(): Promise<void> {
    this.mend();
    this.server.close();
    await once(this.server, "close");
  }
}

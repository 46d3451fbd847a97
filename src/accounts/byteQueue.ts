/** A stream of bytes, taken so many at a time. */
export class ByteQueue {
  readonly #input: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(input: AsyncIterable<Buffer>) {
    this.#input = input[Symbol.asyncIterator]();
  }

  /** Whether nothing follows. */
  async ended(): Promise<boolean> {
    return !(await this.#hold(1));
  }

  /** The next `count` bytes; undefined when fewer follow. */
  async take(count: number): Promise<Buffer | undefined> {
    if (!(await this.#hold(count))) return undefined;
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return taken;
  }

  /** The next `count` bytes, or as many as follow, which stay. */
  async peek(count: number): Promise<Buffer> {
    await this.#hold(count);
    return this.#held.subarray(0, count);
  }

  /** Leaves out the next `count` bytes. @returns whether they were there */
  async skip(count: number): Promise<boolean> {
    for (let left = count; left > 0; ) {
      if (!(await this.#hold(1))) return false;
      const some = Math.min(left, this.#held.length);
      this.#held = this.#held.subarray(some);
      left -= some;
    }
    return true;
  }

  async #hold(count: number): Promise<boolean> {
    const parts = [this.#held];
    let size = this.#held.length;
    while (size < count) {
      const { done, value } = await this.#input.next();
      if (done === true) break;
      parts.push(value);
      size += value.length;
    }
    if (parts.length > 1) this.#held = Buffer.concat(parts);
    return size >= count;
  }
}

/** Keeps the few largest of many, in bounded memory. */
export class Largest<T> {
  readonly #kept: { readonly size: bigint; readonly item: T }[] = [];

  constructor(private readonly most: number) {}

  add(size: bigint, item: T): void {
    const last = this.#kept.at(-1);
    if (this.#kept.length === this.most && last !== undefined && size <= last.size) return;
    const at = this.#kept.findIndex((own) => own.size < size);
    this.#kept.splice(at < 0 ? this.#kept.length : at, 0, { size, item });
    if (this.#kept.length > this.most) this.#kept.pop();
  }

  /** Largest first; of equals the first added first. */
  list(): T[] {
    return this.#kept.map(({ item }) => item);
  }
}

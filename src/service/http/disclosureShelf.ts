import { silentProgress } from "../../files/progress.js";
import { parseStatement } from "../../protocol/statement.js";
import { reopenAttempt } from "../../prover/attemptWork.js";
import { type IndexedDisclosure, openIndexed } from "../../prover/disclosure/fromIndex.js";
import { withIndex } from "../../prover/disclosure/withIndex.js";
import { rebuildIndex } from "../../prover/disclosure/writeIndex.js";
import type { Service } from "../open.js";
import { AttemptTables } from "../store/attemptTable.js";
import { assertTerms } from "../store/epochs.js";
import { publishedEpoch } from "./publishedEpoch.js";

/** Epochs kept open: the heads of their indexes are read once. */
const OPEN_EPOCHS = 4;

/** Published epochs whose holders' files are asked for, opened by their indexes. */
export class DisclosureShelf {
  readonly #open = new Map<string, Promise<IndexedDisclosure>>();
  /** Of two requests that find the same index missing, one makes it. */
  readonly #rebuilding = new Map<string, Promise<void>>();
  readonly #store: AttemptTables;

  constructor(private readonly service: Service) {
    this.#store = new AttemptTables(service.database, service.secrets, "");
  }

  /**
   * Works with a published epoch's index, made anew where it is missing (epochs committed to before there was one) or damaged.
   * @throws MarginproofError SERVICE_NOT_FOUND, SERVICE_SEALED, PRIVATE_FILE_DAMAGED, DISCLOSE_DIFFERS
   */
  use<T>(id: string, work: (opened: IndexedDisclosure) => Promise<T>): Promise<T> {
    return withIndex(
      async () => work(await this.#opened(id)),
      async () => {
        this.#open.delete(id);
        const making = this.#rebuilding.get(id) ?? this.#rebuild(id);
        this.#rebuilding.set(id, making);
        await making.finally(() => this.#rebuilding.delete(id));
      },
    );
  }

  #opened(id: string): Promise<IndexedDisclosure> {
    // What is published stays so: an epoch that is open needs no second look.
    const found = this.#open.get(id) ?? this.#read(id);
    // Last in the map is the one used last.
    this.#open.delete(id);
    this.#open.set(id, found);
    found.catch(() => this.#open.delete(id));
    for (const oldest of [...this.#open.keys()].slice(0, -OPEN_EPOCHS)) this.#open.delete(oldest);
    return found;
  }

  async #read(id: string): Promise<IndexedDisclosure> {
    const { database, secrets } = this.service;
    const row = await publishedEpoch(database, id);
    // Names and salts hang on what the row says: that is what came in, whoever writes to the database.
    assertTerms(row, secrets.sealer);
    const { exchange, epoch, attempt, digest } = row;
    return openIndexed(this.#store, { exchange, epoch, attempt: attempt!, digest: digest!, published: true });
  }

  async #rebuild(id: string): Promise<void> {
    const { database } = this.service;
    const { attempt, statement, digest } = await publishedEpoch(database, id);
    const stored = { statement: parseStatement(JSON.parse(statement!)), digest: digest! };
    const work = await reopenAttempt(this.#store, attempt!);
    await rebuildIndex(work, database.place, stored, { progress: silentProgress });
  }
}

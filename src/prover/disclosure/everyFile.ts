import { createHash } from "node:crypto";
import type { IndexedDisclosure } from "./fromIndex.js";
import { accountKey } from "./holderIndex.js";
import { assertFits, openingFrom, openingOf, openingText, pocketOf, readLaidOut } from "./opening.js";

/** One holder's file. */
export interface HolderText {
  /** Name of the file: of the account alone, fit for any disk. */
  readonly name: string;
  readonly text: string;
}

/** Names that every file system takes as they are, and none takes for another. */
const PLAIN = /^[a-z0-9_][a-z0-9_.-]{0,63}$/;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/;

/** What the file of an account is called: its name, or what is plain of it and 16 digits of its SHA-256. */
export function holderFileName(account: string): string {
  if (PLAIN.test(account) && !RESERVED.test(account) && !account.endsWith(".")) return `${account}.json`;
  const plain = account
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "-")
    .slice(0, 48);
  return `${plain}~${createHash("sha256").update(account).digest("hex").slice(0, 16)}.json`;
}

/** Every holder's file of an epoch, batch by batch: in the same order whenever it is asked. */
export class EveryFile {
  private constructor(
    readonly opened: IndexedDisclosure,
    /** Batches by key, of the accounts that are in several. */
    private readonly spread: ReadonlyMap<string, readonly number[]>,
  ) {}

  /** @throws IndexFault */
  static async open(opened: IndexedDisclosure): Promise<EveryFile> {
    const { index } = opened;
    const spread = new Map<string, readonly number[]>();
    for (let page = 0; page < index.head.pages; page++) {
      for (const [key, batches] of Object.entries(await index.page(page))) {
        if (batches.length > 1) spread.set(key, batches);
      }
    }
    return new EveryFile(opened, spread);
  }

  /**
   * The files of the accounts whose first batch this is.
   * @throws MarginproofError as `openingOf`; IndexFault
   */
  async of(index: number): Promise<HolderText[]> {
    const { opened, spread } = this;
    const batch = await readLaidOut(opened.attempt, index);
    const places = new Map<string, number[]>();
    for (const [position, { account }] of batch.accounts.entries()) {
      places.set(account, [...(places.get(account) ?? []), position]);
    }
    const paths = await opened.paths(batch, [...batch.accounts.keys()]);
    const files: HolderText[] = [];
    for (const [account, positions] of places) {
      const batches = spread.get(accountKey(opened.secrets, account));
      if (batches !== undefined && batches[0] !== index) continue;
      assertFits(
        account,
        positions.map((position) => batch.accounts[position]!),
      );
      const opening =
        batches === undefined
          ? openingFrom(
              opened,
              account,
              positions.map((position) => pocketOf(opened, batch, position, paths[position]!)),
            )
          : await openingOf(opened, account, batches);
      files.push({ name: holderFileName(account), text: openingText(opening) });
    }
    return files;
  }
}

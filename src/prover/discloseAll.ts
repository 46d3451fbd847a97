import { resolve } from "node:path";
import { MarginproofError } from "../errors.js";
import { provideParent } from "../files/files.js";
import { TREE_ARITY } from "../protocol/constants.js";
import { byIndex, withPublished } from "./disclose.js";
import { ArchiveSink, packerFor } from "./disclosure/archiveSink.js";
import { EveryFile } from "./disclosure/everyFile.js";
import { FolderSink } from "./disclosure/folderSink.js";
import type { IndexedDisclosure } from "./disclosure/fromIndex.js";
import { type Mark, nameWhole, readMark, type Sink, writeMark } from "./disclosure/part.js";
import type { Watch } from "./layOut.js";

interface DiscloseAllOptions {
  readonly privateDir: string;
  /** A folder to be, or an archive: .tar, .tar.gz, .tgz, .tar.zst. */
  readonly out: string;
  /** The last published one by default. */
  readonly epoch?: string | undefined;
}

interface DisclosedAll {
  readonly epoch: string;
  readonly statementDigest: string;
  readonly files: number;
  /** Files that an earlier run had written. */
  readonly resumed: number;
}

/**
 * Writes every holder's file of a published epoch into a folder or an archive, each byte for byte what `disclose` makes of its account. Stopped
 * in any way, the same call goes on; nothing has the name `out` before all of it is there.
 * @throws MarginproofError those of `disclose`, DISCLOSE_PART, DISCLOSE_RUNNING, DISCLOSE_FLAGS, OUT_EXISTS, DISK_FULL, FILE_REFUSED
 */
export async function discloseAll(options: DiscloseAllOptions, watch: Watch): Promise<DisclosedAll> {
  const out = resolve(options.out);
  const packer = packerFor(out);
  return withPublished(options.privateDir, options.epoch, async (store, found) => {
    await provideParent(out);
    const lock = await store.lockPlace(out);
    if (lock === undefined) throw running(out);
    try {
      return await byIndex(store, found, watch, async (opened) => {
        const before = await readMark(out, found.digest);
        // Written first: what stands there without one is not ours.
        await writeMark(out, before);
        const sink =
          packer === undefined
            ? await FolderSink.open(out)
            : await ArchiveSink.open(
                out,
                packer,
                before,
                Math.floor(Date.parse(opened.index.head.time) / 1000),
              );
        const files = await fill(sink, out, opened, before, watch);
        await nameWhole(out);
        return { epoch: found.epoch, statementDigest: found.digest, files, resumed: before.files };
      });
    } finally {
      lock.release();
    }
  });
}

/** @returns how many files there are now */
async function fill(
  sink: Sink,
  out: string,
  opened: IndexedDisclosure,
  before: Mark,
  { progress, signal }: Watch,
): Promise<number> {
  const { batches, holders } = opened.index.head;
  try {
    progress.stage("disclose", "write holders' files", `${holders} holders`);
    if (before.files > 0) progress.note(`${before.files} of them were written by an earlier run`);
    const every = await EveryFile.open(opened);
    let mark = before;
    while (mark.next < batches) {
      signal?.throwIfAborted();
      const next = Math.min(mark.next + TREE_ARITY, batches);
      const group = [];
      for (let batch = mark.next; batch < next; batch++) group.push(...(await every.of(batch)));
      const bytes = await sink.add(group);
      mark = { ...mark, next, bytes, files: mark.files + group.length };
      await writeMark(out, mark);
      progress.update(mark.files, holders);
    }
    await sink.end();
    return mark.files;
  } finally {
    await sink.close();
  }
}

const running = (out: string): MarginproofError =>
  new MarginproofError("DISCLOSE_RUNNING", `another process is writing ${out}`, {
    kind: "usage",
    hint: "Wait until it ends, or stop it, then run the same command again.",
  });

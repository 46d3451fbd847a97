import { createHash } from "node:crypto";
import { PUBLIC_FILE } from "../../files/files.js";
import { TAR_END, tarHead, tarPadding } from "../../files/tar.js";
import { type BundleFile, filePart } from "./bundles.js";
import type { Sql } from "./sql.js";

/** Bytes that stand one after the other in the archive. */
interface Stretch {
  readonly size: number;
  readonly part: (first: number, last: number) => AsyncIterable<Uint8Array>;
}

const known = (bytes: Uint8Array): Stretch => ({
  size: bytes.length,
  async *part(first, last) {
    yield bytes.subarray(first, last + 1);
  },
});

/**
 * A bundle as one tar archive, made as it is read: the same bytes every time, so that a range of them goes on where a download ended.
 * @param files of the bundle, in their order
 * @param seconds time of all files, since 1970
 */
export function bundleArchive(sql: Sql, epoch: string, files: readonly BundleFile[], seconds: number) {
  const stretches: Stretch[] = files.flatMap(({ name, size }) => [
    known(tarHead(name, size, PUBLIC_FILE, seconds)),
    { size, part: (first, last) => filePart(sql, epoch, name, first, last) },
    known(new Uint8Array(tarPadding(size))),
  ]);
  stretches.push(known(TAR_END));
  const named = files.map(({ name, sha256 }) => `${name} ${sha256}\n`).join("");
  const archive: BundleFile = {
    name: "bundle.tar",
    size: stretches.reduce((sum, { size }) => sum + size, 0),
    // Of what its bytes are made of.
    sha256: createHash("sha256").update(`tar ${seconds}\n${named}`).digest("hex"),
  };
  return { archive, part: (first: number, last: number) => partOf(stretches, first, last) };
}

/** The bytes from `first` to `last` of the whole. */
async function* partOf(
  stretches: readonly Stretch[],
  first: number,
  last: number,
): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const { size, part } of stretches) {
    const [from, to] = [Math.max(first - start, 0), Math.min(last - start, size - 1)];
    if (from <= to) yield* part(from, to);
    start += size;
  }
}

import { atPlace } from "../errors.js";
import { readNamedFile } from "../files/files.js";
import { type PriceFile, verifyPriceFileText } from "../prices/index.js";

/** Reads a price file and checks its signature; every message begins with the path. */
export async function readPriceFile(path: string): Promise<PriceFile> {
  const text = await readNamedFile(path, "price file");
  return atPlace(path, () => verifyPriceFileText(text));
}

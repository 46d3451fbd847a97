import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { provideFolder } from "../files/files.js";
import type { Sample } from "./generateSample.js";

const ACCOUNTS_HEADER = "account,pocket,instrument,quantity,entry_price\n";

/** Writes `market.json` and `accounts.csv` into a directory, which is made if need be; rows are streamed. */
export async function writeSample(
  sample: Sample,
  directory: string,
): Promise<{ market: string; accounts: string }> {
  await provideFolder(directory);
  const paths = { market: join(directory, "market.json"), accounts: join(directory, "accounts.csv") };
  await writeFile(paths.market, `${JSON.stringify(sample.market, null, 2)}\n`);
  const out = createWriteStream(paths.accounts);
  const done = finished(out);
  let chunk = ACCOUNTS_HEADER;
  for (const row of sample.rows) {
    const { account, pocket, instrument, quantity, entryPrice = "" } = row;
    chunk += `${account},${pocket},${instrument},${quantity},${entryPrice}\n`;
    if (chunk.length < 1 << 16) continue;
    if (!out.write(chunk)) await Promise.race([once(out, "drain"), done]);
    chunk = "";
  }
  out.end(chunk);
  await done;
  return paths;
}

import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { PUBLIC_FILE, provideFolder, writeWhole } from "../files/files.js";
import type { Sample } from "./generateSample.js";

const ACCOUNTS_HEADER = "account,pocket,instrument,quantity,entry_price\n";

/** Writes `market.json` and `accounts.csv` into a directory, which is made if need be; rows are streamed. */
export async function writeSample(
  sample: Sample,
  directory: string,
): Promise<{ market: string; accounts: string }> {
  await provideFolder(directory);
  const paths = { market: join(directory, "market.json"), accounts: join(directory, "accounts.csv") };
  await writeWhole(paths.market, `${JSON.stringify(sample.market, null, 2)}\n`, PUBLIC_FILE);
  const writeRows = async (file: FileHandle): Promise<void> => {
    let chunk = ACCOUNTS_HEADER;
    for (const row of sample.rows) {
      const { account, pocket, instrument, quantity, entryPrice = "" } = row;
      chunk += `${account},${pocket},${instrument},${quantity},${entryPrice}\n`;
      if (chunk.length < 1 << 16) continue;
      await file.appendFile(chunk);
      chunk = "";
    }
    await file.appendFile(chunk);
  };
  await writeWhole(paths.accounts, writeRows, PUBLIC_FILE);
  return paths;
}

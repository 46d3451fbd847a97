import { once } from "node:events";
import { createWriteStream } from "node:fs";

/** The 48-bit mixing of i that spreads accounts over the file. */
function account(i: number, accounts: number): number {
  return Number((BigInt(i) * 2654435761n) % BigInt(accounts));
}

/** Writes an accounts CSV of `rows` rows over rows/5 accounts (scattered over the file). */
export async function writeBigCsv(path: string, rows: number): Promise<number> {
  const accounts = Math.max(1, Math.floor(rows / 5));
  const out = createWriteStream(path);
  out.write("account,instrument,quantity,entry_price\n");
  let text = "";
  for (let i = 0; i < rows; i++) {
    const id = `user-${String(account(i, accounts)).padStart(12, "0")}`;
    if (i % 5 === 0) text += `${id},USDT,${i}.37,\n`;
    else if (i % 5 === 1) text += `${id},BTC,0.${String(i).padStart(8, "0")},\n`;
    else text += `${id},BTC-PERPETUAL,${i % 2 ? "-" : ""}1.00${1 + (i % 9)},${60000 + (i % 977)}.25\n`;
    if (text.length > 1 << 20) {
      if (!out.write(text)) await once(out, "drain");
      text = "";
    }
  }
  out.end(text);
  await once(out, "close");
  return accounts;
}

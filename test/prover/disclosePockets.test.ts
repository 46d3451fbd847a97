import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { MAX_HOLDINGS, MAX_OPENING_BYTES, MAX_POCKETS } from "../../src/holder/opening.js";
import { disclose } from "../../src/prover/disclose.js";
import { FolderStore } from "../../src/prover/store/folderStore.js";
import { readText } from "../../src/prover/store/readText.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";

const folder = mkdtempSync(join(tmpdir(), "marginproof-disclose-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { privateDir } = tinyEpochPaths("pockets");

describe("a holder's file", () => {
  test("shows the pockets of one account, cross first, whatever batches they are in", async () => {
    const file = async (account: string) =>
      (await disclose(privateDir, account)).pockets.map(({ pocket, holdings }) => [
        pocket,
        Object.fromEntries(holdings.map(({ instrument, steps }) => [instrument, steps])),
      ]);
    expect(await file("hank")).toEqual([
      ["", { USDT: "50000000000", "USDT-PNL": "30000000000", "BTC-PERP": "-500" }],
      ["calls", { USDT: "20000000000", "BTC-60000-C": "-150" }],
      ["long.1", { USDT: "500000000", "USDT-PNL": "-91500000000", "BTC-PERP": "1500" }],
    ]);
    expect(await file("judy")).toEqual([
      ["1", { BTC: "2000" }],
      ["grid", { USDT: "2000000000", BTC: "-1000" }],
    ]);
    await expect(disclose(privateDir, "long.1")).rejects.toMatchObject({ code: "DISCLOSE_NO_ACCOUNT" });
  });

  test("stays below its bound with the most pockets, and more are refused", async () => {
    const [cross] = (await disclose(privateDir, "hank")).pockets;
    const longest = {
      ...cross!,
      pocket: "p".repeat(64),
      holdings: Array(128).fill({ instrument: "i".repeat(64), steps: `-${"9".repeat(16)}` }),
    };
    expect(MAX_HOLDINGS).toBe(longest.holdings.length * MAX_POCKETS);
    expect(JSON.stringify([[longest]], null, 1).length * MAX_POCKETS).toBeLessThan(MAX_OPENING_BYTES);

    const copy = join(folder, "private");
    cpSync(privateDir, copy, { recursive: true });
    const store = await FolderStore.open(copy);
    const name = `batches/${String(cross!.batch).padStart(6, "0")}.json`;
    const attempt = store.attempt(readdirSync(join(copy, "epochs"))[0]!);
    const json = JSON.parse(await readText(attempt, name)) as object;
    const accounts = Array.from({ length: MAX_POCKETS + 1 }, (_, i) => ["hank", `p${i}`, {}]);
    const refused = { code: "DISCLOSE_POCKETS" };
    await attempt.put(name, JSON.stringify({ ...json, accounts }));
    await expect(disclose(copy, "hank")).rejects.toMatchObject(refused);
    const held = Object.fromEntries(Array.from({ length: MAX_HOLDINGS + 1 }, (_, i) => [`i${i}`, "1"]));
    await attempt.put(name, JSON.stringify({ ...json, accounts: [["hank", "", held]] }));
    store.close();
    await expect(disclose(copy, "hank")).rejects.toMatchObject(refused);
  });
});

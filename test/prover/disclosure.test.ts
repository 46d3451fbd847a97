import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { disclose } from "../../src/prover/disclose.js";
import { openingOf } from "../../src/prover/disclosure/opening.js";
import { FolderStore } from "../../src/prover/store/folderStore.js";
import { openDisclosure } from "../support/openByStatement.js";
import { unprovedEpoch } from "../support/unprovedEpoch.js";

const folder = mkdtempSync(join(tmpdir(), "marginproof-disclosure-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made: Awaited<ReturnType<typeof unprovedEpoch>>;
let names: string[];
let privateDir: string;
let copies = 0;
let notes: string[];
beforeAll(async () => {
  made = await unprovedEpoch(folder, 400, "p16");
  const rows = readFileSync(join(folder, "accounts.csv"), "utf8").split("\n").slice(1, -1);
  names = [...new Set(rows.map((row) => row.split(",")[0]!))];
  await disclose(made.privateDir, names[0]!);
});
beforeEach(() => {
  notes = [];
  privateDir = join(folder, `copy-${copies++}`);
  cpSync(made.privateDir, privateDir, { recursive: true });
});
const holders = (): string => join(made.attempt.replace(made.privateDir, privateDir), "holders");
const watched = (account: string) =>
  disclose(privateDir, account, undefined, {
    progress: { stage: (id) => notes.push(id), update() {}, note: (text) => notes.push(text) },
  });
const flip = (path: string): void => {
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(path, bytes);
};

describe("the index of an epoch's holders", () => {
  test("leads to the same files as the whole epoch does, pockets in several batches included", async () => {
    const store = await FolderStore.open(privateDir);
    const [stored] = await store.statements();
    const whole = await openDisclosure(store, store.place, stored!);
    let spread = 0;
    for (const name of names) {
      const file = await openingOf(whole, name, stored!.statement.batches.keys());
      if (new Set(file.pockets.map(({ batch }) => batch)).size > 1) spread++;
      expect(await watched(name)).toEqual(file);
    }
    store.close();
    expect(spread).toBeGreaterThan(0);
    expect(notes).toEqual([]);
  });

  test("is all that is read beside the market and the batches of that account", async () => {
    const file = await watched(names[3]!);
    const own = file.pockets.map(({ batch }) => `${String(batch).padStart(6, "0")}.json`);
    const batches = join(holders(), "..", "batches");
    for (const name of readdirSync(batches)) if (!own.includes(name)) rmSync(join(batches, name));
    expect(await watched(names[3]!)).toEqual(file);
  });

  test("names nobody, and says of a name that is not in the epoch that it is not", async () => {
    const texts = readdirSync(holders()).map((name) => readFileSync(join(holders(), name), "utf8"));
    expect(texts.length).toBeGreaterThan(2);
    for (const name of names) expect(texts.some((text) => text.includes(name))).toBe(false);
    await expect(watched("nobody")).rejects.toMatchObject({ code: "DISCLOSE_NO_ACCOUNT" });
  });

  test.each<[string, RegExp, (path: string) => void]>([
    ["a damaged page", /^page/, flip],
    ["damaged trees", /^trees/, flip],
    ["a damaged head", /^index/, flip],
    ["a page that is gone", /^page/, (path) => rmSync(path)],
    ["trees that are gone", /^trees/, (path) => rmSync(path)],
  ])("with %s is named and made again, the same", async (_, kind, damage) => {
    const file = await watched(names[5]!);
    const before = readdirSync(holders()).map((name) => [name, readFileSync(join(holders(), name), "utf8")]);
    const hit = readdirSync(holders()).filter((name) => kind.test(name));
    for (const name of hit) damage(join(holders(), name));
    expect(await watched(names[5]!)).toEqual(file);
    expect(notes[0]).toContain(join(holders(), hit[0]!).slice(0, -"000000.json".length));
    expect(notes[0]).toContain("making it from the epoch's batches");
    expect(notes).toContain("index");
    const after = readdirSync(holders()).map((name) => [name, readFileSync(join(holders(), name), "utf8")]);
    expect(after).toEqual(before);
    expect(await watched(names[6]!)).toMatchObject({ account: names[6] });
    expect(notes.filter((note) => note === "index")).toHaveLength(1);
  });

  test("of another statement is not used: what the database says of the statement has to be whole", async () => {
    const path = join(privateDir, "private.db");
    const bytes = readFileSync(path);
    const { digest } = (await store((own) => own.statementNames()))[0]!;
    const at = bytes.lastIndexOf(digest);
    bytes[at + 9] = bytes[at + 9] === 0x61 ? 0x62 : 0x61;
    writeFileSync(path, bytes);
    await expect(watched(names[1]!)).rejects.toMatchObject({ code: "PRIVATE_DATABASE_DAMAGED" });
    expect(notes[0]).toContain("is of another statement");
  });

  test("stands for batches that make the published leaves: others are refused", async () => {
    const file = await watched(names[2]!);
    const name = `batches/${String(file.pockets[0]!.batch).padStart(6, "0")}.json`;
    await store(async (own) => {
      const attempt = own.attempt(made.attempt.split("/").at(-1)!);
      const found = await attempt.read(name);
      if (found.state !== "whole") throw new Error(found.path);
      const quantity = new RegExp(`("${names[2]}","",\\{"[^"]+":"-?\\d*)(\\d)"`);
      const changed = found.text.replace(quantity, (_, before, last) => `${before}${last === "1" ? 2 : 1}"`);
      expect(changed).not.toBe(found.text);
      await attempt.put(name, changed);
    });
    await expect(watched(names[2]!)).rejects.toMatchObject({ code: "DISCLOSE_DIFFERS" });
  });
});

/** Works with the copy's store. */
async function store<T>(work: (own: FolderStore) => Promise<T>): Promise<T> {
  const own = await FolderStore.open(privateDir);
  try {
    return await work(own);
  } finally {
    own.close();
  }
}

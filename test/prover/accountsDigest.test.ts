import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readMapping } from "../../src/accounts/index.js";
import { accountsDigest } from "../../src/prover/attempt.js";

const root = mkdtempSync(join(tmpdir(), "digest-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const MAPPING = `format: marginproof/mapping/1
files:
  a.csv: { rows: [{ account: u, instrument: s, quantity: q }] }
  b.csv: { rows: [{ account: u, instrument: s, quantity: q }] }
`;
let folders = 0;

/** An attempt's secrets go by this digest: two different inputs must never have one. */
async function digest(a: string, b: string, mapping = MAPPING): Promise<string> {
  const folder = join(root, `${folders++}`);
  mkdirSync(folder);
  writeFileSync(join(folder, "a.csv"), a);
  writeFileSync(join(folder, "b.csv"), b);
  return accountsDigest({ folder, mapping: readMapping(mapping, "m.yaml") });
}

test("the digest of an export is of every file and of the mapping, and not of the place", async () => {
  const first = await digest("u,s,q\nx,USDT,1\n", "u,s,q\n");
  expect(await digest("u,s,q\nx,USDT,1\n", "u,s,q\n")).toBe(first);
  const others = [
    await digest("u,s,q\nx,USDT,2\n", "u,s,q\n"),
    await digest("u,s,q\n", "u,s,q\nx,USDT,1\n"),
    await digest("u,s,q\nx,USDT,1\n", "u,s,q\n", MAPPING.replace("quantity: q", "quantity: { minus: q }")),
    await digest("u,s,q\nx,USDT,1\n", "u,s,q\n", MAPPING.replaceAll("account: u", "account: s")),
  ];
  expect(new Set([first, ...others]).size).toBe(5);
});

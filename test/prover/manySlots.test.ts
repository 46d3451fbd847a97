import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readBundle } from "../../src/files/bundleFolder.js";
import { silentProgress } from "../../src/files/progress.js";
import { checkOpening } from "../../src/holder/checkOpening.js";
import { loadProfile } from "../../src/keys/instances.js";
import { sortsLanes } from "../../src/protocol/leaf.js";
import { disclose } from "../../src/prover/disclose.js";
import { proveEpoch } from "../../src/prover/prove.js";
import { createWasmBackend } from "../../src/prover/wasm/wasmBackend.js";
import { TEST_KEYS } from "../support/circuit.js";
import { DEEP_MARKET } from "../support/deepMarket.js";
import { tinyPins, verifyTiny } from "../support/tinyBundle.js";

/** The maker has positions in three lanes with brackets, the taker one in a lane of 40: neither fits two bracketed slots. */
const ACCOUNTS = `account,instrument,quantity,entry_price
maker,USDT,900000,
maker,ETH-PERP,90,settled
maker,BTC-PERP,-1,settled
maker,BTC,0.3,
taker,USDT,900000,
taker,ETH-PERP,-90,settled
other,USDT,100000,
other,BTC-PERP,1,settled
`;

const folder = mkdtempSync(join(tmpdir(), "marginproof-slots-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("accounts of many positions and of a lane with 40 brackets are proved, verified and found by their holders", async () => {
  const paths = { marketPath: join(folder, "market.json"), accountsPath: join(folder, "accounts.csv") };
  writeFileSync(paths.marketPath, JSON.stringify(DEEP_MARKET));
  writeFileSync(paths.accountsPath, ACCOUNTS);
  const profile = loadProfile("test");
  const sorted = profile.accounts.find(sortsLanes)!;
  const places = { out: join(folder, "bundle"), privateDir: join(folder, "private"), keysDir: TEST_KEYS };
  const notes: string[] = [];
  const progress = { ...silentProgress, note: (text: string) => void notes.push(text) };
  const backend = createWasmBackend({ workers: 1 });
  try {
    await proveEpoch({ ...paths, ...places, profile, backend, inFlight: 1, progress });
  } finally {
    await backend.close();
  }
  const epoch = await verifyTiny(await readBundle(places.out));
  expect(epoch.verdict).toMatchObject({ valid: true, proved: true, solvent: true });
  const shapes = epoch.statement!.batches.map(({ shape }) => shape);
  expect(shapes.filter((shape) => shape === sorted.id)).toHaveLength(2);
  expect(shapes).toHaveLength(3);
  expect(notes.join("\n")).toMatch(/^2 of 3 account steps hold one large account each: \d+% of all/m);

  const verified = { ...epoch, pins: await tinyPins() };
  for (const account of ["maker", "taker", "other"]) {
    const file = JSON.stringify(await disclose(places.privateDir, account));
    expect(checkOpening(file, verified, { account })).toMatchObject({ status: "counted" });
    const other = file.replace('"9000"', '"8999"').replace('"-9000"', '"-8999"').replace('"1000"', '"999"');
    expect(checkOpening(other, verified, { account })).toMatchObject({ code: "OPENING_LEAF" });
  }
});

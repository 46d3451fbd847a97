import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Anvil, anvilKey } from "../support/anvil.js";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";
import { runHere } from "./runHere.js";

const { bundle, privateDir } = tinyEpochPaths("covered");
/** Of the same exchange, epoch name and market, with other accounts. */
const second = tinyEpochPaths("uncovered").bundle;
const KEYS = ["--keys", join(TEST_KEYS, "keys.json")];
const TRUST = [...KEYS, "--allow-dev-keys"];
const folder = mkdtempSync(join(tmpdir(), "marginproof-check-"));
const file = join(folder, "alice.json");

let nodes: readonly [Anvil, Anvil];
let registry: string;

const run = (args: readonly string[], sender?: number) =>
  runHere(args, sender === undefined ? {} : { MARGINPROOF_CHAIN_KEY: anvilKey(sender) });

const chain = (at: 0 | 1) => ["--rpc", nodes[at].url, "--chain-id", String(31_337 + at)];
const place = (at: 0 | 1) => ["--registry", registry, ...chain(at)];
const check = (flags: readonly string[], { account = "alice", of = bundle, trust = TRUST } = {}) =>
  run([
    ...["check", file, "--account", account, "--market", join(of, "market.json")],
    ...["--statement", join(of, "statement.json"), ...trust, ...flags],
  ]);

beforeAll(async () => {
  nodes = await Promise.all([Anvil.start(31_337), Anvil.start(31_338)]);
  for (const at of [0, 1] as const) {
    const { out } = await run(["chain", "deploy", ...chain(at), "--window", "3600"], 1);
    registry = /registry (0x\w{40})/.exec(out)![1]!;
  }
  expect((await run(["chain", "publish", bundle, ...place(0), ...TRUST, "--quiet"], 2)).exit).toBe(0);
  const made = ["--private", privateDir, "--account", "alice", "--out", file];
  expect((await run(["disclose", ...made])).exit).toBe(0);
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  rmSync(folder, { recursive: true });
});

describe("check --registry", () => {
  it("counts a holder by their own file, on the word of the registry that verified every proof", async () => {
    const { exit, out, err } = await check(place(0));
    expect(`${exit} ${err}`).toBe("0 ");
    expect(out).toContain("COUNTED: account alice");
    expect(out).toContain(registry);
    expect((await check(place(0), { account: "bob" })).exit).toBe(1);
  });

  it("takes no other statement, no other chain's word, and no key of nobody's list", async () => {
    const other = await check(place(0), { of: second });
    expect([other.exit, other.out]).toEqual([1, expect.stringContaining("REGISTRY_OTHER")]);
    const unknown = await check(place(1));
    expect([unknown.exit, unknown.out]).toEqual([1, expect.stringContaining("REGISTRY_UNKNOWN")]);
    const claim = ["chain", "publish", bundle, ...place(1), ...TRUST, "--quiet", "--optimistic"];
    expect((await run(claim, 2)).exit).toBe(0);
    const claimed = await check(place(1));
    expect([claimed.exit, claimed.out]).toEqual([1, expect.stringContaining("REGISTRY_NOT_FINAL")]);
    const elsewhere = ["--registry", registry, "--rpc", nodes[1].url, "--chain-id", "31337"];
    const wrong = await check(elsewhere);
    expect([wrong.exit, wrong.err]).toEqual([2, expect.stringContaining("CHAIN_ID")]);
    const untrusted = await check(place(0), { trust: KEYS });
    expect([untrusted.exit, untrusted.out]).toEqual([1, expect.stringContaining("KEY_DEVELOPMENT")]);
  });
});

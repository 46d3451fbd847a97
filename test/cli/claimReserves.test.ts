import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compiled } from "../../src/chain/contracts.js";
import { addressOf, type Json, ownership, startWorld, type World } from "../reserves/world.js";
import { anvilAccount, anvilKey } from "../support/anvil.js";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { runHere } from "./runHere.js";

const { exchange, epoch, time } = TINY_MARKET;
const OTHER = "Other Exchange";
const { bundle } = tinyEpochPaths("covered");
const TRUST = ["--keys", join(TEST_KEYS, "keys.json"), "--allow-dev-keys", "--quiet"];
const folder = mkdtempSync(join(tmpdir(), "marginproof-claims-"));
const [DEPLOYER, PUBLISHER, STRANGER] = [1, 2, 4];

let names = 0;
let world: World;
let registry: `0x${string}`;

const run = (args: readonly string[], sender?: number) =>
  runHere(args, sender === undefined ? {} : { MARGINPROOF_CHAIN_KEY: anvilKey(sender) });

function file(json: unknown): string {
  const path = join(folder, `${++names}.json`);
  writeFileSync(path, JSON.stringify(json));
  return path;
}

const chain = () => ["--rpc", world.nodes[0].url, "--chain-id", "31337"];
const claim = (reserves: Json, sender: number, ...flags: string[]) =>
  run(["chain", "claim-reserves", file(reserves), ...chain(), "--registry", registry, ...flags], sender);

/** What `verify` says of the exchange's bundle and this reserves file, with the registry asked. */
async function verified(reserves: Json = world.file) {
  const nodes = world.nodes.flatMap(({ url }) => ["--rpc", url]);
  const files = ["--reserves", file(reserves), "--reserve-policy", file(world.policy)];
  const place = ["--registry", registry, "--chain-id", "31337"];
  const { out, exit } = await run(["verify", bundle, ...TRUST, ...files, ...nodes, ...place, "--json"]);
  const { valid, proved, checks } = JSON.parse(out) as Json;
  return { exit, valid, proved, check: checks.find(({ id }: Json) => id === "reserves-claimed") };
}

/** A reserves file of another exchange, which has got the cold wallet to sign for it too. */
const ofOther = (): Json => ({
  ...structuredClone(world.file),
  exchange: OTHER,
  chains: [],
  addresses: [
    {
      kind: "evm",
      chainId: 10,
      address: addressOf("cold"),
      ownership: ownership("cold", { exchange: OTHER, epoch, chainId: 10 }),
      balances: [{ asset: "ETH", amount: "1" }],
    },
  ],
});

const sentBy = (n: number) => world.nodes[0].client.getTransactionCount({ address: anvilAccount(n).address });

beforeAll(async () => {
  world = await startWorld(time, { exchange, epoch });
  const deployed = await run(["chain", "deploy", ...chain()], DEPLOYER);
  registry = /registry (0x\w{40})/.exec(deployed.out)![1] as `0x${string}`;
  expect(deployed.out).toMatch(/its reserve addresses 0x\w{40}\n/);
  const place = [...chain(), "--registry", registry];
  expect((await run(["chain", "publish", bundle, ...place, ...TRUST], PUBLISHER)).exit).toBe(0);
  const { abi } = await compiled("EpochRegistry");
  await world.nodes[0].send(
    { address: registry, abi },
    "registerExchange",
    [OTHER, anvilAccount(STRANGER).address],
    { account: anvilAccount(STRANGER) },
  );
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

describe("reserve addresses in a registry", () => {
  it("that nobody claimed there fail a verification that asks it: another's claim would not show", async () => {
    const { exit, valid, proved, check } = await verified();
    expect([exit, valid, proved]).toEqual([1, false, true]);
    expect(check).toMatchObject({ status: "fail", code: "RESERVES_UNCLAIMED" });
    expect(check.detail).toContain(addressOf("cold"));
    expect(check.detail).toContain("marginproof chain claim-reserves");
  });

  it("are claimed by whomever has the file, each key once, and are then the exchange's alone", async () => {
    const before = await sentBy(STRANGER);
    const dry = await claim(world.file, STRANGER, "--dry-run");
    expect(dry).toMatchObject({ exit: 0, err: "" });
    expect(dry.out).toContain(`would send claim eip155:31337 ${addressOf("hot")} for`);
    expect(await sentBy(STRANGER)).toBe(before);
    const sent = await claim(world.file, STRANGER);
    expect(sent).toMatchObject({ exit: 0, err: "" });
    // Of two keys on two chains: a key has one address on all.
    expect(await sentBy(STRANGER)).toBe(before + 2);
    expect(sent.out).toContain("4 claimed, 1 that no signature can be brought of there");
    expect((await claim(world.file, STRANGER)).out).not.toContain("  sent ");
    expect(await verified()).toMatchObject({ exit: 0, valid: true, check: { status: "pass" } });
  });

  it("that a publisher alone declares for another are told, and accuse nobody", async () => {
    const bitcoin = world.file.addresses.filter(({ kind }) => kind === "bitcoin");
    const declared = { ...structuredClone(world.file), exchange: OTHER, chains: [], addresses: bitcoin };
    const refused = await claim(declared, PUBLISHER, "--declare");
    expect(refused.exit).toBe(2);
    expect(refused.err).toContain("NotPublisher");
    expect((await claim(declared, STRANGER, "--declare")).exit).toBe(0);
    const { valid, check } = await verified();
    expect([valid, check.status]).toEqual([true, "pass"]);
    expect(check.detail).toContain(`declared, without a signature, for others too: bitcoin bc1`);
    expect(check.detail).toContain(JSON.stringify(OTHER));
  });

  it("that signed for two exchanges fail for both, whichever file is given", async () => {
    const second = await claim(ofOther(), STRANGER);
    expect(second.exit).toBe(1);
    expect(second.out).toContain(`RESERVES_CLAIMED: registry ${registry} on chain 31337: eip155:10`);
    expect(second.out).toContain(`${addressOf("cold")} by ${JSON.stringify(exchange)}`);
    const { exit, valid, proved, check } = await verified();
    expect([exit, valid, proved]).toEqual([1, false, true]);
    expect(check).toMatchObject({ status: "fail", code: "RESERVES_CLAIMED" });
    expect(check.detail).toContain(`eip155:31337 ${addressOf("cold")} by ${JSON.stringify(OTHER)}`);
  });

  it("of a file that is refused are not asked for", async () => {
    const cooked = structuredClone(world.file) as Json;
    cooked.addresses[0].balances[0].amount = "4";
    expect(await verified(cooked)).toMatchObject({ exit: 1, valid: false, check: { status: "skipped" } });
  });

  it("can't be claimed by a signature that is for another exchange, and nothing is sent", async () => {
    const stolen = { ...structuredClone(world.file), exchange: OTHER } as Json;
    const before = await sentBy(STRANGER);
    const refused = await claim({ ...stolen, addresses: stolen.addresses.slice(0, 1) }, STRANGER);
    expect(refused.exit).toBe(2);
    expect(refused.err).toContain("the contract refuses: SignatureOther");
    expect(await sentBy(STRANGER)).toBe(before);
  });
});

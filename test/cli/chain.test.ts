import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseStatement } from "../../src/protocol/statement.js";
import { Anvil, anvilAccount, anvilKey } from "../support/anvil.js";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyBundle, tinyEpochPaths } from "../support/tinyBundle.js";

const MAIN = fileURLToPath(new URL("../../build/dist/cli/main.js", import.meta.url));
const TRUST = ["--keys", join(TEST_KEYS, "keys.json"), "--allow-dev-keys", "--quiet"];
const WINDOW = 3600;
const { bundle } = tinyEpochPaths("covered");
/** Of the same exchange, epoch name and time, with other accounts: a second statement. */
const second = tinyEpochPaths("uncovered").bundle;
const folder = mkdtempSync(join(tmpdir(), "marginproof-chain-"));

const KEY = anvilKey(2);

/** Everything that any command printed, for what must never be in it. */
let printed = "";
let nodes: readonly [Anvil, Anvil];
let registry: string;

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built command in a process of its own; killed for good as soon as its output holds `killAt`. */
function run(args: readonly string[], { key, killAt }: { key?: string; killAt?: string } = {}): Promise<Ran> {
  const { MARGINPROOF_CHAIN_KEY: _, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...env, ...(key === undefined ? {} : { MARGINPROOF_CHAIN_KEY: key }) },
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    if (killAt !== undefined && out.includes(killAt)) child.kill("SIGKILL");
  });
  child.stderr.on("data", (chunk: Buffer) => void (err += chunk.toString()));
  return new Promise((resolve) =>
    child.once("close", (code) => {
      printed += out + err;
      resolve({ code, out, err });
    }),
  );
}

const at = (node = 0) => ["--rpc", nodes[node]!.url, "--chain-id", String(31_337 + node)];
const where = (node = 0) => ["--registry", registry, ...at(node)];
const deploy = (node: number, ...flags: string[]) =>
  run(["chain", "deploy", ...at(node), "--window", String(WINDOW), ...flags], { key: anvilKey(1) });
const publish = (path: string, node: number, flags: readonly string[] = [], killAt?: string) =>
  run(["chain", "publish", path, ...where(node), ...TRUST, ...flags], {
    key: KEY,
    ...(killAt === undefined ? {} : { killAt }),
  });
const verify = (path: string, flags: readonly string[]) =>
  run(["verify", path, ...TRUST, "--json", ...flags]);
const registryCheck = ({ out }: Ran) =>
  (JSON.parse(out) as { checks: { id: string; status: string; code: string; detail: string }[] }).checks.find(
    ({ id }) => id === "registry",
  );
const sentBy = (node: number, account = 2) =>
  nodes[node]!.client.getTransactionCount({ address: anvilAccount(account).address });

beforeAll(async () => {
  nodes = await Promise.all([Anvil.start(31_337), Anvil.start(31_338)]);
  const deployed = await deploy(0);
  registry = /registry (0x\w{40})/.exec(deployed.out)![1]!;
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  rmSync(folder, { recursive: true });
});

describe("chain deploy", () => {
  it("finds what is there, and puts the same registry at the same address of every chain", async () => {
    const before = await sentBy(0, 1);
    const again = await deploy(0);
    expect(again).toMatchObject({ code: 0, err: "" });
    expect(again.out).toContain(`registry ${registry}`);
    expect(await sentBy(0, 1)).toBe(before);
    const dry = await deploy(1, "--dry-run");
    expect(dry.out).toMatch(/would send deploy Groth16Verifier .*: \d+ gas\n/);
    expect(dry.out).toMatch(/Nothing was sent. About \d+ gas in all/);
    expect(await sentBy(1, 1)).toBe(0);
    expect((await deploy(1)).out).toContain(`registry ${registry}`);
    // Other terms are another registry.
    expect((await deploy(1, "--min-bond", "5", "--dry-run")).out).not.toContain(`registry ${registry}`);
  });

  it("refuses a node of another chain, no key and a wrong key before anything is sent", async () => {
    const sent = await sentBy(0, 1);
    const other = await run(["chain", "deploy", "--rpc", nodes[0].url, "--chain-id", "1"], { key: KEY });
    expect(other).toMatchObject({ code: 2, out: "" });
    expect(other.err).toContain("error CHAIN_ID: the node is of chain 31337, not 1");
    const none = await run(["chain", "deploy", ...at()]);
    expect(none).toMatchObject({ code: 2, out: "" });
    expect(none.err).toContain("error CHAIN_KEY");
    for (const key of [`${KEY}00`, `0x${"f".repeat(64)}`, `0x${"0".repeat(64)}`]) {
      const wrong = await run(["chain", "deploy", ...at()], { key });
      expect(wrong.code).toBe(2);
      expect(wrong.err).toContain("error CHAIN_KEY");
      expect(wrong.err).not.toContain(key.slice(2));
    }
    expect(await sentBy(0, 1)).toBe(sent);
  });

  it("says so where there is no factory", async () => {
    const factory = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
    const bare = await Anvil.start(31_339);
    await bare.client.setCode({ address: factory, bytecode: "0x" });
    const ran = await run(["chain", "deploy", "--rpc", bare.url, "--chain-id", "31339"], { key: KEY });
    await bare.stop();
    expect(ran.code).toBe(2);
    expect(ran.err).toContain("error CHAIN_FACTORY");
  });
});

describe("chain publish, every step verified", () => {
  it("killed in the middle, goes on from the chain and sends nothing twice", async () => {
    expect(registryCheck(await verify(bundle, where()))).toMatchObject({ code: "REGISTRY_UNKNOWN" });
    const dry = await publish(bundle, 0, ["--dry-run"]);
    expect(dry.out).toContain("Nothing was sent");
    expect(await sentBy(0)).toBe(0);
    const killed = await publish(bundle, 0, [], "sent       publish the statement");
    expect(killed.code).toBeNull();
    const open = await verify(bundle, where());
    expect(open.code).toBe(1);
    expect(registryCheck(open)).toMatchObject({ status: "fail", code: "REGISTRY_NOT_FINAL" });
    expect((await run(["chain", "status", bundle, ...where()])).code).toBe(1);
    const whole = await publish(bundle, 0);
    expect(whole).toMatchObject({ code: 0, err: "" });
    expect(whole.out).toContain("there      publish the statement");
    expect(whole.out).toMatch(/\nfinal: statement 0x[0-9a-f]{64}\n$/);
    const steps = whole.out.split("\n").filter((line) => /^ {2}(there|sent) /.test(line));
    const byDeployer = steps.filter((line) => /Poseidon constants of width 1[57]$/.test(line)).length;
    expect(await sentBy(0)).toBe(steps.length - byDeployer);
    const again = await publish(bundle, 0);
    expect(again.out).not.toContain("sent ");
    expect(await sentBy(0)).toBe(steps.length - byDeployer);
  });

  it("is what verify and status compare with", async () => {
    const found = await verify(bundle, where());
    expect(found).toMatchObject({ code: 0, err: "" });
    expect(registryCheck(found)).toMatchObject({ status: "pass", detail: expect.stringContaining(registry) });
    const other = await verify(second, where());
    expect(other.code).toBe(1);
    expect(registryCheck(other)).toMatchObject({ status: "fail", code: "REGISTRY_OTHER" });
    expect(JSON.parse(other.out)).toMatchObject({ valid: false, proved: false, assets: null });
    const words = await run(["verify", second, ...TRUST, ...where()]);
    expect(words.out).toContain("next: The exchange shows two books of one epoch");
    const status = await run(["chain", "status", bundle, ...where()]);
    expect(status).toMatchObject({ code: 0, err: "" });
    expect(status.out).toContain("\nfinal: statement 0x");
    expect(await run(["chain", "watch", second, ...where(), "--rounds", "1"])).toMatchObject({
      code: 1,
      out: expect.stringContaining("REGISTRY_OTHER"),
    });
  });

  it("has no second statement under the name, and no second publisher", async () => {
    const sent = await sentBy(0);
    const other = await publish(second, 0);
    expect(other.code).toBe(1);
    expect(other.err).toContain("error CHAIN_EPOCH_TAKEN");
    const stranger = await run(["chain", "publish", bundle, ...where(), ...TRUST], { key: anvilKey(5) });
    expect(stranger.code).toBe(2);
    expect(stranger.err).toContain("error CHAIN_NAME_TAKEN");
    expect(await sentBy(0)).toBe(sent);
    expect(await sentBy(0, 5)).toBe(0);
  });
});

describe("chain publish --optimistic, on another chain at the same time", () => {
  it("claims, waits for the window, and finalises the same digest", async () => {
    const claimed = await publish(bundle, 1, ["--optimistic"]);
    expect(claimed).toMatchObject({ code: 0, err: "" });
    expect(claimed.out).toMatch(
      /\nclaimed: statement 0x\w{64}, bond 1000000000000000000 wei, 0 demands open/,
    );
    expect(registryCheck(await verify(bundle, where(1)))).toMatchObject({ code: "REGISTRY_NOT_FINAL" });
    const waiting = await run(["chain", "watch", bundle, ...where(1), "--rounds", "2", "--every", "1"]);
    expect(waiting.code).toBe(1);
    // A state is told once.
    expect(waiting.out.match(/^claimed: /gm)).toHaveLength(1);
    const early = await publish(bundle, 1, ["--optimistic"]);
    expect(early.out).not.toContain("finalise");
    const strict = await publish(bundle, 1);
    expect(strict.err).toContain("error CHAIN_EPOCH_TAKEN");
    await nodes[1].passTime(WINDOW + 1);
    const final = await publish(bundle, 1, ["--optimistic"]);
    expect(final.out).toContain("sent       finalise the claim");
    expect((await verify(bundle, where(1))).code).toBe(0);
    expect((await run(["chain", "watch", bundle, ...where(1)])).code).toBe(0);
  });
});

describe("verify --registry", () => {
  it("asks the node of the chain that is said, and ends with 2 where it can't ask", async () => {
    const rpc = nodes.flatMap(({ url }) => ["--rpc", url]);
    const both = ["--registry", registry, ...rpc];
    expect((await verify(bundle, [...both, "--chain-id", "31338"])).code).toBe(0);
    const cases: readonly (readonly [readonly string[], string])[] = [
      [both, "CHAIN_FLAGS"],
      [["--registry", registry], "CHAIN_FLAGS"],
      [["--chain-id", "1"], "CHAIN_FLAGS"],
      [[...both, "--chain-id", "1"], "CHAIN_ID"],
      [["--registry", registry, "--rpc", nodes[0].url, "--chain-id", "1"], "CHAIN_ID"],
      [["--registry", anvilAccount(9).address, ...at()], "REGISTRY_ADDRESS"],
      // A contract that is no registry.
      [["--registry", "0x4e59b44847b379578588920cA78FbF26c0B4956C", ...at()], "CHAIN_REVERTED"],
      [["--registry", "0x12", ...at()], "REGISTRY_ADDRESS"],
      [["--registry", registry, "--rpc", "http://127.0.0.1:1/secret"], "RPC_UNREACHABLE"],
    ];
    for (const [flags, code] of cases) {
      const ran = await verify(bundle, flags);
      expect(JSON.parse(ran.out), `${flags}`).toMatchObject({ code });
      expect(ran.code).toBe(2);
      expect(ran.err).not.toContain("secret");
    }
  });
});

describe("export solidity", () => {
  it("writes what the registry was compiled from, and to", async () => {
    const out = join(folder, "solidity");
    expect(await run(["export", "solidity", "--out", out])).toMatchObject({ code: 0, err: "" });
    const source = readFileSync(join(out, "contracts", "EpochRegistry.sol"), "utf8");
    expect(source).toContain("contract EpochRegistry is");
    const { abi } = JSON.parse(readFileSync(join(out, "compiled", "EpochRegistry.json"), "utf8")) as {
      abi: { name?: string }[];
    };
    expect(abi.map(({ name }) => name)).toContain("finalDigest");
    expect(existsSync(join(out, "contracts", "test"))).toBe(false);
    expect((await run(["export", "solidity", "--out", out])).err).toContain("error OUT_EXISTS");
    expect((await run(["export", "vyper", "--out", join(folder, "x")])).code).toBe(2);
  });
});

it("is the same statement's name on both bundles, and no key was ever printed", async () => {
  const [one, two] = await Promise.all(
    (["covered", "uncovered"] as const).map(async (name) =>
      parseStatement((await tinyBundle(name)).statement),
    ),
  );
  expect([one!.exchange, one!.epoch]).toEqual([two!.exchange, two!.epoch]);
  expect(printed.length).toBeGreaterThan(5000);
  for (const n of [1, 2, 5]) expect(printed).not.toContain(anvilKey(n).slice(2));
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { challengePlan } from "../../src/chain/challengePlan.js";
import { claimOf } from "../../src/chain/claim.js";
import { claimedSteps, claimedTable } from "../../src/chain/claimedEpoch.js";
import { connectChain } from "../../src/chain/connect.js";
import { deployPlan } from "../../src/chain/deployPlan.js";
import { type EpochWords, epochWords } from "../../src/chain/epochWords.js";
import { publishPlan } from "../../src/chain/publishPlan.js";
import { epochOf, openRegistry, type Registry } from "../../src/chain/registry.js";
import { runPlan, type Sender, senderOf } from "../../src/chain/sender.js";
import { runCli } from "../../src/cli/program.js";
import { parseMarket } from "../../src/market/index.js";
import { parseStatement } from "../../src/protocol/statement.js";
import type { BundleParts } from "../../src/verifier/bundle.js";
import { pinnedKeysToJson } from "../../src/verifier/pins.js";
import { Anvil, anvilAccount, anvilKey } from "../support/anvil.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { forgedEpoch } from "../verifier/forgedEpoch.js";

const [WINDOW, RESPONSE] = [86_400, 3_600];
const [BOND, PRICE] = [10n ** 18n, 10n ** 16n];
const REWARD = (BOND * 80n) / 100n;
const folder = mkdtempSync(join(tmpdir(), "marginproof-challenge-"));
const keys = join(folder, "keys.json");

let anvil: Anvil;
let registry: Registry;
let miner: NodeJS.Timeout;
const sender = (n: number): Sender => senderOf(registry.chain, anvilKey(n));
const [PUBLISHER, CHALLENGER, STRANGER] = [2, 3, 4];

beforeAll(async () => {
  anvil = await Anvil.start();
  const chain = await connectChain(anvil.url, 31_337);
  const terms = { minBond: BOND, demandPrice: PRICE, window: BigInt(WINDOW), response: BigInt(RESPONSE) };
  const plan = await deployPlan(chain, terms);
  await runPlan(senderOf(chain, anvilKey(1)), plan.steps, () => {});
  registry = await openRegistry(chain, plan.registry);
  writeFileSync(keys, JSON.stringify(pinnedKeysToJson(forgedEpoch(TINY_MARKET).pins)));
  // Blocks go on, as they do on a chain with others on it.
  miner = setInterval(() => void anvil.client.mine({ blocks: 1 }).catch(() => {}), 200);
});
afterAll(async () => {
  clearInterval(miner);
  await anvil.stop();
  rmSync(folder, { recursive: true });
});

type Step = { stateOut: string; proof: unknown };
const stepsOf = ({ steps }: BundleParts) => steps as readonly Step[];

/** A published folder of an epoch of this name: three account steps and one of the table, its steps spoilt as said. */
function published(epoch: string, spoil: (steps: readonly Step[]) => readonly Step[] = (steps) => steps) {
  const { bundle, pins } = forgedEpoch({ ...TINY_MARKET, epoch }, {}, 3);
  const parts: BundleParts = { ...bundle, steps: spoil(stepsOf(bundle)) };
  const path = join(folder, epoch);
  write(path, parts);
  const market = parseMarket(JSON.parse(parts.marketText));
  return { path, parts, words: epochWords(parts, parseStatement(parts.statement), market, pins) };
}

function write(path: string, { statement, marketText, verifyingKeys, steps }: BundleParts): void {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "statement.json"), JSON.stringify(statement));
  writeFileSync(join(path, "market.json"), marketText);
  writeFileSync(join(path, "verifying-keys.json"), JSON.stringify(verifyingKeys));
  writeFileSync(join(path, "steps.ndjson"), steps.map((step) => `${JSON.stringify(step)}\n`).join(""));
}

/** Claims it, whatever it is. */
async function claim(words: EpochWords): Promise<void> {
  const { account } = sender(PUBLISHER);
  await runPlan(
    sender(PUBLISHER),
    await publishPlan(registry, words, account.address, { kind: "optimistic" }),
    () => {},
  );
}

/** Runs a command of `chain` in this process. */
async function chain(who: number, command: string, path: string, ...flags: string[]) {
  const shown = { out: "", err: "" };
  process.env.MARGINPROOF_CHAIN_KEY = anvilKey(who);
  const where = ["--registry", registry.address, "--rpc", anvil.url, "--chain-id", "31337"];
  const exit = await runCli(["chain", command, path, ...where, ...flags], {
    out: (text) => void (shown.out += `${text}\n`),
    err: (text) => void (shown.err += text),
    errIsScreen: false,
  });
  delete process.env.MARGINPROOF_CHAIN_KEY;
  expect(shown.out + shown.err).not.toContain(anvilKey(who).slice(2));
  return { exit, ...shown };
}
const challenge = (path: string, ...flags: string[]) =>
  chain(CHALLENGER, "challenge", path, "--keys", keys, "--quiet", ...flags);

const statusOf = async ({ statement: { exchange, epoch } }: EpochWords) =>
  (await epochOf(registry, exchange, epoch)).status;
const sentBy = (n: number) => anvil.client.getTransactionCount({ address: anvilAccount(n).address });
const wealth = (n: number) => anvil.client.getBalance({ address: anvilAccount(n).address });

/** What the challenger gains by a run, its gas aside. */
async function gained(run: () => Promise<unknown>): Promise<bigint> {
  const before = await wealth(CHALLENGER);
  await run();
  const gain = (await wealth(CHALLENGER)) - before;
  const gas = 10n ** 17n;
  return gain > REWARD - gas && gain <= REWARD ? REWARD : gain;
}

describe("chain challenge", () => {
  it("finds nothing against an honest claim, sends nothing, and nobody's false challenge holds", async () => {
    const { path, parts, words } = published("honest");
    await claim(words);
    const found = await challenge(path);
    expect(found).toMatchObject({ exit: 0, err: "" });
    expect(found.out).toContain("No fault");
    expect(await sentBy(CHALLENGER)).toBe(0);
    const own = await claimOf(registry, words.statement);
    const epoch = claimedTable(parts, own);
    const { tree } = claimedSteps(parts, own, epoch);
    const fault = { kind: "proof", index: 1, leaf: tree.leaf(1), says: "a lie" } as const;
    const plan = await challengePlan({ claim: own, epoch, fault, tree }, sender(STRANGER));
    await expect(runPlan(sender(STRANGER), plan, () => {})).rejects.toThrow("NoFault");
    expect(await statusOf(words)).toBe("claimed");
  });

  it("says so where what is wrong is nothing that a registry looks at", async () => {
    const { path, words } = published("unpinned");
    await claim(words);
    const found = await chain(CHALLENGER, "challenge", path, "--quiet");
    expect(found.exit).toBe(1);
    expect(found.out).toContain("KEY_NOT_PINNED");
    expect(found.out).toContain("No claim on chain for this fault");
    expect(await sentBy(CHALLENGER)).toBe(0);
  });

  it("takes the bond for a step with another step's proof, and goes on after a run that was cut off", async () => {
    const { path, parts, words } = published("cooked", ([one, two, ...rest]) => [
      one!,
      { ...two!, proof: one!.proof },
      ...rest,
    ]);
    await claim(words);
    const dry = await challenge(path, "--dry-run");
    expect(dry.exit).toBe(1);
    expect(dry.out).toContain("PROOF_FALSE");
    expect(dry.out).toContain("Fault: the proof of account step 1 does not verify");
    expect(dry.out).toMatch(/would send commit to a challenge: \d+ gas\n/);
    expect(await sentBy(CHALLENGER)).toBe(0);
    // The first run ends after its commitment.
    const own = await claimOf(registry, words.statement);
    const epoch = claimedTable(parts, own);
    const { tree } = claimedSteps(parts, own, epoch);
    const fault = { kind: "proof", index: 1, leaf: tree.leaf(1), says: "" } as const;
    const plan = await challengePlan({ claim: own, epoch, fault, tree }, sender(CHALLENGER));
    await runPlan(sender(CHALLENGER), plan.slice(0, 1), () => {});
    expect(await sentBy(CHALLENGER)).toBe(1);
    let ran = dry;
    expect(await gained(async () => (ran = await challenge(path)))).toBe(REWARD);
    expect(ran).toMatchObject({ exit: 1, err: "" });
    expect(ran.out).toContain("there      commit to a challenge");
    expect(ran.out).toContain("\nrefuted: statement 0x");
    expect(await sentBy(CHALLENGER)).toBe(3);
    const again = await challenge(path);
    expect(again.exit).toBe(2);
    expect(again.err).toContain("error CLAIM_NONE");
  });

  it.each<readonly [string, (steps: readonly Step[]) => readonly Step[], string]>([
    [
      "an end elsewhere",
      (steps) => steps.with(3, { ...steps[3]!, stateOut: `0x${"0".repeat(63)}9` }),
      "does not end in the published totals",
    ],
    [
      "a state that is no element",
      (steps) => steps.with(0, { ...steps[0]!, stateOut: `0x${"f".repeat(64)}` }),
      "the proof of account step 0",
    ],
    [
      "a proof of no points",
      (steps) => {
        const zero = `0x${"0".repeat(64)}`;
        const b = [
          [zero, zero],
          [zero, zero],
        ];
        return steps.with(3, { ...steps[3]!, proof: { a: [zero, zero], b, c: [zero, zero] } });
      },
      "the proof of table step 0",
    ],
  ])("takes the bond for %s", async (name, spoil, says) => {
    const { path, words } = published(name.replaceAll(" ", "-"), spoil);
    await claim(words);
    let out = "";
    expect(await gained(async () => ({ out } = await challenge(path)))).toBe(REWARD);
    expect(out).toContain(says);
    expect(await statusOf(words)).toBe("refuted");
  });

  it("takes the bond for a factor that is not the table's, once the table is read on chain", async () => {
    const { path, words } = published("factor");
    await claim({ ...words, table: { ...words.table, imfBp: 10_000n } });
    let out = "";
    expect(await gained(async () => ({ out } = await challenge(path)))).toBe(REWARD);
    expect(out).toContain("the claim's initial factor is 10000");
    expect(out).toContain("sent       read the risk table to row");
  });
});

describe("a bundle that is not what was claimed", () => {
  it("is refused by name: another statement, another table, other steps", async () => {
    const { path, parts, words } = published("other");
    await claim(words);
    const copy = join(folder, "copy");
    const cases: readonly (readonly [string, BundleParts])[] = [
      ["CLAIM_STATEMENT", forgedEpoch({ ...TINY_MARKET, epoch: "other" }, {}, 2).bundle],
      ["CLAIM_TABLE", { ...parts, marketText: JSON.stringify({ ...TINY_MARKET, stress: [] }) }],
      ["CLAIM_STEPS", { ...parts, steps: parts.steps.slice(1) }],
      ["CLAIM_STEPS", { ...parts, steps: parts.steps.with(2, { stateOut: "0x1" }) }],
      ["CLAIM_STEPS", { ...parts, steps: parts.steps.with(0, parts.steps[1]) }],
    ];
    for (const [code, bundle] of cases) {
      write(copy, bundle);
      const ran = await challenge(copy);
      expect(ran.exit, code).toBe(1);
      expect(ran.err).toContain(`error ${code}`);
    }
    expect(path).not.toBe(copy);
    expect(await statusOf(words)).toBe("claimed");
  });
});

describe("a demand", () => {
  it("is answered out of the bundle before its time is over, and paid for", async () => {
    const { path, parts, words } = published("answered");
    await claim(words);
    const asked = await challenge(path, "--demand", "2", "--demand", "table");
    expect(asked.exit).toBe(1);
    expect(asked.out).toMatch(/step 2 is demanded by 0x\w{40}, to be shown until \S+Z \(\d+ seconds left\)/);
    const status = await chain(STRANGER, "status", path);
    expect(status.out).toContain("2 demands open");
    expect(status.out).toMatch(/the risk table is demanded by .* seconds left\)/);
    // Somebody without the steps can't answer for them.
    const wrong = join(folder, "wrong");
    write(wrong, { ...parts, steps: parts.steps.with(2, parts.steps[1]) });
    const failed = await chain(STRANGER, "answer", wrong, "--rounds", "1");
    expect(failed).toMatchObject({ exit: 1, err: expect.stringContaining("error CLAIM_STEPS") });
    const dry = await chain(PUBLISHER, "answer", path, "--dry-run");
    expect(dry.out).toContain("would send show step 2");
    const answered = await chain(PUBLISHER, "answer", path, "--rounds", "1");
    expect(answered.out).toContain("sent       show step 2");
    expect(answered.out).toContain("sent       show the risk table");
    expect((await chain(STRANGER, "status", path)).out).toContain("0 demands open");
    const owed = await anvil.read(registry, "balanceOf", [anvilAccount(PUBLISHER).address]);
    expect(owed).toBe(2n * PRICE);
    await anvil.passTime(RESPONSE + 1);
    // It was answered: asking again sends nothing.
    const sent = await sentBy(CHALLENGER);
    expect((await challenge(path, "--demand", "2")).exit).toBe(1);
    expect(await sentBy(CHALLENGER)).toBe(sent);
    expect(await statusOf(words)).toBe("claimed");
  });

  it("without an answer in time refutes the claim, though all but the statement is withheld", async () => {
    const { path, words } = published("withheld");
    await claim(words);
    for (const file of ["steps.ndjson", "market.json", "verifying-keys.json"]) rmSync(join(path, file));
    const asked = await challenge(path, "--demand", "0");
    expect(asked.out).toContain("sent       demand step 0");
    const early = await challenge(path, "--demand", "0");
    expect(early.out).not.toContain("sent ");
    await anvil.passTime(RESPONSE + 1);
    expect((await challenge(path, "--demand", "0", "--dry-run")).out).toContain(
      "would send refute the claim",
    );
    const before = await wealth(CHALLENGER);
    const ran = await challenge(path, "--demand", "0");
    expect(ran.out).toContain("sent       refute the claim: nobody showed step 0 in time");
    expect(await statusOf(words)).toBe("refuted");
    expect((await wealth(CHALLENGER)) - before).toBeGreaterThan(REWARD);
  });

  it("is of a step of the claim", async () => {
    const { path, words } = published("none");
    await claim(words);
    const beyond = await challenge(path, "--demand", "4");
    expect(beyond).toMatchObject({ exit: 2, err: expect.stringContaining("NotInClaim") });
    expect((await challenge(path, "--demand", "1.5")).exit).toBe(2);
  });
});

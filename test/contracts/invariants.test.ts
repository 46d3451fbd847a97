import fc from "fast-check";
import type { Hex } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ClaimTree, claimSteps } from "../../src/chain/claimTree.js";
import { accountSteps, tableSteps } from "../../src/chain/epochWords.js";
import { Anvil } from "../support/anvil.js";
import { tinyTable } from "../support/tinyMarket.js";
import {
  BOND,
  CHALLENGER,
  type ChainEpoch,
  claimOf,
  DEMAND_PRICE,
  deployRegistry,
  forgedChainEpoch,
  idOf,
  OWNER,
  PUBLISHER,
  RESPONSE,
  type Registry,
  readTable,
  register,
  STRANGER,
  tableOf,
  WINDOW,
  word,
} from "./epoch.js";

const [FINAL, EXPIRED, REFUTED] = [3, 4, 5];
const STEPS = 4;
const SALT = word(3n);

let anvil: Anvil;
let on: Registry;
let keySet: Hex;
/** One epoch to be verified, one claimed honestly, one with a false step. */
const epochs = ["strict", "honest", "false"].map((name) => forgedChainEpoch(name, STEPS - 1));
const [strict, honest, lie] = epochs as [ChainEpoch, ChainEpoch, ChainEpoch];
const claims = [
  new ClaimTree(claimSteps(honest)),
  new ClaimTree(claimSteps(lie).map((step, n) => (n === 1 ? { ...step, stateOut: 9n } : step))),
];
const ids: Hex[] = [];

beforeAll(async () => {
  anvil = await Anvil.start();
  on = await deployRegistry(anvil, [tinyTable.rows.length]);
  keySet = await register(anvil, on, strict);
  for (const epoch of epochs) ids.push(await idOf(anvil, on, epoch.posted(keySet)));
  await readTable(anvil, on.columns, tableOf(strict));
});
afterAll(() => anvil.stop());

/** A call by somebody, of which nobody says whether it should be refused. */
async function attempt(name: string, args: readonly unknown[], account = CHALLENGER, value = 0n) {
  await anvil.send(on.registry, name, args, { account, value }).catch((error: unknown) => {
    // The registry's own refusals only: anything else is a fault of the test.
    if (!/Error: \w+\(/.test(String(error))) throw error;
  });
}

type Action = readonly [kind: number, which: number, index: number];

async function act([kind, which, index]: Action): Promise<void> {
  const epoch = [honest, lie][which]!;
  const [id, claim, posted] = [ids[1 + which]!, claims[which]!, epoch.posted(keySet)];
  const tail = BigInt(strict.encoding.tail);
  const opened = claim.opened(index);
  const acts = [
    () => attempt("publish", [strict.posted(keySet)], PUBLISHER),
    () => attempt("claim", claimOf(epoch, posted, claim.root), PUBLISHER, BOND),
    () =>
      attempt("submitAccountSteps", [
        ids[0],
        accountSteps(strict, strict.posted(keySet), Math.min(index, 2), 1 + Math.min(index, 2)),
        tail,
      ]),
    () => attempt("submitTableSteps", [ids[0], tableSteps(strict, strict.posted(keySet), 0, 1), tail]),
    () => attempt("demand", [id, BigInt(index)], STRANGER, DEMAND_PRICE),
    () => attempt("answerStep", [id, opened], PUBLISHER),
    () => attempt("refuteUnanswered", [id, BigInt(index)]),
    () => attempt("finalise", [id], STRANGER),
    () => attempt("withdraw", [], [OWNER, PUBLISHER, CHALLENGER, STRANGER][index]),
    () => anvil.passTime([60, RESPONSE + 1, WINDOW + 1, 3 * WINDOW][index]!),
    async () => {
      const args = [CHALLENGER.address, id, 0, BigInt(index), claim.leaf(index), SALT];
      await attempt("commitChallenge", [await anvil.read(on.registry, "commitmentOf", args)]);
      await anvil.client.mine({ blocks: 5 });
      await attempt("challengeProof", [id, posted, opened, claim.opened(Math.max(index - 1, 0)), SALT]);
    },
  ];
  await acts[kind]!();
}

interface Kept {
  readonly status: number;
  readonly done: number;
  readonly bond: bigint;
  readonly demands: number;
}
const kept = () => Promise.all(ids.map((id) => anvil.read(on.registry, "epochOf", [id]) as Promise<Kept>));

/** What holds after whatever was done. */
async function expectSound(before: readonly Kept[]): Promise<readonly Kept[]> {
  const now = await kept();
  for (const [n, epoch] of now.entries()) {
    const was = before[n]!;
    if ([FINAL, EXPIRED, REFUTED].includes(was.status)) expect(epoch.status).toBe(was.status);
    expect(epoch.done).toBeGreaterThanOrEqual(was.done);
    const { exchange, epoch: name } = epochs[n]!.statement;
    const said = (await anvil.read(on.registry, "finalDigest", [exchange, name, keySet])) as Hex;
    expect(said).toBe(epoch.status === FINAL ? epochs[n]!.digest : word(0n));
    if (epoch.status === FINAL && n === 0) expect(epoch.done).toBe(STEPS);
    // Bonds are for claims that are open, and for nothing else.
    expect(epoch.bond > 0n).toBe(epoch.status === 2);
  }
  const owed = await Promise.all(
    [OWNER, PUBLISHER, CHALLENGER, STRANGER].map(
      ({ address }) => anvil.read(on.registry, "balanceOf", [address]) as Promise<bigint>,
    ),
  );
  const held = await anvil.client.getBalance({ address: on.registry.address });
  const open = now.reduce((sum, { bond, demands }) => sum + bond + BigInt(demands) * DEMAND_PRICE, 0n);
  expect(held).toBeGreaterThanOrEqual(owed.reduce((a, b) => a + b) + open);
  return now;
}

it("whatever anybody does in whatever order: final stays final, counts whole, and every coin owed is there", async () => {
  const action = fc.tuple(fc.nat(10), fc.nat(1), fc.nat(3));
  let finals = 0;
  let refuted = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 20 }), async (actions) => {
      const snapshot = await anvil.client.snapshot();
      // Begins with all three published, three in four times.
      const opening: Action[] =
        actions[0]![2] === 0
          ? []
          : [
              [0, 0, 0],
              [1, 0, 0],
              [1, 1, 0],
            ];
      let state: readonly Kept[] = await kept();
      for (const each of [...opening, ...actions]) {
        await act(each);
        state = await expectSound(state);
      }
      finals += state.filter(({ status }) => status === FINAL).length;
      refuted += state.filter(({ status }) => status === REFUTED).length;
      await anvil.client.revert({ id: snapshot });
    }),
    { numRuns: 20, endOnFailure: true, seed: 20_261_126 },
  );
  expect(finals).toBeGreaterThan(0);
  expect(refuted).toBeGreaterThan(0);
});

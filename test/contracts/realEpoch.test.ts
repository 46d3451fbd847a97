import type { Hex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ClaimTree, claimSteps } from "../../src/chain/claimTree.js";
import { accountSteps, tableSteps } from "../../src/chain/epochWords.js";
import { Anvil } from "../support/anvil.js";
import { tinyBundle, tinyPins, verifyTiny } from "../support/tinyBundle.js";
import {
  BOND,
  CHALLENGER,
  type ChainEpoch,
  chainEpoch,
  claimOf,
  deployRegistry,
  idOf,
  PUBLISHER,
  type Registry,
  readTable,
  register,
  tableOf,
  WINDOW,
  word,
} from "./epoch.js";

interface Chain {
  readonly anvil: Anvil;
  readonly on: Registry;
  readonly keySet: Hex;
}
let epoch: ChainEpoch;
let chains: readonly [Chain, Chain];

/** Two chains at once, each with a registry of its own. */
beforeAll(async () => {
  epoch = chainEpoch(await tinyBundle("covered"), await tinyPins());
  chains = (await Promise.all(
    [31_337, 31_338].map(async (chainId) => {
      const anvil = await Anvil.start(chainId);
      const on = await deployRegistry(anvil, [epoch.rows]);
      return { anvil, on, keySet: await register(anvil, on, epoch) };
    }),
  )) as [Chain, Chain];
});
afterAll(() => Promise.all(chains.map(({ anvil }) => anvil.stop())));

const finalDigest = ({ anvil, on, keySet }: Chain) =>
  anvil.read(on.registry, "finalDigest", [epoch.statement.exchange, epoch.statement.epoch, keySet]);

describe("an epoch with real proofs, on two chains", () => {
  it("is final on one after its steps are verified, and on the other after its window, with one digest", async () => {
    const [strict, optimistic] = chains;
    const { statementDigest } = (await verifyTiny(await tinyBundle("covered"))).verdict;
    expect(strict.keySet).toBe(optimistic.keySet);
    const posted = epoch.posted(strict.keySet);

    const send = ({ anvil, on }: Chain, name: string, args: readonly unknown[], value = 0n) =>
      anvil.send(on.registry, name, args, { account: PUBLISHER, value });
    await send(strict, "publish", [posted]);
    const claim = new ClaimTree(claimSteps(epoch));
    await send(optimistic, "claim", claimOf(epoch, posted, claim.root), BOND);

    await readTable(strict.anvil, strict.on.columns, { ...tableOf(epoch), most: 12 });
    const [id, tail] = [await idOf(strict.anvil, strict.on, posted), BigInt(epoch.encoding.tail)];
    const batches = posted.leafRoots.length;
    await send(strict, "submitAccountSteps", [id, accountSteps(epoch, posted, 0, batches), tail]);
    expect(BigInt((await finalDigest(strict)) as Hex)).toBe(0n);
    for (let step = 0; step < posted.tableTotals.length; step++)
      await send(strict, "submitTableSteps", [id, tableSteps(epoch, posted, step, step + 1), tail]);
    expect(await finalDigest(strict)).toBe(statementDigest);

    expect(BigInt((await finalDigest(optimistic)) as Hex)).toBe(0n);
    await optimistic.anvil.passTime(WINDOW + 1);
    await send(optimistic, "finalise", [await idOf(optimistic.anvil, optimistic.on, posted)]);
    expect(await finalDigest(optimistic)).toBe(statementDigest);
  });

  it("does not become final for a dishonest exchange: one step of another epoch, shown on its own chain alone", async () => {
    const other = chainEpoch(await tinyBundle("pockets"), await tinyPins());
    const [here, there] = chains;
    const named = { ...other.posted(here.keySet), epoch: "2026-11-24T08", time: "2026-11-24T08:00:00Z" };
    const steps = claimSteps(other);
    const claim = new ClaimTree(steps);
    await here.anvil.send(here.on.registry, "claim", claimOf(other, named, claim.root), {
      account: PUBLISHER,
      value: BOND,
    });
    const id = await idOf(here.anvil, here.on, named);
    const args = [CHALLENGER.address, id, 0, 0n, claim.leaf(0), word(1n)];
    // A commitment that was made for another chain is none here.
    const foreign = await there.anvil.read(there.on.registry, "commitmentOf", args);
    const show = () =>
      here.anvil.send(
        here.on.registry,
        "challengeProof",
        [id, named, claim.opened(0), claim.opened(0), word(1n)],
        { account: CHALLENGER },
      );
    const commit = async (commitment: unknown) => {
      await here.anvil.send(here.on.registry, "commitChallenge", [commitment], { account: CHALLENGER });
      await here.anvil.client.mine({ blocks: 5 });
    };
    await commit(foreign);
    await expect(show()).rejects.toThrow("CommitmentUnknown");
    await commit(await here.anvil.read(here.on.registry, "commitmentOf", args));
    await show();
    expect(await here.anvil.read(here.on.registry, "statusOf", [id])).toBe(5);
    expect(await here.anvil.read(here.on.registry, "balanceOf", [CHALLENGER.address])).toBe(
      (BOND * 80n) / 100n,
    );
  });
});

import { bytesToHex, type Hex, keccak256, toHex } from "viem";
import { postedStatement, shownStatement } from "../../src/chain/batchBlocks.js";
import { ClaimTree, claimSteps } from "../../src/chain/claimTree.js";
import { accountSteps, tableSteps } from "../../src/chain/epochWords.js";
import { keyWords, proofWords } from "../../src/chain/proofWords.js";
import { piecesOfRows } from "../../src/chain/tablePieces.js";
import { compileTable, parseMarket } from "../../src/market/index.js";
import { encodeTable } from "../../src/market/tableDigest.js";
import { BATCHES_A_BLOCK } from "../../src/protocol/challenges.js";
import { Anvil, anvilAccount, type Deployed } from "../support/anvil.js";
import { manyContracts } from "../support/manyContracts.js";
import { tinyTable } from "../support/tinyMarket.js";
import { toyKey, toyProof } from "../verifier/groth16/toy.js";
import {
  BOND,
  CHALLENGER,
  claimOf,
  DEMAND_PRICE,
  deployRegistry,
  forgedChainEpoch,
  idOf,
  manyBatches,
  noteBlock,
  PUBLISHER,
  type Registry,
  readTable,
  register,
  storeTable,
  tableOf,
  WINDOW,
  word,
} from "./epoch.js";

/** Account steps of the epoch that is measured. */
const STEPS = 42;

/** Gas of each call, in the words of docs/performance.md. Every one is a transaction, its 21,000 and its data included. */
export async function measureGas(): Promise<Record<string, number>> {
  const anvil = await Anvil.start();
  try {
    const on = await deployRegistry(anvil, [tinyTable.rows.length]);
    return {
      ...(await ofVerifier(anvil, on.verifier)),
      ...(await ofPoseidon(anvil, on.poseidon)),
      ...(await ofLargeTable(anvil, on)),
      ...(await ofStrict(anvil, on)),
      ...(await ofClaim(anvil, on)),
      ...(await ofBlocks(anvil, on)),
    };
  } finally {
    await anvil.stop();
  }
}

/** Of `further` more of something, each. */
const each = (many: bigint, one: bigint, further: number): number => Math.round(Number(many - one) / further);

async function ofVerifier(anvil: Anvil, verifier: Deployed) {
  const key = toyKey(31, 11);
  const added = await anvil.send(verifier, "addKey", [keyWords(key.json)]);
  const digest = (await anvil.client.simulateContract({
    ...verifier,
    functionName: "addKey",
    args: [keyWords(key.json)],
    account: anvilAccount(0),
  } as never)) as { readonly result: Hex };
  // Signals as they are in an epoch: all of 32 bytes.
  const signals = Array.from({ length: 11 }, (_, n) => BigInt(keccak256(toHex(n))) >> 3n);
  const words = [...signals, ...proofWords(toyProof(key, signals, 1))];
  const one = await anvil.send(verifier, "verify", [digest.result, signals, words.slice(11)]);
  const many = async (proofs: number) => {
    const all = Array.from({ length: proofs }, () => words).flat();
    return (await anvil.send(verifier, "verifyMany", [[{ key: digest.result, proofs: BigInt(proofs) }], all]))
      .gasUsed;
  };
  return {
    "Groth16Verifier.addKey": Number(added.gasUsed),
    "Groth16Verifier.verify": Number(one.gasUsed),
    "Groth16Verifier.verifyMany, a further proof": each(await many(33), await many(1), 32),
  };
}

async function ofPoseidon(anvil: Anvil, poseidon: Deployed) {
  const gas = async (length: number) =>
    (await anvil.send(poseidon, "sponge", [1n, Array.from({ length }, () => 3n)])).gasUsed;
  return { "Poseidon.sponge, a further block": each(await gas(48), await gas(16), 2) };
}

/** A table of 349 contracts of eight brackets, 64 rows of 199 a call. */
async function ofLargeTable(anvil: Anvil, { columns }: Registry) {
  const table = compileTable(parseMarket(manyContracts(349, 8)));
  const { bytes, tail, ...encoding } = encodeTable(table);
  const put = (await storeTable(anvil, columns, bytes)).reduce((a, b) => a + b);
  const read = async (cursor: number, rows: number) => {
    const pieces = piecesOfRows({ bytes, tail, ...encoding }, cursor, rows);
    const where = [bytesToHex(table.digest), word(1n), 199n, BigInt(tail), pieces, 64n];
    return (await anvil.send(columns, "readStored", where)).gasUsed;
  };
  await read(0, 64);
  const second = await read(encoding.rowEnds[63]!, 128);
  return {
    "TableColumns.store and join, a row of 349 contracts": Math.round(Number(put) / table.rows.length),
    "TableColumns.readStored, a row of 349 contracts": Math.round(Number(second) / 64),
  };
}

async function ofStrict(anvil: Anvil, on: Registry) {
  const epoch = forgedChainEpoch("strict", STEPS);
  const keySet = await register(anvil, on, epoch);
  const posted = epoch.posted(keySet);
  const send = async (name: string, args: readonly unknown[]) =>
    (await anvil.send(on.registry, name, args, { account: PUBLISHER })).gasUsed;
  const published = await send("publish", [posted]);
  const few = forgedChainEpoch("few", 10);
  const fewer = await send("publish", [few.posted(keySet)]);
  const id = await idOf(anvil, on, posted);
  const { gas } = await readTable(anvil, on.columns, tableOf(epoch));
  const tail = BigInt(epoch.encoding.tail);
  const accounts = (from: number, to: number) =>
    send("submitAccountSteps", [id, accountSteps(epoch, posted, from, to), tail]);
  const [first, second, many] = [await accounts(0, 1), await accounts(1, 2), await accounts(2, STEPS)];
  return {
    "EpochRegistry.publish, 10 batches": Number(fewer),
    "EpochRegistry.publish, a further batch": each(published, fewer, STEPS - 10),
    [`TableColumns.read, a table of ${epoch.rows} rows`]: Number(gas.reduce((a, b) => a + b)),
    "EpochRegistry.submitAccountSteps, the first step": Number(first),
    "EpochRegistry.submitAccountSteps, one step": Number(second),
    "EpochRegistry.submitAccountSteps, a further step": each(many, second, STEPS - 3),
    "EpochRegistry.submitTableSteps, the last step: final": Number(
      await send("submitTableSteps", [id, tableSteps(epoch, posted, 0, 1), tail]),
    ),
  };
}

async function ofClaim(anvil: Anvil, on: Registry) {
  const epochs = [forgedChainEpoch("claim-10", 10), forgedChainEpoch(`claim-${STEPS}`, STEPS)];
  const keySet = await register(anvil, on, epochs[0]!);
  const send = async (name: string, args: readonly unknown[], account = CHALLENGER, value = 0n) =>
    (await anvil.send(on.registry, name, args, { account, value })).gasUsed;
  const claims: { readonly gas: bigint; readonly id: Hex; readonly show: () => Promise<bigint> }[] = [];
  for (const epoch of epochs) {
    const posted = epoch.posted(keySet);
    const steps = claimSteps(epoch).map((step, n) => (n === 5 ? { ...step, stateOut: 5n } : step));
    const claim = new ClaimTree(steps);
    const gas = await send("claim", claimOf(epoch, posted, claim.root), PUBLISHER, BOND);
    const id = await idOf(anvil, on, posted);
    const commitment = await anvil.read(on.registry, "commitmentOf", [
      CHALLENGER.address,
      id,
      0,
      5n,
      claim.leaf(5),
      word(1n),
    ]);
    await send("commitChallenge", [commitment]);
    await send("demand", [id, 3n], CHALLENGER, DEMAND_PRICE);
    await send("answerStep", [id, claim.opened(3)], PUBLISHER);
    claims.push({
      gas,
      id,
      show: () => send("challengeProof", [id, posted, claim.opened(5), claim.opened(4), word(1n)]),
    });
  }
  await anvil.client.mine({ blocks: 5 });
  const [shown, many] = [await claims[0]!.show(), await claims[1]!.show()];
  const quiet = forgedChainEpoch("quiet", 2);
  const posted = quiet.posted(keySet);
  await send("claim", claimOf(quiet, posted, word(1n)), PUBLISHER, BOND);
  await anvil.passTime(WINDOW + 1);
  return {
    "EpochRegistry.claim, 10 batches": Number(claims[0]!.gas),
    "EpochRegistry.claim, a further batch": each(claims[1]!.gas, claims[0]!.gas, STEPS - 10),
    "EpochRegistry.challengeProof, 10 batches": Number(shown),
    "EpochRegistry.challengeProof, a further batch": each(many, shown, STEPS - 10),
    "EpochRegistry.finalise": Number(await send("finalise", [await idOf(anvil, on, posted)])),
  };
}

/** Statements whose batches were noted in two blocks, and in three: published, claimed, and a step of one challenged. */
async function ofBlocks(anvil: Anvil, on: Registry) {
  const epoch = forgedChainEpoch("blocks", 1);
  const keySet = await register(anvil, on, epoch);
  const send = async (name: string, args: readonly unknown[], account = PUBLISHER, value = 0n) =>
    (await anvil.send(on.registry, name, args, { account, value })).gasUsed;
  const noted: bigint[] = [];
  const [published, claimed]: [bigint[], bigint[]] = [[], []];
  let shown = 0n;
  for (const blocks of [2, 3]) {
    const many = (name: string) => manyBatches(epoch, keySet, blocks * BATCHES_A_BLOCK, name).words;
    const words = many(`strict ${blocks}`);
    for (let block = 0; block < blocks; block++)
      noted.push((await noteBlock(anvil, on, epoch, words, block)).gasUsed);
    published.push(await send("publish", [postedStatement(words)]));
    // The batches are the same: what was noted serves this name too.
    const claim = many(`claim ${blocks}`);
    const steps = claim.leafRoots.map((_, n) => ({ ...NO_STEP, stateOut: BigInt(n) }));
    const tree = new ClaimTree([...steps, NO_STEP]);
    const counts = [BigInt(claim.leafRoots.length), 1n, BigInt(epoch.rows)];
    const bond = (await anvil.read(on.registry, "bondFor", counts)) as bigint;
    claimed.push(await send("claim", claimOf(epoch, postedStatement(claim), tree.root), PUBLISHER, bond));
    const id = await idOf(anvil, on, claim);
    const commitment = [CHALLENGER.address, id, 0, 5n, tree.leaf(5), word(1n)];
    await send("commitChallenge", [await anvil.read(on.registry, "commitmentOf", commitment)], CHALLENGER);
    await anvil.client.mine({ blocks: 5 });
    const step = [tree.opened(5), tree.opened(4), word(1n)];
    shown = await send("challengeProof", [id, shownStatement(claim, 5), ...step], CHALLENGER);
  }
  return {
    "StatementSeed.note, 2,048 batches": Number(noted[0]),
    "EpochRegistry.publish, 2 blocks noted": Number(published[0]),
    "EpochRegistry.publish, a further block noted": each(published[1]!, published[0]!, 1),
    "EpochRegistry.claim, 2 blocks noted": Number(claimed[0]),
    "EpochRegistry.claim, a further block noted": each(claimed[1]!, claimed[0]!, 1),
    "EpochRegistry.challengeProof, a block of batches noted": Number(shown),
  };
}

const NO_STEP = { stateOut: 0n, columns: 0n, laneStart: 0n, proof: Array.from({ length: 8 }, () => 0n) };

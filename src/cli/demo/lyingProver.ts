import { add } from "../../field/element.js";
import { sponge } from "../../field/sponge.js";
import type { Batch } from "../../protocol/accountRecord.js";
import { lanesEnd } from "../../protocol/chain.js";
import { signalNames } from "../../protocol/circuits.js";
import { ROLE_STATE } from "../../protocol/roles.js";
import { stateCommitment } from "../../protocol/state.js";
import type { Statement } from "../../protocol/statement.js";
import { proveJob } from "../../prover/backend.js";
import { commitEpoch } from "../../prover/commit.js";
import type { Step } from "../../prover/epochInputs.js";
import { epochSteps } from "../../prover/steps.js";
import { createWasmBackend } from "../../prover/wasm/wasmBackend.js";
import { laneTotals } from "../../verifier/checks/solvency.js";
import { insider } from "./insider.js";
import { DemoFailure } from "./stage.js";

/** Place of `balance` in the state vector. */
const BALANCE = 1;

/**
 * An epoch whose prover claims one value unit too much equity for the first account, in every place where it counts.
 * The circuit proves the step, but its hidden balance is off by that account's weight, which is 1, and stays so.
 *
 * @returns the statement and the chain of states that such a prover ends up with
 */
export async function lyingEpoch(): Promise<{ statement: Statement; states: bigint[] }> {
  const { inputs, keys } = await insider((batch) => (batch.index === 0 ? withRaisedEquity(batch) : batch));
  const epoch = await commitEpoch(inputs);
  const steps: Step[] = [];
  for await (const step of epochSteps(inputs, epoch)) steps.push(step);
  // Each step's input holds the state that the step before it ends in.
  const states = steps.slice(1).map(({ input }) => {
    const vector = (input.state as string[]).map(BigInt);
    vector[BALANCE] = add(vector[BALANCE]!, 1n);
    return sponge(inputs.hasher, ROLE_STATE, [BigInt(input.blindingIn as string), ...vector]);
  });
  const { statement, challenges } = epoch;
  const lanes = lanesEnd(challenges.tau, laneTotals(inputs.table, statement));
  states.push(
    stateCommitment(inputs.hasher, { lookup: 0n, balance: 1n, lanes, totals: statement.totals }, 0n),
  );

  const first = steps[0]!;
  const { name } = keys.get(first.instance.id)!;
  const backend = createWasmBackend({ workers: 1 });
  try {
    const { publicSignals } = await proveJob(backend, { circuit: name, input: first.input });
    if (BigInt(publicSignals[signalNames("accounts").indexOf("stateOut")]!) !== states[0]) {
      throw new DemoFailure("the circuit's state after the false account is not the expected one");
    }
  } finally {
    await backend.close();
  }
  return { statement, states };
}

function withRaisedEquity(batch: Batch): Batch {
  const [first, ...others] = batch.accounts;
  const { equity, stressed } = first!;
  const raised = { ...first!, equity: equity + 1n, stressed: stressed.map((value) => value + 1n) };
  return { ...batch, accounts: [raised, ...others] };
}

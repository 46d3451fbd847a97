import { expect, test } from "vitest";
import { toFieldHex } from "../../src/field/encoding.js";
import { poseidon } from "../../src/field/poseidon/poseidon.js";
import { signalNames } from "../../src/protocol/circuits.js";
import { parseSteps } from "../../src/verifier/bundle.js";
import type { ProofStatement, StepSource } from "../../src/verifier/stepSource.js";
import { verifyEpoch } from "../../src/verifier/verifyEpoch.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { forgedEpoch } from "./forgedEpoch.js";

const COMMITMENT = 7n;
const secret = TINY_MARKET.instruments.map((i) => {
  const { maintenance: _, initial: __, ...rest } = i;
  return i.symbol === "BTC-60000-C" ? { ...rest, privateBrackets: ["0"] } : i;
});
const privateRules = { rowsPerStep: 16, commitments: [toFieldHex(COMMITMENT)] };
const { bundle, pins, statement } = forgedEpoch({ ...TINY_MARKET, instruments: secret, privateRules }, {}, 2);
const states = parseSteps(bundle.steps).map(({ stateOut }) => stateOut);

/** Steps elsewhere, which ask nobody whether their proofs hold. @param length how many it says there are */
function elsewhere(length = states.length) {
  const asked: { statements: ProofStatement[]; batches: number }[] = [];
  const steps: StepSource = {
    length,
    states: () => states,
    *check(statements, batches) {
      asked.push({ statements: [...statements], batches });
      yield { done: length, total: length };
      return { value: length, detail: "asked" };
    },
  };
  const { verdict } = verifyEpoch({ ...bundle, steps: [] }, { hasher: poseidon, pins, steps });
  return { verdict, asked };
}

test("steps that are elsewhere are asked for, with what each must be a proof of", () => {
  const { verdict, asked } = elsewhere();
  expect(verdict.checks.find(({ id }) => id === "proofs")).toMatchObject({ status: "pass", detail: "asked" });
  // Rates that are secret are looked at, whether or not anybody expects something of them.
  expect(verdict.checks.find(({ id }) => id === "rules")?.status).toBe("pass");
  const [{ statements, batches } = { statements: [], batches: 0 }] = asked;
  expect([asked.length, statements.length, batches]).toEqual([1, states.length, statement.batches.length]);
  expect(statements.map(({ vk }) => vk.ic.length)).toEqual(
    statements.map(({ signals }) => signals.length + 1),
  );
  const named = (n: number, template: "accounts" | "privateTable") =>
    Object.fromEntries(signalNames(template).map((name, k) => [name, statements.at(n)!.signals[k]]));
  expect(named(1, "accounts")).toMatchObject({ leafRoot: 6n, stateIn: states[0], stateOut: states[1] });
  expect(named(-1, "privateTable")).toMatchObject({ rules: COMMITMENT, stateIn: states.at(-2) });
});

test("as many as the statement lists, or nobody is asked", () => {
  const { verdict, asked } = elsewhere(states.length + 1);
  expect(verdict.checks.find(({ status }) => status === "fail")?.code).toBe("STEP_COUNT");
  expect(asked).toEqual([]);
});

import { test } from "vitest";
import { loadSource } from "../../../test/attacks/supportCircuit.js";
import { planSolution } from "../../../test/attacks/supportPlan.js";

// One template by itself, before any attack: a wire that no constraint determines is free for every prover. What does not
// compile by itself is left to the attacks, which compile whole circuits.
test("every wire of the template follows from its inputs", async () => {
  const circuit = await loadSource("template", process.env.MARGINPROOF_CHANGED_TEMPLATE!).catch(
    () => undefined,
  );
  if (circuit !== undefined) planSolution(circuit.written);
});

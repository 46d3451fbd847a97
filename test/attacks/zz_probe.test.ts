import { test } from "vitest";
import { attackedCircuit, twoGroupShape } from "/work/main/test/attacks/supportCircuit.js";
import { CheatingProver } from "/work/main/test/attacks/supportWitness.js";
import { groupShape, plainShape, tableShape, tinyBook, tinyEpoch } from "/work/main/test/support/tinyEpoch.js";
test("probe", async () => {
  const { steps } = await tinyEpoch(tinyBook());
  for (const step of steps) {
    let t = Date.now();
    const c = await attackedCircuit(step.instance);
    const t1 = Date.now() - t; t = Date.now();
    const p = new CheatingProver(c);
    const t2 = Date.now() - t; t = Date.now();
    const w = p.solve(step.input);
    const t3 = Date.now() - t; t = Date.now();
    const b = p.broken(w);
    console.log(step.instance.id, c.proved.r1cs.wireCount, c.proved.r1cs.constraintCount, t1, t2, t3, Date.now()-t, b.length, JSON.stringify(p.signals(w).map(String)) === JSON.stringify(step.signals.map(String)));
    if (b.length) console.log(b.slice(0,3).map(x=>x.slice(0,10)));
  }
  const t = Date.now();
  const c = await attackedCircuit(twoGroupShape);
  console.log("compiled", Date.now()-t, c.proved.r1cs.constraintCount);
  new CheatingProver(c);
});

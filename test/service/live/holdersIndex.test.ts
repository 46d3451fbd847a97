import { expect, it } from "vitest";
import { HoldersIndex } from "../../../src/service/live/holdersIndex.js";

it("looks through no more than who holds an instrument, however many came and went while its price stood still", () => {
  const holding = new Set<number>();
  let looked = 0;
  const index = new HoldersIndex(1, (slot) => {
    looked++;
    return holding.has(slot);
  });
  const slots = 50_000;
  for (let slot = 0; slot < slots; slot++) {
    holding.add(slot);
    index.began(slot, 0);
    // Every hundredth stays.
    if (slot % 100 === 0) continue;
    holding.delete(slot);
    index.ended(0);
  }
  const amid = looked;
  const found: number[] = [];
  index.forEach([0], slots, (slot) => found.push(slot));
  expect(found).toEqual([...holding]);
  // Twice who holds it and the slack, looked through twice at most: shortened, then gone through.
  expect(looked - amid).toBeLessThan(2 * (2 * holding.size + 1024) + 2);
  expect(amid, "at each once or twice, not at all of them each time").toBeLessThan(3 * slots);
});

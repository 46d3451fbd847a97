import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { emptyScratch, takeScratch } from "../../src/service/scratch.js";
import { cleanUp, fresh, service } from "./support.js";

afterAll(cleanUp);

/** What a process left that was killed at its work. */
function left(parent: string, slot: number): string {
  const path = join(parent, String(slot), "job-killed", "accounts.csv");
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, "walter,,USDT,1,\n");
  return path;
}

it("what killed processes left in clear is gone when one starts, in every place that nobody has", async () => {
  const parent = fresh();
  const places = [await takeScratch(parent), await takeScratch(parent), await takeScratch(parent)];
  const paths = [0, 1, 2].map((slot) => left(parent, slot));
  places[0]!.close();
  places[2]!.close();
  await emptyScratch(parent);
  expect(paths.map((path) => existsSync(path))).toEqual([false, true, false]);
  places[1]!.close();
});

it.each(["pull", "live", "scratch"])("a server that starts empties %s", async (kind) => {
  const data = fresh();
  const parent = join(data, kind);
  for (const place of [await takeScratch(parent), await takeScratch(parent)]) place.close();
  const path = left(parent, 1);
  const { own } = await service({ data }, 0);
  expect(existsSync(path)).toBe(false);
  await own.close();
});

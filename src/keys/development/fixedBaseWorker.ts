import { parentPort } from "node:worker_threads";
import { FixedBase, type Group } from "./fixedBase.js";

/** Thread of `FixedBasePool`: scalars in, points out. */
const fixedBase = new FixedBase();
parentPort?.on("message", (task: { readonly group: Group; readonly scalars: Uint8Array }) => {
  const points = fixedBase.multiply(task.group, task.scalars);
  parentPort?.postMessage(points, [points.buffer]);
});

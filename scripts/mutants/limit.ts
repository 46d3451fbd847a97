import { Worker } from "node:worker_threads";

/** What the thread below runs: it ends the whole process once that has used more processor time than it may. */
const WATCH = `
const { workerData } = require("node:worker_threads");
const limit = new Float64Array(workerData);
setInterval(() => {
  const { user, system } = process.cpuUsage();
  if (limit[0] > 0 && (user + system) / 1000 > limit[0]) process.kill(process.pid, "SIGKILL");
}, 200);
`;

const shared = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT);
const limit = new Float64Array(shared);

/** A thread of its own, since an endless loop lets nothing else run in its thread. */
export function startLimit(): void {
  new Worker(WATCH, { eval: true, workerData: shared }).unref();
}

/** From now on this process may use so many more milliseconds of processor time; `undefined`: any. */
export function allow(milliseconds: number | undefined): void {
  const { user, system } = process.cpuUsage();
  limit[0] = milliseconds === undefined ? 0 : (user + system) / 1000 + milliseconds;
}

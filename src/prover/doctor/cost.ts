import type { Instance } from "../../protocol/shapes.js";

/**
 * CPU time and memory of proving in WebAssembly, measured with profile p16: docs/performance.md. By constraint of every step; those of the
 * table have long rows. Once by constraint of every shape, to read its key and learn its witness; and what takes seconds whatever is proved.
 */
const CPU_SECONDS = { accounts: 17e-6, table: 28e-6, shape: 78e-6, fixed: 5 };
const BYTES_PER_CONSTRAINT = 2100;
const BASE_MIB = 250;

/** Steps of one shape. */
export interface ShapeUse {
  readonly shape: string;
  readonly steps: number;
  /** Margin accounts in them; absent for steps of the table. */
  readonly accounts?: number;
  /** Of one step. */
  readonly constraints: number;
}

/** What proving takes, as measured on one machine: an estimate. */
export interface Cost {
  readonly proofs: number;
  readonly constraints: number;
  readonly cpuSeconds: number;
  /** With that many workers, each on a core of its own. */
  readonly workers: number;
  readonly seconds: number;
  readonly memoryMiB: number;
}

export function costOf(uses: readonly ShapeUse[], workers: number): Cost {
  const sum = (of: (use: ShapeUse) => number): number => uses.reduce((total, use) => total + of(use), 0);
  const proofs = sum(({ steps }) => steps);
  const constraints = sum(({ steps, constraints }) => steps * constraints);
  const busy = Math.max(1, Math.min(workers, proofs));
  const cpuSeconds =
    proofs === 0
      ? 0
      : CPU_SECONDS.fixed +
        sum(({ steps, constraints, accounts }) => {
          const step = CPU_SECONDS[accounts === undefined ? "table" : "accounts"];
          return constraints * (CPU_SECONDS.shape + steps * step);
        });
  // Each worker keeps the keys of every shape that it has proved with.
  const kept = sum((own) => own.constraints) * BYTES_PER_CONSTRAINT;
  return {
    proofs,
    constraints,
    cpuSeconds: Math.ceil(cpuSeconds),
    workers,
    seconds: Math.ceil(cpuSeconds / busy),
    memoryMiB: Math.ceil(BASE_MIB + (busy * kept) / 2 ** 20),
  };
}

/** How often each shape occurs, in the order of the profile's. */
export function countShapes(
  shapes: readonly string[],
  accounts: ReadonlyMap<string, number>,
  instances: readonly Pick<Instance, "id">[],
  stepCost: (instance: Pick<Instance, "id">) => number,
): ShapeUse[] {
  return instances.flatMap((instance) => {
    const steps = shapes.filter((id) => id === instance.id).length;
    const held = accounts.get(instance.id);
    const own = { shape: instance.id, steps, constraints: stepCost(instance) };
    return steps === 0 ? [] : [held === undefined ? own : { ...own, accounts: held }];
  });
}

import { bn254 } from "@noble/curves/bn254.js";
import { expect, test } from "vitest";
import { FIELD_ORDER as R } from "../../../src/field/order.js";
import { FixedBase } from "../../../src/keys/development/fixedBase.js";
import { writeLittleEndian } from "../../../src/keys/iden3/fieldBytes.js";
import { g1ToHex, g2ToHex } from "../../../src/keys/iden3/verifyingKey.js";
import { BatchAddition, COORDINATES, type Group } from "../../../src/prover/wasm/batchAddition.js";
import { multiScalar } from "../../../src/prover/wasm/multiScalar.js";
import { createProvingKernel, type KernelKind } from "../../../src/prover/wasm/provingKernel.js";
import { KERNEL_KINDS } from "./support.js";

// Its tables take a third of a second to build.
const fixedBase = new FixedBase();

function encode(values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(32 * values.length);
  values.forEach((value, i) => {
    writeLittleEndian(value, bytes, 32 * i);
  });
  return bytes;
}

/** One kernel a kind, as a prover keeps it. */
const kernels = new Map(
  KERNEL_KINDS.map((kind) => {
    const kernel = createProvingKernel(kind);
    return [
      kind,
      { kernel, g1: new BatchAddition("g1", kernel), g2: new BatchAddition("g2", kernel) },
    ] as const;
  }),
);

/** The sum of scalar * (log * generator) by the kernel, affine, as hex. */
function kernelSum(
  kind: KernelKind,
  group: Group,
  logs: readonly bigint[],
  scalars: readonly bigint[],
): unknown {
  const { kernel, [group]: adder } = kernels.get(kind)!;
  const { wasm, elementBytes, lanes } = kernel;
  const mark = wasm.mark();
  const from = wasm.put(fixedBase.multiply(group, encode(logs)));
  const points = wasm.reserve(adder.pointBytes * logs.length);
  if (logs.length > 0)
    kernel.importPoints(from, points, (COORDINATES[group] * logs.length) / lanes, elementBytes);
  const scalarsFrom = wasm.put(encode(scalars));
  const result = wasm.reserve(192);
  const scalarAt = Uint32Array.from(scalars, (_, i) => scalarsFrom + 32 * i);
  multiScalar(kernel, adder, points, scalarAt, result);
  wasm.op[`${group}m_toAffine`]!(result, result);
  const sum = (group === "g1" ? g1ToHex : g2ToHex)(wasm.bytes(result, 128), 0);
  wasm.release(mark);
  return sum;
}

/** The same by one multiplication in noble, the independent implementation. */
function expected(group: Group, logs: readonly bigint[], scalars: readonly bigint[]): unknown {
  const hex = (value: bigint) => `0x${value.toString(16).padStart(64, "0")}`;
  const log = logs.reduce((sum, value, i) => sum + value * scalars[i]!, 0n) % R;
  if (group === "g1") {
    if (log === 0n) return [hex(0n), hex(0n)];
    const { x, y } = bn254.G1.Point.BASE.multiply(log).toAffine();
    return [hex(x), hex(y)];
  }
  if (log === 0n)
    return [
      [hex(0n), hex(0n)],
      [hex(0n), hex(0n)],
    ];
  const { x, y } = bn254.G2.Point.BASE.multiply(log).toAffine();
  return [
    [hex(x.c0), hex(x.c1)],
    [hex(y.c0), hex(y.c1)],
  ];
}

// A fixed sequence of field elements, so that a failure repeats.
function sequence(count: number, seed: bigint): bigint[] {
  const values: bigint[] = [];
  for (let value = seed; values.length < count; value = (value ** 3n + 7n) % R) values.push(value);
  return values;
}

const many = 3000;
const logs = sequence(many, 123456789n);
const scalars = sequence(many, 987654321n);
const cases: Record<string, [logs: bigint[], scalars: bigint[]]> = {
  nothing: [[], []],
  "one point": [[5n], [R - 1n]],
  "all scalars 0": [logs.slice(0, 40), new Array(40).fill(0n)],
  "all scalars 1": [logs, new Array(many).fill(1n)],
  "all scalars at the top": [logs.slice(0, 300), new Array(300).fill(R - 1n)],
  "full scalars": [logs, scalars],
  "digits at the half, which carry": [
    logs.slice(0, 300),
    scalars.slice(0, 300).map((_, i) => BigInt(`0x${"8".repeat(63)}`) >> BigInt(i % 9)),
  ],
  "half bits": [logs, scalars.map((value, i) => (i % 2 ? value : value & 1n))],
  "equal points": [new Array(500).fill(9n), scalars.slice(0, 500)],
  "equal points, equal scalars": [new Array(257).fill(9n), new Array(257).fill(scalars[3]!)],
  "opposite points cancel": [
    logs.slice(0, 200).flatMap((log) => [log, R - log]),
    scalars.slice(0, 200).flatMap((s) => [s, s]),
  ],
  "opposite points and one more": [
    [7n, R - 7n, 7n, R - 7n, 11n],
    [3n, 3n, 3n, 3n, 3n],
  ],
  "small multiples meet each other": [
    Array.from({ length: 900 }, (_, i) => BigInt((i % 7) + 1)),
    scalars.slice(0, 900),
  ],
};

for (const group of ["g1", "g2"] as const)
  test.each(Object.entries(cases))(
    `${group}: %s`,
    (_, [points, factors]) => {
      const sum = expected(group, points, factors);
      for (const kind of KERNEL_KINDS) expect(kernelSum(kind, group, points, factors), kind).toEqual(sum);
    },
    60_000,
  );

import { MAX_QUANTITY } from "../../src/protocol/constants.js";
import type { RiskTable } from "../../src/protocol/riskTable.js";

/** The formulas of docs/protocol.md section 2, written down once more: signed steps by instrument symbol. */
export function evaluateWithTable(table: RiskTable, holdings: ReadonlyMap<string, bigint>) {
  let [equity, maintenance, initial] = [0n, 0n, 0n];
  const stress = table.stressNames.map(() => 0n);
  const gains = table.groupScenarios.map((count) => new Array<bigint>(count).fill(0n));
  for (const [symbol, q] of holdings) {
    if (q === 0n) continue;
    const side = q > 0n ? "long" : "short";
    const size = q > 0n ? q : -q;
    if (size > MAX_QUANTITY) throw new RangeError("quantity");
    const rows = table.rows.filter((r) => {
      const lane = table.lanes[r.laneIndex];
      return lane?.instrument === symbol && lane.side === side && size >= r.lo && size <= r.lo + r.width;
    });
    if (rows.length !== 1) throw new RangeError(`${rows.length} rows hold ${q} of ${symbol}`);
    const row = rows[0]!;
    equity += q * row.price;
    maintenance += row.base + row.slope * (size - row.lo);
    initial += row.initialBase + row.initialSlope * (size - row.lo);
    row.stress.forEach((gain, z) => void (stress[z] = stress[z]! + q * gain));
    for (const g of row.groups) {
      const sums = gains[g.group]!;
      g.gains.forEach((gain, s) => void (sums[s] = sums[s]! + q * gain));
    }
  }
  const worst = gains.map((sums, g) => {
    if (table.groupPlaces[g]!.part > 0) return 0n;
    const parts = gains.filter((_, h) => h !== g && table.groupPlaces[h]!.parent === g);
    let loss = 0n;
    sums.forEach((gain, s) => {
      const total = parts.reduce((sum, part) => (part[s]! < 0n ? sum + part[s]! : sum), gain);
      if (-total > loss) loss = -total;
    });
    return loss;
  });
  const scan = worst.reduce((sum, w) => sum + w, 0n);
  const initialScan = worst.reduce(
    (sum, w, g) => sum + (table.imfBp + table.groupPlaces[g]!.factorBp) * w,
    0n,
  );
  return {
    equity,
    maintenance: maintenance + scan,
    initial: 10_000n * initial + initialScan,
    worst,
    stressed: stress.map((gain) => equity + gain),
  };
}

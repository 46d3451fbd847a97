import { decimalText } from "../decimal/decimal.js";
import type { ReserveReport } from "../reserves/verifyReserves.js";
import { grouped } from "./money.js";
import { textTable } from "./table.js";
import { visible } from "./visible.js";

/** Balances that are named where they are not proved. */
const SHOWN = 20;

/** What a reserves file shows, for a reader: sums per asset over all chains, and which balances are not proved. */
export function reservesText({ exchange, epoch, time, blocks, balances, assets }: ReserveReport): string {
  const chains = blocks.map((one) => `  chain ${one.chainId}, block ${one.block}, ${one.time}`);
  const sums = textTable(
    [
      { title: "asset" },
      ...["proved", "signed", "declared"].map((title) => ({ title, align: "right" }) as const),
    ],
    assets.map(({ asset, ...sum }) => [
      visible(asset),
      ...[sum.proved, sum.signed, sum.declared].map((one) => grouped(decimalText(one))),
    ]),
  );
  const open = balances.filter(({ standing }) => standing !== "proved");
  const named = open
    .slice(0, SHOWN)
    .map(
      (one) =>
        `  ${one.standing}: ${visible(`${one.chain} ${one.address}`)}, ${grouped(one.amount)} ${visible(one.asset)}: ${one.because}`,
    );
  const more = open.length > SHOWN ? [`  and ${open.length - SHOWN} more (--json lists them all)`] : [];
  return [
    `${visible(exchange)}, epoch ${visible(epoch)}, ${time}`,
    ...(chains.length === 0 ? [] : [`Balances at\n${chains.join("\n")}`]),
    sums,
    ...(open.length === 0 ? [] : [`Not proved:\n${[...named, ...more].join("\n")}`]),
  ].join("\n\n");
}

/** `marginproof reserves verify --json`: fields are added over time, never renamed or removed. */
export function reservesJson(report: ReserveReport, path: string): object {
  const { exchange, epoch, time, blocks, balances } = report;
  const assets = report.assets.map(({ asset, proved, signed, declared }) => ({
    asset,
    proved: decimalText(proved),
    signed: decimalText(signed),
    declared: decimalText(declared),
  }));
  return { file: path, exchange, epoch, time, blocks, assets, balances };
}

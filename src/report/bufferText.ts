import type { BufferReport } from "../rules/index.js";
import { grouped } from "./money.js";
import { type Column, pairs, textTable } from "./table.js";
import { visible } from "./visible.js";

const right = (title: string): Column => ({ title, align: "right" });

/** What the previous epoch's proven totals made of the rules' buffers. */
export function bufferText({ previous, underlyings, groups }: BufferReport, quote: string): string {
  const parts =
    previous === undefined
      ? [
          "Buffers: the first epoch. Nothing of a previous one to compute from: every buffer is full, none is for contagion.",
        ]
      : [
          "Buffers, computed from the previous epoch's proven totals",
          pairs([
            ["previous epoch", `${visible(previous.epoch)}, statement ${previous.statementDigest}`],
            [
              "leverage",
              `${previous.leverage} (maintenance requirements / positive equity, of all accounts)`,
            ],
            ...(previous.dropped.length === 0
              ? []
              : [
                  [
                    "no longer listed",
                    `${previous.dropped.join(", ")}: their open interest is not counted`,
                  ] as const,
                ]),
          ]),
        ];
  if (underlyings.length > 0) {
    const columns = [`open interest in ${quote}`, "same-sided", "crowding", "contagion factor"].map(right);
    const rows = underlyings.map((u) => [
      u.underlying,
      ...[u.openInterest, u.sameSided, u.crowding, u.factor].map(grouped),
    ]);
    parts.push(textTable([{ title: "underlying" }, ...columns], rows));
  }
  if (groups.length > 0) {
    const rows = groups.map(({ group, factor }) => [group, factor]);
    parts.push(textTable([{ title: "risk group" }, right("gains multiplied by")], rows));
  }
  return parts.join("\n\n");
}

import type { BalanceRow, PositionRow } from "./book.js";

const TABLES = `-- Made by scripts/exampleExchange.ts: the database of examples/exchange, described in its README.md.
CREATE TABLE balances (
  id         bigserial PRIMARY KEY,
  uid        text NOT NULL,
  ccy        text NOT NULL,
  free       numeric(36, 18) NOT NULL,
  locked     numeric(36, 18) NOT NULL DEFAULT 0,
  borrowed   numeric(36, 18) NOT NULL DEFAULT 0,
  interest   numeric(36, 18) NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE positions (
  id              bigserial PRIMARY KEY,
  uid             text NOT NULL,
  product         text NOT NULL,
  symbol          text NOT NULL,
  pos_side        text NOT NULL,
  qty             numeric(36, 18) NOT NULL,
  leverage        integer,
  entry_px        numeric(36, 18),
  margin_mode     text NOT NULL,
  isolated_id     text,
  isolated_margin numeric(36, 18),
  updated_at      timestamptz NOT NULL DEFAULT now()
);
`;

const text = (value: string | undefined): string => (value === undefined ? "NULL" : `'${value}'`);

/** The two tables with what is in them. */
export function insertText(balances: readonly BalanceRow[], positions: readonly PositionRow[]): string {
  const held = balances.map(
    ({ uid, ccy, free, locked = "0", borrowed = "0", interest = "0" }) =>
      `  (${text(uid)}, ${text(ccy)}, ${free}, ${locked}, ${borrowed}, ${interest})`,
  );
  const open = positions.map(({ uid, product, symbol, side, qty, leverage, entry, isolated }) => {
    const mode = isolated === undefined ? "cross" : "isolated";
    const figures = [qty, leverage ?? "NULL", entry ?? "NULL"];
    const margin = [text(mode), text(isolated?.[0]), isolated?.[1] ?? "NULL"];
    return `  (${[text(uid), text(product), text(symbol), text(side), ...figures, ...margin].join(", ")})`;
  });
  return [
    TABLES,
    `INSERT INTO balances (uid, ccy, free, locked, borrowed, interest) VALUES\n${held.join(",\n")};\n`,
    `INSERT INTO positions (uid, product, symbol, pos_side, qty, leverage, entry_px, margin_mode, isolated_id, isolated_margin) VALUES\n${open.join(",\n")};\n`,
  ].join("\n");
}

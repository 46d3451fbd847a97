import { OPTIONS } from "./listing.js";

/** A row of the table `balances`: plain decimals. */
export interface BalanceRow {
  readonly uid: string;
  readonly ccy: string;
  readonly free: string;
  readonly locked?: string;
  readonly borrowed?: string;
  readonly interest?: string;
}

/** A row of the table `positions`. */
export interface PositionRow {
  readonly uid: string;
  readonly product: "swap" | "future" | "option";
  readonly symbol: string;
  readonly side: "LONG" | "SHORT" | "NET";
  readonly qty: string;
  readonly leverage?: string;
  readonly entry?: string;
  /** Isolated: the position's own name, and its collateral in USDT. */
  readonly isolated?: readonly [name: string, margin: string];
}

const CLIENT_BALANCES: readonly BalanceRow[] = [
  { uid: "alice", ccy: "USDT", free: "18500", locked: "1500" },
  { uid: "bob", ccy: "BTC", free: "1.2" },
  { uid: "carol", ccy: "USDC", free: "30000" },
  { uid: "dave", ccy: "USDT", free: "90000" },
  { uid: "dave", ccy: "BTC", free: "0", borrowed: "1", interest: "0.0002" },
  { uid: "dave", ccy: "ETH", free: "4" },
  { uid: "erin", ccy: "BONUS", free: "500" },
  { uid: "erin", ccy: "USDT", free: "100" },
  { uid: "frank", ccy: "USDT", free: "2000" },
  { uid: "grace", ccy: "USDT", free: "15000" },
  { uid: "heidi", ccy: "ETH", free: "30", locked: "2" },
  { uid: "ivan", ccy: "USDT", free: "260" },
  { uid: "judy", ccy: "USDT", free: "100" },
  { uid: "kim", ccy: "USDT", free: "750.25" },
];

const CLIENT_POSITIONS: readonly PositionRow[] = [
  swap("alice", "BTCUSDT", "LONG", "0.8", "59500", "20"),
  swap("alice", "BTCUSDT", "SHORT", "0.3", "60400", "20"),
  swap("bob", "BTCUSD", "LONG", "300", "59800.5", "3"),
  swap("carol", "BTCUSDC", "SHORT", "0.5", "60100", "10"),
  swap("erin", "SOLUSDT", "LONG", "40", "149", "10"),
  { ...swap("frank", "ETHUSDT", "LONG", "5", "2980", "20"), isolated: ["ETHUSDT-LONG", "800"] },
  swap("frank", "ETHUSDT", "SHORT", "1", "3050", "10"),
  { ...swap("grace", "BTCUSDT_261225", "LONG", "0.5", "60300", "10"), product: "future" },
  { ...swap("grace", "ETHUSDT_261225", "SHORT", "4", "3040", "10"), product: "future" },
  // In liquidation, and bankrupt.
  swap("ivan", "BTCUSDT", "LONG", "0.1", "62400", "5"),
  swap("judy", "SOLUSDT", "LONG", "100", "152", "10"),
  // What liquidation has taken over, at bankruptcy prices.
  swap("liquidation", "ETHUSDT", "LONG", "12", "2950", "1"),
];

function swap(
  ...[uid, symbol, side, qty, entry, leverage]: readonly [
    string,
    string,
    "LONG" | "SHORT",
    string,
    string,
    string,
  ]
): PositionRow {
  return { uid, product: "swap", symbol, side, qty, entry, leverage };
}

const MAKER = "maker";
/** The maker's legs: what its clients hold on the other side, and 2 of each side beside. */
const MAKER_ENTRY: Readonly<Record<string, string>> = {
  BTCUSDT: "60000",
  ETHUSDT: "3000",
  SOLUSDT: "150",
  BTCUSDC: "60010",
  BTCUSD: "60000",
  BTCUSDT_261225: "60400",
  ETHUSDT_261225: "3020",
};

/** Tenths of a contract. */
const makerOption = (k: number): number => ((7 * k) % 9) - 4 || 5;
/** Heidi holds a few: calls and puts of one week. */
const heidiOption = (k: number): number => (k >= 14 && k < 19 ? (k % 2 === 0 ? 3 : -1) : 0);

export function balances(): BalanceRow[] {
  return [
    ...CLIENT_BALANCES,
    { uid: "liquidation", ccy: "USDT", free: "25000" },
    { uid: "insurance-fund", ccy: "USDT", free: "400000" },
    { uid: "delta-fund", ccy: "USDT", free: "4000000" },
    { uid: MAKER, ccy: "USDT", free: "3950000", locked: "50000" },
    { uid: MAKER, ccy: "USDC", free: "1000000", locked: "5000" },
    { uid: MAKER, ccy: "BTC", free: "49.5", locked: "0.5" },
    { uid: MAKER, ccy: "ETH", free: "400", locked: "10" },
  ];
}

export function positions(): PositionRow[] {
  const options = OPTIONS.flatMap((symbol, k) => {
    const [maker, heidi] = [makerOption(k), heidiOption(k)];
    return [
      option(MAKER, symbol, maker),
      option("heidi", symbol, heidi),
      option("delta-fund", symbol, -maker - heidi),
    ];
  });
  return [...CLIENT_POSITIONS, ...makerLegs(), ...options.filter(({ qty }) => qty !== "0.0")];
}

function option(uid: string, symbol: string, tenths: number): PositionRow {
  return { uid, product: "option", symbol, side: "NET", qty: (tenths / 10).toFixed(1) };
}

function makerLegs(): PositionRow[] {
  return Object.entries(MAKER_ENTRY).flatMap(([symbol, entry]) => {
    const product = symbol.includes("_") ? "future" : "swap";
    return (["LONG", "SHORT"] as const).map((side) => {
      const theirs = CLIENT_POSITIONS.filter((own) => own.symbol === symbol && own.side !== side);
      const thousandths = theirs.reduce((sum, { qty }) => sum + Math.round(1000 * Number(qty)), 2000);
      return {
        uid: MAKER,
        product,
        symbol,
        side,
        qty: (thousandths / 1000).toFixed(3),
        entry,
        leverage: "5",
      };
    });
  });
}

import { describe, expect, it } from "vitest";
import { MarginproofError } from "../../src/errors.js";
import { compileTable, type MarketJson, namesAlike, parseMarket } from "../../src/market/index.js";
import { Looks, looksOf } from "../../src/market/lookAlike.js";
import { NAME_PATTERN, SYMBOL_PATTERN } from "../../src/market/namePatterns.js";
import { instrumentOf, smallMarket } from "./smallMarket.js";

type Change = (market: MarketJson) => void;

function refusal(change: Change): string {
  const market = smallMarket();
  change(market);
  try {
    parseMarket(market);
  } catch (error) {
    if (error instanceof MarginproofError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "accepted";
}

const renamed =
  (symbol: string, to: string): Change =>
  (market) =>
    void Object.assign(instrumentOf(market, symbol), { symbol: to });
const another =
  (like: string, fields: object): Change =>
  (market) =>
    void market.instruments.push({ ...instrumentOf(market, like), ...fields });
const stressed =
  (...names: string[]): Change =>
  (market) => {
    market.stress = names.map((name) => ({ name }));
    for (const i of market.instruments)
      if (i.stressGains !== undefined) i.stressGains = names.map(() => i.stressGains![0]!);
  };

const all =
  (...changes: Change[]): Change =>
  (market) => {
    for (const change of changes) change(market);
  };

describe("a class of asset has its asset's name", () => {
  it("not its asset's name with a star", () => {
    const star: Change = (market) => {
      Object.assign(instrumentOf(market, "BTC"), { asset: "BTC*" });
      market.reserves = { USDT: "500", "BTC*": "2" };
    };
    expect(refusal(star)).toMatch(/^MARKET_ASSET_NAME: .*\(BTC\)\.symbol: "BTC" reads as the asset BTC\*/);
  });

  it.each(["XBT", "BTCX", "MY-BTC"])("not %s for BTC", (symbol) => {
    const change: Change = (market) =>
      void Object.assign(instrumentOf(market, "BTC"), { symbol, asset: "BTC" });
    expect(refusal(change)).toMatch(
      /^MARKET_ASSET_NAME: .*is of the asset BTC, and its name does not say so/,
    );
  });

  it.each(["BTC-2", "BTC.isolated", "BTC/spot", "BTC_HC50"])("or its name and more: %s", (symbol) => {
    expect(refusal(another("BTC", { symbol, asset: "BTC" }))).toBe("accepted");
    // Even where no instrument has the bare name, nothing else may take it.
    const only: Change = (market) =>
      void Object.assign(instrumentOf(market, "BTC"), { symbol, asset: "BTC" });
    expect(refusal(only)).toBe("accepted");
    const stolen = all(only, renamed("CALL", "BTC"));
    expect(refusal(stolen)).toMatch(/^MARKET_ASSET_NAME: .*"BTC" reads as the asset BTC, and is an option/);
  });

  it.each([
    "BTC-2",
    "BTC.e",
    "btc-coin",
    "BTC/USDT",
    "BTC(spot)",
    "BTC+1",
    "BTC|x",
    "BTC=1",
    "BTC[1]x",
    "btc$x",
  ])("and %s is not an asset of its own beside BTC", (symbol) => {
    expect(refusal(another("BTC", { symbol }))).toMatch(/^MARKET_ASSET_NAME: .*reads as of the asset BTC/);
  });
});

describe("nobody else has an asset's name", () => {
  it.each(["BTC", "btc", "BTC.", "*BTC*", "$BTC"])("no option called %s", (symbol) => {
    const code = symbol === "BTC" ? "MARKET_DUPLICATE_NAME" : "MARKET_ASSET_NAME";
    expect(refusal(renamed("CALL", symbol))).toMatch(code);
  });

  it.each(["uSDT", "USDT'", "ÜSDT"])("no settlement in another asset called %s", (symbol) => {
    const change = another("BTC", {
      symbol,
      kind: "settlement",
      asset: "BTC",
      haircut: undefined,
      borrowRate: undefined,
    });
    expect(refusal(change)).toMatch(
      /^MARKET_ASSET_NAME: .*reads as the asset USDT, and is a settlement of BTC/,
    );
  });

  it("no settlement that reads as another asset's", () => {
    const fields = { kind: "settlement", asset: "BTC", haircut: undefined, borrowRate: undefined };
    expect(refusal(another("BTC", { ...fields, symbol: "BTC-PNL" }))).toBe("accepted");
    expect(refusal(another("BTC", { ...fields, symbol: "PNL" }))).toBe("accepted");
    expect(refusal(another("BTC", { ...fields, symbol: "USDT-PNL2" }))).toMatch(/^MARKET_ASSET_NAME/);
  });

  it("the quote currency's neither, though no instrument is of it", () => {
    const change: Change = (market) => {
      market.instruments = market.instruments.filter(({ symbol }) => !symbol.startsWith("USDT"));
      market.reserves = { BTC: "2" };
      market.insuranceFund = {};
      renamed("CALL", "USDT")(market);
    };
    expect(refusal(change)).toMatch(/^MARKET_ASSET_NAME: .*"USDT" reads as the asset USDT/);
  });

  it("no second asset that looks like one", () => {
    expect(refusal(another("BTC", { symbol: "BTç" }))).toMatch(
      /^MARKET_NAME_ALIKE: .*"BTç" looks like "BTC"/,
    );
    expect(refusal(another("BTC", { symbol: "USDT*" }))).toMatch(
      /^MARKET_NAME_ALIKE: .*"USDT\*" looks like "USDT"/,
    );
    const both = all(another("BTC", { symbol: "SOL" }), another("BTC", { symbol: "s0l" }));
    expect(refusal(both)).toMatch(/^MARKET_NAME_ALIKE: .*"s0l" looks like "SOL"/);
  });

  it("contracts are called after what they are about", () => {
    expect(refusal(renamed("CALL", "BTC-60000-C"))).toBe("accepted");
    expect(refusal(renamed("CALL", "BTCUSDT"))).toBe("accepted");
  });
});

describe("names that look alike", () => {
  const alike = (a: string, b: string): boolean => {
    const looks = new Looks<string>();
    looks.add(a, a);
    return looks.find(b) === a;
  };

  it.each([
    ["BTC-PERP", "btc-perp"],
    ["BTC-PERP", "BTC-PERP."],
    ["BTC-PERP", "BTC-PÈRP"],
    ["COIN", "C0IN"],
    ["COIN", "COlN"],
    ["BITCOIN", "b1tcoin"],
    ["ALPHA", "a1pha"],
    ["ALPHA", "AlPHA"],
    ["modem", "modern"],
    ["WAVE", "vvave"],
    ["ALTIN", "altın"],
    ["a|b", "alb"],
    ["黄金-未平仓", "黄金-末平仓"],
    ["BTC一永续", "BTC-永续"],
    ["crash  now", "crash now"],
    ["-30%", "-30 %%"],
  ])("%s and %s", (a, b) => {
    expect(alike(a, b)).toBe(true);
    expect(alike(b, a)).toBe(true);
  });

  it("are none of the symbols that are listed side by side somewhere", () => {
    const listed =
      "1INCH AAVE ADA AI AL ALGO ALICE ALT APE APT AR ARB ATA ATOM AVA AVAX AXL AXS BAL BAT BB BCH BIT BLZ BNB BOME BTC BTT " +
      "CELO CELR CHR CHZ COMP CRV CTSI CVX DASH DIA DODO DOGE DOT DYDX EGLD ENA ENJ ENS EOS ETC ETH ETHFI ETHW FET FIL FIO " +
      "FLM FLOW FLUX FTM GALA GAS GLM GLMR GMT GMX GRT HBAR HIFI HIGH HOT ICP ICX ID ILV IMX INJ IO IOST IOTA IOTX IP JOE " +
      "JTO JUP KAS KAVA KLAY KNC KSM LDO LINA LINK LIT LPT LQTY LRC LTC LTO LUNA LUNC MANA MASK MATIC MINA MKR MLN MTL NEAR " +
      "NEO NOT NTRN OCEAN OG OGN OM OMG ONDO ONE ONG ONT OP ORDI ORN OXT PENDLE PEOPLE POL QNT QTUM RAY RDNT REEF REN RIF " +
      "RNDR ROSE RSR RUNE RVN SAND SEI SLP SNX SOL SPELL SSV STG STX SUI SUN SUSHI SXP T TIA TON TRB TRU TRX UMA UNI USDC " +
      "USDT VET VIC WIF WIN WLD WOO XAI XEM XLM XMR XRP XTZ XVG XVS YFI YGG ZEC ZEN ZIL ZK ZRO ZRX";
    const looks = new Looks<string>();
    for (const name of listed.split(" ")) {
      expect(looks.find(name), name).toBeUndefined();
      looks.add(name, name);
    }
    expect(alike("BTC +30%", "BTC -30%")).toBe(false);
    expect(alike("+30%", "-30%")).toBe(false);
  });

  it("may be two coins, or two contracts, that spelling tells apart: verdicts list them", () => {
    const coins: Change = (market) => {
      for (const symbol of ["0G", "OG", "OG-2"]) {
        another("BTC", { symbol, asset: symbol.slice(0, 2) })(market);
        market.reserves[symbol.slice(0, 2)] = "1";
      }
      another("BTC-PERP", { symbol: "0G-PERP" })(market);
      another("BTC-PERP", { symbol: "OG-PERP" })(market);
    };
    expect(refusal(coins)).toBe("accepted");
    const market = smallMarket();
    coins(market);
    expect(namesAlike(parseMarket(market))).toEqual([
      ["0G", "OG"],
      ["0G-PERP", "OG-PERP"],
    ]);
    for (const symbol of ["oG", "0g"])
      expect(
        refusal((m) => [coins, another("BTC", { symbol, asset: symbol })].forEach((c) => void c(m))),
      ).toMatch(/^MARKET_NAME_ALIKE/);
    // A contract is not called like a coin, however it is spelt.
    expect(refusal(all(coins, renamed("CALL", "OG")))).toMatch(/^MARKET_/);
    // A 0 inside a name is a slip, or a trick.
    expect(
      refusal(
        all(
          coins,
          another("BTC", { symbol: "S0L", asset: "S0L" }),
          another("BTC", { symbol: "SOL", asset: "SOL" }),
        ),
      ),
    ).toMatch(/^MARKET_NAME_ALIKE/);
  });

  it("stand in one market once", () => {
    expect(refusal(renamed("CALL", "BTC-PERR"))).toBe("accepted");
    expect(refusal(renamed("CALL", "btc-Perp"))).toMatch(
      /^MARKET_NAME_ALIKE: .*instruments\[4\] \(btc-Perp\)\.symbol: "btc-Perp" looks like "BTC-PERP"/,
    );
  });

  it("are compared by what is left of a name that is punctuation only", () => {
    expect(alike("--", "!!")).toBe(false);
    expect(looksOf("!!")[0]).toBe("printed !!");
  });
});

describe("letters", () => {
  it.each(["比特币永续", "BTC永续-当周", "ALTIN-VADELİ", "Gümüş", "Çelik-PERP", "ılık", "Łódź"])(
    "%s builds",
    (symbol) => {
      const market = smallMarket();
      renamed("CALL", symbol)(market);
      market.stress = [{ name: "比特币 -30%, Türk lirası +50%" }];
      expect(compileTable(parseMarket(market)).instruments.at(-1)!.symbol).toBe(symbol);
    },
  );

  // Cyrillic, Greek, full-width, zero-width, bidi control, combining, no-break space, soft hyphen, Hangul filler, compatibility forms.
  it.each([
    "ВТС",
    "ΒΤС",
    "ＢＴＣ",
    "BT\u200bC",
    "\u202eCTB",
    "C\u0327",
    "A\u00a0B",
    "A\u00adB",
    "A\u3164",
    "ﬁ",
    "ſ",
    "Ǆ",
    "\uf9dc",
    "א",
  ])("%j does not", (symbol) => {
    expect(refusal(renamed("CALL", symbol))).toMatch(/^MARKET_SCHEMA/);
    expect(refusal(stressed(symbol))).toMatch(/^MARKET_SCHEMA/);
  });

  it("are their own normal forms, so that no name has two spellings", () => {
    let accepted = 0;
    for (let code = 0; code < 0x10000; code++) {
      const char = String.fromCharCode(code);
      expect(SYMBOL_PATTERN.test(char) && char !== char.normalize("NFKC"), char).toBe(false);
      if (!SYMBOL_PATTERN.test(char)) continue;
      accepted++;
      expect(NAME_PATTERN.test(char)).toBe(true);
      // What is neither ASCII nor Chinese looks like something that is.
      expect(looksOf(char)[0], char).toMatch(/^printed [ -~\u4e00-\u9fa5]+$/);
    }
    expect(accepted).toBeGreaterThan(20_000);
  });
});

describe("stress scenarios", () => {
  it.each(["now", "NOW", "now.", "no stress", "open-interest", "insurance fund"])(
    "none is called %s",
    (name) => {
      expect(refusal(stressed("crash 2", name))).toMatch(/^MARKET_STRESS_NAME: .*stress\[1\]\.name/);
    },
  );
  it.each(["BTC", "usdt", "BTC-PERP", "call"])("none is called like an asset or instrument: %s", (name) => {
    expect(refusal(stressed(name))).toMatch(/^MARKET_STRESS_NAME/);
  });
  it("no two look alike", () => {
    expect(refusal(stressed("crash", "Crash!"))).toMatch(/^MARKET_NAME_ALIKE: .*stress\[1\]\.name/);
  });
  it("each moves something", () => {
    const still: Change = (market) => {
      stressed("crash", "all markets -90%")(market);
      for (const i of market.instruments)
        if (i.stressGains !== undefined) i.stressGains = [i.stressGains[0]!, "0.00"];
    };
    expect(refusal(still)).toMatch(/^MARKET_STRESS_NOTHING: .*stress\[1\]: .*"all markets -90%"/);
    const one = all(still, (market) => void (instrumentOf(market, "CALL").stressGains = ["-1", "0.1"]));
    expect(refusal(one)).toBe("accepted");
  });
  it("no asset falls below 0 in one, as a contract might", () => {
    const fall =
      (gain: string): Change =>
      (market) =>
        void (instrumentOf(market, "BTC").stressGains = [gain]);
    expect(refusal(fall("-60000"))).toBe("accepted");
    expect(refusal(fall("-60000.000001"))).toMatch(/^MARKET_NEGATIVE_PRICE: .*\(BTC\)\.stressGains\[0\]/);
  });
});

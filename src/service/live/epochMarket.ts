/**
 * The market file of an epoch of the live book, as text. Prices of ticks are the exchange's own word: evidence of those before is none of
 * these, and no statement's figures went into them.
 * @param json data of the market of the last tick
 */
export function epochMarket(json: unknown, epoch: string): string {
  const { priceEvidence: _, previousStatement: __, ...market } = json as Record<string, unknown>;
  return JSON.stringify({ ...market, epoch });
}

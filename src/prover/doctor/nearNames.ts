/** Names offered for one that is unknown. */
const OFFERED = 3;

/** Letters and digits alone: exchanges separate them as they like. */
const bare = (name: string): string => name.toUpperCase().replace(/[^\p{L}\p{N}]/gu, "");

/**
 * The names most like another: the same but for separators and case, or a few letters away. Best first; none when
 * nothing is like it.
 */
export function nearNames(unknown: string, known: readonly string[]): string[] {
  const own = bare(unknown);
  const most = Math.max(1, Math.floor(own.length / 4));
  return known
    .map((name) => ({ name, away: distance(own, bare(name), most) }))
    .filter(({ away }) => away <= most)
    .sort((one, other) => one.away - other.away || (one.name < other.name ? -1 : 1))
    .slice(0, OFFERED)
    .map(({ name }) => name);
}

/** Letters to put in, take out or change to make one text of another; some number above `most` when it is more than that. */
function distance(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let row = Array.from({ length: other.length + 1 }, (_, k) => k);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let k = 1; k <= other.length; k++) {
      const change = row[k - 1]! + (one[i - 1] === other[k - 1] ? 0 : 1);
      next.push(Math.min(change, row[k]! + 1, next[k - 1]! + 1));
    }
    if (Math.min(...next) > most) return most + 1;
    row = next;
  }
  return row[other.length]!;
}

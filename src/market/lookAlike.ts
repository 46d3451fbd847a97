/**
 * What a letter looks like, of those that names may have (`namePatterns.ts`): Latin ones from which no mark comes off, and
 * Chinese characters easily taken for another.
 */
const LOOKS_LIKE: ReadonlyMap<string, string> = new Map(
  (
    "ı:i ł:l Ł:L ø:o Ø:O đ:d Đ:D ð:d Ð:D ħ:h Ħ:H ŧ:t Ŧ:T æ:ae Æ:AE œ:oe Œ:OE ß:B þ:p Þ:P ĸ:k ŋ:n Ŋ:N " +
    "一:- 丨:1 丿:/ 口:o 囗:o 工:I 丁:T 十:+ 卜:1- 乂:X 乙:Z 士:土 曰:日 末:未 已:己 巳:己 戍:戌 戊:戌 入:人 干:千 于:千 " +
    "壬:王 刺:剌 祟:崇 治:冶 太:大 犬:大 丸:九 刀:力 贝:见"
  )
    .split(" ")
    .map((pair) => [pair[0]!, pair.slice(2)]),
);

const MARKS = /[\u0300-\u036f]/g;
/** A sign before a number is no ornament: -30% is not +30%. */
const ORNAMENT_BEFORE = /^(?![+-]\d)[ -/:-@[-`{-~]+/;
const ORNAMENT_AFTER = /[ -/:-@[-`{-~]+$/;

/**
 * What a name looks like, in the two ways in which readers confuse letters: as it is printed (I, l, 1 and i are one, L is
 * not) and as it is said or typed (I and i, L, l and 1 are one). In both, case, marks, 0 and O, rn and m, vv and w, and
 * punctuation around the name make no difference. Names are alike when one of the two is equal; apart, they let OM and
 * ORN, AI and AL live beside each other.
 */
export function looksOf(name: string): readonly [printed: string, typed: string] {
  return looks(name, (core) => core.replaceAll("rn", "m").replace(/vv/gi, "w").replaceAll("0", "o"));
}

/** A 0 that a name begins with stays one: 0G is no slip for OG, as S0L would be for SOL. */
const letterO = (core: string): string => core.replace(/(?<=.)0/gs, "o");

/**
 * Whether rn and m, vv and w, or a 0 and an O in front are all that tells two names apart: real coins are called so (0G and
 * OG, orn and om), and one exchange may list both.
 */
export function apartBySpelling(one: string, other: string): boolean {
  const seen = looksOf(other);
  const spelt = looks(other, letterO);
  return (
    looksOf(one).some((look, i) => look === seen[i]) &&
    looks(one, letterO).every((look, i) => look !== spelt[i])
  );
}

function looks(name: string, fold: (core: string) => string): readonly [printed: string, typed: string] {
  const plain = [...name.normalize("NFD").replace(MARKS, "")]
    .map((char) => LOOKS_LIKE.get(char) ?? char)
    .join("")
    .replaceAll("|", "1");
  const core = plain.replace(ORNAMENT_BEFORE, "").replace(ORNAMENT_AFTER, "");
  const shape = fold((core === "" ? plain : core).replace(/ +/g, " "));
  return [
    `printed ${shape.replace(/[lIi1]/g, "1").toLowerCase()}`,
    `typed ${shape.replaceAll("1", "l").toLowerCase()}`,
  ];
}

/** No market lists so many coins of one look; a hostile one could keep a verifier comparing. */
const MOST_ALIKE = 8;

/** Names by what they look like. */
export class Looks<T> {
  private readonly seen = new Map<string, T[]>();

  add(name: string, value: T): void {
    for (const look of looksOf(name)) this.seen.set(look, [...(this.seen.get(look) ?? []), value]);
  }

  /** The first that was added under a name that looks like this one, of those that count; of very many, all count. */
  find(name: string, counts: (value: T) => boolean = () => true): T | undefined {
    for (const look of looksOf(name)) {
      const seen = this.seen.get(look) ?? [];
      const found = seen.length < MOST_ALIKE ? seen.find(counts) : seen[0];
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

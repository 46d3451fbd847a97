import { grouped } from "../../report/money.js";

/** What a formatter of the reader's locale makes of decimal text; undefined where it would lose digits. */
function localeFormat(): ((text: string) => string) | undefined {
  const format = new Intl.NumberFormat(undefined, { maximumFractionDigits: 20, numberingSystem: "latn" });
  // Engines before 2023 read text as a floating-point number.
  const probe = "12345678901234567890.12345678901234567891";
  const show = (text: string): string => format.format(text as `${number}`);
  return show(probe).replace(/\D/g, "") === probe.replace(/\D/g, "") ? show : undefined;
}

const inLocale = localeFormat();
const FIGURE_SPACE = "\u2007";
const PUNCTUATION_SPACE = "\u2008";

/** Exact decimal text with the separators of the reader's locale, and a minus that is one. */
export function numberText(text: string): string {
  return (inLocale === undefined ? grouped(text) : inLocale(text)).replace("-", "\u2212");
}

/** Numbers of one column, filled up behind the point, so that they stand point under point. */
export function alignedNumbers(texts: readonly string[]): string[] {
  const places = (text: string): number => text.split(".")[1]?.length ?? 0;
  const most = Math.max(0, ...texts.map(places));
  return texts.map((text) => {
    const own = places(text);
    const point = own === 0 && most > 0 ? PUNCTUATION_SPACE : "";
    return `${numberText(text)}${point}${FIGURE_SPACE.repeat(most - own)}`;
  });
}

/** `16,349.6 USDT`. */
export const moneyText = (amount: string, quote: string): string => `${numberText(amount)}\u00A0${quote}`;

/** `12.5%` of `12.50%`, in the reader's locale. */
export const percentText = (percent: string): string => `${numberText(percent.replace("%", ""))}%`;

/** How long a bar is, 0 to 1: what is drawn, never what is said. */
export function barLength(part: string, whole: string): number {
  const [a, b] = [Math.abs(Number(part)), Math.abs(Number(whole))];
  return b > 0 ? Math.min(1, a / b) : 0;
}

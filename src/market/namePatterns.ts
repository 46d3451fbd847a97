/**
 * For a character class: Latin letters with their marks as one character (U+00C0 to U+017F, without those that are
 * compatibility forms of others) and the Chinese characters of Unicode 1.1. No other alphabet, so none lends a letter that
 * passes for a Latin one; nothing full-width, combining, invisible or written right to left. Ranges, not properties: every
 * machine, whatever its Unicode version, accepts the same names, and all of them are their own NFC and NFKC.
 */
const LETTERS =
  "\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u0131\\u0134-\\u013e\\u0141-\\u0148\\u014a-\\u017e\\u4e00-\\u9fa5";

/** Symbols of instruments and assets. */
export const SYMBOL_PATTERN = new RegExp(`^[!#-+\\--~${LETTERS}]{1,64}$`);
export const SYMBOL_RULE =
  "must be 1 to 64 visible ASCII characters, Latin or Chinese letters in NFC, no comma or quote";

/** Names of the exchange, of groups and scenarios. */
export const NAME_PATTERN = new RegExp(`^[!-~${LETTERS}]([ -~${LETTERS}]{0,78}[!-~${LETTERS}])?$`);
export const NAME_RULE = "must be 1 to 80 ASCII characters, Latin or Chinese letters in NFC, trimmed";

/** Tables and models of a rules file. */
export const PIECE_PATTERN = new RegExp(`^[A-Za-z0-9${LETTERS}][A-Za-z0-9 ._+${LETTERS}-]{0,23}$`);
export const PIECE_RULE =
  "must be 1 to 24 digits, Latin or Chinese letters in NFC, spaces or . _ + -, and begin with one of the first";

/** Names that stay ASCII: of epochs, which also name folders. */
export const EPOCH_PATTERN = /^[!#-+\--~]{1,64}$/;
export const EPOCH_RULE = "must be 1 to 64 visible ASCII characters, no comma or quote";

/** Longest account id, Unicode code points. */
const MAX_ACCOUNT_LENGTH = 128;

const PLAIN_ACCOUNT = /^[!-~]{1,128}$/;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** Says that an account id is too long, in characters as a reader counts them and not UTF-16 units; or undefined. */
export function accountTooLong(account: string): string | undefined {
  const long = account.length > 2 * MAX_ACCOUNT_LENGTH || [...account].length > MAX_ACCOUNT_LENGTH;
  return long ? `is longer than ${MAX_ACCOUNT_LENGTH} characters` : undefined;
}

/** What is wrong with an account id and how to mend it, or undefined. */
export function accountProblem(account: string): { reason: string; hint: string } | undefined {
  if (PLAIN_ACCOUNT.test(account)) return undefined;
  if (account === "") return { reason: "is empty", hint: "Every row needs an account id." };
  const long = accountTooLong(account);
  if (long !== undefined) return { reason: long, hint: "Use a shorter account id." };
  if (UNPRINTABLE.test(account)) {
    const hint = "Remove line breaks, tabs, invisible characters and spaces other than the plain one.";
    return { reason: "holds a character that can't be printed", hint };
  }
  if (account.startsWith(" ") || account.endsWith(" ")) {
    return { reason: "starts or ends with a space", hint: "Remove the space." };
  }
  if (account.normalize("NFC") !== account) {
    return { reason: "is not in Unicode normal form NFC", hint: "Export the id NFC-normalised." };
  }
  return undefined;
}

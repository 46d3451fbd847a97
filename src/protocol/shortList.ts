/** How many names a list in words shows. */
export const SHOWN_NAMES = 5;

/** The first five names, and how many more there are: a file may have hundreds of thousands. */
export function shortList(names: readonly string[], between = ", "): string {
  const more = names.length > SHOWN_NAMES ? ` and ${names.length - SHOWN_NAMES} more` : "";
  return `${names.slice(0, SHOWN_NAMES).join(between)}${more}`;
}

import { parseStrictJson } from "../protocol/strictJson.js";

/** Where a market file departs from what its rules make: the first place, in the order of the recomputed file. */
export interface MarketDifference {
  /** `instruments[3].markPrice`, or "the text" when only spacing, order or spelling differ. */
  readonly path: string;
  /** As JSON, shortened; undefined where one of the two has nothing. */
  readonly expected: string | undefined;
  readonly found: string | undefined;
}

/**
 * Compares a published market file with the recomputed one, byte for byte. @returns undefined when they are the same
 * @throws MarginproofError those of `parseStrictJson` when the published one is no JSON
 */
export function compareMarkets(published: string, recomputed: string): MarketDifference | undefined {
  if (published === recomputed) return undefined;
  const found = parseStrictJson(published, "market file");
  const difference = firstDifference(JSON.parse(recomputed) as unknown, found);
  if (difference !== undefined) return difference;
  return { path: "the text", expected: undefined, found: undefined };
}

/** The first place where two parsed files differ, in the order of the first; undefined when they are equal. */
export function firstDifference(expected: unknown, found: unknown, path = ""): MarketDifference | undefined {
  if (Array.isArray(expected) && Array.isArray(found)) {
    for (let k = 0; k < Math.max(expected.length, found.length); k++) {
      const here = firstDifference(expected[k], found[k], `${path}[${k}]`);
      if (here !== undefined) return here;
    }
    return undefined;
  }
  if (isMap(expected) && isMap(found)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(found)])) {
      const part = /^\w+$/.test(key)
        ? `${path === "" ? "" : "."}${key}`
        : `[${JSON.stringify(key.slice(0, 80))}]`;
      const own = (map: Record<string, unknown>) => (Object.hasOwn(map, key) ? map[key] : undefined);
      const here = firstDifference(own(expected), own(found), path + part);
      if (here !== undefined) return here;
    }
    return undefined;
  }
  if (expected === found) return undefined;
  return { path: path === "" ? "the whole file" : path, expected: shown(expected), found: shown(found) };
}

function isMap(x: unknown): x is Record<string, unknown> {
  return typeof x === "object" && x !== null && !Array.isArray(x);
}

function shown(x: unknown): string | undefined {
  return x === undefined ? undefined : JSON.stringify(x).slice(0, 80);
}

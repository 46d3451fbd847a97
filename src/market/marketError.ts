import { type ErrorPath, MarginproofError } from "../errors.js";
import type { MarketStep } from "./nextSteps.js";

/** A field of a market file: its path, and the same in words, with the names of what stands on the way. */
export class Place {
  private constructor(
    readonly path: ErrorPath,
    private readonly text: string,
  ) {}

  /** From the root of the file; without parts, the whole file. */
  static of(...parts: ErrorPath): Place {
    return new Place([], "").at(...parts);
  }

  /** A field or item further in: `.maintenance`, `[3]`. */
  at(...parts: ErrorPath): Place {
    let { text } = this;
    for (const part of parts) {
      if (typeof part === "number") text += `[${part}]`;
      else if (/^\w+$/.test(part)) text += `${text === "" ? "" : "."}${part}`;
      else text += `["${part.slice(0, 80)}"]`;
    }
    return new Place([...this.path, ...parts], text);
  }

  /** An entry of a map: `["USDT"]`. */
  key(name: string): Place {
    return new Place([...this.path, name], `${this.text}["${name}"]`);
  }

  /** The same place, with the name of what stands there: `instruments[3] (BTC-PERP)`. */
  called(name: string): Place {
    return new Place(this.path, `${this.text} (${name})`);
  }

  toString(): string {
    return this.text === "" ? "the whole file" : this.text;
  }
}

/**
 * A market file that is well-formed but says something impossible: error with the path of the field.
 * @param step what to do next, if not what `MARKET_STEPS` has for the code
 */
export function marketError(
  code: string,
  place: Place,
  problem: string,
  step?: MarketStep,
): MarginproofError {
  const told = `${place}: ${problem}`;
  return new MarginproofError(code, `market file, ${told}`, {
    ...(step === undefined ? {} : { step }),
    path: place.path,
    problem: told,
  });
}

/** `instruments[3] (BTC-PERP)`. */
export function instrumentPath(index: number, symbol: unknown): Place {
  const place = Place.of("instruments", index);
  return typeof symbol === "string" ? place.called(symbol.slice(0, 64)) : place;
}

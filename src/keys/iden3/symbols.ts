import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { formatError } from "./binaryFile.js";

/** A named signal and the wire that carries it; several names may share a wire. */
export interface WireSymbol {
  readonly wire: number;
  /** As `main.leaf` or `main.step[3].out[0]`. */
  readonly name: string;
}

/** Reads the signals of a `.sym` file that the compiler kept; those O2 removed have no wire and are left out. */
export async function readSymbols(path: string): Promise<WireSymbol[]> {
  const symbols: WireSymbol[] = [];
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (line === "") continue;
    const [, wire, , name] = line.split(",");
    if (wire === undefined || name === undefined || !/^-?\d+$/.test(wire))
      throw formatError(path, "is not a .sym file");
    if (wire !== "-1") symbols.push({ wire: Number(wire), name });
  }
  return symbols;
}

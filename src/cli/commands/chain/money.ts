import { InvalidArgumentError } from "commander";

/** An amount in wei, exactly. */
export function wei(text: string): bigint {
  if (!/^(0|[1-9]\d{0,37})$/.test(text)) throw new InvalidArgumentError("It must be a whole number of wei.");
  return BigInt(text);
}

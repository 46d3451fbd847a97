import { MarginproofError } from "../../errors.js";
import { FIELD_ORDER } from "../../field/order.js";
import type { InputValue } from "../backend.js";

/**
 * The values of one signal in order, strictly parsed: the compiled calculator would take -1 or p + 1 for
 * another value without a word.
 *
 * @throws MarginproofError `WITNESS_INPUT_INVALID`
 */
export function parseSignal(name: string, value: InputValue): bigint[] {
  if (Array.isArray(value))
    return (value as readonly InputValue[]).flatMap((item) => parseSignal(name, item));
  if (typeof value !== "string" || !/^(0|[1-9]\d{0,76})$/.test(value)) throw invalid(name, value);
  const parsed = BigInt(value);
  if (parsed >= FIELD_ORDER) throw invalid(name, value);
  return [parsed];
}

export function inputError(message: string, cause?: unknown): MarginproofError {
  return new MarginproofError("WITNESS_INPUT_INVALID", message, {
    hint: "Give every input signal of the circuit, each value a decimal string from 0 below the field order.",
    kind: "usage",
    cause,
  });
}

export function witnessRefused(problem: string): MarginproofError {
  return new MarginproofError("WITNESS_INPUT_INVALID", `the witness ${problem}`, {
    hint: "Calculate a witness of its own for every proof, with the circuit that the key is of.",
    kind: "usage",
  });
}

// The value itself may be a secret of an account and stays out of the message.
function invalid(name: string, value: unknown): MarginproofError {
  return inputError(`signal ${name} has a ${typeof value} that is no canonical field element`);
}

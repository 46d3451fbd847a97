import { MarginproofError } from "../../errors.js";
import { FIELD_ORDER } from "../../field/order.js";
import type { CircuitInput, InputValue } from "../backend.js";

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

/** @throws MarginproofError `WITNESS_INPUT_INVALID` unless the text is a JSON object. */
export function parseInputJson(text: string): CircuitInput {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw inputError("the input file is not JSON", cause);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw inputError("the input file does not hold an object of signals");
  return parsed as CircuitInput;
}

export function inputError(message: string, cause?: unknown): MarginproofError {
  return new MarginproofError("WITNESS_INPUT_INVALID", message, {
    hint: "Give every input signal of the circuit, each value a decimal string from 0 below the field order.",
    kind: "usage",
    cause,
  });
}

// The value itself may be a secret of an account and stays out of the message.
function invalid(name: string, value: unknown): MarginproofError {
  return inputError(`signal ${name} has a ${typeof value} that is no canonical field element`);
}

import { invalid } from "./invalid.js";

/**
 * The fields of a plain object that has exactly the named ones: none missing, none unknown.
 * @throws MarginproofError `code` when `value` is anything else
 */
export function exactObject<K extends string>(
  value: unknown,
  keys: readonly K[],
  where: string,
  code: string,
): Record<K, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(code, `${where} must be an object with the fields ${keys.join(", ")}`);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw invalid(code, `${where} must be a plain object`);
  }
  for (const key of Reflect.ownKeys(value)) {
    if (!(keys as readonly PropertyKey[]).includes(key)) {
      throw invalid(code, `${where} has the unknown field ${JSON.stringify(String(key))}`);
    }
  }
  for (const key of keys) {
    if (!Object.hasOwn(value, key)) throw invalid(code, `${where} lacks the field "${key}"`);
  }
  return value as Record<K, unknown>;
}

/**
 * The elements of an array of exactly `length` elements (any length when it is undefined), without holes
 * and without further properties.
 * @throws MarginproofError `code` when `value` is anything else
 */
export function exactArray(
  value: unknown,
  length: number | undefined,
  where: string,
  code: string,
): unknown[] {
  if (!Array.isArray(value)) throw invalid(code, `${where} must be an array`);
  if (length !== undefined && value.length !== length) {
    throw invalid(code, `${where} must have ${length} elements, it has ${value.length}`);
  }
  // Own keys of an array without holes: one for each element, and "length".
  if (Reflect.ownKeys(value).length !== value.length + 1) {
    throw invalid(code, `${where} must be an array without holes or further properties`);
  }
  return value;
}

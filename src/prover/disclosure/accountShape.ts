import { readInstances } from "../../keys/instances.js";
import { hasRole } from "../../protocol/circuits.js";
import type { AccountShape } from "../../protocol/shapes.js";

const known = new Map<string, AccountShape>();

/** The account shape of an id that a batch was laid out for. */
export function accountShape(id: string): AccountShape {
  const found = known.get(id);
  if (found !== undefined) return found;
  const shape = readInstances().instances.find((instance) => instance.id === id);
  if (shape === undefined || !hasRole(shape, "accountStep"))
    throw new Error(`shape ${id} is not in circuits/instances.json`);
  known.set(id, shape);
  return shape;
}

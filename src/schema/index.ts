/** Schemas as `import * as z`: what a bundle does not use of it, it does not carry. */
export type { Issue } from "./issue.js";
export {
  array,
  boolean,
  discriminatedUnion,
  enum,
  literal,
  number,
  type ObjectSchema,
  record,
  strictObject,
  string,
  union,
  unknown,
} from "./kinds.js";
export type {
  AnySchema,
  Input as input,
  Output as infer,
  Output as output,
  Schema,
  Shape,
} from "./schema.js";

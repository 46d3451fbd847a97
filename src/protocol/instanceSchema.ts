import { z } from "zod";
import { circuitOf, type Instance, TEMPLATES } from "./circuits.js";

/**
 * The schema of an instance in a file, with further fields: every parameter of its template and no other, within
 * the limits of the registry (circuits.ts).
 */
export function instanceSchema<Extra extends z.ZodRawShape>(
  extra: Extra,
): z.ZodType<Instance & z.infer<z.ZodObject<Extra>>> {
  const options = TEMPLATES.map((template) => {
    const limits = Object.entries(circuitOf(template).parameters);
    return z.strictObject({
      id: z.string().min(1).max(128),
      template: z.literal(template),
      ...Object.fromEntries(
        limits.map(([name, { min, max, usual }]) => {
          const value = z.number().int().min(min).max(max);
          return [name, usual === undefined ? value : value.optional()];
        }),
      ),
      ...extra,
    });
  });
  const [first, ...others] = options;
  return z.discriminatedUnion("template", [first!, ...others]) as unknown as z.ZodType<
    Instance & z.infer<z.ZodObject<Extra>>
  >;
}

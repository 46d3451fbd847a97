import { MarginproofError } from "../../errors.js";

/**
 * Vega, which only pictures need and most installations do without: an optional peer of this package.
 *
 * @throws MarginproofError PLOT_WITHOUT_VEGA
 */
export async function loadVega(): Promise<typeof import("vega")> {
  try {
    return await import("vega");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new MarginproofError("PLOT_WITHOUT_VEGA", "--plot draws with vega, which is not installed", {
      kind: "usage",
      hint: "Install it beside marginproof: npm install vega@6. Everything else works without it.",
      cause: error,
    });
  }
}

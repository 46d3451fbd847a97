import { expect } from "vitest";
import { MarginproofError } from "../../../src/errors.js";

/** Expects a MarginproofError of this code that ends with exit code 1. */
export function expectInvalid(run: () => unknown, code: string): void {
  let caught: unknown;
  try {
    run();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(MarginproofError);
  expect(caught).toMatchObject({ code, exitCode: 1 });
}

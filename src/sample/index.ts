/** A realistic invented exchange for demonstrations, tests and measurements. */
export type { SampleFacts } from "./funding.js";
export { generateSample, type Sample, type SampleOptions, type SampleRow } from "./generateSample.js";
export { writeSample } from "./writeSample.js";

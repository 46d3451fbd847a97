import * as z from "../schema/index.js";

/** 32 bytes as files write them: `0x` and 64 lower-case hex digits. */
export const hex32 = z.string().regex(/^0x[0-9a-f]{64}$/, "must be 0x and 64 lower-case hex digits");

import { IndexFault } from "./holderIndex.js";

/** Does work by an epoch's index; where that is missing or damaged, it is made anew once, and the work done again. */
export async function withIndex<T>(
  work: () => Promise<T>,
  rebuild: (fault: IndexFault) => Promise<void>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof IndexFault)) throw error;
    await rebuild(error);
  }
  return work();
}

import { expect, it } from "vitest";
import { inThread } from "../../src/service/jobs/inThread.js";

const threadOf = (source: string): URL => new URL(`data:text/javascript,${encodeURIComponent(source)}`);
const answering = (answer: string): URL =>
  threadOf(
    `import { parentPort } from "node:worker_threads"; parentPort.postMessage(${answer}); process.exit(0);`,
  );

it("takes the answer of a thread that ends at once after it", async () => {
  expect(await inThread(answering("{ found: 7 }"), {})).toBe(7);
  await expect(inThread(answering("{ code: 'SERVICE_SEALED', message: 'm' }"), {})).rejects.toMatchObject({
    code: "SERVICE_SEALED",
  });
});

it.each([
  [
    "ends without an answer",
    "process.exit(3)",
    { code: "UNEXPECTED", message: "a thread ended with 3 and no answer" },
  ],
  ["has nothing to do", "", { code: "UNEXPECTED" }],
  ["fails", "throw new RangeError('broken')", { name: "RangeError", message: "broken" }],
])("waits for no thread that %s", async (_, source, error) => {
  await expect(inThread(threadOf(source), {})).rejects.toMatchObject(error);
});

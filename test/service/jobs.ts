import { createWasmBackend } from "../../src/prover/wasm/wasmBackend.js";
import { KeyShelf, type WorkerContext } from "../../src/service/jobs/workerContext.js";
import { jsonLog } from "../../src/service/log.js";
import type { Service } from "../../src/service/open.js";
import { takeScratch } from "../../src/service/scratch.js";
import { TEST_KEYS } from "../support/circuit.js";
import { fresh } from "./support.js";

/** For a test that does a service's work itself, job by job. */
export async function jobContext(own: Service): Promise<WorkerContext> {
  return {
    ...{ database: own.database, secrets: own.secrets, inputs: own.inputs, queue: own.queue },
    ...{ keysDir: TEST_KEYS, backend: createWasmBackend({ workers: 2 }) },
    scratch: await takeScratch(fresh()),
    log: jsonLog(() => {}),
    name: "test",
    stopping: new AbortController().signal,
    keys: new KeyShelf(TEST_KEYS),
    delay: 0,
    workers: 2,
  };
}

export async function endContext({ scratch, backend }: WorkerContext): Promise<void> {
  scratch.close();
  await backend.close();
}

/** A context whose database does something before the first statement that fits. */
export function before(context: WorkerContext, pattern: RegExp, act: () => Promise<void>): WorkerContext {
  let acted = false;
  const own = context.database;
  const database: WorkerContext["database"] = Object.create(own, {
    query: {
      value: async (text: string, values: []) => {
        if (!acted && pattern.test(text)) {
          acted = true;
          await act();
        }
        return own.query(text, values);
      },
    },
    transaction: { value: own.transaction.bind(own) },
  });
  return { ...context, database };
}

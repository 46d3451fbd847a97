import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resumeEpoch } from "../../src/service/operations.js";
import { Postgres } from "../support/postgres.js";
import type { ServiceProcess } from "./process.js";
import { Relay } from "./relay.js";
import { bringIn, cleanUp, reached } from "./support.js";
import { inWorld, STAGES, type World } from "./world.js";

/** One Postgres, a database of its own a test: they wait for leases at the same time. */
let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(async () => {
  await postgres.stop();
  cleanUp();
});

/** Stops a worker in the middle of a proof: the last that it asked of the database is the step's input. @returns the step */
async function stopInAProof(slow: ServiceProcess, { database }: World["own"]): Promise<number> {
  const inProof = async (): Promise<number | undefined> => {
    const [job] = await database.query<{ step: number }>(
      `select step from marginproof_queue.job join marginproof.step on step = (data ->> 'step')::int and epoch = data ->> 'epoch'
       where name = 'step' and job.state = 'active' and proved is null and exists (select 1 from pg_stat_activity
         where datname = current_database() and state = 'idle' and query like 'select shape, key, signals, input,%')`,
    );
    return job?.step;
  };
  for (;;) {
    if ((await inProof()) !== undefined) {
      slow.pause();
      const step = await inProof();
      if (step !== undefined) return step;
      slow.goOn();
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.concurrent("a worker", () => {
  it("that is killed in any stage of an epoch leaves its work to the next", () =>
    inWorld(postgres, async (world) => {
      let gate = await world.gate(STAGES[0]);
      const id = await bringIn(world.own, "killed");
      let worker = world.work();
      for (const next of [...STAGES.slice(1), undefined]) {
        await gate.reached();
        expect(await worker.end("SIGKILL")).toBe("SIGKILL");
        await gate.remove();
        if (next !== undefined) gate = await world.gate(next);
        worker = world.work();
      }
      await world.whole(id);
      expect(await worker.end("SIGTERM"), worker.text).toBe(0);
    }));

  it("that stands still past its lease in a proof, and then answers, is not counted", () =>
    inWorld(postgres, async (world) => {
      const id = await bringIn(world.own, "late");
      const slow = world.work();
      const step = await stopInAProof(slow, world.own);
      const next = world.work();
      await world.whole(id);
      expect(await next.line((line) => line.step === step && line.counted === true)).toBeDefined();
      slow.goOn();
      const answer = await slow.line((line) => line.event === "step proved" && line.step === step);
      expect(answer).toMatchObject({ epoch: id, counted: false });
      await world.whole(id);
      for (const worker of [slow, next]) expect(await worker.end("SIGTERM"), worker.text).toBe(0);
    }));

  it("that stands still in the middle of keeping a proof holds nobody up, and changes nothing when it goes on", () =>
    inWorld(postgres, async (world) => {
      const gate = await world.gate("update of proved on marginproof.step");
      const id = await bringIn(world.own, "slow");
      const slow = world.work();
      await gate.reached();
      slow.pause();
      await gate.open();
      const next = world.work();
      await world.whole(id);
      slow.goOn();
      await slow.line(({ event }) => event === "work failed");
      await world.whole(id);
      // It is as good as any other afterwards.
      expect(await next.end("SIGTERM"), next.text).toBe(0);
      await world.whole(await bringIn(world.own, "slow-2"));
      expect(await slow.end("SIGTERM"), slow.text).toBe(0);
    }));

  it("that the network is cut off from in the middle of keeping a proof holds nobody up, and comes back", () =>
    inWorld(postgres, async (world) => {
      const relay = await Relay.start(postgres.socket);
      try {
        const gate = await world.gate("update of proved on marginproof.step");
        const id = await bringIn(world.own, "cut");
        const away = world.work(relay.urlOf(world.database));
        await gate.reached();
        relay.cut();
        await gate.open();
        const near = world.work();
        await world.whole(id);
        expect(await near.end("SIGTERM"), near.text).toBe(0);
        relay.mend();
        await world.whole(await bringIn(world.own, "cut-2"));
        expect(await away.end("SIGTERM"), away.text).toBe(0);
      } finally {
        await world.end();
        await relay.close();
      }
    }));

  it("whose step fails at every try sets it aside by its number, and the epoch goes on when the cause is gone", () =>
    inWorld(postgres, async (world) => {
      await world.own.queue.updateQueue("step", { retryLimit: 4 });
      const gate = await world.gate("update of proved on marginproof.step");
      const id = await bringIn(world.own, "poisoned");
      const worker = world.work();
      await gate.reached();
      await reached(world.own.database, id, "proving");
      const { database } = world.own;
      const [spoilt] = await database.query<{ step: number }>(
        `update marginproof.step set input = '\\x01' where epoch = $1
           and step = (select max(step) from marginproof.step where epoch = $1) returning step`,
        [id],
      );
      await gate.open();
      expect((await reached(database, id, "held", "proved")).state).toBe("held");
      const aside = await database.query(
        "select step, problem_code from marginproof.step where epoch = $1 and set_aside",
        [id],
      );
      expect(aside).toEqual([{ step: spoilt!.step, problem_code: "SERVICE_SEALED" }]);
      await resumeEpoch(world.own, id);
      await world.whole(id);
      expect(await worker.end("SIGTERM"), worker.text).toBe(0);
    }));
});

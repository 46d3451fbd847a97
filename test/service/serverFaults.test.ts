import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Service } from "../../src/service/open.js";
import { readEpoch } from "../../src/service/store/epochs.js";
import { Postgres } from "../support/postgres.js";
import { Client, Credentials } from "./client.js";
import { ServiceProcess } from "./process.js";
import { cleanUp, fresh, service, stepsOf, verdictOn } from "./support.js";
import { inWorld, STAGES, shortenLeases } from "./world.js";

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(async () => {
  await postgres.stop();
  cleanUp();
});

const credentials = new Credentials();
const flags = [...credentials.flags, "--workers", "1"];
const clientOf = async (server: ServiceProcess) => new Client(await server.url(), credentials);
const idOf = async (created: Response): Promise<string> => ((await created.json()) as { id: string }).id;

describe.concurrent("a server", () => {
  it("that is killed in every stage of an epoch loses nothing that it said it has", () =>
    inWorld(postgres, async (world) => {
      const data = fresh();
      let gate = await world.gate("insert on marginproof.upload");
      let server = world.serve(flags, data);
      const client = await clientOf(server);
      const id = await idOf(await client.create("server"));
      const sent = client.upload(id).then(
        ({ status }) => status,
        () => "broken off",
      );
      await gate.reached();
      await server.end("SIGKILL");
      expect(await sent).toBe("broken off");
      await gate.remove();
      expect((await readEpoch(world.own.database, id)).state).toBe("receiving");

      server = world.serve(flags, data);
      gate = await world.gate(STAGES[0]);
      expect((await (await clientOf(server)).upload(id)).status).toBe(202);
      for (const next of [...STAGES.slice(1), undefined]) {
        await gate.reached();
        expect(await server.end("SIGKILL")).toBe("SIGKILL");
        await gate.remove();
        if (next !== undefined) gate = await world.gate(next);
        server = world.serve(flags, data);
      }
      await world.whole(id);
      expect((await (await clientOf(server)).publish(id)).status).toBe(200);
      expect(await server.end("SIGTERM"), server.text).toBe(0);
    }));

  it("beside another on one database makes one epoch of one name, and both hand out the same bundle", () =>
    inWorld(postgres, async (world) => {
      const [one, two] = [world.serve(flags), world.serve(flags)];
      const both = [await clientOf(one), await clientOf(two)] as const;
      const made = await Promise.all([0, 1, 0, 1, 0, 1].map((at) => both[at]!.create("both")));
      expect(made.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
      const id = await idOf(made.find(({ status }) => status === 201)!);
      const sent = await Promise.all(both.map((each) => each.upload(id)));
      expect(sent.map(({ status }) => status).sort()).toEqual([202, 409]);
      await world.whole(id);
      const told = await Promise.all(both.map((each) => each.publish(id)));
      expect(told.map(({ status }) => status).sort()).toEqual([200, 409]);
      const [here, there] = await Promise.all(both.map((each) => each.handedOut(id, "walter")));
      expect(Object.keys(here!).length).toBeGreaterThan(4);
      expect(there).toEqual(here);
      for (const server of [one, two]) expect(await server.end("SIGTERM"), server.text).toBe(0);
    }));

  it("with an embedded database that is killed when it has accounts, amid proofs and after the last loses nothing", async () => {
    const data = fresh();
    const lookInside = async (look: (own: Service) => Promise<void>): Promise<void> => {
      const { own } = await service({ data }, 0);
      await look(own).finally(() => own.close());
    };
    await lookInside(shortenLeases);
    const serve = () => new ServiceProcess("serve", ["--port", "0", "--data", data, ...flags]);
    let server = serve();
    try {
      const id = await idOf(await (await clientOf(server)).create("embedded"));
      expect((await (await clientOf(server)).upload(id)).status).toBe(202);
      await server.end("SIGKILL");

      server = serve();
      await server.line(({ event }) => event === "step proved");
      await server.end("SIGKILL");

      server = serve();
      await (await clientOf(server)).followed(id, ({ proved, steps }) => proved === steps);
      await server.end("SIGKILL");

      server = serve();
      const client = await clientOf(server);
      const { steps, digest } = await client.followed(id, ({ state }) => state === "proved");
      expect((await client.publish(id)).status).toBe(200);
      expect(Object.keys(await client.handedOut(id, "zora")).length).toBeGreaterThan(4);
      expect(await server.end("SIGTERM"), server.text).toBe(0);
      await lookInside(async ({ database }) => {
        expect(await stepsOf(database, id)).toEqual({ steps, proofs: steps });
        expect(await verdictOn(database, id)).toMatchObject({ proved: true, statementDigest: digest });
      });
    } finally {
      await server.end("SIGKILL");
    }
  });
});

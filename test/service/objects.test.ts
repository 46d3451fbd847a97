import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commitWork } from "../../src/service/jobs/commitWork.js";
import { finishWork } from "../../src/service/jobs/finishWork.js";
import { stepWork } from "../../src/service/jobs/stepWork.js";
import { cancelEpoch, resumeEpoch } from "../../src/service/operations.js";
import { readEpoch } from "../../src/service/store/epochs.js";
import { ObjectStore, parseObjectPlace } from "../../src/service/store/objectStore.js";
import { Sealer } from "../../src/service/store/seal.js";
import { bytes } from "../../src/service/store/sql.js";
import { StepInputs } from "../../src/service/store/stepInputs.js";
import { OBJECTS_FOUND, ObjectServer } from "../support/objectServer.js";
import { Postgres } from "../support/postgres.js";
import { endContext, jobContext } from "./jobs.js";
import { bringIn, cleanUp, fresh, PRIVATE, reached, service } from "./support.js";
import { inWorld } from "./world.js";

const FORMAT = { format: "marginproof/object-store/1" };
const until = async (true_: () => boolean): Promise<void> => {
  while (!true_()) await new Promise((resolve) => setTimeout(resolve, 100));
};

describe("the file of an object store", () => {
  const place = { endpoint: "https://s3.example", region: "eu-1", bucket: "steps" };
  const text = (own: object): string => JSON.stringify({ ...FORMAT, ...place, ...own });

  it("has its keys, or the environment has them", () => {
    const keys = { accessKeyId: "a", secretAccessKey: "b" };
    expect(parseObjectPlace(text(keys), "x", {})).toEqual({ ...place, ...keys });
    const environment = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
    expect(parseObjectPlace(text({}), "x", environment)).toEqual({ ...place, ...keys });
  });

  it.each<[string, object]>([
    ["no keys at all", {}],
    ["half of them", { accessKeyId: "a" }],
    ["a bucket in its endpoint", { endpoint: "https://s3.example/steps" }],
    ["a password in its endpoint", { endpoint: "https://a:b@s3.example" }],
    ["a bucket that is a path", { bucket: "../steps" }],
    ["a field that is none", { buckett: "steps" }],
  ])("with %s is refused", (_, own) => {
    const keys = Object.keys(own).some((name) => /[kK]ey/.test(name)) || Object.keys(own).length === 0;
    const whole = text({ ...(keys ? {} : { accessKeyId: "a", secretAccessKey: "b" }), ...own });
    expect(() => parseObjectPlace(whole, "x", {})).toThrow(
      expect.objectContaining({ code: "SERVICE_OBJECTS" }),
    );
  });
});

it("a store that does not answer is named", async () => {
  const keys = { accessKeyId: "a", secretAccessKey: "b" };
  const store = new ObjectStore({ endpoint: "http://127.0.0.1:1", region: "x", bucket: "steps", ...keys });
  await expect(store.reach()).rejects.toMatchObject({ code: "SERVICE_OBJECTS" });
});

describe("a hostile store", () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.closeAllConnections();
    for (const server of servers) server.close();
  });
  async function storeOf(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    const server = createServer((request, response) => {
      request.resume();
      answer(request, response);
    }).listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    const endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    const keys = { accessKeyId: "a", secretAccessKey: "b" };
    return { endpoint, store: new ObjectStore({ endpoint, region: "x", bucket: "steps", ...keys }) };
  }

  it("has this process ask nobody else", async () => {
    const reached: string[] = [];
    const inner = await storeOf(({ method }, response) => {
      reached.push(method!);
      response.end();
    });
    const { store } = await storeOf((_, response) => {
      response.writeHead(307, { location: `${inner.endpoint}/inner` }).end();
    });
    const asked = [() => store.put("k", Buffer.from("x")), () => store.get("k"), () => store.remove("k")];
    for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: "SERVICE_OBJECTS" });
    expect(reached).toEqual([]);
  });

  it("that answers without end is heard no longer than an object may be", async () => {
    const piece = Buffer.alloc(1 << 20);
    const { store } = await storeOf((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(piece));
      };
      response.on("drain", more).on("error", () => {});
      more();
    });
    await expect(store.get("k")).rejects.toMatchObject({ code: "SERVICE_OBJECTS" });
  });

  it("that breaks off amid an object is named", async () => {
    const { store } = await storeOf((_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("half", () => response.destroy());
    });
    await expect(store.get("k")).rejects.toMatchObject({ code: "SERVICE_OBJECTS" });
  });
});

const MISSING =
  "no versitygw: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0, or set VERSITYGW";
if (!OBJECTS_FOUND) console.warn(`tests with an object store SKIPPED, ${MISSING}`);

describe.skipIf(!OBJECTS_FOUND)(OBJECTS_FOUND ? "step inputs in an object store" : MISSING, () => {
  let server: ObjectServer;
  let postgres: Postgres;
  beforeAll(async () => {
    server = await ObjectServer.start();
    postgres = await Postgres.start();
  });
  afterAll(async () => {
    await server?.stop();
    await postgres?.stop();
    cleanUp();
  });

  it("come back as they were, and nobody takes one for another or for what was lost", async () => {
    const inputs = new StepInputs(new Sealer(new Uint8Array(32).fill(1)), new ObjectStore(server.place));
    const [one, other] = [{ x: ["walter", "48123"] }, { x: ["xenia"] }];
    const kept = await inputs.put("epoch", 1, one);
    await inputs.put("epoch", 2, other);
    expect(await inputs.read("epoch", 1, kept)).toEqual(one);
    for (const object of server.objects().values()) expect(object.includes("walter")).toBe(false);
    await new ObjectStore(server.place).put("step/epoch/1", server.objects().get("step/epoch/2")!);
    await expect(inputs.read("epoch", 1, kept)).rejects.toMatchObject({ code: "SERVICE_SEALED" });
    await inputs.forget("epoch", [1, 2, 3]);
    expect(server.keys().length).toBe(0);
    await expect(inputs.read("epoch", 1, kept)).rejects.toMatchObject({ code: "SERVICE_OBJECTS" });
    const without = new StepInputs(new Sealer(new Uint8Array(32).fill(1)));
    await expect(without.read("epoch", 1, kept)).rejects.toMatchObject({ code: "SERVICE_OBJECTS" });
  });

  it.each<[string, object]>([
    ["a wrong secret", { secretAccessKey: "theirs" }],
    ["a bucket that is not there", { bucket: "elsewhere" }],
  ])("with %s are refused before anything is queued", async (_, own) => {
    const objects = { ...server.place, ...own };
    await expect(service({ objects }, 0)).rejects.toMatchObject({ code: "SERVICE_OBJECTS" });
  });

  it("are there alone from commit to proof, for every worker, and gone when all is proved", () =>
    inWorld(postgres, async (world) => {
      const { accessKeyId, secretAccessKey, ...place } = server.place;
      const file = fresh(".json");
      writeFileSync(file, JSON.stringify({ ...FORMAT, ...place }));
      const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
      const gate = await world.gate("update of proved on marginproof.step");
      const id = await bringIn(world.own, "objects");
      world.work(world.url, fresh(), ["--objects", file], keys);
      await gate.reached();
      await reached(world.own.database, id, "proving", "finishing");
      const rows = await world.own.database.query<{ step: number; input: unknown }>(
        "select step, input from marginproof.step where epoch = $1 order by step",
        [id],
      );
      expect(rows.length).toBeGreaterThan(1);
      expect(new Set(rows.map(({ input }) => bytes(input).toString("hex")))).toEqual(new Set(["00"]));
      const held = server.objects();
      expect([...held.keys()].sort()).toEqual(rows.map(({ step }) => `step/${id}/${step}`).sort());
      for (const object of held.values()) {
        for (const word of PRIVATE) expect(object.includes(word), word).toBe(false);
      }
      await gate.open();
      world.work(world.url, fresh(), ["--objects", file], keys);
      await world.whole(id);
      await until(() => server.keys().length === 0);
      expect(world.text()).not.toContain(secretAccessKey);
    }));

  it("go one by one as proofs are kept, and what a killed process left goes at the end", async () => {
    const { own } = await service({ objects: server.place }, 0);
    const context = await jobContext(own);
    try {
      const id = await bringIn(own, "one-by-one");
      // Two at a time, as after a lease that ran out.
      await Promise.all([1, 2].map(() => commitWork(context, id, context.stopping)));
      const keys = server.keys().sort();
      const steps = keys.map((key) => Number(key.split("/").at(-1)));
      expect(steps.length).toBeGreaterThan(1);
      const [first] = server.objects().entries();
      for (const [n, step] of steps.entries()) {
        await stepWork(context, id, step);
        expect(server.keys().sort()).toEqual(keys.slice(n + 1));
      }
      await new ObjectStore(server.place).put(...first!);
      expect(server.keys()).toHaveLength(1);
      await finishWork(context, id);
      expect((await readEpoch(own.database, id)).state).toBe("proved");
      expect(server.keys()).toEqual([]);
    } finally {
      await endContext(context);
      await own.close();
    }
  });

  it("of an epoch are there again when they were lost and it is resumed", async () => {
    const { own } = await service({ objects: server.place }, 0);
    const context = await jobContext(own);
    try {
      const id = await bringIn(own, "lost");
      await commitWork(context, id, context.stopping);
      const [key] = server.keys();
      const step = Number(key!.split("/").at(-1));
      await new ObjectStore(server.place).remove(key!);
      await expect(stepWork(context, id, step)).rejects.toMatchObject({ code: "SERVICE_OBJECTS" });
      // As the queue does it after the last try.
      await own.database.query(
        "update marginproof.step set set_aside = true where epoch = $1 and step = $2",
        [id, step],
      );
      await own.database.query("update marginproof.epoch set state = 'held' where id = $1", [id]);
      await resumeEpoch(own, id);
      await commitWork(context, id, context.stopping);
      expect(server.keys()).toContain(key);
      await stepWork(context, id, step);
      expect(server.keys()).not.toContain(key);
      await cancelEpoch(own, id);
      expect(server.keys()).toEqual([]);
    } finally {
      await endContext(context);
      await own.close();
    }
  });

  it("of a cancelled epoch are gone", async () => {
    const { own } = await service({ objects: server.place }, 1);
    try {
      const id = await bringIn(own, "cancelled");
      await reached(own.database, id, "proving");
      await cancelEpoch(own, id);
      await until(() => server.keys().length === 0);
    } finally {
      await own.close();
    }
    expect(server.keys().length).toBe(0);
  });
});

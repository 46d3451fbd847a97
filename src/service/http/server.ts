import type { KeyObject } from "node:crypto";
import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifySchema,
  LogController,
} from "fastify";
import { MarginproofError } from "../../errors.js";
import { Continuous } from "../live/continuous.js";
import { LiveDesk } from "../live/desk.js";
import { Poll } from "../live/poll.js";
import type { Service } from "../open.js";
import type { Sources } from "../sources.js";
import { docsPage } from "./docsPage.js";
import { Guards } from "./guards.js";
import { problemOf, problemSchema } from "./problem.js";
import { bundleRoutes } from "./routes/bundles.js";
import { callRoutes } from "./routes/calls.js";
import { continuousRoute } from "./routes/continuous.js";
import { epochRoutes } from "./routes/epochs.js";
import { healthRoutes } from "./routes/health.js";
import { holderRoutes } from "./routes/holders.js";
import { liveRoutes } from "./routes/live.js";
import { liveEventRoutes } from "./routes/liveEvents.js";
import { statusRoutes } from "./routes/status.js";
import { statusPage } from "./routes/statusPage.js";
import type { TokenList } from "./tokens.js";

export interface HttpOptions {
  readonly tokens: TokenList;
  /** Public key of who issues holders' tokens; without, no holder's file is handed out. */
  readonly holderKey?: KeyObject | undefined;
  /** Longest accounts file, bytes. */
  readonly maxUpload: number;
  /** Databases that accounts are read from, by name. */
  readonly sources?: Sources;
  /** Requests a minute from one address. */
  readonly ratePerMinute: number;
  /** Profile under which the live book is proved again and again; without, it is not. */
  readonly continuous?: string | undefined;
  readonly version: string;
}

/** The API of an open service, not listening yet. */
export async function httpServer(service: Service, options: HttpOptions): Promise<FastifyInstance> {
  let stopping = false;
  const app = Fastify({
    genReqId: () => randomUUID(),
    bodyLimit: 1 << 20,
    // An upload may take long, a head or an idle connection may not.
    requestTimeout: 0,
    connectionTimeout: 120_000,
    keepAliveTimeout: 65_000,
    forceCloseConnections: "idle",
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
    loggerInstance: requestLog(service),
    logController: new LogController({ disableRequestLogging: true }),
  } as Parameters<typeof Fastify>[0]) as unknown as FastifyInstance;
  app.addHook("preClose", async () => {
    stopping = true;
  });
  answerErrors(app, service);
  app.addSchema(problemSchema);
  await app.register(swagger, {
    openapi: description(options.version),
    transform: ({ schema, url, route }) => ({ schema: named(schema, url, String(route.method)), url }),
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `def-${i}`) },
  });
  await limitRate(app, options.ratePerMinute);
  const guards = new Guards(options.tokens, options.holderKey);
  const desk = new LiveDesk(({ id }) => service.log.warn("live book lost", { book: id }));
  const continuous =
    options.continuous === undefined ? undefined : new Continuous(service, desk, options.continuous);
  app.addHook("preClose", async () => continuous?.end());
  const poll = new Poll(service, desk, options.sources ?? new Map(), options.maxUpload);
  app.addHook("preClose", () => poll.end());
  dropUnused(app);
  await app.register(async (routes) => {
    healthRoutes(routes, service, guards, { poll, stopping: () => stopping });
    epochRoutes(routes, service, guards, options);
    bundleRoutes(routes, service);
    holderRoutes(routes, service, guards);
    liveRoutes(routes, service, guards, { desk, poll, maxUpload: options.maxUpload });
    liveEventRoutes(routes, service, guards, desk);
    callRoutes(routes, service, guards, desk);
    if (continuous !== undefined) continuousRoute(routes, service, guards, continuous);
    statusRoutes(routes, service, guards);
    statusPage(routes);
    routes.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
    routes.get("/", { schema: { hide: true } }, async (_request, reply) =>
      reply
        .headers({
          "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
          "x-content-type-options": "nosniff",
        })
        .type("text/html; charset=utf-8")
        .send(docsPage(app.swagger() as Parameters<typeof docsPage>[0])),
    );
  });
  await app.ready();
  return app;
}

/** Ends connections on which nothing was asked yet when the server stops: they would hold it up for a minute. */
function dropUnused(app: FastifyInstance): void {
  const unused = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  app.server.on("request", ({ socket }) => unused.delete(socket));
  app.addHook("preClose", async () => {
    for (const socket of unused) socket.destroy();
  });
}

/** Counts every request before anything else looks at it: those with a token that is none, and to no path, too. */
async function limitRate(app: FastifyInstance, max: number): Promise<void> {
  await app.register(rateLimit, { global: false, max, timeWindow: 60_000 });
  const limit = app.rateLimit();
  app.addHook("onRequest", async function (this: FastifyInstance, request, reply) {
    if (request.routeOptions.config.rateLimit !== false) await limit.call(this, request, reply);
  });
}

/** Of a request: its id, route and outcome. Its path could name somebody, so the route's pattern stands for it. */
function answerErrors(app: FastifyInstance, { log }: Service): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.headers({ "x-request-id": request.id, "x-content-type-options": "nosniff" });
  });
  app.addHook("onResponse", async (request, reply) => {
    const { id, method, routeOptions } = request;
    log.info("request", {
      id,
      method,
      route: routeOptions.url ?? "none",
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime),
    });
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request.id);
    log.warn("refused", { id: request.id, code: problem.code, status: problem.status });
    return reply.code(problem.status).type("application/problem+json").send(JSON.stringify(problem));
  });
  app.setNotFoundHandler((request, reply) => {
    const problem = problemOf(
      new MarginproofError("SERVICE_NOT_FOUND", "there is nothing at this path", {
        kind: "usage",
        hint: "GET / lists what there is.",
      }),
      request.id,
    );
    return reply.code(404).type("application/problem+json").send(JSON.stringify(problem));
  });
}

/** Fastify's own words go nowhere, for they may quote a request; what routes tell of themselves is kept. */
function requestLog({ log }: Service): FastifyBaseLogger {
  const told = (fields: unknown): void => {
    const { event, epoch, who } = fields as { event?: unknown; epoch?: unknown; who?: unknown };
    if (typeof event !== "string") return;
    log.info(event, {
      epoch: epoch === undefined ? undefined : String(epoch),
      who: who === undefined ? undefined : String(who),
    });
  };
  const quiet = (): void => {};
  const logger = {
    level: "info",
    info: told,
    warn: quiet,
    error: quiet,
    debug: quiet,
    trace: quiet,
    fatal: quiet,
    silent: quiet,
  };
  return { ...logger, child: () => requestLog({ log } as Service) } as unknown as FastifyBaseLogger;
}

/** A route as programs that are made of the document know it: by a name of its own, and by whether it takes a token. */
const named = (schema: FastifySchema | undefined, url: string, method: string): FastifySchema => ({
  operationId: [method.toLowerCase(), ...url.split(/[^A-Za-z0-9]+/).filter((part) => part !== "")].join("_"),
  security: [],
  ...schema,
  // A body that is read as it comes has no schema of its own: nothing looks at it whole.
  ...(schema?.consumes === undefined ? {} : { body: { type: "string", format: "binary" } }),
});

const description = (version: string) => ({
  openapi: "3.1.0",
  info: {
    title: "marginproof",
    version,
    description:
      "Proves epochs of an exchange's book, publishes their bundles, and hands each holder their own file.",
    license: { name: "GPL-3.0-or-later", identifier: "GPL-3.0-or-later" },
  },
  servers: [{ url: "/" }],
  components: {
    securitySchemes: {
      role: { type: "http" as const, scheme: "bearer", description: "A token of marginproof token." },
      holder: {
        type: "http" as const,
        scheme: "bearer",
        bearerFormat: "JWT",
        description: "EdDSA; sub: account, aud: exchange; at most 15 minutes.",
      },
    },
  },
});

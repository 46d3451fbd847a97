import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { PACKAGE_ROOT } from "../../../files/packageRoot.js";

const own = (...path: string[]): string => join(PACKAGE_ROOT, ...path);
const chart = (name: string): string => createRequire(import.meta.url).resolve(`uplot/dist/${name}`);

const SCRIPT = "text/javascript; charset=utf-8";
const STYLE = "text/css; charset=utf-8";

/** All that the page consists of, by the path it asks for. */
const FILES: Readonly<Record<string, readonly [path: () => string, type: string]>> = {
  "/status": [() => own("src", "board", "index.html"), "text/html; charset=utf-8"],
  "/status/style.css": [() => own("src", "board", "style.css"), STYLE],
  "/status/uplot.css": [() => chart("uPlot.min.css"), STYLE],
  "/status/uplot.js": [() => chart("uPlot.iife.min.js"), SCRIPT],
  ...Object.fromEntries(
    ["page", "charts", "dom", "figures"].map((name) => [
      `/status/${name}.js`,
      [() => own("build", "dist", "board", `${name}.js`), SCRIPT],
    ]),
  ),
};

/** Its own scripts and styles, its own server, and nothing else: no text becomes a script, and no other site frames it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src data:",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

/** The status page. Nothing private is in it: what it shows with a token it asks for with that token. */
export function statusPage(app: FastifyInstance): void {
  for (const [url, [path, type]] of Object.entries(FILES)) {
    app.get(url, { schema: { hide: true } }, async (request, reply) => {
      const bytes = await readFile(path());
      const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
      reply.headers({
        "content-security-policy": POLICY,
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-cache",
        etag,
      });
      if (request.headers["if-none-match"] === etag) return reply.code(304).send();
      return reply.type(type).send(bytes);
    });
  }
}

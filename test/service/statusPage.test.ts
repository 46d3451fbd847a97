import { mkdirSync, writeFileSync } from "node:fs";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { CHROMIUM, CHROMIUM_ARGS, CHROMIUM_FOUND } from "../web/support.js";
import { Client, Credentials } from "./client.js";
import { ServiceProcess } from "./process.js";
import { cleanUp, fresh, PRIVATE } from "./support.js";

const credentials = new Credentials();
const { operator, auditor } = credentials.tokens;
let server: ServiceProcess;
let client: Client;
let origin: string;

async function json<T>(path: string, by?: string): Promise<T> {
  const answer = await client.send("GET", path, by);
  expect(answer.status, path).toBe(200);
  return (await answer.json()) as T;
}

async function published(epoch: string, time: string): Promise<string> {
  const body = { market: JSON.stringify({ ...TINY_MARKET, epoch, time }), profile: "test" };
  const begun = await client.send("POST", "/v1/epochs", operator, JSON.stringify(body));
  const { id } = (await begun.json()) as { id: string };
  expect((await client.upload(id)).status).toBe(202);
  for (;;) {
    const { state } = await json<{ state: string }>(`/v1/epochs/${id}`, auditor);
    if (state === "proved") break;
    expect(state).not.toMatch(/failed|held/);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect((await client.publish(id)).status).toBe(200);
  return id;
}

beforeAll(async () => {
  const flags = ["--data", fresh(), "--port", "0", "--workers", "2", "--rate", "100000"];
  server = new ServiceProcess("serve", [...flags, ...credentials.flags]);
  origin = await server.url();
  client = new Client(origin, credentials);
  await published("second", "2026-11-23T09:00:00Z");
  await published("first", "2026-11-23T08:00:00Z");
  // A third that waits for its accounts.
  expect((await client.create("third")).status).toBe(201);
});
afterAll(async () => {
  await server.end("SIGKILL");
  cleanUp();
});

describe("figures of the service", () => {
  it("are of published epochs alone for anybody, and what the verifier says of them", async () => {
    const { epochs } = await json<{ epochs: Record<string, unknown>[] }>("/v1/figures");
    // By the moments that they are of.
    expect(epochs.map(({ epoch }) => epoch)).toEqual(["first", "second"]);
    for (const { id, bands, coverage, digest } of epochs) {
      const verdict = await json<{ statementDigest: string; assets: { asset: string; needed: string }[] }>(
        `/v1/epochs/${id}/verdict`,
      );
      expect(digest).toBe(verdict.statementDigest);
      // Four holders with a pocket each, and none of them near its end.
      expect(Object.values(bands as Record<string, number>).reduce((sum, count) => sum + count, 0)).toBe(4);
      const own = coverage as { asset: string; needed: string; reserve: string; ratio: string }[];
      expect(own.map(({ asset, needed }) => [asset, needed])).toEqual(
        verdict.assets.map(({ asset, needed }) => [asset, needed]),
      );
      for (const { needed, reserve, ratio } of own) {
        // Rounded down: never more than there is.
        expect(Number(ratio)).toBeLessThanOrEqual(Number(reserve) / Number(needed) + 1e-9);
        expect(Number(ratio)).toBeGreaterThan(Number(reserve) / Number(needed) - 1e-4);
      }
    }
  });

  it("of work in hand are for the exchange's own people", async () => {
    for (const by of [undefined, "x", credentials.holder("walter")]) {
      expect((await client.send("GET", "/v1/status", by)).status).toBe(401);
    }
    const { epochs, workers } = await json<{ epochs: object[]; workers: { proved: number }[] }>(
      "/v1/status",
      auditor,
    );
    expect(epochs).toMatchObject([{ epoch: "third", state: "receiving", proved: 0, secondsLeft: null }]);
    expect(workers).toHaveLength(1);
    const { steps } = await json<{ steps: number }>(
      `/v1/epochs/${(await json<{ epochs: { id: string }[] }>("/v1/figures")).epochs[0]!.id}`,
      auditor,
    );
    expect(workers[0]!.proved).toBe(2 * steps);
  });
});

const MISSING = `no Chromium at ${CHROMIUM}: apt-get install chromium, or set CHROMIUM`;
if (!CHROMIUM_FOUND) console.warn(`browser tests SKIPPED, ${MISSING}`);

describe.skipIf(!CHROMIUM_FOUND)(CHROMIUM_FOUND ? "the status page in a browser" : MISSING, () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let requests: URL[];
  let complaints: string[];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGS });
  });
  afterAll(async () => browser?.close());
  beforeEach(async () => {
    requests = [];
    complaints = [];
    context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
    context.on("request", (request) => requests.push(new URL(request.url())));
    context.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    context.on("weberror", (error) => complaints.push(String(error.error())));
    page = await context.newPage();
    await page.goto(`${origin}/status`);
    await page.getByText("2 published epochs").waitFor();
    await page.locator("#verdict table").waitFor({ state: "attached" });
  });
  afterEach(async () => context.close());

  const signIn = async (token: string): Promise<void> => {
    await page.getByLabel("Your token").fill(token);
    await page.getByRole("button", { name: "Show" }).click();
  };
  /** Whether something is drawn on a chart, beside its background. */
  const inked = (id: string): Promise<boolean> =>
    page.locator(`#${id} canvas`).evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(data.filter((_, at) => at % 4 !== 3 && data[at - (at % 4) + 3]! > 0)).size > 8;
    });

  it("draws bands and coverage of every epoch, and says the same in tables", async () => {
    expect([await inked("bands"), await inked("coverage")]).toEqual([true, true]);
    await page.locator("details").evaluateAll((all) => {
      for (const own of all) (own as HTMLDetailsElement).open = true;
    });
    const { epochs } = await json<{
      epochs: { epoch: string; bands: { free: number }; coverage: { asset: string; ratio: string }[] }[];
    }>("/v1/figures");
    for (const { epoch, bands, coverage } of epochs) {
      const cells = async (table: string) =>
        (await page.locator(`#${table} tr`, { hasText: epoch }).innerText()).split(/\s+/);
      expect((await cells("bands-table")).at(-1)).toBe(String(bands.free));
      const [, ...ratios] = await cells("coverage-table");
      const [, ...assets] = (await page.locator("#coverage-table thead").innerText()).trim().split(/\s+/);
      expect(assets.map((asset, n) => ({ asset, ratio: ratios[n] }))).toEqual(
        coverage.map(({ asset, ratio }) => ({ asset, ratio })).sort((a, b) => (a.asset < b.asset ? -1 : 1)),
      );
    }
    expect(await page.locator("#verdict").innerText()).toMatch(/Proved|PROVED/);
    expect(complaints).toEqual([]);
  });

  it("shows nothing of work in hand before a token that the server knows, then all of it", async () => {
    expect(await page.locator("#work").isVisible()).toBe(false);
    expect(requests.map(({ pathname }) => pathname)).not.toContain("/v1/status");
    expect(await page.content()).not.toContain("third");
    await signIn("not-a-token");
    await page.getByText("does not know this token").waitFor();
    expect(await page.locator("#work").isVisible()).toBe(false);
    // A refused request is a line in the console, and no fault of the page's.
    expect(complaints.filter((text) => !text.includes("401"))).toEqual([]);
    await signIn(operator);
    await page.locator("#epochs tr", { hasText: "third" }).waitFor();
    expect(await page.locator("#epochs").innerText()).toContain("receiving");
    expect(await page.locator("#workers tbody tr").count()).toBe(1);
    const text = await page.locator("body").innerText();
    for (const word of [...PRIVATE, operator]) expect(text).not.toMatch(new RegExp(`\\b${word}\\b`));
    const kept = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])";
    expect(await page.evaluate(kept)).toBe('[{},{},""]');
    expect(complaints.filter((text) => !text.includes("401"))).toEqual([]);
  });

  it("asks its own server alone, and no script or style but the server's files runs in it", async () => {
    expect(new Set(requests.map((url) => (url.protocol === "data:" ? origin : url.origin)))).toEqual(
      new Set([origin]),
    );
    const policy = (await page.reload())!.headers()["content-security-policy"]!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const ran = await page.evaluate(`
      const script = document.createElement("script");
      try { script.text = "globalThis.ran = true"; document.head.append(script); } catch {}
      const style = document.createElement("style");
      style.textContent = "body { display: none }";
      document.head.append(style);
      [globalThis.ran === true, getComputedStyle(document.body).display];
    `);
    expect(ran).toEqual([false, "block"]);
    expect(complaints.join("\n")).toContain("Content Security Policy");
  });

  it.each(["light", "dark"] as const)("can be read by everybody, %s", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await signIn(operator);
    await page.locator("#epochs tr", { hasText: "third" }).waitFor();
    await page.locator("details").evaluateAll((all) => {
      for (const own of all) (own as HTMLDetailsElement).open = true;
    });
    if (process.env.MARGINPROOF_SCREENSHOTS !== undefined) {
      mkdirSync(process.env.MARGINPROOF_SCREENSHOTS, { recursive: true });
      writeFileSync(
        `${process.env.MARGINPROOF_SCREENSHOTS}/status-${colorScheme}.png`,
        await page.screenshot({ fullPage: true }),
      );
    }
    // In a world of its own, past the page's policy: axe is no script of the server's.
    const session = await context.newCDPSession(page);
    await session.send("Page.enable");
    const { frameTree } = await session.send("Page.getFrameTree");
    const { executionContextId } = await session.send("Page.createIsolatedWorld", {
      frameId: frameTree.frame.id,
    });
    const expression = `${axe.source}; axe.run().then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])))`;
    const { result } = await session.send("Runtime.evaluate", {
      ...{ expression, contextId: executionContextId, awaitPromise: true, returnByValue: true },
    });
    expect(JSON.parse(String(result.value))).toEqual([]);
  });
});

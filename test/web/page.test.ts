import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildWeb, type WebBuild } from "../../scripts/buildWeb.js";
import { carry } from "../../src/attest/carry.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { BUNDLE_FILE_NAMES } from "../../src/verifier/bundleTexts.js";
import { pinnedKeysToJson } from "../../src/verifier/pins.js";
import { attested, auditorsJson, hasher, lightEpoch, resigned } from "../attest/support.js";
import { run } from "../cli/run.js";
import { TEST_KEYS } from "../support/circuit.js";
import { type TinyEpochName, tinyEpochPaths } from "../support/tinyBundle.js";
import { TINY_MARKET } from "../support/tinyMarket.js";
import { forgedEpoch } from "../verifier/forgedEpoch.js";
import { CHROMIUM, CHROMIUM_ARGS, CHROMIUM_FOUND, serve, temporaryFolder, tinyOpening } from "./support.js";

/** Text as a reader sees it. */
const shown = async (place: Locator): Promise<string> =>
  (await place.allInnerTexts()).join("\n").replace(/\u00A0/g, " ");

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** All that the page asks its server for, in order. */
const OWN_FILES = ["", "charts.css", "style.css", "page.js"];

const MISSING = `no Chromium at ${CHROMIUM}: apt-get install chromium, or set CHROMIUM`;
if (!CHROMIUM_FOUND) console.warn(`browser tests SKIPPED, ${MISSING}`);

describe.skipIf(!CHROMIUM_FOUND)(CHROMIUM_FOUND ? "the page in a browser" : MISSING, () => {
  const folder = temporaryFolder();
  let web: WebBuild;
  let server: Server;
  let origin: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let requests: string[];
  let complaints: string[];

  beforeAll(async () => {
    web = await buildWeb(join(folder, "build"));
    ({ server, origin } = await serve(web.page));
    browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGS });
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    requests = [];
    complaints = [];
    context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
    context.on("request", (request) => requests.push(request.url()));
    context.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    context.on("weberror", (error) => complaints.push(String(error.error())));
    page = await context.newPage();
    await page.goto(`${origin}/`);
  });

  afterEach(async () => context.close());

  /** Writes a holder's file where they would have saved it. */
  async function openingFile(
    account: string,
    edit: (json: Awaited<ReturnType<typeof tinyOpening>>) => unknown = (json) => json,
    epoch: TinyEpochName = "covered",
  ): Promise<string> {
    const path = join(folder, `${account}.json`);
    writeFileSync(path, JSON.stringify(edit(await tinyOpening(account, epoch))));
    return path;
  }

  interface Choice {
    /** Folder to choose; null leaves the choice as it is. */
    readonly bundle?: string | null;
    readonly opening: string;
    readonly account: string;
    readonly keys?: string;
    readonly pricePolicy?: string;
    readonly digest?: string;
    readonly allowDevKeys?: boolean;
  }

  async function fill(choice: Choice): Promise<void> {
    const { bundle = tinyEpochPaths("covered").bundle } = choice;
    await page.getByLabel("Trust nobody").check();
    if (bundle !== null) await page.getByLabel("The folder").setInputFiles(bundle);
    await page.getByLabel("Your file for this epoch").setInputFiles(choice.opening);
    await page.getByLabel("Your account name").fill(choice.account);
    if (choice.keys !== undefined) await page.getByLabel("Trusted keys").setInputFiles(choice.keys);
    if (choice.pricePolicy !== undefined)
      await page.getByLabel("Price policy").setInputFiles(choice.pricePolicy);
    await page.getByLabel("Statement digest").fill(choice.digest ?? "");
    await page.getByLabel("Accept insecure development keys").setChecked(choice.allowDevKeys ?? true);
  }

  async function outcome(): Promise<{ account: string; epoch: string; text: string }> {
    await page.getByRole("button", { name: "Check" }).click();
    const result = page.locator("#result");
    await result.waitFor();
    await unfold(true);
    return {
      account: (await result.getAttribute("data-account"))!,
      epoch: (await result.getAttribute("data-epoch"))!,
      text: await shown(result),
    };
  }

  /** Opens, or closes, all that the page folds away. */
  async function unfold(open: boolean): Promise<void> {
    await page.locator("details").evaluateAll((all, own) => {
      for (const each of all as HTMLDetailsElement[]) each.open = own;
    }, open);
  }

  async function check(choice: Choice): ReturnType<typeof outcome> {
    await fill(choice);
    return outcome();
  }

  function expectQuiet(): void {
    expect(complaints).toEqual([]);
    const others = requests.filter((url) => !url.startsWith("blob:") && !url.startsWith("data:"));
    expect(others).toEqual(OWN_FILES.map((name) => `${origin}/${name}`));
  }

  it("shows a holder that they are counted, and with what", async () => {
    await page.emulateMedia({ colorScheme: "light" });
    const found = await check({ opening: await openingFile("carol"), account: "carol" });
    expect(found).toMatchObject({ account: "counted", epoch: "valid" });
    expect(await shown(page.locator("#result-title"))).toBe(
      "Counted and valid, but only under insecure keys",
    );
    const { exchange, epoch, time } = JSON.parse(
      readFileSync(join(tinyEpochPaths("covered").bundle, "statement.json"), "utf8"),
    ) as Record<"exchange" | "epoch" | "time", string>;
    expect(found.text).toContain(`in the totals of this epoch (${exchange}, ${epoch}, ${time})`);
    expect(await page.locator(".positions tbody tr").count()).toBe(3);
    expect(await shown(page.locator(".positions"))).toMatch(/BTC-60000-C\s+−1\.5\s+3,100\.25\s+−4,650\.375/);
    expect(await shown(page.locator(".positions"))).toMatch(
      /BTC-60000-C[^\n]*option, a claim on the exchange/,
    );
    expect(await shown(page.locator(".positions"))).toMatch(/^BTC\s[^\n]*asset$/m);
    const judged = await shown(page.locator("#judged-by"));
    expect(judged).toMatch(/perpetuals\s+1, claims on the exchange: BTC-PERP/);
    expect(judged).toMatch(/margin call\s+below 1\.2 times/);
    expect(judged).toMatch(/stress BTC -30%\s+moves 3 of 3 instruments held/);
    expect(await shown(page.locator("#checks"))).toContain("verifying keys are NOT on any list of yours");
    expect(await shown(page.locator(".figures"))).toMatch(/Equity\s+16,349\.625 USDT/);
    expect(await shown(page.locator(".figures"))).toMatch(
      /Band\s+REDUCE ONLY: equity covers the maintenance/,
    );
    expect(await page.locator("#checks .fail").count()).toBe(0);
    expect(await shown(page.locator("#development-keys"))).toContain("anybody can forge");
    expect(await page.locator("#not-proved li").count()).toBeGreaterThan(4);
    expect(await page.locator("#result").evaluate((element) => element === document.activeElement)).toBe(
      true,
    );
    expectQuiet();
    mkdirSync(join(PACKAGE_ROOT, "build"), { recursive: true });
    await unfold(false);
    const screenshot = (name: string) => join(PACKAGE_ROOT, "build", name);
    await page.screenshot({ path: screenshot("web-screenshot.png"), fullPage: true });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 390, height: 800 });
    await page.screenshot({ path: screenshot("web-screenshot-dark.png"), fullPage: true });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    expect(overflow).toBe(false);
    console.log(/Checked on this device in [\d.]+ s/.exec(found.text)?.[0]);
  });

  it("shows every pocket of a holder by itself, and which are below maintenance", async () => {
    const { bundle } = tinyEpochPaths("pockets");
    const opening = await openingFile("hank", undefined, "pockets");
    const found = await check({ bundle, opening, account: "hank" });
    expect(found).toMatchObject({ account: "counted", epoch: "valid" });
    expect(await shown(page.locator("#pockets"))).toBe(
      'The file shows 3 pockets, each counted by itself: cross pocket, isolated pocket "calls", isolated pocket "long.1".',
    );
    expect(await page.locator(".positions").count()).toBe(3);
    expect(await shown(page.locator("#below"))).toContain(
      '1 of 3 below maintenance: isolated pocket "long.1"',
    );
    expect(await shown(page.locator("#total"))).toMatch(/USDT\s+70,500 \(asset\)/);
    expect(found.text).toContain("Compare with the pockets you have:");
    expectQuiet();
  });

  it("takes the files one by one, keys.json and the digest", async () => {
    const opening = await openingFile("alice");
    await fill({ bundle: null, opening, account: "alice", keys: join(TEST_KEYS, "keys.json") });
    for (const name of readdirSync(tinyEpochPaths("covered").bundle)) {
      await page.getByLabel("or its files").setInputFiles(join(tinyEpochPaths("covered").bundle, name));
    }
    expect(await outcome()).toMatchObject({ account: "counted", epoch: "valid" });
    const digest = await shown(page.locator("#digests .digest").first());
    await page.getByLabel("Statement digest").fill(` ${digest} `);
    expect(await page.locator("#result").isVisible()).toBe(false);
    const anchored = await outcome();
    expect(anchored).toMatchObject({ account: "counted", epoch: "valid" });
    expect(anchored.text).toContain("Equal to the digest you gave.");
    await page.getByLabel("Statement digest").fill(`0x${"1".repeat(64)}`);
    const other = await outcome();
    expect(other).toMatchObject({ account: "unknown", epoch: "not-proved" });
    expect(other.text).toContain("ANCHOR_MISMATCH");
    expectQuiet();
  });

  it("holds signed prices to the reader's own policy", async () => {
    const opening = await openingFile("alice", undefined, "signed");
    const { bundle } = tinyEpochPaths("signed");
    const own = await check({ bundle, opening, account: "alice" });
    expect(own).toMatchObject({ account: "counted", epoch: "valid" });
    expect(own.text).toContain("the bundle itself names who signed them");
    expect(await shown(page.locator("#parts"))).toContain("price-evidence.json");
    const pricePolicy = join(PACKAGE_ROOT, "examples", "prices", "policy.json");
    const pinned = await check({ bundle, opening, account: "alice", pricePolicy });
    expect(pinned).toMatchObject({ account: "counted", epoch: "valid" });
    expect(pinned.text).toContain("the prices are signed as your own price policy asks");
    const unsigned = await check({ opening: await openingFile("carol"), account: "carol", pricePolicy });
    expect(unsigned).toMatchObject({ account: "unknown", epoch: "not-proved" });
    expect(unsigned.text).toContain("PRICES_NOT_ATTESTED");
    const none = await check({ opening, account: "alice", pricePolicy: join(TEST_KEYS, "keys.json") });
    expect(none).toMatchObject({ account: "error", epoch: "error" });
    expect(none.text).toContain("PRICES_POLICY");
    expectQuiet();
  });

  it("does not count an edited file", async () => {
    const opening = await openingFile("carol", (json) => ({
      ...json,
      pockets: json.pockets.map((own) => ({
        ...own,
        holdings: own.holdings.map((held, i) => (i === 0 ? { ...held, steps: "9000000001" } : held)),
      })),
    }));
    const found = await check({ opening, account: "carol" });
    expect(found).toMatchObject({ account: "not-counted", epoch: "valid" });
    expect(found.text).toMatch(/^Not counted\s+OPENING_LEAF/);
    expectQuiet();
  });

  it("does not count somebody else's file", async () => {
    const found = await check({ opening: await openingFile("carol"), account: "dave" });
    expect(found).toMatchObject({ account: "not-checked", epoch: "valid" });
    expect(found.text).toContain("OPENING_ACCOUNT");
    expectQuiet();
  });

  it("does not believe an edited statement", async () => {
    const bundle = join(folder, "edited");
    cpSync(tinyEpochPaths("covered").bundle, bundle, { recursive: true });
    const path = join(bundle, BUNDLE_FILE_NAMES.statement);
    const statement = JSON.parse(readFileSync(path, "utf8")) as { totals: { badDebt: string } };
    statement.totals.badDebt = "0";
    writeFileSync(path, JSON.stringify(statement));
    const found = await check({ bundle, opening: await openingFile("carol"), account: "carol" });
    expect(found).toMatchObject({ account: "unknown", epoch: "not-proved" });
    expect(found.text).toMatch(/^Not valid/);
    expect(await page.locator("#checks .fail").count()).toBe(1);
    expect(await page.locator(".positions").count()).toBe(0);
    expectQuiet();
  });

  it("refuses development keys unless they are accepted", async () => {
    const found = await check({ opening: await openingFile("carol"), account: "carol", allowDevKeys: false });
    expect(found).toMatchObject({ account: "unknown", epoch: "not-proved" });
    expect(found.text).toContain("KEY_DEVELOPMENT");
    expect(await shown(page.locator("#development-keys"))).toContain("They were refused");
    expectQuiet();
  });

  it("tells a proved epoch that is not covered from a valid one", async () => {
    const opening = await openingFile("carol", undefined, "uncovered");
    const found = await check({ bundle: tinyEpochPaths("uncovered").bundle, opening, account: "carol" });
    expect(found).toMatchObject({ account: "counted", epoch: "not-covered" });
    expect(found.text).toMatch(/^Counted, but the epoch is not covered/);
    expect(await page.locator("#checks .fail").count()).toBeGreaterThan(1);
    expectQuiet();
  });

  it("asks for what is missing, and can be stopped", async () => {
    await page.getByLabel("Trust nobody").check();
    await page.getByRole("button", { name: "Check" }).click();
    expect(
      await page.locator("#files").evaluate((input: HTMLInputElement) => input.validationMessage),
    ).toMatch(/missing statement\.json/);
    await fill({ opening: await openingFile("carol"), account: "carol" });
    // In one go: a tiny epoch is verified before a test could find the second button.
    await page.evaluate(() => {
      for (const id of ["check", "stop"]) document.getElementById(id)!.click();
    });
    expect(await page.locator("#stop").isVisible()).toBe(false);
    expect(await shown(page.locator("#status"))).toBe("Stopped.");
    expect(await outcome()).toMatchObject({ account: "counted" });
    expectQuiet();
  });

  /** A holder's file that carries the epoch and what Alpha signed of it, and the holder's list of auditors. */
  async function lightFiles(quorum = 1, origin: "development" | "listed" = "development") {
    const epoch = await lightEpoch();
    const expires = `${new Date(Date.now() + 864e5).toISOString().slice(0, 19)}Z`;
    const honest = await attested(epoch.found);
    const keys = honest.keys.map((key) => ({ ...key, origin }));
    const alpha = resigned(honest, { expires, keys });
    const { statement, marketText } = epoch.bundle;
    const carrying = carry(
      await tinyOpening("carol"),
      { statement, marketText, attestations: [alpha] },
      hasher,
    );
    const save = (name: string, json: unknown): string => {
      writeFileSync(join(folder, name), JSON.stringify(json));
      return join(folder, name);
    };
    return {
      carrying: save("carol-light.json", carrying),
      bare: save("carol-bare.json", await tinyOpening("carol")),
      auditors: save("auditors.json", auditorsJson(quorum)),
      attestation: save("alpha.json", alpha),
    };
  }

  it("answers in a moment on the word of the holder's own auditors, from one file", async () => {
    const { carrying, auditors } = await lightFiles();
    await page.getByLabel("Your file for this epoch").setInputFiles(carrying);
    await page.getByLabel("Your account name").fill("carol");
    await page.getByLabel("Your list of auditors").setInputFiles(auditors);
    await page.getByLabel("Accept insecure development keys").check();
    const found = await outcome();
    expect(found).toMatchObject({ account: "counted", epoch: "valid" });
    expect(found.text).toContain("Nobody here looked at a proof.");
    expect(await shown(page.locator(".auditors"))).toMatch(/Alpha\s+0x/);
    expect(await shown(page.locator(".positions"))).toContain("BTC-60000-C");
    expect(await page.getByRole("table", { name: /Bad debt against/ }).count()).toBe(1);
    expect(await page.locator("#published").isVisible()).toBe(false);
    await page.getByLabel("Accept insecure development keys").uncheck();
    expect((await outcome()).epoch).toBe("not-proved");
    expectQuiet();
  });

  it("counts no auditor whom the holder does not name, and no fewer than they ask for", async () => {
    const { carrying, auditors } = await lightFiles(2);
    await page.getByLabel("Your account name").fill("carol");
    await page.getByLabel("Accept insecure development keys").check();
    await page.getByLabel("Your list of auditors").setInputFiles(auditors);
    await drop([carrying]);
    const few = await outcome();
    expect(few).toMatchObject({ account: "unknown", epoch: "not-proved" });
    expect(few.text).toContain("Too few of your auditors");
    expect(await page.locator(".positions").count()).toBe(0);
    expectQuiet();
  });

  it("takes statement, market file and attestations that the file does not carry", async () => {
    const { bare, auditors, attestation } = await lightFiles();
    const { bundle } = tinyEpochPaths("covered");
    await page.getByLabel("Your account name").fill("carol");
    await page.getByLabel("Accept insecure development keys").check();
    await page.getByLabel("Your list of auditors").setInputFiles(auditors);
    await drop([bare, attestation, join(bundle, "statement.json"), join(bundle, "market.json")]);
    expect(await outcome()).toMatchObject({ account: "counted", epoch: "valid" });
    await page.getByLabel("Statement and market file").setInputFiles(join(bundle, "market.json"));
    expect((await outcome()).text).toContain("CHECK_FLAGS");
    await page
      .getByLabel("Statement and market file")
      .setInputFiles([join(bundle, "market.json"), join(bundle, "steps.ndjson")]);
    expect((await outcome()).text).toContain("steps.ndjson is no statement or market file");
    expectQuiet();
  });

  it("takes nobody's word for whom the reader believes: not from a drop, whatever the file is called", async () => {
    const { carrying, auditors } = await lightFiles(2);
    const theirs = join(folder, "alpha-attestation.json");
    writeFileSync(theirs, JSON.stringify(auditorsJson(1)));
    await page.getByLabel("Your account name").fill("carol");
    await page.getByLabel("Accept insecure development keys").check();
    await page.getByLabel("Your list of auditors").setInputFiles(auditors);
    await drop([carrying, theirs, join(TEST_KEYS, "keys.json")]);
    const said = await shown(page.locator("#status"));
    expect(said).toContain("alpha-attestation.json: NOT taken: it is a list of auditors");
    expect(said).toContain("keys.json: NOT taken: it is a list of trusted keys");
    const chosen = (id: string) =>
      page.locator(id).evaluate((own: HTMLInputElement) => [...own.files!].map(({ name }) => name));
    expect([await chosen("#auditors"), await chosen("#keys")]).toEqual([["auditors.json"], []]);
    expect(await outcome()).toMatchObject({ account: "unknown", epoch: "not-proved" });
  });

  it("knows development keys whatever an auditor calls them", async () => {
    const { carrying, auditors } = await lightFiles(1, "listed");
    await page.getByLabel("Your account name").fill("carol");
    await page.getByLabel("Your file for this epoch").setInputFiles(carrying);
    await page.getByLabel("Your list of auditors").setInputFiles(auditors);
    const found = await outcome();
    expect(found).toMatchObject({ account: "unknown", epoch: "not-proved" });
    expect(found.text).toContain("ATTESTATION_DEVELOPMENT");
  });

  it("shows no earlier result beside files that were dropped while it was made", async () => {
    const { carrying, bare, auditors } = await lightFiles();
    await page.getByLabel("Your account name").fill("carol");
    await page.getByLabel("Your file for this epoch").setInputFiles(carrying);
    await page.getByLabel("Your list of auditors").setInputFiles(auditors);
    await page.getByLabel("Accept insecure development keys").check();
    await page.evaluate(() => {
      const read = Blob.prototype.text;
      Blob.prototype.text = async function () {
        await new Promise((resolve) => setTimeout(resolve, 1500));
        return read.call(this);
      };
    });
    const dropped = drop([bare]);
    await page.getByRole("button", { name: "Check" }).click();
    await dropped;
    await page.waitForFunction(() => document.getElementById("status")!.textContent!.includes("taken"));
    expect(await page.locator("#result").isVisible()).toBe(false);
  });

  /** What the page says of the bundle's files as chosen, and what `marginproof verify` says of the same folder. */
  async function refusals(bundle: string): Promise<{ page: string; check: string; command: string }> {
    await page.getByLabel("Trust nobody").check();
    await page.getByLabel("The folder").setInputFiles(bundle);
    const check = await page.locator("#files").evaluate((input: HTMLInputElement) => input.validationMessage);
    const command = run(["verify", bundle]).err.split("\n")[0]!.replace(`${bundle}: `, "");
    return { page: await shown(page.locator("#parts")), check, command };
  }

  it("refuses a folder that is not exactly a bundle, in the words of the command line", async () => {
    const more = join(folder, "more");
    cpSync(tinyEpochPaths("covered").bundle, more, { recursive: true });
    writeFileSync(join(more, ".DS_Store"), "left by a file manager");
    expect((await refusals(more)).check).toBe("");
    writeFileSync(join(more, "keys.json"), "{}");
    mkdirSync(join(more, "older"));
    cpSync(join(more, "market.json"), join(more, "older", "market.json"));
    const found = await refusals(more);
    expect(found.command).toBe('error BUNDLE_FILES: unexpected "keys.json", unexpected "older"');
    expect(found.page).toContain('BUNDLE_FILES: unexpected "keys.json", unexpected "older"');
    expect(found.check).toContain('unexpected "keys.json", unexpected "older"');
    await page.getByLabel("Your file for this epoch").setInputFiles(await openingFile("carol"));
    await page.getByLabel("Your account name").fill("carol");
    await page.getByRole("button", { name: "Check" }).click();
    expect(await page.locator("#result").isVisible()).toBe(false);

    const both = join(folder, "both");
    for (const name of ["covered", "uncovered"] as const) {
      cpSync(tinyEpochPaths(name).bundle, join(both, name), { recursive: true });
    }
    const parent = await refusals(both);
    expect(parent.page).toContain('BUNDLE_FILES: unexpected "covered", unexpected "uncovered"');
    expect(`error BUNDLE_FILES: ${/: (unexp.*)\.$/.exec(parent.check)![1]}`).toBe(parent.command);
    expectQuiet();
  });

  it("refuses a file that belongs to no bundle beside those that do", async () => {
    const { bundle } = tinyEpochPaths("covered");
    const files = readdirSync(bundle).map((name) => join(bundle, name));
    await page.getByLabel("Trust nobody").check();
    const input = page.getByLabel("or its files");
    const problem = () => input.evaluate((element: HTMLInputElement) => element.validationMessage);
    await input.setInputFiles([...files, join(TEST_KEYS, "keys.json")]);
    expect(await shown(page.locator("#parts"))).toContain('BUNDLE_FILES: unexpected "keys.json"');
    expect(await problem()).toContain('unexpected "keys.json"');
    await input.setInputFiles(files);
    expect(await problem()).toBe("");
    expectQuiet();
  });

  it("takes account names by characters, as the accounts file does", async () => {
    const account = page.getByLabel("Your account name");
    const problem = () => account.evaluate((input: HTMLInputElement) => input.validationMessage);
    await account.fill("🦊".repeat(128));
    expect(await account.inputValue()).toBe("🦊".repeat(128));
    expect(await problem()).toBe("");
    await account.fill("🦊".repeat(129));
    expect(await problem()).toBe("The name is longer than 128 characters.");
    expectQuiet();
  });

  it("shows on a phone that a table scrolls, until all of it is seen", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await check({ opening: await openingFile("carol"), account: "carol" });
    const more = page.locator(".more").first();
    expect(await shown(more)).toContain("scroll it sideways");
    const frame = page.locator(".scroll").first();
    await frame.scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(PACKAGE_ROOT, "build", "web-screenshot-phone.png") });
    expect(await frame.evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)).toBe(true);
    expect(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)).toBe(false);
    await page.setViewportSize({ width: 1000, height: 740 });
    await more.waitFor({ state: "hidden" });
    expectQuiet();
  });

  it("says so where a file of the reader's own is wrong", async () => {
    const opening = await openingFile("carol");
    const found = await check({ opening, account: "carol", keys: opening });
    expect(found).toMatchObject({ account: "error", epoch: "error" });
    expect(found.text).toContain("KEYS_FILE_INVALID");
    expectQuiet();
  });

  it("can open no connection, neither the page nor its worker", async () => {
    const answers = await page.evaluate(async (url) => {
      const attempt = "fetch(url).then(() => 'open', () => 'closed')";
      const source = `const url = ${JSON.stringify(url)}; ${attempt}.then((answer) => postMessage(answer));`;
      const worker = new Worker(URL.createObjectURL(new Blob([source])));
      const fromWorker = await new Promise<string>((resolve) => {
        worker.onmessage = ({ data }) => resolve(data as string);
      });
      const fromPage = await fetch(url).then(
        () => "open",
        () => "closed",
      );
      return { fromWorker, fromPage };
    }, `${origin}/style.css`);
    expect(answers).toEqual({ fromWorker: "closed", fromPage: "closed" });
    expect(complaints.join("\n")).toContain("Content Security Policy");
  });

  it("lets the worker compile neither WebAssembly nor text", async () => {
    const answers = await page.evaluate(async () => {
      const source = `
        const attempt = (make) => { try { make(); return "yes"; } catch { return "no"; } };
        postMessage([
          attempt(() => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))),
          attempt(() => new Function("return 1")),
        ]);`;
      const worker = new Worker(URL.createObjectURL(new Blob([source])));
      return new Promise<unknown>((resolve) => {
        worker.onmessage = ({ data }) => resolve(data);
      });
    });
    expect(answers).toEqual(["no", "no"]);
  });

  /** What a screen reader and a keyboard would stumble over. */
  async function barriers(): Promise<string[]> {
    // The page's policy lets nobody add a script to it; the test does so past the policy.
    const client = await context.newCDPSession(page);
    await client.send("Runtime.evaluate", { expression: axe.source });
    return page.evaluate(async () => {
      const { violations } = await (
        globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }
      ).axe.run();
      return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
    });
  }

  it.each(["light", "dark"] as const)("has nothing that axe-core objects to, %s", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    expect(await barriers()).toEqual([]);
    await check({ opening: await openingFile("carol"), account: "carol" });
    expect(await barriers()).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await barriers()).toEqual([]);
    expectQuiet();
  });

  it("finds fault with a picture without words, were there one", async () => {
    await page.evaluate(() => document.querySelector("main")!.append(document.createElement("img")));
    expect((await barriers()).join()).toContain("image-alt");
  });

  it("shows a holder where they stand, and how they would under stress", async () => {
    await check({ opening: await openingFile("carol"), account: "carol" });
    expect(await shown(page.locator(".bands .here"))).toMatch(
      /Reduce only[\s\S]*You are here: 16,349\.625 USDT/,
    );
    expect(await page.locator(".bands [aria-current]").count()).toBe(1);
    expect(await shown(page.locator(".worst"))).toContain(
      "At worst, under BTC +50%, the cross pocket would be worth −15,151.125 USDT: less than nothing",
    );
    const chart = page.getByRole("table", { name: /Equity of the cross pocket/ });
    expect(await shown(chart.getByRole("row"))).toMatch(
      /now\s+16,349\.625 USDT\s+BTC \+50%\s+−15,151\.125 USDT\s+BTC -30%\s+17,249\.625 USDT/,
    );
    const widths = await chart.locator("td").evaluateAll((all) => all.map((each) => each.clientWidth));
    expect(widths[2]).toBeGreaterThan(widths[0]!);
    expect(widths[0]).toBeGreaterThan(widths[1]!);
    expect(widths[1]! / widths[2]!).toBeCloseTo(15151.125 / 17249.625, 1);
  });

  it("writes numbers as the reader's language does, to the last digit", async () => {
    await context.close();
    context = await browser.newContext({ locale: "de-DE" });
    page = await context.newPage();
    await page.goto(`${origin}/`);
    await check({ opening: await openingFile("carol"), account: "carol" });
    expect(await shown(page.locator(".positions"))).toMatch(/BTC-60000-C\s+−1,5\s+3\.100,25\s+−4\.650,375/);
    expect(await shown(page.locator(".figures"))).toMatch(/Equity\s+16\.349,625 USDT/);
  });

  it("shows the book of a proved epoch, and nothing of one that is not", async () => {
    const opening = await openingFile("carol", undefined, "uncovered");
    const found = await check({ bundle: tinyEpochPaths("uncovered").bundle, opening, account: "carol" });
    expect(found.text).toContain("NOT COVERED");
    expect(await page.getByRole("table", { name: /Bad debt against/ }).count()).toBe(1);
    const bad = await check({ opening, account: "carol", allowDevKeys: false });
    expect(bad.epoch).toBe("not-proved");
    expect(await page.getByRole("table", { name: /Bad debt against/ }).count()).toBe(0);
    expect(bad.text).not.toContain("against the insurance fund");
  });

  /** Drops files, by the path that each has in what is dropped, on the page's heading. */
  async function drop(paths: readonly string[]): Promise<void> {
    const files = paths.map((path) => ({ name: path.split("/").at(-1)!, text: readFileSync(path, "utf8") }));
    const transfer = await page.evaluateHandle((all) => {
      const made = new DataTransfer();
      for (const { name, text } of all) made.items.add(new File([text], name));
      return made;
    }, files);
    await page.dispatchEvent("h1", "drop", { dataTransfer: transfer });
    await page.waitForFunction(() => document.getElementById("status")!.textContent !== "");
  }

  it("takes files dropped anywhere, by what they are", async () => {
    const { bundle } = tinyEpochPaths("covered");
    await page.getByLabel("Trust nobody").check();
    await page.getByLabel("Your account name").fill("carol");
    await page.getByLabel("Accept insecure development keys").check();
    await drop([
      ...readdirSync(bundle).map((name) => join(bundle, name)),
      await openingFile("carol"),
      join(PACKAGE_ROOT, "examples", "accounts.csv"),
    ]);
    expect(await shown(page.locator("#status"))).toContain("accounts.csv: not a file that this page knows");
    expect(await outcome()).toMatchObject({ account: "counted", epoch: "valid" });
    expectQuiet();
  });

  it("can be used with a keyboard alone", async () => {
    const { bundle } = tinyEpochPaths("covered");
    await page.getByLabel("Trust nobody").check();
    await page.getByLabel("The folder").setInputFiles(bundle);
    await page.getByLabel("Your file for this epoch").setInputFiles(await openingFile("carol"));
    await page.locator("#ask-account").focus();
    const passed: string[] = [];
    for (let tab = 0; tab < 20 && passed.at(-1) !== "check"; tab++) {
      await page.keyboard.press("Tab");
      passed.push(await page.evaluate(() => document.activeElement!.id));
      if (passed.at(-1) === "account") await page.keyboard.type("carol");
      if (passed.at(-1) === "allow-dev-keys") await page.keyboard.press("Space");
    }
    expect(passed).toEqual([
      ..."opening account full folder files keys price-policy digest allow-dev-keys check".split(" "),
    ]);
    await page.keyboard.press("Enter");
    await page.locator("#result").waitFor();
    expect(await page.locator("#result").getAttribute("data-account")).toBe("counted");
    const summary = page.locator("summary", { hasText: "checks passed" });
    for (let tab = 0; tab < 20 && !(await summary.evaluate((own) => own === document.activeElement)); tab++)
      await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.locator("#checks").isVisible()).toBe(true);
  });

  it("shows an auditor the book without an account, and another epoch beside it", async () => {
    await page.getByLabel("Is the exchange’s book sound?").check();
    expect(await page.getByLabel("Your file for this epoch").isVisible()).toBe(false);
    await page.getByLabel("The folder").setInputFiles(tinyEpochPaths("covered").bundle);
    await page.getByLabel("Accept insecure development keys").check();
    const alone = await outcome();
    expect(alone).toMatchObject({ account: "not-asked", epoch: "valid" });
    expect(alone.text).toMatch(/^Valid, but only under insecure keys/);
    expect(alone.text).not.toContain("Two epochs");
    await page.getByLabel("The other folder").setInputFiles(tinyEpochPaths("uncovered").bundle);
    const both = await outcome();
    expect(both).toMatchObject({ account: "not-asked", epoch: "valid" });
    const totals = await shown(page.locator(".compared").nth(1));
    expect(totals).toMatch(/Insurance fund\s+\S+\s+\S+\s+\S+/);
    expect(await page.locator(".compared").count()).toBe(6);
    const changed = await shown(page.locator(".compared").first());
    expect(changed).toMatch(/Bankrupt\s+\d+\s+\d+\s+[−\d]+/);
    expectQuiet();
  });

  it("says that another epoch which is not valid is none to compare with", async () => {
    const bundle = join(folder, "edited-other");
    cpSync(tinyEpochPaths("covered").bundle, bundle, { recursive: true });
    const path = join(bundle, BUNDLE_FILE_NAMES.statement);
    writeFileSync(path, readFileSync(path, "utf8").replace(/"badDebt": "\d+"/, '"badDebt": "0"'));
    await page.getByLabel("Is the exchange’s book sound?").check();
    await page.getByLabel("The folder").setInputFiles(tinyEpochPaths("covered").bundle);
    await page.getByLabel("The other folder").setInputFiles(bundle);
    await page.getByLabel("Accept insecure development keys").check();
    const found = await outcome();
    expect(found.text).toContain("The other epoch is not valid");
    expect(await page.locator(".compared").count()).toBe(0);
  });

  it("fetches the bundle from its own site where the site publishes one, and asks nobody else", async () => {
    const own = await buildWeb(join(folder, "site"), "epoch/");
    const site = await serve(own.page, { "epoch/": tinyEpochPaths("covered").bundle });
    try {
      await page.goto(`${site.origin}/`);
      requests.length = 0;
      await page.getByLabel("Trust nobody").check();
      await page.getByLabel("Your file for this epoch").setInputFiles(await openingFile("carol"));
      await page.getByLabel("Your account name").fill("carol");
      await page.getByLabel("Accept insecure development keys").check();
      expect(await outcome()).toMatchObject({ account: "counted", epoch: "valid" });
      const asked = requests.filter((url) => !url.startsWith("blob:")).sort();
      const names = "market.json statement.json steps.ndjson verifying-keys.json".split(" ");
      expect(asked).toEqual(names.map((name) => `${site.origin}/epoch/${name}`));
      expect(await shown(page.locator(".private"))).toContain("nothing from elsewhere");
      expect(await shown(page.locator(".private"))).not.toContain("forbids it to open");
      requests.length = 0;
      const { carrying, auditors } = await lightFiles();
      await page.getByLabel("A moment").check();
      await page.getByLabel("Your file for this epoch").setInputFiles(carrying);
      await page.getByLabel("Your list of auditors").setInputFiles(auditors);
      expect(await outcome()).toMatchObject({ account: "counted", epoch: "valid" });
      expect(requests.filter((url) => !url.startsWith("blob:"))).toEqual([]);
      const elsewhere = await page.evaluate(
        (url) =>
          fetch(url, { mode: "no-cors" }).then(
            () => "open",
            () => "closed",
          ),
        `${origin}/style.css`,
      );
      expect(elsewhere).toBe("closed");
    } finally {
      site.server.close();
    }
  });

  it("stays responsive while 2,000 proofs are verified, and finds the one false proof among them", async () => {
    const { bundle, pins } = forgedEpoch(TINY_MARKET, {}, 1_999);
    const write = (name: string, steps: readonly unknown[]): string => {
      mkdirSync(join(folder, name));
      const files = {
        [BUNDLE_FILE_NAMES.statement]: JSON.stringify(bundle.statement),
        [BUNDLE_FILE_NAMES.market]: bundle.marketText,
        [BUNDLE_FILE_NAMES.steps]: steps.map((step) => `${JSON.stringify(step)}\n`).join(""),
        [BUNDLE_FILE_NAMES.verifyingKeys]: JSON.stringify(bundle.verifyingKeys),
      };
      for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text);
      return join(folder, name);
    };
    const keys = join(folder, "forgers-keys.json");
    writeFileSync(keys, JSON.stringify(pinnedKeysToJson(pins)));
    const steps = bundle.steps as readonly { readonly proof: unknown }[];
    expect(steps).toHaveLength(2_000);
    await page.getByLabel("Is the exchange’s book sound?").check();
    await page.getByLabel("Trusted keys").setInputFiles(keys);
    await page.getByLabel("The folder").setInputFiles(write("many", steps));
    await page.evaluate(() => {
      const own = globalThis as unknown as { longest: number };
      own.longest = 0;
      let last = performance.now();
      setInterval(() => {
        own.longest = Math.max(own.longest, performance.now() - last);
        last = performance.now();
      }, 20);
    });
    await page.getByRole("button", { name: "Check" }).click();
    // Typing is taken while the worker works.
    await page.getByLabel("Is the exchange’s book sound?").focus();
    await page.locator("#result").waitFor({ timeout: 240_000 });
    expect(await page.locator("#result").getAttribute("data-epoch")).toBe("valid");
    await unfold(true);
    expect(await shown(page.locator("#checks"))).toContain("2000 Groth16 proofs");
    const longest = await page.evaluate(() => (globalThis as unknown as { longest: number }).longest);
    console.log(
      `2,000 proofs: ${/Checked on this device in [\d.]+ s/.exec(await shown(page.locator("#result")))?.[0]}; longest pause of the page ${longest.toFixed(0)} ms`,
    );
    // A page that verified them itself would stand still for all that time.
    expect(longest).toBeLessThan(2_000);
    const swapped = steps.map((step, n) => (n === 1_500 ? { ...step, proof: steps[7]!.proof } : step));
    await page.getByLabel("The folder").setInputFiles(write("one-false", swapped));
    await page.getByRole("button", { name: "Check" }).click();
    await page.locator("#result").waitFor({ timeout: 240_000 });
    await unfold(true);
    expect(await shown(page.locator("#checks"))).toContain(
      "1 of 2000 proofs do not verify: account step 1500",
    );
  }, 600_000);

  interface Tampered {
    readonly statement: Record<string, unknown> & {
      totals: Record<string, unknown>;
      batches: { leafRoot: string }[];
    };
    readonly market: { reserves: Record<string, string>; instruments: { markPrice: string }[] };
    readonly steps: { proof: unknown; stateOut: string }[];
    readonly opening: {
      pockets: { salt: string; position: number; holdings: { instrument: string; steps: string }[] }[];
    };
  }
  const tampered: [what: string, edit: (files: Tampered) => unknown, reason: string][] = [
    [
      "bad debt made smaller",
      ({ statement }) => (statement.totals.badDebt = "0"),
      "the chain of hidden states",
    ],
    [
      "an account's leaf exchanged",
      ({ statement }) => (statement.batches[0]!.leafRoot = statement.batches[1]!.leafRoot),
      "CHAIN_END",
    ],
    ["a batch left out", ({ statement }) => statement.batches.pop(), "STEP_COUNT"],
    ["another exchange's name", ({ statement }) => (statement.exchange = "another"), "MARKET"],
    ["a later time", ({ statement }) => (statement.time = "2026-11-23T09:00:00Z"), "MARKET"],
    ["more in reserve", ({ market }) => (market.reserves.USDT = "99000000"), "MARKET_DIGEST"],
    ["another mark price", ({ market }) => (market.instruments[1]!.markPrice = "61000"), "MARKET"],
    ["a proof of another step", ({ steps }) => (steps[1]!.proof = steps[0]!.proof), "PROOF_FALSE"],
    ["two steps in another order", ({ steps }) => steps.reverse(), "proof"],
    ["a step left out", ({ steps }) => steps.pop(), "STEP_COUNT"],
    [
      "a holding made larger",
      ({ opening }) => (opening.pockets[0]!.holdings[0]!.steps = "9000000001"),
      "OPENING_LEAF",
    ],
    ["another salt", ({ opening }) => (opening.pockets[0]!.salt = `0x${"1".repeat(32)}`), "OPENING_"],
    ["another place", ({ opening }) => (opening.pockets[0]!.position ^= 1), "OPENING_LEAF"],
    ["a holding left out", ({ opening }) => opening.pockets[0]!.holdings.pop(), "OPENING_LEAF"],
  ];
  it.each(tampered)("is red for %s, with the reason", async (_, edit, reason) => {
    const source = tinyEpochPaths("covered").bundle;
    const bundle = join(folder, "tampered");
    rmSync(bundle, { recursive: true, force: true });
    cpSync(source, bundle, { recursive: true });
    const read = (name: string): string => readFileSync(join(source, name), "utf8");
    const files: Tampered = {
      statement: JSON.parse(read(BUNDLE_FILE_NAMES.statement)),
      market: JSON.parse(read(BUNDLE_FILE_NAMES.market)),
      steps: read(BUNDLE_FILE_NAMES.steps)
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
      opening: (await tinyOpening("carol")) as unknown as Tampered["opening"],
    };
    edit(files);
    writeFileSync(join(bundle, BUNDLE_FILE_NAMES.statement), JSON.stringify(files.statement));
    writeFileSync(join(bundle, BUNDLE_FILE_NAMES.market), JSON.stringify(files.market));
    const lines = files.steps.map((step) => `${JSON.stringify(step)}\n`).join("");
    writeFileSync(join(bundle, BUNDLE_FILE_NAMES.steps), lines);
    const opening = join(folder, "tampered.json");
    writeFileSync(opening, JSON.stringify(files.opening));
    const found = await check({ bundle, opening, account: "carol" });
    expect(found.account === "counted" && found.epoch === "valid").toBe(false);
    expect(await page.locator(".banner.bad").count()).toBe(1);
    expect(found.text).toContain(reason);
    expect(await page.locator(".positions").count()).toBe(0);
  });

  it("works when it is opened from a disk", async () => {
    await page.goto(pathToFileURL(join(web.page, "index.html")).href);
    expect(await check({ opening: await openingFile("carol"), account: "carol" })).toMatchObject({
      account: "counted",
      epoch: "valid",
    });
    expect(complaints).toEqual([]);
  });
});

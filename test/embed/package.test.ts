import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOMS } from "../../scripts/rooms.js";
import { mitLicence, verifierFiles } from "../../scripts/verifierFiles.js";
import { carry } from "../../src/attest/carry.js";
import * as embed from "../../src/embed/index.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { disclose } from "../../src/prover/disclose.js";
import { attested, auditorsJson, hasher, lightEpoch, resigned } from "../attest/support.js";
import { TEST_KEYS } from "../support/circuit.js";
import { type TinyEpochName, tinyEpochPaths } from "../support/tinyBundle.js";
import { CHROMIUM, CHROMIUM_ARGS, CHROMIUM_FOUND, serve, tinyOpening, tinyTexts } from "../web/support.js";

/** A user's folder: the packed package and what it depends on, and nothing else of this repository. */
const folder = mkdtempSync(join(tmpdir(), "marginproof-embed-"));
const at = (...path: string[]): string => join(folder, ...path);
const run = (command: string, args: readonly string[], cwd = folder) =>
  spawnSync(command, args, { cwd, encoding: "utf8" });

beforeAll(async () => {
  const packed = run(
    "npm",
    ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder],
    PACKAGE_ROOT,
  );
  expect(packed.status, packed.stderr).toBe(0);
  mkdirSync(at("node_modules"));
  const [tarball] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  expect(run("tar", ["-xzf", tarball!]).status).toBe(0);
  cpSync(at("package"), at("node_modules", "marginproof"), { recursive: true });
  for (const name of ["@noble", "@types", "typescript"])
    symlinkSync(join(PACKAGE_ROOT, "node_modules", name), at("node_modules", name));
  writeFileSync(at("package.json"), '{ "type": "module" }');
  cpSync(TEST_KEYS, at("keys"), { recursive: true });
  cpSync(tinyEpochPaths("covered").bundle, at("bundle"), { recursive: true });
  writeFileSync(at("carol.json"), JSON.stringify(await tinyOpening("carol")));
  const { found, bundle } = await lightEpoch("covered");
  const alpha = resigned(await attested(found), { expires: "2500-01-01T00:00:00Z" });
  const { statement, marketText } = bundle;
  const carol = await disclose(tinyEpochPaths("covered").privateDir, "carol");
  const carrying = carry(carol, { statement, marketText, attestations: [alpha] }, hasher);
  writeFileSync(at("carrying.json"), JSON.stringify(carrying));
  writeFileSync(at("auditors.json"), JSON.stringify(auditorsJson()));
  for (const example of ["embed-node/nightly.js", "embed-browser/account.js"])
    cpSync(at("package", "examples", example), at(example.split("/")[1]!));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bundles a text of a user's as they would, and returns it as it is sent. */
async function bundled(contents: string, entry?: string) {
  const { outputFiles, metafile } = await build({
    ...(entry === undefined ? { stdin: { contents, resolveDir: folder } } : { entryPoints: [entry] }),
    absWorkingDir: folder,
    ...{ bundle: true, minify: true, write: false, metafile: true, format: "esm", platform: "browser" },
    ...{ target: "es2022", legalComments: "none", charset: "utf8" },
  });
  const { contents: code } = outputFiles![0]!;
  return { code, inputs: Object.keys(metafile!.inputs), gzip: gzipSync(code, { level: 9 }).length };
}

describe("marginproof/verifier, bundled from the packed package", () => {
  /** Bytes: a limit read in either way of counting kilobytes holds. */
  const KB = 1000;
  const uses: [string, string, number][] = [
    ["a whole verification and a holder's look-up", "verify, checkAccount, parseKeysText", 60],
    ["a light check", "checkLight", 50],
    ["a whole verification with signed prices", "verify, checkAccount, parseKeysText, signedPrices", 70],
  ];
  test.each(uses)("stays small: %s", async (_, names, limit) => {
    const { gzip, inputs } = await bundled(`export { ${names} } from "marginproof/verifier";`);
    expect(gzip).toBeLessThanOrEqual(limit * KB);
    expect(gzip).toBeGreaterThan(30 * KB);
    const packages = new Set(inputs.map((input) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1]));
    packages.delete(undefined);
    // Ours, and two under MIT.
    expect([...packages].sort()).toEqual(["@noble/curves", "@noble/hashes", "marginproof"]);
    expect(inputs.filter((input) => /circomlib|snarkjs|ffjavascript|wasmcurves|node:/.test(input))).toEqual(
      [],
    );
  });
});

test("what it consists of is listed: nothing of rooms that only Node runs, nothing of the prover's", async () => {
  const files = await verifierFiles();
  const rooms = new Set(files.map((path) => path.split("/")[1]!.replace(/\.ts$/, "")));
  for (const room of rooms) if (room !== "nextSteps") expect(ROOMS[room]?.browser, room).toBe(true);
  for (const other of ["wasm", "rules", "models", "web"]) expect([...rooms]).not.toContain(other);
  expect(files).toContain("src/embed/worker.ts");
  // Should its authors ever put it under MIT, the list and the text are these.
  const licence = mitLicence(files);
  for (const file of files) expect(licence.split("\n")).toContain(file);
  expect(licence).toMatch(/^MIT License\n.*without restriction.*WITHOUT WARRANTY/s);
});

describe("types and modules", () => {
  const program = `import { verify, checkLight, type Verdict } from "marginproof/verifier";
import type { WorkerRequest } from "marginproof/verifier/worker";
const verdict: Verdict | undefined = undefined;
export const used: [typeof verify, typeof checkLight, typeof verdict, WorkerRequest?] = [verify, checkLight, verdict];
`;
  test.each([
    ["nodenext", "nodenext"],
    ["bundler", "esnext"],
  ])("strict TypeScript with moduleResolution %s", (moduleResolution, module) => {
    writeFileSync(at("use.ts"), program);
    const compilerOptions = {
      ...{
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
      },
      ...{ noEmit: true, module, moduleResolution, target: "es2022", lib: ["es2023", "dom"], types: [] },
    };
    writeFileSync(at("tsconfig.json"), JSON.stringify({ compilerOptions, files: ["use.ts"] }));
    const { stdout, status } = run(process.execPath, [join(PACKAGE_ROOT, "node_modules/typescript/bin/tsc")]);
    expect([stdout, status]).toEqual(["", 0]);
  });

  test("CommonJS: works where Node requires modules, and elsewhere Node says to import()", () => {
    const { status, stderr, stdout } = run(process.execPath, [
      ...["--input-type=commonjs", "-e"],
      'console.log(typeof require("marginproof/verifier").verify)',
    ]);
    if (status === 0) expect(stdout).toBe("function\n");
    else expect(stderr).toMatch(/ERR_REQUIRE_ESM[\s\S]*|dynamic import\(\)/);
    const imported = run(process.execPath, [
      ...["--input-type=commonjs", "-e"],
      'import("marginproof/verifier").then(({ verify }) => console.log(typeof verify))',
    ]);
    expect(imported.stdout).toBe("function\n");
  });
});

describe("examples in the documentation of each function", () => {
  const source = [
    ...["embed/verify", "embed/light", "embed/inWorker", "verifier/trust", "verifier/digest"],
    ...["verifier/withJudgedBy", "prices/policy"],
  ]
    .map((name) => readFileSync(join(PACKAGE_ROOT, "src", `${name}.ts`), "utf8"))
    .join("\n");
  const documented = [
    ...source.matchAll(/@example\n([\s\S]*?)\n \*\/\nexport (?:async )?function (\w+)/g),
  ].map(([, code, name]) => ({ name: name!, code: code!.replace(/^ \* ?/gm, "") }));

  test("each function has one", () => {
    const functions = Object.entries(embed).flatMap(([name, exported]) =>
      typeof exported === "function" && !/^class/.test(String(exported)) ? [name] : [],
    );
    const named = documented.map(({ name }) => (name === "parsePolicyText" ? "parsePricePolicyText" : name));
    expect(named.sort()).toEqual(functions.sort());
  });

  test.each(documented)("$name", ({ code }) => {
    writeFileSync(at("example.ts"), code);
    const compilerOptions = {
      strict: true,
      module: "nodenext",
      target: "es2022",
      lib: ["es2023", "dom"],
      types: ["node"],
    };
    writeFileSync(at("tsconfig.json"), JSON.stringify({ compilerOptions, files: ["example.ts"] }));
    const compiled = run(process.execPath, [join(PACKAGE_ROOT, "node_modules/typescript/bin/tsc")]);
    expect([compiled.stdout, compiled.status]).toEqual(["", 0]);
    const expected = [...code.matchAll(/console\.log.*; \/\/ (.+)$/gm)]
      .map(([, said]) => `${said}\n`)
      .join("");
    expect(run(process.execPath, ["example.js"])).toMatchObject({ stdout: expected, stderr: "", status: 0 });
  });
});

describe("examples/embed-node", () => {
  const nightly = (bundle: string, allow = "yes", ...more: string[]) =>
    spawnSync(process.execPath, ["nightly.js", bundle, "keys/keys.json", ...more], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, ALLOW_DEV_KEYS: allow },
    });

  test("is short, and says of a good bundle that it is one", () => {
    expect(readFileSync(at("nightly.js"), "utf8").split("\n").length).toBeLessThan(30);
    const { status, stdout } = nightly("bundle");
    expect(JSON.parse(stdout)).toMatchObject({ valid: true, failed: [] });
    expect(status).toBe(0);
  });

  test.each(["signed", "uncovered"] as const)("of the %s epoch too", (name: TinyEpochName) => {
    const { status, stdout } = nightly(tinyEpochPaths(name).bundle);
    expect([JSON.parse(stdout).valid, status]).toEqual(name === "signed" ? [true, 0] : [false, 1]);
  });

  test("ends with 1 under keys that are not trusted, or another anchor", () => {
    expect(JSON.parse(nightly("bundle", "no").stdout)).toMatchObject({
      failed: [{ code: "KEY_DEVELOPMENT" }],
    });
    const other = nightly("bundle", "yes", `0x${"0".repeat(64)}`);
    expect(JSON.parse(other.stdout)).toMatchObject({ failed: [{ code: "ANCHOR_MISMATCH" }] });
    expect(other.status).toBe(1);
  });
});

const MISSING = `no Chromium at ${CHROMIUM}`;
describe.skipIf(!CHROMIUM_FOUND)(CHROMIUM_FOUND ? "in a browser" : MISSING, () => {
  let browser: Browser;
  let origin: string;
  let close: () => void;
  const page = at("page");

  beforeAll(async () => {
    mkdirSync(page);
    writeFileSync(join(page, "account.js"), (await bundled("", at("account.js"))).code);
    const worker = await bundled('import "marginproof/verifier/worker";');
    writeFileSync(join(page, "worker.js"), worker.code);
    const use = `import { verifyInWorker } from "marginproof/verifier";
      window.inWorker = (request, signal) => {
        const told = [];
        const worker = new Worker(request.script ?? "worker.js", { type: "module" });
        return verifyInWorker(request, { worker, signal, onProgress: (...each) => told.push(each) })
          .then((found) => ({ ...found, told }), (error) => ({ error: error.name, code: error.code }));
      };
      window.twice = (requests) => {
        const worker = new Worker("worker.js", { type: "module" });
        const asked = requests.map((request) => verifyInWorker(request, { worker }));
        return Promise.allSettled(asked).then((both) =>
          both.map(({ value, reason }) => reason?.code ?? value.account.status));
      };`;
    writeFileSync(join(page, "use.js"), (await bundled(use)).code);
    writeFileSync(join(page, "verify.html"), '<script type="module" src="use.js"></script>');
    const { server, origin: served } = await serve(page);
    [origin, close] = [served, () => server.close()];
    browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGS });
  });
  afterAll(async () => {
    await browser?.close();
    close?.();
  });

  /** What examples/embed-browser shows of these files. */
  async function shown(holder: string, account = 'data-account="carol"'): Promise<string> {
    writeFileSync(join(page, "holder.json"), holder);
    const place = `<p id="counted" ${account} data-test="yes"></p>`;
    writeFileSync(join(page, "index.html"), `${place}<script type="module" src="account.js"></script>`);
    cpSync(at("auditors.json"), join(page, "auditors.json"));
    const tab = await browser.newPage();
    await tab.goto(`${origin}/`);
    const line = tab.locator("#counted:not(:empty)");
    const text = await line.innerText({ timeout: 60_000 });
    await tab.close();
    return text;
  }

  test("examples/embed-browser says that carol was counted, and on whose word", async () => {
    expect(readFileSync(at("account.js"), "utf8").split("\n").length).toBeLessThan(30);
    const carrying = readFileSync(at("carrying.json"), "utf8");
    expect(await shown(carrying)).toBe(
      `You were counted at ${JSON.parse(carrying).statement.time}, with 1 pockets; that the proofs hold is the word of Alpha.`,
    );
    const richer = carrying.replace('"steps":"9000000000"', '"steps":"9000000001"');
    expect(await shown(richer)).toBe("Not shown to be counted: OPENING_LEAF");
    expect(await shown(carrying, "")).toBe("Not shown to be counted: no account name was given");
    expect(await shown(carrying, 'data-account="dave"')).toBe("Not shown to be counted: OPENING_ACCOUNT");
    const hidden = carrying.replace(/"badDebt":"\d+"/, '"badDebt":"0"');
    expect(await shown(hidden)).toContain("SUM_EQUITY");
  });

  test("a worker verifies, tells how far it is, and can be stopped", async () => {
    const tab = await browser.newPage();
    await tab.goto(`${origin}/verify.html`);
    await tab.waitForFunction("window.inWorker !== undefined");
    const { keys } = JSON.parse(readFileSync(at("keys", "keys.json"), "utf8")) as { keys: unknown };
    const opening = { file: readFileSync(at("carol.json"), "utf8"), account: "carol" };
    const request = { texts: tinyTexts(), options: { pins: keys, allowDevKeys: true }, opening };
    const verified = await tab.evaluate((given) => (window as never as Tab).inWorker(given), request);
    expect(verified).toMatchObject({
      verdict: { valid: true, judgedBy: { quote: "USDT" } },
      account: { status: "counted" },
    });
    expect(verified).toMatchObject({ epoch: { epoch: JSON.parse(tinyTexts().statement).epoch } });
    expect(verified.told!.at(-1)).toEqual([verified.told!.at(-1)![1], verified.told!.at(-1)![1]]);
    const wrong = { ...request, options: { ...request.options, expectedDigest: "0x12" } };
    expect(await tab.evaluate((given) => (window as never as Tab).inWorker(given), wrong)).toMatchObject({
      code: "DIGEST_INVALID",
    });
    const missing = { ...request, script: "none.js" };
    expect(await tab.evaluate((given) => (window as never as Tab).inWorker(given), missing)).toMatchObject({
      code: "WORKER_FAILED",
    });
    const stopped = await tab.evaluate((given) => {
      const controller = new AbortController();
      const ended = (window as never as Tab).inWorker(given, controller.signal);
      controller.abort();
      return ended;
    }, request);
    expect(stopped).toMatchObject({ error: "AbortError" });
    await tab.close();
  });

  test("two files in one worker: the second never gets the answer for the first", async () => {
    const tab = await browser.newPage();
    await tab.goto(`${origin}/verify.html`);
    await tab.waitForFunction("window.twice !== undefined");
    const { keys } = JSON.parse(readFileSync(at("keys", "keys.json"), "utf8")) as { keys: unknown };
    const file = readFileSync(at("carol.json"), "utf8");
    const ask = (account: string) => ({
      texts: tinyTexts(),
      options: { pins: keys, allowDevKeys: true },
      opening: { file, account },
    });
    const both = await tab.evaluate(
      (asked) => (window as never as Tab).twice(asked),
      [ask("carol"), ask("dave")],
    );
    expect(both).toEqual(["counted", "WORKER_FAILED"]);
    await tab.close();
  });
});

interface Tab {
  readonly twice: (requests: readonly unknown[]) => Promise<string[]>;
  readonly inWorker: (
    request: unknown,
    signal?: AbortSignal,
  ) => Promise<{ readonly told?: [number, number][]; readonly code?: string }>;
}

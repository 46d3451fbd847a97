import { rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildWeb } from "../../scripts/buildWeb.js";
import { readBundle } from "../../src/files/bundleFolder.js";
import { parseBundleTexts } from "../../src/verifier/bundleTexts.js";
import type { PinnedKey } from "../../src/verifier/pins.js";
import type * as Library from "../../src/web/index.js";
import { exampleOfPrices, tinyEpochPaths, tinyPins, verifyTiny } from "../support/tinyBundle.js";
import { temporaryFolder, tinyOpening, tinyTexts } from "./support.js";

const folder = temporaryFolder();
let library: typeof Library;
let pins: readonly PinnedKey[];

/** The built file, as a user of the library would load it. */
beforeAll(async () => {
  const built = await buildWeb(folder);
  const url = pathToFileURL(join(built.library, "marginproof.js")).href;
  library = (await import(/* @vite-ignore */ url)) as typeof Library;
  pins = await tinyPins();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const trust = () => ({ pins, allowDevKeys: true });
const failed = ({ checks }: Library.Verdict) => checks.filter(({ status }) => status === "fail");

describe("verifyBundle", () => {
  it.each(["covered", "uncovered", "signed"] as const)(
    "says of the %s epoch what verifyEpoch says",
    async (name) => {
      const bundle = await readBundle(tinyEpochPaths(name).bundle);
      expect(parseBundleTexts(tinyTexts(name))).toEqual(bundle);
      expect(library.verifyBundle(tinyTexts(name), trust()).verdict).toEqual(
        (await verifyTiny(bundle)).verdict,
      );
    },
  );

  it.each(["statement", "steps", "verifyingKeys", "market"] as const)(
    "turns a damaged %s into a failed check",
    (part) => {
      const { verdict } = library.verifyBundle({ ...tinyTexts(), [part]: "{" }, trust());
      expect(verdict).toMatchObject({ valid: false, proved: false, solvent: false });
      expect(failed(verdict)).toHaveLength(1);
      expect(failed(verdict)[0]!.detail).toMatch(/^JSON_INVALID: |^MARKET_/);
    },
  );

  it("reads past a byte order mark, as on disk: the digest is of what was read", () => {
    const texts = tinyTexts();
    const marked = { ...texts, statement: `\uFEFF${texts.statement}`, market: `\uFEFF${texts.market}` };
    const { verdict } = library.verifyBundle(marked, trust());
    expect(verdict).toEqual(library.verifyBundle(texts, trust()).verdict);
    for (const second of ["\uFEFF", "\n\uFEFF"])
      expect(
        failed(
          library.verifyBundle({ ...marked, statement: `${second}${marked.statement}` }, trust()).verdict,
        )[0],
      ).toMatchObject({ id: "files" });
  });

  it.each([
    ["a step line longer than any step", "x".repeat(5000)],
    ["more steps than an epoch can have", "0\n".repeat(131_073)],
  ])("refuses %s", (_, steps) => {
    const { verdict } = library.verifyBundle({ ...tinyTexts(), steps }, trust());
    expect(failed(verdict)[0]!.detail).toMatch(/^BUNDLE_TOO_LARGE: /);
  });

  it("trusts no key by itself, and development keys only when told", () => {
    const detail = (options: Library.VerifyBundleOptions) =>
      failed(library.verifyBundle(tinyTexts(), options).verdict)[0]?.detail;
    expect(detail({ pins: [], allowDevKeys: true })).toMatch(/^KEY_NOT_PINNED/);
    expect(detail({ pins })).toMatch(/^KEY_DEVELOPMENT/);
  });

  it("compares the digest in either letter case, and refuses what is none", () => {
    const { statementDigest } = library.verifyBundle(tinyTexts(), trust()).verdict;
    const upper = `0x${statementDigest!.slice(2).toUpperCase()}`;
    const verify = (expectedDigest: string) =>
      library.verifyBundle(tinyTexts(), { ...trust(), expectedDigest }).verdict;
    expect(verify(upper).valid).toBe(true);
    expect(failed(verify(`0x${"0".repeat(64)}`))[0]!.detail).toMatch(/^ANCHOR_MISMATCH/);
    expect(() => verify("0x12")).toThrow(expect.objectContaining({ code: "DIGEST_INVALID" }));
  });
});

describe("signed prices", () => {
  const policy = () => library.parsePricePolicyText(exampleOfPrices("policy.json"));
  const verify = (texts: Library.BundleTexts, options: Partial<Library.VerifyBundleOptions> = {}) =>
    library.verifyBundle(texts, { ...trust(), ...options }).verdict;

  it("are repeated here, under the reader's own policy if there is one", () => {
    expect(verify(tinyTexts("signed"), { pricePolicy: policy() })).toMatchObject({
      valid: true,
      prices: "pinned",
    });
    expect(verify(tinyTexts("signed"))).toMatchObject({ valid: true, prices: "attested" });
    expect(verify(tinyTexts())).toMatchObject({ valid: true, prices: "stated" });
  });

  it("are refused without evidence, and with a stricter policy than they satisfy", () => {
    const { evidence: _, ...stripped } = tinyTexts("signed");
    expect(failed(verify(stripped))[0]!.detail).toMatch(/^PRICES_EVIDENCE_MISSING: /);
    expect(failed(verify(tinyTexts(), { pricePolicy: policy() }))[0]!.detail).toMatch(
      /^PRICES_NOT_ATTESTED: /,
    );
    const strict = { ...policy(), maxAgeSeconds: 3 };
    expect(failed(verify(tinyTexts("signed"), { pricePolicy: strict }))[0]!.detail).toMatch(
      /^PRICES_STALE: /,
    );
  });

  it("ask for a policy that is one", () => {
    expect(() => library.parsePricePolicyText("{}")).toThrow(
      expect.objectContaining({ code: "PRICES_POLICY" }),
    );
  });
});

describe("checkOpening", () => {
  let verified: Library.VerifiedBundle | undefined;
  const bundle = () => (verified ??= library.verifyBundle(tinyTexts(), trust()));

  it("counts a holder, under their own name only", async () => {
    const text = JSON.stringify(await tinyOpening("carol"));
    expect(library.checkOpening(text, bundle(), { account: "carol" })).toMatchObject({
      status: "counted",
      nameCompared: true,
      report: { account: "carol", pockets: [{ pocket: "", isolated: false, health: "sound" }] },
    });
    expect(library.checkOpening(text, bundle(), { account: "Carol" })).toMatchObject({
      status: "not-checked",
      code: "OPENING_ACCOUNT",
    });
    expect(library.checkOpening(text, bundle())).toMatchObject({ status: "counted", nameCompared: false });
  });

  it("opens all pockets of a holder together", async () => {
    const text = JSON.stringify(await tinyOpening("judy", "pockets"));
    const pockets = library.verifyBundle(tinyTexts("pockets"), trust());
    expect(pockets.verdict.valid).toBe(true);
    expect(library.checkOpening(text, pockets, { account: "judy" })).toMatchObject({
      status: "counted",
      report: {
        pockets: [
          { pocket: "1", isolated: true, equity: "1200" },
          { pocket: "grid", isolated: true, equity: "1400" },
        ],
        holdings: [
          { instrument: "USDT", quantity: "2000" },
          { instrument: "BTC", quantity: "0.01" },
        ],
      },
    });
  });

  it("has nothing to say where the epoch is not proved", async () => {
    const refused = library.verifyBundle(tinyTexts(), { pins });
    expect(library.checkOpening(JSON.stringify(await tinyOpening("carol")), refused)).toEqual({
      status: "unknown",
    });
  });

  it.each(["", "[]", `"${"x".repeat(2_000_000)}"`])(
    "says of a file that is none only that it could not be checked",
    (text) => {
      expect(library.checkOpening(text, bundle()).status).toBe("not-checked");
    },
  );

  it("says the same of a number that is not canonical", async () => {
    const text = JSON.stringify(await tinyOpening("carol")).replace('"steps":"9000000000"', '"steps":"9e9"');
    expect(library.checkOpening(text, bundle())).toMatchObject({
      status: "not-checked",
      code: "INTEGER_NOT_CANONICAL",
    });
  });
});

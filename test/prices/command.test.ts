import { chmodSync, cpSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.js";
import {
  addressOfPrivateKey,
  type PricePolicyJson,
  parsePolicy,
  verifyPriceFileText,
} from "../../src/prices/index.js";
import { edited, inFolder, write } from "../rules/support.js";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyEpochPaths } from "../support/tinyBundle.js";

const EXAMPLE = join(import.meta.dirname, "..", "..", "examples", "prices");
const at = (name: string): string => join(EXAMPLE, name);
const read = (path: string): string => readFileSync(path, "utf8");
const FILES = ["alpha.json", "beta.json", "gamma.json"].map(at);
/** Known to everybody: see examples/prices/README.md. */
const ALPHA_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

async function run(...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    errIsScreen: false,
  };
  const code = await runCli(args, terminal);
  return { code, out: out.join("\n"), err: err.join("") };
}

describe("marginproof prices", () => {
  test("the example's keys are those its page shows, and its files are signed with them", () => {
    const page = read(at("README.md"));
    const rows = [...page.matchAll(/^\| (\w+) \| (0x[0-9a-fA-F]{40}) \| (0x[0-9a-f]{64}) \|$/gm)];
    expect(rows.map(([, name]) => name)).toEqual(["Alpha", "Beta", "Gamma"]);
    rows.forEach(([, name, address, key], i) => {
      expect(addressOfPrivateKey(key!)).toBe(address);
      expect(verifyPriceFileText(read(FILES[i]!))).toMatchObject({
        source: `${name}, Example Exchange marks`,
        signer: address,
      });
    });
  });

  test("sign makes the example's file from its unsigned one; verify shows who signed", () =>
    inFolder(async (folder) => {
      const key = write(folder, "alpha.key", `${ALPHA_KEY}\n`);
      chmodSync(key, 0o600);
      const out = join(folder, "alpha.json");
      const signed = await run("prices", "sign", at("unsigned.json"), "--key-file", key, "--out", out);
      expect(signed).toMatchObject({ code: 0, err: "" });
      expect(signed.out).not.toContain(ALPHA_KEY);
      expect(read(out)).toBe(read(at("alpha.json")));
      expect(
        (await run("prices", "sign", at("unsigned.json"), "--key-file", key, "--out", out)).err,
      ).toContain("OUT_EXISTS");
      const shown = await run("prices", "verify", ...FILES);
      expect(shown.code).toBe(0);
      expect(shown.out).toMatch(
        /alpha\.json +Alpha, Example Exchange marks +0xf39F\w+ +USDT +5 +\S+54\.5Z +\S+55Z/,
      );
      const bad = write(folder, "bad.json", edited(read(out), '"60010.5"', '"60011.5"'));
      const refused = await run("prices", "verify", at("beta.json"), bad);
      expect(refused).toMatchObject({ code: 1, out: "" });
      expect(refused.err).toContain(`PRICES_WRONG_SIGNER: ${bad}: `);
    }));

  test("a fault in one's own unsigned file is a mistake of one's own", () =>
    inFolder(async (folder) => {
      const key = write(folder, "alpha.key", `${ALPHA_KEY}\n`);
      chmodSync(key, 0o600);
      const sign = async (text: string) => {
        const path = write(folder, "unsigned.json", text);
        const { code, err } = await run(
          "prices",
          "sign",
          path,
          "--key-file",
          key,
          "--out",
          join(folder, "x"),
        );
        return [code, err.split(":")[0]];
      };
      const unsigned = read(at("unsigned.json"));
      expect(await sign(unsigned.replace('"60010.5"', "60010.5"))).toEqual([2, "error PRICES_SCHEMA"]);
      expect(await sign(unsigned.replace("BTC-PERP", "BTC"))).toEqual([
        2,
        "error PRICES_DUPLICATE_OBSERVATION",
      ]);
      expect(await sign("[]")).toEqual([2, "error PRICES_SCHEMA"]);
      expect(await sign("{")).toEqual([2, "error JSON_INVALID"]);
      expect(await sign(`\uFEFF${unsigned}`)).toEqual([0, ""]);
    }));

  test("new-key makes a key that only its owner reads, and sign takes no other", () =>
    inFolder(async (folder) => {
      const key = join(folder, "new.key");
      const made = await run("prices", "new-key", "--out", key);
      expect(made.code).toBe(0);
      expect((statSync(key).mode & 0o777).toString(8)).toBe("600");
      expect(made.out).toContain(addressOfPrivateKey(read(key).trim()));
      expect(made.out).not.toContain(read(key).trim());
      expect((await run("prices", "new-key", "--out", key)).err).toContain("OUT_EXISTS");
      const out = join(folder, "signed.json");
      const sign = (path: string) =>
        run("prices", "sign", at("unsigned.json"), "--key-file", path, "--out", out);
      expect((await sign(key)).code).toBe(0);
      const bad: [string, string, string, number][] = [
        ["PRICES_KEY_FILE", "readable by others", `${ALPHA_KEY}\n`, 0o640],
        ["PRICES_KEY_FILE", "no key", "0x12\n", 0o600],
        ["PRICES_KEY_FILE", "too long", `${ALPHA_KEY}\n`.repeat(4), 0o600],
        ["PRICES_KEY", "zero", `0x${"0".repeat(64)}\n`, 0o600],
      ];
      for (const [code, name, text, mode] of bad) {
        const path = write(folder, name, text);
        chmodSync(path, mode);
        const { code: exit, err } = await run(
          "prices",
          "sign",
          at("unsigned.json"),
          "--key-file",
          path,
          "--out",
          join(folder, "x"),
        );
        expect([exit, err.split(":")[0]]).toEqual([2, `error ${code}`]);
        expect(err).not.toContain(text.trim().slice(2, 40));
      }
      expect(existsSync(join(folder, "x"))).toBe(false);
      // Alpha's prices, signed with another key as Alpha: the file says who must sign.
      const theirs = write(
        folder,
        "alpha-unsigned.json",
        edited(read(at("alpha.json")), read(at("alpha.json")).match(/,\s+"signature": "\w+"/)![0], ""),
      );
      const other = await run("prices", "sign", theirs, "--key-file", key, "--out", join(folder, "x"));
      expect(other.err).toContain("PRICES_KEY");
    }));
});

describe("marginproof prices terms", () => {
  const POLICY = JSON.parse(read(at("policy.json"))) as PricePolicyJson;
  const sorted = (terms: PricePolicyJson["terms"]) => parsePolicy({ ...POLICY, terms }).terms;
  const printed = async (path: string) => {
    const { code, out, err } = await run("prices", "terms", path);
    expect(code).toBe(0);
    expect(err).toContain("Read every line");
    return (JSON.parse(out) as { terms: PricePolicyJson["terms"] }).terms;
  };

  test("prints those of the example's policy, from its rules and from its market file", async () => {
    expect(sorted(await printed(at("rules.yaml")))).toEqual(sorted(POLICY.terms));
    expect(sorted(await printed(tinyEpochPaths("signed").market))).toEqual(sorted(POLICY.terms));
  });

  test("takes weekly chains together, whatever their names look like, and says what it can't know", () =>
    inFolder(async (folder) => {
      const rules = read(at("rules.yaml"));
      const weekly = edited(
        rules,
        "options:\n",
        `options:\n${chain("BTC-4DEC26", "BTC")}${chain("BTC-X", "BTC")}`,
      );
      const found = await printed(write(folder, "rules.yaml", weekly));
      expect(found.filter(({ kind }) => kind === "option" || kind === "future")).toEqual([
        { instrument: "BTC-{DMMMYY}", kind: "future", settlement: "USDT" },
        {
          instrument: "BTC-{DMMMYY}-{strike}-{side}",
          kind: "option",
          settlement: "USDT",
          underlyings: ["BTC-{DMMMYY}", "BTC"],
        },
        { instrument: "BTC-X-61000-C", kind: "option", settlement: "USDT", underlyings: ["BTC"] },
      ]);
      // So do rules that state a forward's price, and so does a market file: a price, not whose it is.
      const stated = edited(rules, "forward: BTC-25DEC26 ", "forward: 60450 ");
      const forward = await printed(write(folder, "stated.yaml", stated));
      expect(forward.flatMap((t) => (t.kind === "option" ? [t.underlyings] : []))).toEqual([[]]);
      const market = read(tinyEpochPaths("signed").market).replaceAll(
        '"notionalPrice": "60450"',
        '"notionalPrice": "2"',
      );
      const unknown = await printed(write(folder, "market.json", market));
      expect(unknown.flatMap((t) => (t.kind === "option" ? [t.underlyings] : []))).toEqual([[]]);
    }));

  test("a policy of the form before is refused, with what to add", () =>
    inFolder(async (folder) => {
      const { terms: _, ...before } = { ...POLICY, format: "marginproof/price-policy/1" };
      const path = write(folder, "policy.json", JSON.stringify(before));
      const { code, err } = await run(
        "market",
        "verify",
        at("rules.yaml"),
        "--rules",
        at("rules.yaml"),
        "--price-policy",
        path,
      );
      expect(code).toBe(2);
      expect(err).toContain("PRICES_POLICY: price policy, format: is marginproof/price-policy/1");
      expect(err).toContain("marginproof prices terms RULES");
    }));
});

/** A chain with one call, priced by the model. */
const chain = (name: string, underlying: string): string =>
  `  - { chain: ${name}, underlying: ${underlying}, expiry: 2026-12-04T08:00:00Z, settlement: USDT-PNL, step: 0.01, tick: 0.5, ` +
  "model: book, strikes: [{ strike: 61000, call: model }] }\n";

describe("marginproof market with signed prices", () => {
  const POLICY = ["--price-policy", at("policy.json")];

  test("build writes market and evidence, verify repeats both", () =>
    inFolder(async (folder) => {
      const [market, evidence] = [join(folder, "market.json"), join(folder, "evidence.json")];
      const build = (...args: string[]) =>
        run(
          "market",
          "build",
          at("rules.yaml"),
          "--out",
          market,
          "--evidence",
          evidence,
          ...POLICY,
          "--prices",
          ...args,
        );
      const built = await build(...FILES);
      expect([built.code, built.err]).toEqual([0, ""]);
      expect(built.out).toMatch(/BTC-PERP +60,030\.5 +60,010 +0\.0342% +3/);
      expect((await build(...FILES)).err).toContain("OUT_EXISTS");
      const verify = (...args: string[]) =>
        run("market", "verify", market, "--rules", at("rules.yaml"), ...args);
      const same = await verify("--evidence", evidence, ...POLICY);
      expect([same.code, same.err]).toEqual([0, ""]);
      expect(same.out).toContain("The signers are on your own price policy.");
      expect((await verify("--evidence", evidence)).out).toContain("give --price-policy");
      expect(await verify()).toMatchObject({ code: 2, out: "" });
      const strict = write(
        folder,
        "strict.json",
        edited(read(at("policy.json")), '"maxAgeSeconds": 30', '"maxAgeSeconds": 3'),
      );
      const stale = await verify("--evidence", evidence, "--price-policy", strict);
      expect([stale.code, stale.err.split(":")[0]]).toEqual([1, "error PRICES_STALE"]);
      const moved = write(
        folder,
        "moved.json",
        edited(read(market), '"markPrice": "60450"', '"markPrice": "60451"'),
      );
      const differs = await run(
        "market",
        "verify",
        moved,
        "--rules",
        at("rules.yaml"),
        "--evidence",
        evidence,
      );
      expect([differs.code, differs.err.split(":")[0]]).toEqual([1, "error RULES_MARKET_DIFFERS"]);
      const spaced = write(folder, "spaced.json", `${read(evidence)}\n`);
      expect((await verify("--evidence", spaced)).err).toContain("PRICES_EVIDENCE_DIFFERS");
      const fewer = join(folder, "fewer.json");
      await run(
        "market",
        "build",
        at("rules.yaml"),
        "--out",
        join(folder, "m"),
        "--evidence",
        fewer,
        ...POLICY,
        "--prices",
        ...FILES.slice(1),
      );
      expect((await verify("--evidence", fewer)).err).toContain("RULES_MARKET_DIFFERS");
    }));

  test("build refuses by name, writes nothing, and wants all of its flags", () =>
    inFolder(async (folder) => {
      const out = ["--out", join(folder, "m"), "--evidence", join(folder, "e")];
      const build = (...args: string[]) => run("market", "build", at("rules.yaml"), ...out, ...args);
      const alone = await build(...POLICY, "--prices", FILES[0]!);
      expect([alone.code, alone.err.split(":")[0]]).toEqual([1, "error PRICES_NO_EVIDENCE"]);
      expect((await build(...POLICY, "--prices", FILES[0]!, FILES[0]!)).err).toContain(
        "PRICES_DUPLICATE_SIGNER",
      );
      expect((await build(...POLICY)).err).toContain("PRICES_FLAGS");
      expect((await build("--prices", ...FILES)).err).toContain("PRICES_FLAGS");
      expect((await run("market", "build", at("rules.yaml"), "--out", join(folder, "m"))).err).toContain(
        "RULES_PRICES",
      );
      const text = write(folder, "text.json", "nonsense");
      expect((await build(...POLICY, "--prices", text)).err).toContain(`JSON_INVALID: ${text}: `);
      expect(await build("--price-policy", text, "--prices", ...FILES)).toMatchObject({ code: 2 });
      expect([existsSync(join(folder, "m")), existsSync(join(folder, "e"))]).toEqual([false, false]);
    }));
});

describe("prove, verify and inspect with signed prices", () => {
  const paths = tinyEpochPaths("signed");
  const verify = (bundle: string, ...args: string[]) =>
    run("verify", bundle, "--keys", join(TEST_KEYS, "keys.json"), "--allow-dev-keys", "--quiet", ...args);

  test("prove wants the evidence that the market names, and no other", () =>
    inFolder(async (folder) => {
      const prove = (market: string, ...args: string[]) =>
        run(
          "prove",
          "--market",
          market,
          "--accounts",
          paths.accounts,
          "--out",
          join(folder, "b"),
          "--private",
          join(folder, "p"),
          "--keys",
          TEST_KEYS,
          "--profile",
          "test",
          "--quiet",
          ...args,
        );
      const codeOf = async (result: ReturnType<typeof prove>) => [
        (await result).code,
        (await result).err.split(":")[0],
      ];
      expect(await codeOf(prove(paths.market))).toEqual([2, "error PRICES_EVIDENCE_MISSING"]);
      const covered = tinyEpochPaths("covered").market;
      expect(await codeOf(prove(covered, "--evidence", paths.evidence))).toEqual([
        2,
        "error PRICES_EVIDENCE_UNNAMED",
      ]);
      expect(await codeOf(prove(paths.market, "--evidence", at("policy.json")))).toEqual([
        1,
        "error PRICES_EVIDENCE_DIGEST",
      ]);
      expect(existsSync(join(folder, "b"))).toBe(false);
    }));

  test("prove finds its finished proofs again, and makes no second statement with other evidence", () =>
    inFolder(async (folder) => {
      const [privateDir, market, evidence] = ["private", "market.json", "evidence.json"].map((n) =>
        join(folder, n),
      );
      cpSync(paths.privateDir, privateDir!, { recursive: true });
      const prove = (out: string, from: string, by: string) =>
        run(
          ...[
            "prove",
            "--market",
            from,
            "--evidence",
            by,
            "--accounts",
            paths.accounts,
            "--out",
            join(folder, out),
          ],
          ...["--private", privateDir!, "--keys", TEST_KEYS, "--profile", "test", "--quiet"],
        );
      const again = await prove("again", paths.market, paths.evidence);
      expect(again).toMatchObject({ code: 0, err: "" });
      expect(again.out).toMatch(/8 margin accounts in (\d+) proofs, \1 of them from an earlier run/);
      const name = "price-evidence.json";
      expect(read(join(folder, "again", name))).toBe(read(join(paths.bundle, name)));
      const flags = ["--out", market!, "--evidence", evidence!, "--price-policy", at("policy.json")];
      await run("market", "build", at("rules.yaml"), ...flags, "--prices", ...FILES.slice(1));
      expect((await prove("other", market!, evidence!)).err).toContain("EPOCH_PUBLISHED");
    }));

  test("verify says whose word the prices are, for people and for scripts", async () => {
    const prices = async (bundle: string, ...args: string[]) =>
      (JSON.parse((await verify(bundle, "--json", ...args)).out) as { prices: string }).prices;
    expect(await prices(paths.bundle, "--price-policy", at("policy.json"))).toBe("pinned");
    expect(await prices(paths.bundle)).toBe("attested");
    expect(await prices(tinyEpochPaths("covered").bundle)).toBe("stated");
    const shown = await verify(paths.bundle, "--price-policy", at("policy.json"));
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.out).toContain("[pass] the prices are signed as your own price policy asks");
    const unsigned = await verify(tinyEpochPaths("covered").bundle, "--price-policy", at("policy.json"));
    expect(unsigned.code).toBe(1);
    expect(unsigned.out).toContain("PRICES_NOT_ATTESTED");
  });

  test("a fault in the reader's own policy is a mistake of theirs", () =>
    inFolder(async (folder) => {
      const bad = write(folder, "policy.json", edited(read(at("policy.json")), '"quorum": 2', '"quorum": 4'));
      const found = await verify(paths.bundle, "--price-policy", bad);
      expect([found.code, found.out]).toEqual([2, ""]);
      expect(found.err).toContain("PRICES_POLICY: price policy, quorum: 4 can't be reached by 3 signers");
    }));

  test("inspect shows mark, index, distance and signers", () =>
    inFolder(async (folder) => {
      const { code, out } = await run("inspect", paths.bundle);
      expect(code).toBe(0);
      expect(out).toMatch(/BTC-25DEC26 +60,450 +60,010 +0\.7333% +3/);
      expect(out).toMatch(/BTC-25DEC26-64000-C +1,795\.5 +- +- +3/);
      const json = JSON.parse((await run("inspect", paths.bundle, "--json")).out) as {
        prices: Record<string, unknown>;
      };
      expect(json.prices).toMatchObject({
        quorum: 2,
        signers: [{ name: "Gamma, Example Exchange marks" }, {}, {}],
        instruments: [
          { instrument: "BTC", mark: "60010.5", index: null, distance: null, signers: 3 },
          {},
          {},
          {},
          {},
        ],
      });
      const plain = await run("inspect", tinyEpochPaths("covered").bundle);
      expect(plain.out).toMatch(/prices +the exchange's word: no evidence/);
      const bundle = join(folder, "bundle");
      cpSync(paths.bundle, bundle, { recursive: true });
      write(bundle, "price-evidence.json", `${read(join(bundle, "price-evidence.json"))}\n`);
      expect(await run("inspect", bundle)).toMatchObject({ code: 1, out: "" });
    }));
});

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesToHex } from "../../src/field/encoding.js";
import { bestPoseidon } from "../../src/field/poseidon/bestPoseidon.js";
import { readBundle } from "../../src/files/bundleFolder.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { silentProgress } from "../../src/files/progress.js";
import { checkAccount } from "../../src/holder/checkAccount.js";
import { loadProfile } from "../../src/keys/instances.js";
import {
  canonicalMarketDigest,
  compileTable,
  type MarketJson,
  openRates,
  parseMarket,
  parseMarketText,
  parsePrivateModel,
  secretRatesDigest,
} from "../../src/market/index.js";
import { disclose } from "../../src/prover/disclose.js";
import { proveEpoch } from "../../src/prover/prove.js";
import { createWasmBackend } from "../../src/prover/wasm/wasmBackend.js";
import { accountReport } from "../../src/report/accountReport.js";
import { accountText } from "../../src/report/accountText.js";
import type { BundleParts } from "../../src/verifier/bundle.js";
import type { VerifiedEpoch } from "../../src/verifier/verifyEpoch.js";
import { run } from "../cli/run.js";
import { TEST_KEYS } from "../support/circuit.js";
import { tinyPins, verifyTiny } from "../support/tinyBundle.js";

/** examples/private, built, proved and verified with real proofs in two epochs at other prices. */
const folder = mkdtempSync(join(tmpdir(), "marginproof-private-"));
const at = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(at(name), "utf8");
const EXAMPLE = join(PACKAGE_ROOT, "examples", "private");
const accountsPath = join(EXAMPLE, "accounts.csv");
const rules = readFileSync(join(EXAMPLE, "rules.yaml"), "utf8");

const EPOCHS = ["first", "second"] as const;
const RULES: Readonly<Record<(typeof EPOCHS)[number], string>> = {
  first: rules,
  second: rules
    .replace("epoch: 2026-11-23T08", "epoch: 2026-11-24T08")
    .replace("mark: 60000.5", "mark: 63123.77")
    .replace("mark: 3003", "mark: 2871.4"),
};

async function build(name: string, model: string, out = `${name}.json`): Promise<string> {
  const args = ["market", "build", at(`${name}.yaml`), "--private-model", at(model), "--profile", "test"];
  const { code, out: stdout, err: stderr } = run([...args, "--out", at(out)]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout;
}

async function prove(market: string, out: string, modelPath?: string): Promise<void> {
  const backend = createWasmBackend({ workers: 1 });
  try {
    await proveEpoch({
      marketPath: at(market),
      ...(modelPath === undefined ? {} : { modelPath: at(modelPath) }),
      accountsPath,
      out: at(out),
      privateDir: at("private"),
      keysDir: TEST_KEYS,
      profile: loadProfile("test"),
      backend,
      inFlight: 1,
      progress: silentProgress,
    });
  } finally {
    await backend.close();
  }
}

const bundles = new Map<string, BundleParts>();
let commitment: string;

beforeAll(async () => {
  for (const name of EPOCHS) {
    writeFileSync(at(`${name}.yaml`), RULES[name]);
    await build(name, "model.json");
    await prove(`${name}.json`, `bundle-${name}`, "model.json");
    bundles.set(name, await readBundle(at(`bundle-${name}`)));
  }
  commitment = secretRatesDigest(parseMarketText(read("first.json")))!;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const market = (name: string): MarketJson => JSON.parse(read(`${name}.json`)) as MarketJson;

describe("two epochs at other prices", () => {
  test("both are valid, under one rules commitment", async () => {
    for (const name of EPOCHS) {
      const { verdict } = await verifyTiny(bundles.get(name)!, { expectedRules: commitment });
      expect(verdict.checks.filter(({ status }) => status !== "pass")).toEqual([]);
      expect(verdict).toMatchObject({ valid: true, rules: { commitment, compared: true } });
      expect(verdict.notProved.join()).toContain("secret rates are fair");
      expect(verdict.notProved.join()).not.toContain("--rules-commitment");
    }
    expect(market("second").privateRules).toEqual(market("first").privateRules);
    expect(market("second").privateRules!.commitments).toHaveLength(2);
  });

  test("a verifier without a pinned value is told so", async () => {
    const { verdict } = await verifyTiny(bundles.get("first")!);
    expect(verdict).toMatchObject({ valid: true, rules: { commitment, compared: false } });
    const check = verdict.checks.find(({ id }) => id === "rules")!;
    expect(check.detail).toBe(
      `rules commitment ${commitment}, not checked against a pinned value: of rates and where they rise, not of the prices they apply to`,
    );
    expect(verdict.notProved.join()).toContain("--rules-commitment");
    const { out: stdout } = run(["inspect", at("bundle-first")]);
    expect(stdout).toContain(`${commitment}, not checked against a pinned value`);
  });

  test("another pinned value is refused, and a value pinned for a market that has no secret rates", async () => {
    const other = `0x${"0".repeat(64)}`;
    const { verdict } = await verifyTiny(bundles.get("second")!, { expectedRules: other });
    expect(verdict.proved).toBe(false);
    expect(verdict.checks.at(-2)!.detail).toContain("RULES_COMMITMENT");
    const { tinyBundle } = await import("../support/tinyBundle.js");
    const open = await verifyTiny(await tinyBundle("covered"), { expectedRules: commitment });
    expect(open.verdict.checks.find(({ status }) => status === "fail")!.detail).toContain("RULES_COMMITMENT");
  });

  test("the market file is what the rules and the model make; the model is for its owner only", async () => {
    const verify = (...more: string[]) =>
      run(["market", "verify", at("second.json"), "--rules", at("second.yaml"), ...more]);
    expect(verify("--private-model", at("model.json"))).toMatchObject({ code: 0 });
    expect(verify().err).toContain("RULES_PRIVATE");
    expect(statSync(at("model.json")).mode & 0o777).toBe(0o600);
  });

  test("explain shows what the proofs are about, and needs the model", async () => {
    const explain = (...more: string[]) =>
      run(["market", "explain", "carol", "--market", at("first.json"), "--accounts", accountsPath, ...more]);
    const { out: stdout } = explain("--model", at("model.json"));
    // 0.00487 on 0.833 BTC and 0.00569 on 0.167.
    expect(stdout).toContain("300.41890347");
    expect(explain().err).toContain("PRIVATE_MODEL_MISSING");
  });
});

describe("nothing secret is published", () => {
  const secrets = (): string[] => {
    const model = parsePrivateModel(read("model.json"));
    const found = parseMarketText(read("first.json"));
    const opened = openRates(found, compileTable(found), model, bestPoseidon())!;
    const integers = opened.table.rows.flatMap(({ notional, base, slope, initialBase, initialSlope }) =>
      notional === undefined ? [] : [base, slope, initialBase, initialSlope],
    );
    const packed = [opened.blinding(0), opened.blinding(1)];
    const rates = model.instruments.flatMap((i) => i.brackets.flatMap((b) => [b.maintenance, b.initial]));
    return [
      model.blinding.slice(2),
      ...[...packed, ...integers.filter((x) => x > 999_999n)].flatMap((x) => [x.toString(), x.toString(16)]),
      ...rates.filter((rate) => rate.length > 4),
      ...["0.00437", "0.00813", "0.02503"],
    ];
  };

  test("no rate, blinding, base or slope stands in any file of a bundle, in any notation", () => {
    const wanted = secrets();
    expect(wanted.length).toBeGreaterThan(60);
    for (const name of EPOCHS) {
      for (const file of readdirSync(at(`bundle-${name}`))) {
        const text = read(`bundle-${name}/${file}`);
        expect(
          wanted.filter((secret) => text.includes(secret)),
          file,
        ).toEqual([]);
      }
    }
    for (const i of market("first").instruments.slice(-2))
      expect(Object.keys(i)).not.toEqual(expect.arrayContaining(["maintenance"]));
  });

  test("another blinding of the same rates has commitments that share nothing with these", async () => {
    await build("first", "other-model.json", "other.json");
    const [one, other] = [market("first"), JSON.parse(read("other.json")) as MarketJson];
    expect({ ...other, privateRules: one.privateRules }).toEqual(one);
    const all = [...one.privateRules!.commitments, ...other.privateRules!.commitments];
    expect(new Set(all).size).toBe(4);
  });
});

describe("what the exchange can't do", () => {
  test("prove without the model, with another, or with steps of another size", async () => {
    await expect(prove("first.json", "x")).rejects.toMatchObject({ code: "PRIVATE_MODEL_MISSING" });
    await expect(prove("first.json", "x", "other-model.json")).rejects.toMatchObject({
      code: "PRIVATE_MODEL_DIFFERS",
    });
    const larger = { ...market("first"), privateRules: { rowsPerStep: 17, commitments: ["0x00"] } };
    const [found] = [parseMarketText(read("first.json"))];
    expect(() => parseMarket(larger)).toThrow();
    expect(found.privateRules!.rowsPerStep).toBe(16);
  });

  test("build with rates other than the model's, or find a rate changed in the model unnoticed", async () => {
    const cheaper = RULES.second.replace("maintenance: 0.00437", "maintenance: 0.00436");
    writeFileSync(at("cheaper.yaml"), cheaper);
    const args = ["market", "build", at("cheaper.yaml"), "--profile", "test", "--out", at("cheaper.json")];
    const { err: stderr } = run([...args, "--private-model", at("model.json")]);
    expect(stderr).toContain("PRIVATE_MODEL_DIFFERS");
    expect(stderr).toContain("the rules state other rates for BTC-PERP");
    writeFileSync(at("edited.json"), read("model.json").replace("0.00487", "0.00486"));
    const opened = () => {
      const found = parseMarketText(read("first.json"));
      return openRates(found, compileTable(found), parsePrivateModel(read("edited.json")), bestPoseidon());
    };
    expect(opened).toThrow(/commits to other rates/);
  });

  const edited = (edit: (market: MarketJson, statement: Record<string, unknown>) => void): BundleParts => {
    const honest = bundles.get("first")!;
    const changed = JSON.parse(honest.marketText) as MarketJson;
    const statement = structuredClone(honest.statement) as Record<string, unknown>;
    edit(changed, statement);
    const parsed = parseMarket(changed);
    statement.marketDigest = `0x${bytesToHex(canonicalMarketDigest(parsed))}`;
    statement.tableDigest = `0x${bytesToHex(compileTable(parsed).digest)}`;
    return { ...honest, marketText: JSON.stringify(changed), statement };
  };
  const refusal = ({ verdict }: VerifiedEpoch): string =>
    verdict.checks.find(({ status }) => status === "fail")!.detail;

  test.each<[string, (m: MarketJson) => void]>([
    ["commitments of two steps exchanged", (m) => m.privateRules!.commitments.reverse()],
    [
      "a commitment of its own choice",
      (m) => {
        m.privateRules!.commitments[0] = m.privateRules!.commitments[1]!;
      },
    ],
    [
      "a bracket begun at another quantity",
      (m) => {
        m.instruments.at(-1)!.privateBrackets![1] = "6.65";
      },
    ],
    [
      "a contract as an option, whose notional is what the exchange says",
      (m) => void Object.assign(m.instruments.at(-1)!, { kind: "option", notionalPrice: "0.03" }),
    ],
    [
      "two instruments exchanged, so that each has the other's rates",
      (m) => {
        const [btc, eth] = m.instruments.slice(-2).map((i) => i.symbol);
        m.instruments.at(-2)!.symbol = eth!;
        m.instruments.at(-1)!.symbol = btc!;
      },
    ],
  ])("publish %s: the rules commitment changes, and no proof fits", async (_, edit) => {
    const bundle = edited((m, statement) => {
      edit(m);
      const quantities = statement.quantities as { instrument: string }[];
      m.instruments.forEach((i, k) => {
        quantities[k]!.instrument = i.symbol;
      });
    });
    expect(refusal(await verifyTiny(bundle, { expectedRules: commitment }))).toContain("RULES_COMMITMENT");
    expect(refusal(await verifyTiny(bundle))).toMatch(/CHAIN_END|PROOF_FALSE/);
  });

  test("leave a commitment or a step out, prove a step with secret rates as a public one, or cut a lane", async () => {
    const fewer = edited((m) => void m.privateRules!.commitments.pop());
    expect(refusal(await verifyTiny(fewer))).toContain("TABLE_COVERAGE");
    const wider = edited((m) => {
      m.privateRules = { rowsPerStep: 32, commitments: m.privateRules!.commitments.slice(0, 1) };
    });
    expect(refusal(await verifyTiny(wider))).toContain("TABLE_COVERAGE");
    const asPublic = edited((_, statement) => {
      const steps = statement.tableSteps as { shape: string; key: string }[];
      Object.assign(steps.at(-1)!, { shape: steps[0]!.shape, key: steps[0]!.key });
    });
    expect(refusal(await verifyTiny(asPublic))).toContain("TABLE_COVERAGE");
    const asPrivate = edited((_, statement) => {
      const steps = statement.tableSteps as { shape: string; key: string }[];
      Object.assign(steps[1]!, { shape: steps.at(-1)!.shape, key: steps.at(-1)!.key });
    });
    expect(refusal(await verifyTiny(asPrivate))).toContain("TABLE_COVERAGE");
  });

  test("use the steps of one epoch in the other, though their commitments are the same", async () => {
    const [first, second] = [bundles.get("first")!, bundles.get("second")!];
    const steps = [...second.steps];
    steps[steps.length - 2] = first.steps.at(-2)!;
    expect(refusal(await verifyTiny({ ...second, steps }))).toContain("PROOF_FALSE");
  });
});

describe("a holder", () => {
  const lookUp = async (file: unknown, account: string) => {
    const { verdict, statement, table, market } = await verifyTiny(bundles.get("second")!);
    const findings = checkAccount(file, {
      statement: statement!,
      digest: verdict.statementDigest!,
      table: table!,
      pins: await tinyPins(),
      hasher: bestPoseidon(),
      account,
    });
    return accountText(accountReport(findings, market!, table!));
  };
  // biome-ignore lint/suspicious/noExplicitAny: a cheat writes whatever it likes into a file
  const file = async (account: string): Promise<any> => disclose(at("private"), account);

  test("sees exact holdings, both requirements, and that their rule is secret", async () => {
    const own = await file("carol");
    // 1 BTC at 63,123.77: 0.00487 on all of it, 0.00082 more on the 0.167 above 0.833.
    const notional = 631_237_700_000n * 1000n;
    expect(BigInt(own.pockets[0].requirement.maintenance)).toBe(
      (487n * notional + (82n * 167n * notional) / 1000n) / 100_000n,
    );
    const text = await lookUp(own, "carol");
    expect(text).toContain("rates that the exchange keeps secret");
    expect(text).toContain(commitment);
    expect(text).toContain("316.0569289638");
    // Nothing about anybody else's brackets or rates.
    expect(JSON.stringify(own)).not.toContain("0.00487");
  });

  test("who holds nothing with secret rates gets no word of them", async () => {
    const own = await file("frank");
    expect(own.pockets[0].requirement).toBeUndefined();
    expect(await lookUp(own, "frank")).not.toContain("secret");
  });

  test("is not told other holdings or requirements than were counted", async () => {
    const wrong = async (edit: (own: Awaited<ReturnType<typeof file>>) => void, account = "carol") => {
      const own = await file(account);
      edit(own);
      return lookUp(own, account);
    };
    for (const name of ["maintenance", "initial"]) {
      const lower = wrong((own) => {
        own.pockets[0].requirement[name] = String(BigInt(own.pockets[0].requirement[name]) - 1n);
      });
      await expect(lower).rejects.toMatchObject({ code: "OPENING_LEAF" });
    }
    // The leaf holds MMR + IMR as one number: the band's gaps fix the two of them.
    const shifted = wrong((own) => {
      const { maintenance, initial } = own.pockets[0].requirement;
      own.pockets[0].requirement = {
        maintenance: String(BigInt(maintenance) - 1n),
        initial: String(BigInt(initial) + 1n),
      };
    });
    await expect(shifted).rejects.toMatchObject({ code: "OPENING_LEAF" });
    const moved = wrong((own) => {
      const held = own.pockets[0].holdings.find((h: { instrument: string }) => h.instrument === "BTC-PERP");
      held.steps = "1001";
    });
    await expect(moved).rejects.toMatchObject({ code: "OPENING_LEAF" });
    const none = wrong((own) => delete own.pockets[0].requirement);
    await expect(none).rejects.toMatchObject({ code: "OPENING_REQUIREMENT" });
    const more = wrong((own) => {
      own.pockets[0].requirement = { maintenance: "0", initial: "0" };
    }, "frank");
    await expect(more).rejects.toMatchObject({ code: "OPENING_REQUIREMENT" });
  });
});

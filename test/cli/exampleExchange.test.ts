import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exampleExchange } from "../../scripts/exampleExchange.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { loadProfile, profileInstances } from "../../src/keys/instances.js";
import type { Diagnosis } from "../../src/prover/doctor/diagnose.js";
import type { ExplainReport } from "../../src/report/explainReport.js";
import { Anvil, anvilKey } from "../support/anvil.js";
import { TEST_KEYS } from "../support/circuit.js";
import { Postgres } from "../support/postgres.js";
import { run, runMeanwhile } from "./run.js";

const example = (name: string): string => join(PACKAGE_ROOT, "examples", "exchange", name);
const read = (path: string): string => readFileSync(path, "utf8");

/** The commands that README.md tells an exchange, in their order: each its words. */
const [, section] = /^## You are the exchange\n([\s\S]*?)^## /m.exec(read(join(PACKAGE_ROOT, "README.md")))!;
const commands = [...section!.matchAll(/^```\n([\s\S]*?)^```/gm)]
  .flatMap(([, block]) => block!.replace(/ *\\\n */g, " ").split("\n"))
  .filter((line) => line.startsWith("marginproof "))
  .map((line) =>
    line
      .replace(/ +#.*$/, "")
      .split(/ +/)
      .slice(1),
  );

/** A place like the package's own folder: its examples, keys that are made already, and an export of the database. */
const place = mkdtempSync(join(tmpdir(), "exchange-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const here = (...args: string[]) => run(args, { cwd: place });

beforeAll(async () => {
  cpSync(join(PACKAGE_ROOT, "examples"), join(place, "examples"), { recursive: true });
  for (const { id } of profileInstances(loadProfile("example-exchange")))
    cpSync(join(TEST_KEYS, id), join(place, "keys", id), { recursive: true });
  mkdirSync(join(place, "export"));
  const postgres = await Postgres.start();
  try {
    await postgres.psql(example("tables.sql"), place);
    await postgres.psql(example("export.sql"), join(place, "export"));
  } finally {
    await postgres.stop();
  }
});

describe("examples/exchange", () => {
  it("is what its script makes", () => {
    for (const [name, text] of Object.entries(exampleExchange()))
      expect(read(example(name)), name).toBe(text);
  });

  it("goes from two tables to VALID by the commands of README.md", () => {
    expect(commands.map(([name]) => name)).toEqual([
      "market",
      "doctor",
      "setup",
      "prove",
      "verify",
      "disclose",
      "market",
    ]);
    const [build, doctor, setup, prove, verify, disclose, explain] = commands.map((command) =>
      here(...command),
    );
    for (const [k, found] of [build, doctor, setup, prove, verify, disclose, explain].entries())
      expect([commands[k]!.join(" "), found!.code, found!.err]).toEqual([
        expect.any(String),
        0,
        expect.any(String),
      ]);
    expect(build!.out).toContain("12 perpetuals, 4 futures, 288 options");
    expect(doctor!.out).toContain("CLEAR: nothing is in the way");
    expect(prove!.out).toContain("15 margin accounts in");
    expect(verify!.out).toContain("VALID: the statement is proved, and the book it shows is covered");
    expect(JSON.parse(read(join(place, "alice.json")))).toMatchObject({ format: "marginproof/opening/1" });
    expect(explain!.out).toContain("Account maker");
  });

  it("is anchored on a chain step by step, and then found there by verify", async () => {
    const anvil = await Anvil.start(31_337);
    try {
      const at = ["--rpc", anvil.url, "--chain-id", "31337"];
      const as = (n: number) => ({ cwd: place, env: { MARGINPROOF_CHAIN_KEY: anvilKey(n) } });
      const deployed = await runMeanwhile(["chain", "deploy", ...at], as(1));
      const registry = /registry (0x\w{40})/.exec(deployed.out)![1]!;
      const trust = ["--keys", "keys/keys.json", "--allow-dev-keys", "--quiet"];
      const own = ["bundle", "--registry", registry, ...at, ...trust];
      expect((await runMeanwhile(["verify", ...own], as(0))).out).toContain("NOT VALID");
      const published = await runMeanwhile(["chain", "publish", ...own], as(2));
      expect([published.code, published.err, published.out]).toEqual([
        0,
        "",
        expect.stringContaining("final"),
      ]);
      const verified = await runMeanwhile(["verify", ...own, "--json"], as(0));
      const { valid, checks } = JSON.parse(verified.out) as {
        valid: boolean;
        checks: { id: string; status: string }[];
      };
      expect([verified.code, valid]).toEqual([0, true]);
      expect(checks.find(({ id }) => id === "registry")?.status).toBe("pass");
    } finally {
      await anvil.stop();
    }
  });

  it("holds what its README says of it", () => {
    const files = [
      "--market",
      "market.json",
      "--accounts",
      "export",
      "--mapping",
      "examples/exchange/mapping.yaml",
    ];
    const names = ["alice", "bob", "carol", "dave", "erin", "frank", "heidi", "kim", "maker"];
    const { out } = here("market", "explain", ...names, ...files, "--json");
    const { accounts } = JSON.parse(out) as { accounts: ExplainReport[] };
    const held = Object.fromEntries(
      accounts.flatMap(({ account, pockets }) =>
        pockets.map(({ pocket, holdings }) => [
          `${account}${pocket === "" ? "" : ` ${pocket}`}`,
          Object.fromEntries(holdings.map(({ instrument, quantity }) => [instrument, quantity])),
        ]),
      ),
    );
    expect(held).toMatchObject({
      alice: {
        USDT: "20000",
        "USDT-ORDERS": "1500",
        "BTC-PERP.L.20x": "0.8",
        "BTC-PERP.S.20x": "-0.3",
        "USDT-PNL": "-29480",
      },
      // 300 contracts of 100 at 59,800.5, rounded down to a step of 0.00000001.
      bob: { BTC: "1.2", "BTC-INV.L": "300", "BTC-PNL": "0.50166804" },
      carol: { USDC: "30000", "BTC-USDC-PERP.S": "-0.5", "USDC-PNL": "30050" },
      dave: { USDT: "90000", BTC: "-1.0002", ETH: "4" },
      erin: { "USDT-VOUCHER": "500", USDT: "100", "SOL-PERP.L": "40" },
      frank: { USDT: "2000", "ETH-PERP.S": "-1" },
      "frank ETHUSDT-LONG": { USDT: "800", "ETH-PERP.L": "5" },
      heidi: { ETH: "32", "ETH-ORDERS": "2" },
      kim: { USDT: "750.25" },
    });
    expect(Object.keys(held.maker!)).toHaveLength(313);
    const found = JSON.parse(
      here("doctor", ...files, "--profile", "example-exchange", "--json", "--quiet").out,
    ) as Diagnosis;
    expect(found.book!.bands).toEqual({
      free: 13,
      marginCall: 0,
      reduceOnly: 0,
      liquidation: 1,
      bankrupt: 1,
    });
    expect(found.findings.map(({ code }) => code)).toEqual(["accounts-read", "below-maintenance"]);
  });
});

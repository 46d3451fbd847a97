import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AccountsSource, readMapping, readPortfolios } from "../../src/accounts/index.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { listedInstruments, parseMarketText } from "../../src/market/index.js";
import { Postgres } from "../support/postgres.js";
import { KEY } from "./market.js";
import { collect } from "./support.js";

const example = (...name: string[]): string => join(PACKAGE_ROOT, "examples", ...name);
const listed = listedInstruments(parseMarketText(readFileSync(example("market.json"), "utf8")));
const portfolios = async (source: AccountsSource) =>
  collect(readPortfolios(source, listed, { shuffleKey: KEY }));

const root = mkdtempSync(join(tmpdir(), "postgres-test-"));
let postgres: Postgres | undefined;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(async () => {
  await postgres?.stop();
  rmSync(root, { recursive: true, force: true });
});

describe("examples/mapping", () => {
  it("makes the accounts of examples/accounts.csv of two tables of a real Postgres, copied out by psql", async () => {
    const folder = join(root, "export");
    mkdirSync(folder);
    await postgres!.psql(example("mapping", "tables.sql"), root);
    await postgres!.psql(example("mapping", "export.sql"), folder);
    expect(readFileSync(join(folder, "balances.csv"), "utf8")).toContain(",judy,xbt,0.000000000000000000,");
    const mapping = readMapping(readFileSync(example("mapping", "mapping.yaml"), "utf8"), "mapping.yaml");
    const found = await portfolios({ folder, mapping });
    expect(found).toHaveLength(10);
    expect(found).toEqual(await portfolios(example("accounts.csv")));
  });
});

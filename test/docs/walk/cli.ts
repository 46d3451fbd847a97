import { truncateSync } from "node:fs";
import { join } from "node:path";
import { tinyEpochPaths } from "../../support/tinyBundle.js";
import { command, file, folder, fresh, refused, type Walk } from "./support.js";

const { bundle, market } = tinyEpochPaths("covered");
const sparse = (): string => {
  const path = file("");
  truncateSync(path, 3 * 2 ** 30);
  return path;
};

export const CLI_WALK: Walk = {
  USAGE: refused(() => command(["verify", "--json"]), ["missing required argument 'bundle'"], "--help"),
  FILE_UNREADABLE: refused(
    () => command(["verify", bundle, "--market", folder]),
    ["market file", "it is a folder"],
    "path",
  ),
  FILE_TOO_LARGE: refused(
    () => command(["verify", bundle, "--market", sparse()]),
    ["256 MiB", "market file"],
    "right file",
  ),
  FILE_REFUSED: refused(
    () => command(["sample", "--accounts", "16", "--out", join(market, "x")]),
    ["market.json"],
    "path",
  ),
  OUT_EXISTS: refused(
    () => command(["market", "build", "examples/rules/tiered.yaml", "--out", market]),
    ["market.json", "exists"],
    "another",
  ),
  SAMPLE_ACCOUNTS: refused(() => command(["sample", "--accounts", "15", "--out", fresh()]), ["16"], "16"),
  EXPLAIN_NO_ACCOUNT: refused(
    () =>
      command([
        "market",
        "explain",
        "Alice",
        "--market",
        market,
        "--accounts",
        tinyEpochPaths("covered").accounts,
      ]),
    ['"Alice"', "accounts.csv"],
    "exactly",
  ),
  EXPLAIN_ONE_PLOT: refused(
    () =>
      command([
        ...["market", "explain", "alice", "bob", "--plot", fresh(".svg")],
        ...["--market", market, "--accounts", tinyEpochPaths("covered").accounts],
      ]),
    ["several"],
    "--plot",
  ),
  EXPLAIN_NO_POCKET: refused(
    () =>
      command([
        "market",
        "explain",
        "alice",
        "--pocket",
        "x",
        "--market",
        market,
        "--accounts",
        tinyEpochPaths("covered").accounts,
      ]),
    ['"alice"', '"x"'],
    "cross pocket",
  ),
};

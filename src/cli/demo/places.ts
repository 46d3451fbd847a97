import { join } from "node:path";
import { PACKAGE_ROOT } from "../../files/packageRoot.js";

const folder = join(PACKAGE_ROOT, "build", "demo");

/** Where the demo works. The keys stay, so a second run does not make them again. */
export const PLACES = {
  folder,
  keys: join(PACKAGE_ROOT, "build", "keys"),
  keyList: join(PACKAGE_ROOT, "build", "keys", "keys.json"),
  market: join(folder, "exchange", "market.json"),
  accounts: join(folder, "exchange", "accounts.csv"),
  bundle: join(folder, "bundle"),
  private: join(folder, "private"),
  opening: join(folder, "acct-000007.json"),
} as const;

export const PROFILE = "demo";
export const ACCOUNT = "acct-000007";

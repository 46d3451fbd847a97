import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { balances, positions } from "./exampleExchange/book.js";
import { rulesText } from "./exampleExchange/rules.js";
import { insertText } from "./exampleExchange/sql.js";

/**
 * Writes what is generated of examples/exchange: its rules, and its database's two tables as SQL. Nothing is drawn by lot:
 * the files come out the same everywhere, and the test run compares them.
 */
export function exampleExchange(): Readonly<Record<string, string>> {
  return { "rules.yaml": rulesText(), "tables.sql": insertText(balances(), positions()) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = join(PACKAGE_ROOT, "examples", "exchange");
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(exampleExchange())) writeFileSync(join(folder, name), text);
  console.log(`wrote ${Object.keys(exampleExchange()).join(" and ")} of examples/exchange`);
}

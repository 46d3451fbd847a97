import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../src/files/packageRoot.js";
import { ARTIFACTS, compileContracts } from "./contracts/compile.js";
import { constantsSource } from "./contracts/poseidonData.js";

writeFileSync(join(PACKAGE_ROOT, "contracts", "Constants.sol"), constantsSource());
compileContracts();
console.log(`contracts: ${readdirSync(ARTIFACTS).filter((name) => name.endsWith(".json")).length} compiled`);

import { readdirSync } from "node:fs";
import { ARTIFACTS, compileContracts } from "./contracts/compile.js";

compileContracts();
console.log(`contracts: ${readdirSync(ARTIFACTS).filter((name) => name.endsWith(".json")).length} compiled`);

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { bytesToHex } from "../../src/field/encoding.js";
import { keccak256 } from "../../src/field/keccak.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";

/** A compiled contract as it stands in build/contracts. Bytecode is hex with 0x; `deployedBytes` counts the code on chain. */
export interface Artifact {
  readonly contractName: string;
  readonly abi: readonly unknown[];
  readonly bytecode: `0x${string}`;
  readonly deployedBytes: number;
}

interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly abi: readonly unknown[];
            readonly evm: Readonly<Record<"bytecode" | "deployedBytecode", { readonly object: string }>>;
          }
        >
      >
    >
  >;
}

const require = createRequire(import.meta.url);
const SOURCES = join(PACKAGE_ROOT, "contracts");
/** Where `npm run contracts` puts what it compiled. */
export const ARTIFACTS = join(PACKAGE_ROOT, "build", "contracts");

/**
 * No path of the machine and no hash of the sources is in the bytecode, so that everybody compiles the same. EVM version
 * cancun: what the chains that matter have had since 2024. Through the intermediate representation: the statement does not
 * fit the stack otherwise.
 */
const SETTINGS = {
  optimizer: { enabled: true, runs: 1000 },
  viaIR: true,
  evmVersion: "cancun",
  metadata: { bytecodeHash: "none", appendCBOR: false },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
};

/** The Solidity sources of contracts/, by path below the package. */
function readSources(): Record<string, { readonly content: string }> {
  const paths = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
    .map((path) => `contracts/${path.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".sol"))
    .sort();
  return Object.fromEntries(
    paths.map((path) => [path, { content: readFileSync(join(PACKAGE_ROOT, path), "utf8") }]),
  );
}

/**
 * Compiles contracts/ into build/contracts, a file a contract, unless what is there was compiled from the same sources by the
 * same compiler.
 * @throws Error with every message of the compiler: a warning is one too many
 */
export function compileContracts(): void {
  const { version } = require("solc/package.json") as { version: string };
  const input = { language: "Solidity", sources: readSources(), settings: SETTINGS };
  const text = JSON.stringify(input);
  const digest = bytesToHex(keccak256(new TextEncoder().encode(`${version}\n${text}`)));
  const stamp = join(ARTIFACTS, "sources.txt");
  if (readIfThere(stamp) === digest) return;
  const solc = require("solc") as {
    compile(input: string, callbacks: { import(path: string): { contents: string } }): string;
  };
  const output = JSON.parse(
    solc.compile(text, { import: (path) => ({ contents: readFileSync(require.resolve(path), "utf8") }) }),
  ) as Output;
  const messages = (output.errors ?? []).filter((error) => error.severity !== "info");
  if (messages.length > 0) throw new Error(messages.map((error) => error.formattedMessage).join("\n"));
  rmSync(ARTIFACTS, { recursive: true, force: true });
  mkdirSync(ARTIFACTS, { recursive: true });
  for (const [path, contracts] of Object.entries(output.contracts ?? {})) {
    if (!path.startsWith("contracts/")) continue;
    for (const [contractName, { abi, evm }] of Object.entries(contracts)) {
      const artifact: Artifact = {
        contractName,
        abi,
        bytecode: `0x${evm.bytecode.object}`,
        deployedBytes: evm.deployedBytecode.object.length / 2,
      };
      writeFileSync(join(ARTIFACTS, `${contractName}.json`), `${JSON.stringify(artifact, null, 1)}\n`);
    }
  }
  writeFileSync(stamp, digest);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

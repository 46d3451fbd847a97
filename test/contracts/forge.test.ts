import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex, encodeAbiParameters, hexToBytes } from "viem";
import { expect, it } from "vitest";
import { keyWords } from "../../src/chain/proofWords.js";
import { poseidonWords } from "../../src/field/poseidon/poseidonWords.js";
import { PACKAGE_ROOT } from "../../src/files/packageRoot.js";
import { foundryProgram } from "../support/foundry.js";
import { toyKey } from "../verifier/groth16/toy.js";

const SOLIDITY = join(PACKAGE_ROOT, "test", "solidity");
const BUILD = join(PACKAGE_ROOT, "build", "forge");

interface Suite {
  readonly test_results: Readonly<
    Record<string, { readonly status: string; readonly reason: string | null }>
  >;
}

const KEY = {
  type: "tuple",
  components: [
    { name: "words", type: "uint256[]" },
    ...["alpha", "beta", "gamma", "delta"].map((name) => ({ name, type: "uint256" })),
    { name: "ic", type: "uint256[]" },
  ],
} as const;

/** What the contracts need of this project's numbers: constants of the Poseidon of end states, and keys whose secrets are known. */
function writeData(): void {
  const key = (signals: number) => {
    const { json, ...secrets } = toyKey(signals, signals);
    return { words: keyWords(json), ...secrets };
  };
  const parts = [bytesToHex(poseidonWords(15)), key(11), key(9)];
  // What failed once would be tried first, also where it is no run of its own any more.
  rmSync(join(BUILD, "failures"), { recursive: true, force: true });
  mkdirSync(BUILD, { recursive: true });
  writeFileSync(
    join(BUILD, "data.bin"),
    hexToBytes(encodeAbiParameters([{ type: "bytes" }, KEY, KEY], parts as never)),
  );
}

/** Runs forge over test/solidity. @returns what became of each test, by name */
async function forge(): Promise<Map<string, string>> {
  const args = ["test", "--root", PACKAGE_ROOT, "--use", join(SOLIDITY, "solc.mjs"), "--json"];
  const env = { ...process.env, FOUNDRY_CONFIG: join(SOLIDITY, "foundry.toml") };
  const out = await new Promise<string>((resolve) =>
    execFile(foundryProgram("forge"), args, { maxBuffer: 1 << 26, env }, (_, stdout, stderr) =>
      resolve(stdout.startsWith("{") ? stdout : `${stdout}${stderr}`),
    ),
  );
  expect(out.slice(0, 2000)).toMatch(/^\{/);
  const suites = Object.values(JSON.parse(out) as Record<string, Suite>);
  const results = suites.flatMap(({ test_results }) => Object.entries(test_results));
  return new Map(
    results.map(([name, { status, reason }]) => [name.split("(")[0]!, `${status} ${reason ?? ""}`]),
  );
}

/** Names of all tests that stand in test/solidity. */
const written = (): string[] =>
  readdirSync(SOLIDITY)
    .filter((name) => name.endsWith(".t.sol"))
    .flatMap((name) => [
      ...readFileSync(join(SOLIDITY, name), "utf8").matchAll(/function ((?:testFuzz|invariant)_\w+)/g),
    ])
    .map(([, name]) => name!);

// Compiling takes a minute of a core, and many where others load it.
it("every property of test/solidity holds, whatever is tried in whatever order", async () => {
  writeData();
  const results = await forge();
  expect([...results.keys()].sort()).toEqual(written().sort());
  expect(results.size).toBeGreaterThan(4);
  for (const [name, result] of results) expect(result, name).toBe("Success ");
}, 3_600_000);

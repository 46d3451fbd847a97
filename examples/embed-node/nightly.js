// An auditor's nightly script, exit code and JSON: node nightly.js BUNDLE KEYS.json [ANCHORED_DIGEST] > verdict.json
import { readFile } from "node:fs/promises";
import { parseKeysText, signedPrices, verify } from "marginproof/verifier";

const [folder, keys, expectedDigest] = process.argv.slice(2);
const read = (name) => readFile(`${folder}/${name}`, "utf8");
const { verdict, statement } = await verify(
  {
    statement: await read("statement.json"),
    market: await read("market.json"),
    steps: await read("steps.ndjson"),
    verifyingKeys: await read("verifying-keys.json"),
    evidence: await read("price-evidence.json").catch(() => undefined), // only where prices are signed
  },
  {
    pins: parseKeysText(await readFile(keys, "utf8")),
    prices: signedPrices,
    allowDevKeys: process.env.ALLOW_DEV_KEYS === "yes", // never for a real exchange
    ...(expectedDigest && { expectedDigest }),
    onProgress: (done, total) => process.stderr.write(`\r${done} of ${total} proofs`),
  },
);
const { valid, statementDigest, checks } = verdict;
const failed = checks.filter(({ status }) => status === "fail");
console.log(
  JSON.stringify({ exchange: statement?.exchange, epoch: statement?.epoch, valid, statementDigest, failed }),
);
process.exitCode = valid ? 0 : 1;

import { attest } from "../../attest/attest.js";
import { summarize, summaryToJson } from "../../attest/summary.js";
import { bestPoseidon } from "../../field/poseidon/bestPoseidon.js";
import { PUBLIC_FILE, writeNew } from "../../files/files.js";
import { verdictText } from "../../report/verdictText.js";
import { visible } from "../../report/visible.js";
import { addressOfPrivateKey } from "../../signing/signature.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import { readKeyFile } from "../keyFile.js";
import { positiveInteger, type TrustOptions } from "../options.js";
import { assertNew, outExists } from "../outFile.js";
import { trustFlags, verifyFolder } from "../verifying.js";
import { version } from "../version.js";

interface AttestFlags extends TrustOptions {
  readonly key: string;
  readonly auditor: string;
  readonly out: string;
  readonly summary?: string;
  readonly days: number;
}

export const addAttest: AddCommand = (program, cli) => {
  trustFlags(
    program
      .command("attest")
      .argument("<bundle>", "folder published by the exchange")
      .requiredOption("--key <file>", "your private key: 0x and 64 hex digits (prices new-key makes one)")
      .requiredOption("--auditor <name>", "your name, as it is to stand in the attestation")
      .requiredOption("--out <file>", "attestation to write; must not exist yet")
      .option("--summary <file>", "also write the statement without its batches, for light checks")
      .option("--days <n>", "how long you stand by it", positiveInteger, 90),
  )
    .summary("verify an epoch, and sign what was found, as its auditor")
    .description(
      "Verifies the whole bundle, then signs statement digest, accounts root, figures, verdict, each check, the keys and what\n" +
        "is not proved, as EVM wallets sign typed data. Holders who list you take your word for the proofs: check --auditors.\n" +
        "A statement that is proved and not covered is attested as just that, with exit code 1. Of one that is not proved\n" +
        "nothing is signed.",
    )
    .addHelpText(
      "after",
      examples([
        'marginproof attest bundle --keys keys.json --digest 0x5c1e... --key alpha.key --auditor "Alpha Audit" --out alpha.json',
        "an audit against the public anchor, for others to rely on",
      ]),
    )
    .action((bundle: string, flags: AttestFlags) => finish(cli, flags.json, () => run(cli, bundle, flags)));
};

const DAY = 24 * 3600 * 1000;

async function run({ terminal }: Cli, bundle: string, flags: AttestFlags): Promise<number> {
  const { out, summary, days, auditor } = flags;
  await assertNew(out);
  if (summary !== undefined) await assertNew(summary);
  const key = await readKeyFile(flags.key);
  const { found, pins } = await verifyFolder(bundle, flags, terminal);
  if (!found.verdict.proved && flags.json !== true) terminal.out(verdictText(found.verdict));
  const hasher = bestPoseidon();
  const now = Date.now();
  const [time, expires] = [now, now + days * DAY].map((ms) => new Date(ms).toISOString()) as [string, string];
  const verifier = `marginproof ${version()}`;
  const attestation = attest(found, { auditor, verifier, time, expires, pins, hasher }, key);
  await write(out, attestation);
  if (summary !== undefined) {
    await write(summary, summaryToJson(summarize(found.statement!, hasher)));
  }
  if (flags.json === true) {
    terminal.out(JSON.stringify(attestation, null, 2));
  } else {
    terminal.out(verdictText(found.verdict));
    terminal.out(
      `\nWrote ${visible(out)}: signed by ${visible(auditor)} (${addressOfPrivateKey(key)}), ` +
        `"${attestation.verdict}", until ${attestation.expires}.`,
    );
  }
  return found.verdict.valid ? EXIT.ok : EXIT.invalid;
}

async function write(path: string, json: object): Promise<void> {
  if (!(await writeNew(path, `${JSON.stringify(json, null, 1)}\n`, PUBLIC_FILE))) throw outExists(path);
}

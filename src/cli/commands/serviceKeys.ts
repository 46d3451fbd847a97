import { dirname, resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import { readIfPresent, syncFolder, writeWhole } from "../../files/files.js";
import { type AddCommand, type Cli, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { examples } from "../help.js";
import { outExists } from "../outFile.js";
import { type PlaceFlags, placeFlags, placesOf } from "../servicePlaces.js";

interface Noted {
  readonly entries: number;
  readonly mac: string;
}

export const addToken: AddCommand = (program, cli) => {
  program
    .command("token")
    .summary("make a token for the service's API")
    .description(
      "Prints a new token, once, and adds its digest to a list of tokens. The token itself is kept nowhere.",
    )
    .requiredOption("--tokens <file>", "list to add to; made where there is none")
    .requiredOption("--role <role>", "operator, auditor or publisher", role)
    .requiredOption("--name <name>", "who has it: stands in logs", tokenName)
    .addHelpText(
      "after",
      examples([
        "marginproof token --tokens tokens.json --role operator --name desk",
        "for who brings epochs in",
      ]),
    )
    .action((flags: TokenFlags) => finish(cli, false, () => runToken(cli, flags)));
};

export const addServiceKey: AddCommand = (program, cli) => {
  placeFlags(program.command("service-key").argument("<file>", "key file to make"))
    .summary("make the key file of a service, or change it")
    .description(
      "What the service keeps is sealed under it. Keep a copy of the file apart from the database's backups.",
    )
    .option(
      "--recipient <recipient>",
      "age1...: who can open the file; may be given again (default: whoever can read it)",
      (given: string, before: readonly string[] = []) => [...before, given],
    )
    .option(
      "--rotate",
      "let it open the service's database from now on, and the key before no more; goes on with a file that is there",
    )
    .addHelpText(
      "after",
      examples(
        ["marginproof service-key service.key", "once, for a Postgres that several processes use"],
        [
          "marginproof service-key next.age --recipient age1... --rotate --key service.key --identity id.txt",
          "seal it with age, and change to it",
        ],
      ),
    )
    .action((path: string, flags: ServiceKeyFlags) =>
      finish(cli, false, () => runServiceKey(cli, path, flags)),
    );
};

export const addAuditLog: AddCommand = (program, cli) => {
  const command = program.command("audit-log").summary("check the service's log of private disclosures");
  placeFlags(command.command("verify"))
    .summary("follow the chain from its start")
    .option("--noted <entries:mac>", "what this command printed before: it must still be in the chain", noted)
    .addHelpText(
      "after",
      examples([
        "marginproof audit-log verify --database url.txt --key service.key",
        "and note elsewhere what it prints",
      ]),
    )
    .action((flags: PlaceFlags & { readonly noted?: Noted }) =>
      finish(cli, false, () => runAuditLog(cli, flags)),
    );
};

interface ServiceKeyFlags extends PlaceFlags {
  readonly recipient?: readonly string[];
  readonly rotate?: boolean;
}

type RoleName = "operator" | "auditor" | "publisher";
interface TokenFlags {
  readonly tokens: string;
  readonly role: RoleName;
  readonly name: string;
}

async function runToken({ terminal }: Cli, flags: TokenFlags): Promise<number> {
  const { newToken, parseTokens } = await import("../../service/http/tokens.js");
  const found = await readIfPresent(flags.tokens);
  const before = found === undefined ? [] : parseTokens(found, flags.tokens).tokens;
  const { token, entry } = newToken(flags.role, flags.name);
  const text = `${JSON.stringify({ format: "marginproof/tokens/1", tokens: [...before, entry] }, null, 1)}\n`;
  parseTokens(text, flags.tokens);
  await writeWhole(flags.tokens, text);
  terminal.out(token);
  return EXIT.ok;
}

async function runServiceKey({ terminal }: Cli, path: string, flags: ServiceKeyFlags): Promise<number> {
  const { writeKey } = await import("../../service/store/serviceKeyFile.js");
  const places = await placesOf(flags);
  const written = await writeKey(path, flags.recipient);
  if (!written && flags.rotate !== true) throw outExists(path);
  terminal.out(written ? `Wrote ${path}.` : `${path} is there already: it is taken as it is.`);
  if (flags.rotate !== true) return EXIT.ok;
  const { changeKey } = await import("../../service/upkeep.js");
  // The only key there will be: its name must outlast a power cut first.
  await syncFolder(dirname(resolve(path)));
  await changeKey(places, path);
  terminal.out("The database opens with the new key alone. Give it to every process, and start them again.");
  return EXIT.ok;
}

async function runAuditLog(
  { terminal }: Cli,
  flags: PlaceFlags & { readonly noted?: Noted },
): Promise<number> {
  const { checkAuditLog } = await import("../../service/upkeep.js");
  const { entries, mac } = await checkAuditLog(await placesOf(flags), flags.noted);
  terminal.out(`WHOLE: ${entries} entries. Note elsewhere, for --noted: ${entries}:${mac}`);
  return EXIT.ok;
}

function role(text: string): RoleName {
  if (text === "operator" || text === "auditor" || text === "publisher") return text;
  throw new InvalidArgumentError("It must be operator, auditor or publisher.");
}

function tokenName(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,63}$/.test(text)) return text;
  throw new InvalidArgumentError("It must be letters a to z, digits and hyphens.");
}

function noted(text: string): Noted {
  const [, entries, mac] = /^(0|[1-9]\d{0,9}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (entries === undefined || mac === undefined)
    throw new InvalidArgumentError("It must be as this command prints it.");
  return { entries: Number(entries), mac };
}

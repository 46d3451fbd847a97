import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../files/packageRoot.js";
import { visible } from "../../report/visible.js";
import { type AddCommand, finish } from "../cli.js";
import { EXIT } from "../errors.js";
import { assertNew } from "../outFile.js";

export const addExport: AddCommand = (program, cli) => {
  program
    .command("export")
    .argument("<what>", "solidity: the contracts' sources, and what they were compiled to")
    .requiredOption("--out <folder>", "folder to write; must not exist yet")
    .summary("write the contracts out, for tools of your own")
    .description(
      "Writes contracts/ (Solidity 0.8.37; they import @openzeppelin/contracts 5.7.0) and compiled/ (ABI and bytecode, a file a\n" +
        "contract).",
    )
    .action((what: string, { out }: { out: string }) =>
      finish(cli, false, async () => {
        if (what !== "solidity")
          program.error(`error: there is nothing called "${what}" to export: solidity is`);
        await assertNew(out);
        const { compiled } = await import("../../chain/contracts.js");
        await compiled("EpochRegistry");
        await mkdir(out, { recursive: true });
        const source = join(PACKAGE_ROOT, "contracts");
        // What only tests deploy is nobody's to use.
        await cp(source, join(out, "contracts"), {
          recursive: true,
          filter: (path) => path !== join(source, "test"),
        });
        await cp(join(PACKAGE_ROOT, "build", "contracts"), join(out, "compiled"), { recursive: true });
        cli.terminal.out(`Wrote ${visible(out)}: contracts/ and compiled/.`);
        return EXIT.ok;
      }),
    );
};

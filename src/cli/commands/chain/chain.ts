import type { AddCommand } from "../../cli.js";
import { examples } from "../../help.js";
import { addAnswer } from "./answer.js";
import { addChallenge } from "./challenge.js";
import { addDeploy } from "./deploy.js";
import { addPublish } from "./publish.js";
import { addStatus, addWatch } from "./status.js";

export const addChain: AddCommand = (program, cli) => {
  const chain = program
    .command("chain")
    .summary("anchor epochs in a registry on an EVM chain")
    .helpCommand(false)
    .description(
      "A registry takes one statement for the name of an epoch, ever, and says what became of it (docs/contracts.md).\n" +
        "Whatever is sent is asked of the chain first: an interrupted command goes on where the chain stands.",
    )
    .addHelpText(
      "after",
      examples([
        "marginproof chain status bundle --registry 0x5FbD... --rpc http://localhost:8545 --chain-id 1",
        "what became of this epoch?",
      ]),
    );
  for (const add of [addDeploy, addPublish, addAnswer, addChallenge, addStatus, addWatch]) add(chain, cli);
};

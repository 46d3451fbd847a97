/** What to do next about reserves that are refused. */
export const RESERVE_STEPS: Readonly<Record<string, string>> = {
  RESERVES_SCHEMA: "The file is damaged or was altered: get it again from the exchange (docs/reserves.md).",
  RESERVES_ADDRESSES: "Correct it there; docs/reserves.md shows one.",
  RESERVES_POLICY: "Correct it there; docs/reserves.md shows one.",
  RESERVES_TWICE:
    "Believe none of it: what is listed twice counts twice. Ask the exchange for a file without.",
  RESERVES_CLAIMED: "Count it for neither: ask both exchanges whose it is.",
  RESERVES_EPOCH: "Get the reserves file of this exchange's epoch.",
  RESERVES_SIGNATURE:
    "Ask the exchange to sign again: marginproof reserves attest --messages prints what is signed.",
  RESERVES_WRONG_SIGNER:
    "It was signed with another key, or for another exchange, epoch or chain: believe nothing of the address.",
  RESERVES_CONTRACT: "Ask the exchange for a signature that the contract at this address takes.",
  RESERVES_CHAIN: "If you trust that chain or coin, add it to your policy; else ask for a file without.",
  RESERVES_TOKEN: "If you trust that contract, add it to your policy; a token of that name may be anybody's.",
  RESERVES_HEADER: "Compare the block with your own node; then ask for a file at the block of your policy.",
  RESERVES_BLOCK_TIME: "Choose blocks close to the epoch's time in your policy, and ask for a file at these.",
  RESERVES_PROOF:
    "Ask the exchange for the proofs at the block of your policy, or check the token's layout there.",
  RESERVES_AMOUNT: "Believe the smaller figure, and ask the exchange.",
  RESERVES_UNSIGNED:
    "Give its key (--keystore, or MARGINPROOF_RESERVE_KEYS), or its signature: --messages prints what to sign.",
  RESERVES_LAYOUT:
    "Leave balances out of the token's entry in your policy: it then counts as signed, not proved.",
  RPC_UNREACHABLE: "Check the address and that the node runs.",
  RPC_ANSWER: "Use a node that keeps the state of that block and serves eth_getProof.",
  RPC_CHAIN: "Give one --rpc for each chain.",
};

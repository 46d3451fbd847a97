import type { TypedDataDefinition } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { expect, it } from "vitest";
import { claimText, evmClaimDigest, typedClaim } from "../../src/reserves/ownership.js";
import { recoverAddress } from "../../src/signing/signature.js";
import { keyOf } from "./world.js";

const account = privateKeyToAccount(keyOf("hot") as `0x${string}`);
/** A name with letters beyond ASCII: lengths are counted in bytes. */
const claim = { exchange: "Börse 未来", epoch: "e1", chainId: 10, address: account.address };

it("what another wallet signs as a message is the claim", async () => {
  const signature = await account.signMessage({ message: claimText({ ...claim, chain: "eip155:10" }) });
  expect(recoverAddress(evmClaimDigest("eip191", claim), signature)).toEqual({ address: account.address });
});

it("what another wallet signs as typed data is the claim, and what contracts are asked about", async () => {
  const signature = await account.signTypedData(typedClaim(claim) as TypedDataDefinition);
  for (const kind of ["eip712", "erc1271"] as const)
    expect(recoverAddress(evmClaimDigest(kind, claim), signature)).toEqual({ address: account.address });
});

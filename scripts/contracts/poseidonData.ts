import { bytesToHex } from "../../src/field/encoding.js";
import { keccak256 } from "../../src/field/keccak.js";
import { FIELD_ORDER } from "../../src/field/order.js";
import { poseidon } from "../../src/field/poseidon/poseidon.js";
import { MAX_INPUTS } from "../../src/field/poseidon/poseidonConstants.js";
import { poseidonWords } from "../../src/field/poseidon/poseidonWords.js";
import { columnsRole, ROLE_STATE } from "../../src/protocol/roles.js";
import { stateCommitment, ZERO_STATE } from "../../src/protocol/state.js";

const hex = (bytes: Uint8Array): `0x${string}` => `0x${bytesToHex(bytes)}`;

/** contracts/Constants.sol: every number of the contracts that is one of the TypeScript too. */
export function constantsSource(): string {
  const widths = Array.from({ length: MAX_INPUTS }, (_, i) => i + 2);
  const digests = widths.map(
    (width) => `        if (width == ${width}) return ${hex(keccak256(poseidonWords(width)))};`,
  );
  return `// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// Written by npm run contracts from the constants of the TypeScript sources.
library Constants {
    uint256 internal constant P = ${FIELD_ORDER};
    /// Of the sponge over a hidden state; of that over a step's columns, to which its number of rows is added.
    uint256 internal constant ROLE_STATE = ${ROLE_STATE};
    uint256 internal constant ROLE_COLUMNS = ${columnsRole(0)};
    /// The commitment that every chain begins with: nothing counted, not blinded.
    uint256 internal constant ZERO_STATE = ${stateCommitment(poseidon, ZERO_STATE, 0n)};

    /// keccak256 of the constants of a Poseidon.
    function poseidonDigest(uint256 width) internal pure returns (bytes32) {
${digests.join("\n")}
        return 0;
    }
}
`;
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// What a statement's steps to come are of, as one hash: that of the next step's place and of the hash of those after it. So whoever
/// brings the next few, and the hash of the rest, can bring no others.
library Rest {
    /// Of batches, and what comes after them.
    function ofBatches(bytes calldata shapes, bytes32[] calldata leafRoots, bytes32 rest)
        internal
        pure
        returns (bytes32)
    {
        for (uint256 i = leafRoots.length; i > 0; i--) {
            rest = _of(bytes32(uint256(uint8(shapes[i - 1]))), leafRoots[i - 1], rest);
        }
        return rest;
    }

    /// Of table steps, and what comes after them.
    function ofTables(bytes32[] calldata totals, bytes32[] calldata weights, bytes32 rest)
        internal
        pure
        returns (bytes32)
    {
        for (uint256 i = totals.length; i > 0; i--) rest = _of(totals[i - 1], weights[i - 1], rest);
        return rest;
    }

    /// keccak256(abi.encode(one, other, rest)), in memory that is free and stays so: thousands are hashed in one call.
    function _of(bytes32 one, bytes32 other, bytes32 rest) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, one)
            mstore(add(free, 32), other)
            mstore(add(free, 64), rest)
            hash := keccak256(free, 96)
        }
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// Data that never changes, kept as the code of a contract that does nothing: a twentieth of the price of storage to read.
library Code {
    error CodeNotWritten();

    /// Puts data on chain as code that begins with STOP. At most 24,575 bytes (EIP-170).
    function write(bytes memory data) internal returns (address place) {
        // PUSH3 size+1, DUP1, PUSH1 11 (where the code begins), PUSH0, CODECOPY, PUSH0, RETURN, then the code: STOP and data.
        bytes memory creation = abi.encodePacked(hex"62", uint24(data.length + 1), hex"80600b5f395ff3", hex"00", data);
        assembly ("memory-safe") {
            place := create(0, add(creation, 32), mload(creation))
        }
        if (place == address(0)) revert CodeNotWritten();
    }

    /// Bytes of the data.
    function size(address place) internal view returns (uint256) {
        return place.code.length - 1;
    }

    function read(address place) internal view returns (bytes memory data) {
        uint256 length = size(place);
        data = new bytes(length);
        assembly ("memory-safe") {
            extcodecopy(place, add(data, 32), 1, length)
        }
    }
}

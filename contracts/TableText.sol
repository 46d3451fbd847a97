// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Constants} from "./Constants.sol";

/// Reads the encoding that a risk table's digest is the hash of (src/market/tableDigest.ts): texts after their lengths in 4
/// bytes, integers as decimal texts, lists after their sizes. Every function returns where it stopped.
library TableText {
    error TextEnds(uint256 place);
    error NotAnInteger(uint256 place);

    /// The place after a text.
    function skip(bytes calldata table, uint256 place) internal pure returns (uint256 next) {
        assembly ("memory-safe") {
            next := add(add(place, 4), shr(224, calldataload(add(table.offset, place))))
        }
        if (next > table.length) revert TextEnds(place);
    }

    function skipMany(bytes calldata table, uint256 place, uint256 texts) internal pure returns (uint256) {
        for (uint256 i = 0; i < texts; i++) place = skip(table, place);
        return place;
    }

    function hashOf(bytes calldata table, uint256 place) internal pure returns (bytes32, uint256 next) {
        next = skip(table, place);
        return (keccak256(table[place + 4:next]), next);
    }

    /// An integer of at most 40 digits, as a field element: -1 is p - 1.
    function element(bytes calldata table, uint256 place) internal pure returns (uint256 value, uint256 next) {
        next = skip(table, place);
        uint256 digits = next - place - 4;
        bool negative;
        bool bad;
        assembly ("memory-safe") {
            let word := calldataload(add(table.offset, add(place, 4)))
            let at_ := add(table.offset, add(place, 4))
            negative := eq(byte(0, word), 0x2d)
            at_ := add(at_, negative)
            digits := sub(digits, negative)
            bad := or(iszero(digits), gt(digits, 40))
            for { let end := add(at_, digits) } lt(at_, end) { at_ := add(at_, 1) } {
                let digit := sub(byte(0, calldataload(at_)), 0x30)
                bad := or(bad, gt(digit, 9))
                value := add(mul(value, 10), digit)
            }
        }
        if (bad) revert NotAnInteger(place);
        if (negative && value != 0) value = Constants.P - value;
    }

    /// An integer from 0 to below 2^32: a size, a number or a factor.
    function number(bytes calldata table, uint256 place) internal pure returns (uint256 value, uint256 next) {
        (value, next) = element(table, place);
        if (value >= 1 << 32) revert NotAnInteger(place);
    }
}

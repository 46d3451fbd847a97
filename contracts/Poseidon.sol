// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Code} from "./Code.sol";
import {Constants} from "./Constants.sol";

/// The project's hash: circomlib's Poseidon over BN254 as a sponge of 16 elements a block (src/field/sponge.ts).
///
/// The constants of a width are data, added by anybody and checked against the digests in Constants.sol. They are those of
/// src/field/poseidon/poseidonSchedule.ts, where it is said why its partial rounds are the same permutation.
contract Poseidon {
    uint256 private constant BLOCK = 16;
    /// Words of constants in one contract's code.
    uint256 private constant CHUNK = 24_544;

    mapping(uint256 width => address[]) private _constants;

    error WidthUnknown(uint256 width);
    error ConstantsWrong(uint256 width);
    error NotInField();
    error Empty();

    /// Adds the constants of a width, 2 to 17: opening, partial and closing constants, mds, entry, recurrence, exit.
    function addWidth(uint256 width, bytes calldata constants) external {
        if (width < 2 || width > BLOCK + 1) revert WidthUnknown(width);
        if (keccak256(constants) != Constants.poseidonDigest(width)) revert ConstantsWrong(width);
        if (_constants[width].length != 0) return;
        for (uint256 start = 0; start < constants.length; start += CHUNK) {
            uint256 end = start + CHUNK < constants.length ? start + CHUNK : constants.length;
            _constants[width].push(Code.write(constants[start:end]));
        }
    }

    function hasWidth(uint256 width) external view returns (bool) {
        return _constants[width].length != 0;
    }

    /// The sponge over `elements`, starting from a role, or from what the blocks before came to. Every element is below p.
    function sponge(uint256 initial, uint256[] calldata elements) external view returns (uint256 digest) {
        if (elements.length == 0) revert Empty();
        if (initial >= Constants.P) revert NotInField();
        digest = initial;
        uint256 whole = elements.length / BLOCK;
        if (whole > 0) digest = _blocks(digest, elements[:whole * BLOCK], BLOCK);
        if (whole * BLOCK < elements.length) {
            digest = _blocks(digest, elements[whole * BLOCK:], elements.length - whole * BLOCK);
        }
    }

    /// Blocks of one width.
    function _blocks(uint256 digest, uint256[] calldata elements, uint256 inputs) private view returns (uint256) {
        (uint256 constants, uint256 partialRounds) = _load(inputs + 1);
        uint256 state;
        assembly ("memory-safe") {
            state := mload(0x40)
        }
        for (uint256 start = 0; start < elements.length; start += inputs) {
            bool inField = true;
            uint256 p = Constants.P;
            assembly ("memory-safe") {
                mstore(state, digest)
                let to := add(state, 32)
                let from := add(elements.offset, mul(start, 32))
                for { let end := add(from, mul(inputs, 32)) } lt(from, end) { from := add(from, 32) } {
                    let element := calldataload(from)
                    inField := and(inField, lt(element, p))
                    mstore(to, element)
                    to := add(to, 32)
                }
            }
            if (!inField) revert NotInField();
            digest = _permute(constants, inputs + 1, partialRounds, state);
        }
        return digest;
    }

    /// Where in memory the constants of a width are, and how many partial rounds they have.
    function _load(uint256 width) private view returns (uint256 constants, uint256 partialRounds) {
        address[] storage chunks = _constants[width];
        uint256 count = chunks.length;
        if (count == 0) revert WidthUnknown(width);
        assembly ("memory-safe") {
            constants := mload(0x40)
        }
        uint256 end = constants;
        for (uint256 i = 0; i < count; i++) {
            address chunk = chunks[i];
            uint256 size = Code.size(chunk);
            assembly ("memory-safe") {
                extcodecopy(chunk, end, 1, size)
                end := add(end, size)
                mstore(0x40, end)
            }
        }
        uint256 d = width - 1;
        partialRounds = (end - constants) / 32 - (8 * width + 2 * width * width + 2 * d + 1 + 2 * d * d);
    }

    /// The first element of the permuted state. `state` has room for the state, as much again, and the window of the partial
    /// rounds, beyond the free memory pointer, which stays: nothing else is written meanwhile.
    function _permute(uint256 constants, uint256 width, uint256 partialRounds, uint256 state)
        private
        pure
        returns (uint256 first)
    {
        uint256 p = Constants.P;
        assembly ("memory-safe") {
            function sbox(x, m) -> y {
                let square := mulmod(x, x, m)
                y := mulmod(mulmod(square, square, m), x, m)
            }
            // Over `size` bytes. Four products are below 2^256, so they are added without a reduction.
            function dot(a, b, size, m) -> sum {
                let end := add(a, size)
                for { let eight := sub(end, 224) } lt(a, eight) {} {
                    sum := addmod(sum, add(add(mulmod(mload(a), mload(b), m), mulmod(mload(add(a, 32)), mload(add(b, 32)), m)), add(mulmod(mload(add(a, 64)), mload(add(b, 64)), m), mulmod(mload(add(a, 96)), mload(add(b, 96)), m))), m)
                    sum := addmod(sum, add(add(mulmod(mload(add(a, 128)), mload(add(b, 128)), m), mulmod(mload(add(a, 160)), mload(add(b, 160)), m)), add(mulmod(mload(add(a, 192)), mload(add(b, 192)), m), mulmod(mload(add(a, 224)), mload(add(b, 224)), m))), m)
                    a := add(a, 256)
                    b := add(b, 256)
                }
                for {} lt(a, end) {} {
                    sum := addmod(sum, mulmod(mload(a), mload(b), m), m)
                    a := add(a, 32)
                    b := add(b, 32)
                }
            }
            // state = matrix * sbox(state + constants), the first `rows` bytes of it.
            function full(at_, scratch, added, matrix, size, rows, m) {
                for { let i := 0 } lt(i, size) { i := add(i, 32) } {
                    mstore(add(scratch, i), sbox(add(mload(add(at_, i)), mload(add(added, i))), m))
                }
                for { let i := 0 } lt(i, rows) { i := add(i, 32) } {
                    mstore(add(at_, i), dot(matrix, scratch, size, m))
                    matrix := add(matrix, size)
                }
            }
            let size := mul(width, 32)
            let scratch := add(state, size)
            let partials := add(constants, mul(4, size))
            let closing := add(partials, mul(partialRounds, 32))
            let mds := add(closing, mul(4, size))
            let entry := add(mds, mul(width, size))
            let recurrence := add(entry, mul(width, size))
            for { let round := 0 } lt(round, 3) { round := add(round, 1) } {
                full(state, scratch, add(constants, mul(round, size)), mds, size, size, p)
            }
            full(state, scratch, add(constants, mul(3, size)), entry, size, size, p)

            // The window: 0, state[width - 1], ..., 0, state[1], then s and y of every round.
            let start := add(scratch, size)
            let end := start
            for { let i := sub(size, 32) } gt(i, 0) { i := sub(i, 32) } {
                mstore(end, 0)
                mstore(add(end, 32), mload(add(state, i)))
                end := add(end, 64)
            }
            let span := sub(end, start)
            let y := mload(state)
            for {} lt(partials, closing) { partials := add(partials, 32) } {
                mstore(end, sbox(add(y, mload(partials)), p))
                y := dot(recurrence, start, add(span, 32), p)
                mstore(add(end, 32), y)
                end := add(end, 64)
                start := add(start, 64)
            }
            mstore(state, y)
            let row := add(recurrence, add(span, 32))
            for { let i := 32 } lt(i, size) { i := add(i, 32) } {
                mstore(add(state, i), dot(row, start, span, p))
                row := add(row, span)
            }
            for { let round := 0 } lt(round, 3) { round := add(round, 1) } {
                full(state, scratch, add(closing, mul(round, size)), mds, size, size, p)
            }
            full(state, scratch, add(closing, mul(3, size)), mds, size, 32, p)
            first := mload(state)
        }
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Constants} from "./Constants.sol";
import {IEpochRegistry} from "./IEpochRegistry.sol";
import {Poseidon} from "./Poseidon.sol";

/// The seeds of a statement, and the state that its chain must end in: src/protocol/challenges.ts and chain.ts.
/// A contract of its own for the room that it takes; it keeps nothing.
contract StatementSeed {
    uint256 private constant P = Constants.P;
    uint256 private constant COUNT_BOUND = 1 << 32;
    uint256 private constant SUM_BOUND = 1 << 180;
    uint256 private constant MOST = 1 << 16;

    Poseidon public immutable poseidon;

    constructor(Poseidon poseidon_) {
        poseidon = poseidon_;
    }

    /// The first seed and the statement digest. Every number is canonical and in its bounds, or it reverts.
    /// @param exchange the exchange's name
    /// @param shapes those of the statement's key set
    function seedsOf(string calldata exchange, IEpochRegistry.Shape[] calldata shapes, IEpochRegistry.Statement calldata s)
        external
        pure
        returns (bytes32 seed, bytes32 digest)
    {
        _requireShape(shapes, s);
        seed = _firstSeed(exchange, shapes, s);
        bytes32[] calldata weights = s.tableWeights;
        _requireCanonical(weights);
        bytes memory head = abi.encodePacked(uint32(22), "marginproof/v1/weights", uint32(32), seed);
        uint256 start;
        assembly ("memory-safe") {
            start := mload(0x40)
        }
        uint256 end = _raw(start, head);
        for (uint256 i = 0; i < weights.length; i++) end = _word(end, uint256(weights[i]));
        digest = _hash(start, end);
    }

    /// The commitment to no residue, the published quantities and the published totals, not blinded.
    function endStateOf(bytes32 seed, uint256[14] calldata totals, uint256[2][] calldata quantities)
        external
        view
        returns (uint256)
    {
        uint256 tau = uint256(keccak256(abi.encodePacked(seed, "tau"))) % P;
        uint256 power = 1;
        uint256 lanes = 0;
        for (uint256 i = 0; i < quantities.length; i++) {
            for (uint256 side = 0; side < 2; side++) {
                power = mulmod(power, tau, P);
                lanes = addmod(lanes, mulmod(power, quantities[i][side], P), P);
            }
        }
        uint256[] memory state = new uint256[](14);
        state[3] = lanes;
        for (uint256 k = 0; k < 5; k++) state[4] |= totals[k] << (32 * k);
        for (uint256 k = 5; k < 14; k++) state[k] = totals[k];
        return poseidon.sponge(Constants.ROLE_STATE, state);
    }

    function _requireShape(IEpochRegistry.Shape[] calldata shapes, IEpochRegistry.Statement calldata s) private pure {
        uint256 batches = s.batchShapes.length;
        uint256 tables = s.tableTotals.length;
        if (batches == 0 || batches > MOST || batches != s.leafRoots.length) revert IEpochRegistry.StatementShape();
        if (tables == 0 || tables > MOST || tables != s.tableWeights.length) revert IEpochRegistry.StatementShape();
        if (s.quantities.length > MOST) revert IEpochRegistry.StatementShape();
        _requireName(bytes(s.epoch).length);
        _requireName(bytes(s.time).length);
        if (s.tableShape >= shapes.length || !shapes[s.tableShape].table) {
            revert IEpochRegistry.ShapeUnknown(s.tableShape);
        }
        for (uint256 k = 0; k < 14; k++) {
            if (s.totals[k] >= (k < 5 ? COUNT_BOUND : SUM_BOUND)) revert IEpochRegistry.SumTooLarge(k);
        }
        for (uint256 i = 0; i < s.quantities.length; i++) {
            if (s.quantities[i][0] >= SUM_BOUND || s.quantities[i][1] >= SUM_BOUND) {
                revert IEpochRegistry.SumTooLarge(14 + i);
            }
        }
        _requireCanonical(s.leafRoots);
        _requireCanonical(s.tableTotals);
    }

    function _requireName(uint256 length) private pure {
        if (length == 0 || length > 384) revert IEpochRegistry.NameLength();
    }

    function _requireCanonical(bytes32[] calldata values) private pure {
        for (uint256 i = 0; i < values.length; i++) {
            if (uint256(values[i]) >= P) revert IEpochRegistry.NotCanonical();
        }
    }

    function _firstSeed(string calldata exchange, IEpochRegistry.Shape[] calldata shapes, IEpochRegistry.Statement calldata s)
        private
        pure
        returns (bytes32)
    {
        bytes[] memory named = new bytes[](shapes.length);
        for (uint256 i = 0; i < shapes.length; i++) named[i] = _named(shapes[i]);
        bytes memory head = abi.encodePacked(
            abi.encodePacked(uint32(24), "marginproof/v1/statement", uint32(bytes(exchange).length), exchange),
            abi.encodePacked(uint32(bytes(s.epoch).length), s.epoch, uint32(bytes(s.time).length), s.time),
            abi.encodePacked(uint32(32), s.marketDigest, uint32(32), s.tableDigest)
        );
        uint256 start;
        assembly ("memory-safe") {
            start := mload(0x40)
        }
        uint256 end = _raw(start, head);
        end = _word(end, s.leafRoots.length);
        end = _word(end, s.tableTotals.length);
        end = _word(end, s.quantities.length);
        end = _word(end, 4);
        end = _batches(end, named, shapes, s);
        for (uint256 i = 0; i < s.tableTotals.length; i++) {
            end = _word(end, i);
            end = _raw(end, named[s.tableShape]);
            end = _word(end, uint256(s.tableTotals[i]));
        }
        for (uint256 k = 0; k < 14; k++) end = _word(end, s.totals[k]);
        for (uint256 i = 0; i < s.quantities.length; i++) {
            end = _word(end, s.quantities[i][0]);
            end = _word(end, s.quantities[i][1]);
        }
        return _hash(start, end);
    }

    function _batches(
        uint256 end,
        bytes[] memory named,
        IEpochRegistry.Shape[] calldata shapes,
        IEpochRegistry.Statement calldata s
    ) private pure returns (uint256) {
        bytes calldata batchShapes = s.batchShapes;
        bytes32[] calldata leafRoots = s.leafRoots;
        for (uint256 i = 0; i < leafRoots.length; i++) {
            uint256 shape = uint8(batchShapes[i]);
            if (shape >= named.length || shapes[shape].table) revert IEpochRegistry.ShapeUnknown(shape);
            end = _word(end, i);
            end = _raw(end, named[shape]);
            end = _word(end, uint256(leafRoots[i]));
        }
        return end;
    }

    /// A shape's name and the digest of its key, as they stand in the encoding.
    function _named(IEpochRegistry.Shape calldata shape) private pure returns (bytes memory) {
        return abi.encodePacked(uint32(bytes(shape.id).length), shape.id, uint32(32), shape.key);
    }

    // The encoding is written beyond the free memory pointer, which stays where it is: nothing else is allocated meanwhile.

    function _word(uint256 end, uint256 value) private pure returns (uint256) {
        assembly ("memory-safe") {
            mstore(end, shl(224, 32))
            mstore(add(end, 4), value)
        }
        return end + 36;
    }

    function _raw(uint256 end, bytes memory bytes_) private pure returns (uint256) {
        assembly ("memory-safe") {
            mcopy(end, add(bytes_, 32), mload(bytes_))
        }
        return end + bytes_.length;
    }

    function _hash(uint256 start, uint256 end) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(start, sub(end, start))
        }
    }
}

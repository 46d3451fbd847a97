// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Constants} from "./Constants.sol";
import {IEpochRegistry} from "./IEpochRegistry.sol";
import {Rest} from "./Rest.sol";

/// Batches of statements that have more of them than one transaction holds (src/chain/batchBlocks.ts): noted block by block, by
/// whomever, each under what it is hashed to. So nobody's note is in anybody's way.
abstract contract BatchBlocks {
    uint256 internal constant P = Constants.P;
    uint256 internal constant MOST = 1 << 16;
    /// Batches of every block but the last. A statement with no more is posted as it is.
    uint256 public constant BLOCK = 2048;

    struct Block {
        /// Of its batches, as the first seed has it; 0 where it was not noted.
        bytes32 hash;
        /// Hash of what comes after them (Rest).
        bytes32 next;
        /// The fewest stress places of a shape of them.
        uint8 stress;
    }

    mapping(bytes32 id => Block) private _blocks;

    event BatchesNoted(bytes32 indexed keySet, uint256 first, uint256 count, bytes32 rest);

    /// Notes up to BLOCK batches of a statement under a key set, from batch `first` on, a multiple of BLOCK.
    /// @param next `rest` of the next block, or hash of the statement's table steps
    /// @return rest what these batches, and all after them, are hashed to
    function note(
        IEpochRegistry.Shape[] calldata shapes,
        uint256 first,
        bytes calldata batchShapes,
        bytes32[] calldata leafRoots,
        bytes32 next
    ) external returns (bytes32 rest) {
        uint256 count = leafRoots.length;
        if (count == 0 || count > BLOCK || count != batchShapes.length) revert IEpochRegistry.StatementShape();
        if (first % BLOCK != 0 || first >= MOST) revert IEpochRegistry.StatementShape();
        _requireCanonical(leafRoots);
        bytes32 keySet = keccak256(abi.encode(shapes));
        rest = Rest.ofBatches(batchShapes, leafRoots, next);
        (bytes32 hash, uint8 stress) = _blockHash(shapes, first, batchShapes, leafRoots);
        _blocks[_id(keySet, first, count, rest)] = Block(hash, next, stress);
        emit BatchesNoted(keySet, first, count, rest);
    }

    /// Whether a statement's batches from `first` on were noted: `count` of them that are hashed to `rest`.
    function isNoted(bytes32 keySet, uint256 first, uint256 count, bytes32 rest) external view returns (bool) {
        return _blocks[_id(keySet, first, count, rest)].hash != bytes32(0);
    }

    /// Whether batches that a challenge brings are the block of a statement that batch `index` is in; or, of a place behind the
    /// batches, whether the table steps that it brings are the statement's.
    function holds(IEpochRegistry.Statement calldata s, uint256 batches, bytes32 rest, uint256 index)
        external
        view
        returns (bool)
    {
        uint256 to = index < batches ? index / BLOCK * BLOCK : batches;
        for (uint256 first = 0; first < to; first += BLOCK) {
            rest = _blockAt(s.keySet, first, batches, rest).next;
        }
        if (index >= batches) return Rest.ofTables(s.tableTotals, s.tableWeights, bytes32(0)) == rest;
        Block storage entry = _blockAt(s.keySet, to, batches, rest);
        if (s.leafRoots.length != _count(to, batches) || s.batchShapes.length != s.leafRoots.length) return false;
        return Rest.ofBatches(s.batchShapes, s.leafRoots, entry.next) == rest;
    }

    function _id(bytes32 keySet, uint256 first, uint256 count, bytes32 rest) private pure returns (bytes32) {
        return keccak256(abi.encode(keySet, first, count, rest));
    }

    function _count(uint256 first, uint256 batches) private pure returns (uint256) {
        return batches - first < BLOCK ? batches - first : BLOCK;
    }

    function _blockAt(bytes32 keySet, uint256 first, uint256 batches, bytes32 rest)
        internal
        view
        returns (Block storage entry)
    {
        entry = _blocks[_id(keySet, first, _count(first, batches), rest)];
        if (entry.hash == bytes32(0)) revert IEpochRegistry.BatchesUnknown(first);
    }

    function _blockHash(
        IEpochRegistry.Shape[] calldata shapes,
        uint256 first,
        bytes calldata batchShapes,
        bytes32[] calldata leafRoots
    ) private pure returns (bytes32 hash, uint8 stress) {
        bytes[] memory named = _names(shapes);
        bytes memory head = abi.encodePacked(uint32(22), "marginproof/v1/batches");
        uint256 start = _free();
        uint256 end;
        (end, stress) = _batches(_raw(start, head), first, named, shapes, batchShapes, leafRoots);
        hash = _hash(start, end);
    }

    function _requireCanonical(bytes32[] calldata values) internal pure {
        for (uint256 i = 0; i < values.length; i++) {
            if (uint256(values[i]) >= P) revert IEpochRegistry.NotCanonical();
        }
    }

    /// Each shape's name and the digest of its key, as they stand in the encoding.
    function _names(IEpochRegistry.Shape[] calldata shapes) internal pure returns (bytes[] memory named) {
        named = new bytes[](shapes.length);
        for (uint256 i = 0; i < shapes.length; i++) {
            named[i] = abi.encodePacked(uint32(bytes(shapes[i].id).length), shapes[i].id, uint32(32), shapes[i].key);
        }
    }

    // The encoding is written beyond the free memory pointer, which stays where it is: nothing else is allocated meanwhile.

    /// Batches in their encoding, and the fewest stress places of their shapes.
    function _batches(
        uint256 end,
        uint256 first,
        bytes[] memory named,
        IEpochRegistry.Shape[] calldata shapes,
        bytes calldata batchShapes,
        bytes32[] calldata leafRoots
    ) internal pure returns (uint256, uint8 stress) {
        stress = type(uint8).max;
        for (uint256 i = 0; i < leafRoots.length; i++) {
            uint256 shape = uint8(batchShapes[i]);
            if (shape >= named.length || shapes[shape].table) revert IEpochRegistry.ShapeUnknown(shape);
            if (shapes[shape].stress < stress) stress = shapes[shape].stress;
            end = _word(end, first + i);
            end = _raw(end, named[shape]);
            end = _word(end, uint256(leafRoots[i]));
        }
        return (end, stress);
    }

    function _free() internal pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := mload(0x40)
        }
    }

    function _word(uint256 end, uint256 value) internal pure returns (uint256) {
        assembly ("memory-safe") {
            mstore(end, shl(224, 32))
            mstore(add(end, 4), value)
        }
        return end + 36;
    }

    function _raw(uint256 end, bytes memory bytes_) internal pure returns (uint256) {
        assembly ("memory-safe") {
            mcopy(end, add(bytes_, 32), mload(bytes_))
        }
        return end + bytes_.length;
    }

    function _hash(uint256 start, uint256 end) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(start, sub(end, start))
        }
    }
}

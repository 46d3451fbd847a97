// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {BatchBlocks} from "./BatchBlocks.sol";
import {Constants} from "./Constants.sol";
import {IEpochRegistry} from "./IEpochRegistry.sol";
import {Poseidon} from "./Poseidon.sol";
import {Rest} from "./Rest.sol";

/// The seeds of a statement, and the state that its chain must end in: src/protocol/challenges.ts and chain.ts.
/// A contract of its own for the room that it takes; it keeps nothing but what was noted of large statements.
contract StatementSeed is BatchBlocks {
    uint256 private constant COUNT_BOUND = 1 << 32;
    uint256 private constant SUM_BOUND = 1 << 180;

    Poseidon public immutable poseidon;

    constructor(Poseidon poseidon_) {
        poseidon = poseidon_;
    }

    /// The first seed and the statement digest, and the fewest stress places of a shape of its batches. Every number is canonical
    /// and in its bounds, or it reverts.
    /// @param exchange the exchange's name
    /// @param shapes those of the statement's key set
    function seedsOf(string calldata exchange, IEpochRegistry.Shape[] calldata shapes, IEpochRegistry.Statement calldata s)
        external
        view
        returns (bytes32 seed, bytes32 digest, uint8 stress)
    {
        _requireShape(shapes, s);
        (seed, stress) = _firstSeed(exchange, shapes, s);
        bytes32[] calldata weights = s.tableWeights;
        _requireCanonical(weights);
        bytes memory head = abi.encodePacked(uint32(22), "marginproof/v1/weights", uint32(32), seed);
        uint256 start = _free();
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
        if (batches != s.leafRoots.length) revert IEpochRegistry.StatementShape();
        // Which way a statement is hashed follows from how many batches it has.
        bool posted = batches > 0 && batches <= BLOCK && s.noted == 0 && s.notedRest == bytes32(0);
        bool noted = batches == 0 && s.noted > BLOCK && s.noted <= MOST;
        if (!posted && !noted) revert IEpochRegistry.StatementShape();
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

    function _firstSeed(string calldata exchange, IEpochRegistry.Shape[] calldata shapes, IEpochRegistry.Statement calldata s)
        private
        view
        returns (bytes32 seed, uint8 stress)
    {
        bytes[] memory named = _names(shapes);
        bytes32[] memory blocks;
        if (s.noted > 0) (blocks, stress) = _noted(s);
        bytes memory head = abi.encodePacked(
            abi.encodePacked(uint32(24), "marginproof/v1/statement", uint32(bytes(exchange).length), exchange),
            abi.encodePacked(uint32(bytes(s.epoch).length), s.epoch, uint32(bytes(s.time).length), s.time),
            abi.encodePacked(uint32(32), s.marketDigest, uint32(32), s.tableDigest)
        );
        uint256 start = _free();
        uint256 end = _raw(start, head);
        end = _word(end, s.noted > 0 ? s.noted : s.leafRoots.length);
        end = _word(end, s.tableTotals.length);
        end = _word(end, s.quantities.length);
        end = _word(end, 4);
        for (uint256 i = 0; i < blocks.length; i++) end = _word(end, uint256(blocks[i]));
        if (s.noted == 0) (end, stress) = _batches(end, 0, named, shapes, s.batchShapes, s.leafRoots);
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
        seed = _hash(start, end);
    }

    /// The hashes of the blocks of batches that were noted, to the very table steps of the statement.
    function _noted(IEpochRegistry.Statement calldata s) private view returns (bytes32[] memory blocks, uint8 stress) {
        blocks = new bytes32[]((s.noted + BLOCK - 1) / BLOCK);
        bytes32 rest = s.notedRest;
        stress = type(uint8).max;
        for (uint256 i = 0; i < blocks.length; i++) {
            Block storage entry = _blockAt(s.keySet, i * BLOCK, s.noted, rest);
            blocks[i] = entry.hash;
            if (entry.stress < stress) stress = entry.stress;
            rest = entry.next;
        }
        if (Rest.ofTables(s.tableTotals, s.tableWeights, bytes32(0)) != rest) revert IEpochRegistry.StatementOther();
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {EpochRegistry} from "contracts/EpochRegistry.sol";
import {Groth16Verifier} from "contracts/Groth16Verifier.sol";
import {IEpochRegistry} from "contracts/IEpochRegistry.sol";
import {Poseidon} from "contracts/Poseidon.sol";
import {StatementSeed} from "contracts/StatementSeed.sol";
import {TableColumns} from "contracts/TableColumns.sol";

/// What these tests use of forge.
interface Vm {
    function prank(address sender) external;
    function deal(address who, uint256 amount) external;
    function warp(uint256 time) external;
    function roll(uint256 blockNumber) external;
    function readFileBinary(string calldata path) external view returns (bytes memory);
}

Vm constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

/// A verifying key whose secrets are known: alpha, beta, gamma, delta and the scalars of its ic points.
struct KnownKey {
    uint256[] words;
    uint256 alpha;
    uint256 beta;
    uint256 gamma;
    uint256 delta;
    uint256[] ic;
}

/// The registry on contracts and keys that test/contracts/forge.test.ts wrote the data of.
abstract contract Deployed {
    string internal constant NAME = "Example Exchange";
    uint256 internal constant MIN_BOND = 1000;
    uint256 internal constant PRICE = 10;
    uint64 internal constant WINDOW = 1 days;
    uint64 internal constant RESPONSE = 6 hours;

    Groth16Verifier internal verifier;
    StatementSeed internal seeds;
    EpochRegistry internal registry;
    bytes32 internal keySet;
    KnownKey internal accountKey;
    IEpochRegistry.Shape[] internal shapes;

    function deploy() internal {
        (bytes memory constants, KnownKey memory account, KnownKey memory table) =
            abi.decode(vm.readFileBinary("build/forge/data.bin"), (bytes, KnownKey, KnownKey));
        verifier = new Groth16Verifier();
        Poseidon poseidon = new Poseidon();
        poseidon.addWidth(15, constants);
        TableColumns columns = new TableColumns(poseidon);
        seeds = new StatementSeed(poseidon);
        registry = new EpochRegistry(verifier, columns, seeds, MIN_BOND, PRICE, WINDOW, RESPONSE);
        bytes32[2] memory keys = [verifier.addKey(account.words), verifier.addKey(table.words)];
        shapes.push(IEpochRegistry.Shape("accounts-a2", keys[0], false, 0, 4));
        shapes.push(IEpochRegistry.Shape("table-r32", keys[1], true, 32, 0));
        keySet = registry.addKeySet(shapes);
        accountKey = account;
    }

    /// A statement of so many batches, and a table step.
    function statementOf(string memory epoch, uint256 batches, uint256 seed)
        internal
        view
        returns (IEpochRegistry.Statement memory s)
    {
        s.exchange = keccak256(bytes(NAME));
        s.keySet = keySet;
        s.epoch = epoch;
        s.time = "2026-11-26T00:00:00Z";
        s.marketDigest = keccak256(abi.encode(seed, "market"));
        s.tableDigest = keccak256(abi.encode(seed, "table"));
        s.batchShapes = new bytes(batches);
        s.leafRoots = new bytes32[](batches);
        for (uint256 i = 0; i < batches; i++) s.leafRoots[i] = small(seed, i);
        s.tableShape = 1;
        s.tableTotals = new bytes32[](1);
        s.tableWeights = new bytes32[](1);
        s.tableTotals[0] = small(seed, 1 << 20);
        s.tableWeights[0] = small(seed, 1 << 21);
        s.quantities = new uint256[2][](1);
    }

    /// An element of the field.
    function small(uint256 seed, uint256 n) internal pure returns (bytes32) {
        return bytes32(uint256(keccak256(abi.encode(seed, n))) >> 8);
    }
}

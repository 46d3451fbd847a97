// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Constants} from "./Constants.sol";
import {Exchanges} from "./Exchanges.sol";
import {StatementSeed} from "./StatementSeed.sol";
import {TableColumns} from "./TableColumns.sol";

/// What is kept of every epoch, and what the public signals of its steps are.
abstract contract Epochs is Exchanges {
    uint256 internal constant P = Constants.P;

    TableColumns public immutable columns;
    StatementSeed public immutable seeds;
    mapping(bytes32 epochId => Epoch) internal _epochs;

    constructor(TableColumns columns_, StatementSeed seeds_) {
        columns = columns_;
        seeds = seeds_;
    }

    function idOf(bytes32 exchange, string calldata epoch) public pure returns (bytes32 epochId) {
        return keccak256(abi.encode(exchange, keccak256(bytes(epoch))));
    }

    function epochOf(bytes32 epochId) external view returns (Epoch memory epoch) {
        epoch = _epochs[epochId];
        epoch.status = statusOf(epochId);
    }

    function statusOf(bytes32 epochId) public view returns (Status) {
        Epoch storage epoch = _epochs[epochId];
        if (epoch.status == Status.Open && block.timestamp > epoch.deadline) return Status.Expired;
        return epoch.status;
    }

    function finalDigest(string calldata exchange, string calldata epoch, bytes32 keySet)
        external
        view
        returns (bytes32)
    {
        Epoch storage entry = _epochs[idOf(keccak256(bytes(exchange)), epoch)];
        return entry.status == Status.Final && entry.keySet == keySet ? entry.digest : bytes32(0);
    }

    /// Takes the one statement of an epoch's name.
    function _take(Statement calldata s) internal returns (bytes32 epochId, Epoch storage epoch) {
        (string memory name,, address publisher) = exchangeOf(s.exchange);
        if (publisher == address(0) || msg.sender != publisher) revert NotPublisher();
        epochId = idOf(s.exchange, s.epoch);
        epoch = _epochs[epochId];
        if (epoch.status != Status.None) revert EpochTaken();
        Shape[] memory shapes = keySetOf(s.keySet);
        (epoch.seed, epoch.digest, epoch.stress) = seeds.seedsOf(name, shapes, s);
        epoch.endState = seeds.endStateOf(epoch.seed, s.totals, s.quantities);
        epoch.exchange = s.exchange;
        epoch.keySet = s.keySet;
        epoch.tableDigest = s.tableDigest;
        epoch.batches = s.noted > 0 ? s.noted : uint32(s.leafRoots.length);
        epoch.tableSteps = uint32(s.tableTotals.length);
        epoch.instruments = uint32(s.quantities.length);
        epoch.rows = shapes[s.tableShape].rows;
        epoch.tableKey = shapes[s.tableShape].key;
    }

    /// The table of an epoch, once it was read to its end.
    function _tableOf(Epoch storage epoch, uint256 tail)
        internal
        view
        returns (bytes32 id, TableColumns.Table memory table)
    {
        id = columns.idOf(epoch.tableDigest, epoch.seed, epoch.rows, tail);
        table = columns.tableOf(id);
        if (!table.complete) revert TableNotRead();
    }

    /// Whether the statement's steps are those of this table.
    function _fits(Epoch storage epoch, TableColumns.Table memory table) internal view returns (bool) {
        return !table.unfit && _counts(epoch, table);
    }

    /// Whether they are as many, by what stands before the table's rows.
    function _counts(Epoch storage epoch, TableColumns.Table memory table) internal view returns (bool) {
        uint256 steps = (uint256(table.rows) + epoch.rows - 1) / epoch.rows;
        return table.instruments == epoch.instruments && steps == epoch.tableSteps && table.stress <= epoch.stress;
    }

    function _challenge(bytes32 seed, string memory name) internal pure returns (uint256) {
        return uint256(keccak256(abi.encodePacked(seed, name))) % P;
    }

    /// The public signals of account steps that all steps of an epoch share: rho, beta, gamma, r, x, imfBp, marginCallBp.
    function _shared(Epoch storage epoch, uint256 imfBp, uint256 marginCallBp)
        internal
        view
        returns (uint256[7] memory)
    {
        (bytes32 seed, bytes32 digest) = (epoch.seed, epoch.digest);
        return [
            _challenge(seed, "rho"),
            _challenge(seed, "beta"),
            _challenge(seed, "gamma"),
            _challenge(digest, "r"),
            _challenge(digest, "x"),
            imfBp,
            marginCallBp
        ];
    }

    /// Of table steps: tau, r, x.
    function _sharedByTable(Epoch storage epoch) internal view returns (uint256[3] memory) {
        (bytes32 seed, bytes32 digest) = (epoch.seed, epoch.digest);
        return [_challenge(seed, "tau"), _challenge(digest, "r"), _challenge(digest, "x")];
    }

    function _power(uint256 base, uint256 exponent) internal pure returns (uint256 power) {
        power = 1;
        for (; exponent > 0; exponent >>= 1) {
            if (exponent & 1 == 1) power = mulmod(power, base, P);
            base = mulmod(base, base, P);
        }
    }
}

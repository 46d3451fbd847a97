// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Constants} from "./Constants.sol";
import {Epochs} from "./Epochs.sol";
import {Groth16Verifier} from "./Groth16Verifier.sol";
import {Rest} from "./Rest.sol";
import {TableColumns} from "./TableColumns.sol";

/// Epochs whose every step is verified here, in order, in as many transactions as it takes.
/// What the steps to come are of is kept as one hash (Rest): a call brings what its own steps are of, and the hash of the rest.
abstract contract StrictEpochs is Epochs {
    /// How long an epoch stays open.
    uint64 public constant STRICT_PERIOD = 7 days;
    uint256 private constant ACCOUNT_WORDS = 11 + 8;
    uint256 private constant TABLE_WORDS = 9 + 8;

    function publish(Statement calldata s) external returns (bytes32 epochId) {
        Epoch storage epoch;
        (epochId, epoch) = _take(s);
        epoch.status = Status.Open;
        epoch.deadline = uint64(block.timestamp) + STRICT_PERIOD;
        epoch.state = Constants.ZERO_STATE;
        bytes32 rest = Rest.ofTables(s.tableTotals, s.tableWeights, bytes32(0));
        epoch.rest = s.noted > 0 ? s.notedRest : Rest.ofBatches(s.batchShapes, s.leafRoots, rest);
        emit EpochPublished(epochId, s.exchange, s.epoch, epoch.digest, epoch.deadline);
    }

    function submitAccountSteps(bytes32 epochId, AccountSteps calldata steps, uint256 tail) external {
        Epoch storage epoch = _open(epochId);
        uint256 count = steps.stateOuts.length;
        if (count == 0 || count != steps.proofs.length || count != steps.leafRoots.length) revert StepsNotNext();
        if (count != steps.batchShapes.length || epoch.done + count > epoch.batches) revert StepsNotNext();
        if (Rest.ofBatches(steps.batchShapes, steps.leafRoots, steps.rest) != epoch.rest) revert StepsNotNext();
        (, TableColumns.Table memory table) = _tableOf(epoch, tail);
        if (!_fits(epoch, table)) revert TableWrong();
        uint256[] memory words = _accountWords(epoch, steps, _shared(epoch, table.imfBp, table.marginCallBp));
        if (!verifier.verifyMany(_runs(keySetOf(epoch.keySet), steps.batchShapes), words)) revert ProofFalse();
        epoch.rest = steps.rest;
        _advance(epochId, epoch, count, steps.stateOuts[count - 1]);
    }

    function submitTableSteps(bytes32 epochId, TableSteps calldata steps, uint256 tail) external {
        Epoch storage epoch = _open(epochId);
        uint256 count = steps.stateOuts.length;
        if (count == 0 || count != steps.proofs.length || count != steps.tableTotals.length) revert StepsNotNext();
        if (count != steps.tableWeights.length || epoch.done < epoch.batches) revert StepsNotNext();
        if (epoch.done + count > uint256(epoch.batches) + epoch.tableSteps) revert StepsTooMany();
        if (Rest.ofTables(steps.tableTotals, steps.tableWeights, steps.rest) != epoch.rest) revert StepsNotNext();
        (bytes32 id, TableColumns.Table memory table) = _tableOf(epoch, tail);
        if (!_fits(epoch, table)) revert TableWrong();
        Groth16Verifier.Run[] memory runs = new Groth16Verifier.Run[](1);
        runs[0] = Groth16Verifier.Run(epoch.tableKey, count);
        if (!verifier.verifyMany(runs, _tableWords(epoch, steps, id))) revert ProofFalse();
        epoch.rest = steps.rest;
        _advance(epochId, epoch, count, steps.stateOuts[count - 1]);
    }

    function _open(bytes32 epochId) private view returns (Epoch storage epoch) {
        epoch = _epochs[epochId];
        Status status = statusOf(epochId);
        if (status == Status.Expired) revert EpochExpired();
        if (status != Status.Open) revert EpochState(status);
    }

    /// The last step must end in the published totals.
    function _advance(bytes32 epochId, Epoch storage epoch, uint256 count, uint256 state) private {
        uint256 done = epoch.done + count;
        uint256 total = uint256(epoch.batches) + epoch.tableSteps;
        epoch.done = uint32(done);
        epoch.state = state;
        emit StepsVerified(epochId, done, total);
        if (done < total) return;
        if (state != epoch.endState) revert ChainEnd();
        epoch.status = Status.Final;
        emit EpochFinal(epochId, epoch.digest);
    }

    /// Neighbours of one shape are a run.
    function _runs(Shape[] memory shapes, bytes calldata places)
        private
        pure
        returns (Groth16Verifier.Run[] memory runs)
    {
        runs = new Groth16Verifier.Run[](places.length);
        uint256 count;
        for (uint256 i = 0; i < places.length; i++) {
            if (i > 0 && places[i] == places[i - 1]) runs[count - 1].proofs++;
            else runs[count++] = Groth16Verifier.Run(shapes[uint8(places[i])].key, 1);
        }
        assembly ("memory-safe") {
            mstore(runs, count)
        }
    }

    /// Signals and proofs: leafRoot, stateOut, stateIn, rhoStart, rho, beta, gamma, r, x, imfBp, marginCallBp.
    function _accountWords(Epoch storage epoch, AccountSteps calldata steps, uint256[7] memory shared)
        private
        view
        returns (uint256[] memory words)
    {
        uint256 count = steps.stateOuts.length;
        words = new uint256[](count * ACCOUNT_WORDS);
        uint256 state = epoch.state;
        uint256 step = _power(shared[0], 4096);
        uint256 rhoStart = _power(step, epoch.done);
        uint256 to;
        for (uint256 i = 0; i < count; i++) {
            words[to] = uint256(steps.leafRoots[i]);
            words[to + 1] = steps.stateOuts[i];
            words[to + 2] = state;
            words[to + 3] = rhoStart;
            uint256[8] calldata proof = steps.proofs[i];
            // words[to + 4 ...] = shared, then the proof: both have their length by their types.
            assembly ("memory-safe") {
                let next := add(words, mul(add(to, 5), 32))
                mcopy(next, shared, 224)
                calldatacopy(add(next, 224), proof, 256)
            }
            state = steps.stateOuts[i];
            rhoStart = mulmod(rhoStart, step, P);
            to += ACCOUNT_WORDS;
        }
    }

    /// Signals and proofs: totals, weights, stateOut, stateIn, columns, laneStart, tau, r, x.
    function _tableWords(Epoch storage epoch, TableSteps calldata steps, bytes32 id)
        private
        view
        returns (uint256[] memory words)
    {
        uint256 count = steps.stateOuts.length;
        words = new uint256[](count * TABLE_WORDS);
        uint256[3] memory shared = _sharedByTable(epoch);
        uint256 state = epoch.state;
        uint256 first = epoch.done - epoch.batches;
        uint256 to;
        for (uint256 i = 0; i < count; i++) {
            TableColumns.Columns memory own = columns.columnsOf(id, first + i);
            words[to] = uint256(steps.tableTotals[i]);
            words[to + 1] = uint256(steps.tableWeights[i]);
            words[to + 2] = steps.stateOuts[i];
            words[to + 3] = state;
            words[to + 4] = own.hash;
            words[to + 5] = _power(shared[0], own.lanesBefore);
            for (uint256 k = 0; k < 3; k++) words[to + 6 + k] = shared[k];
            for (uint256 k = 0; k < 8; k++) words[to + 9 + k] = steps.proofs[i][k];
            state = steps.stateOuts[i];
            to += TABLE_WORDS;
        }
    }
}

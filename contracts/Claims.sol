// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Constants} from "./Constants.sol";
import {Epochs} from "./Epochs.sol";
import {TableColumns} from "./TableColumns.sol";

/// Epochs that a bond stands for: nothing is verified unless somebody shows a fault, and what is not shown in time is final.
///
/// The statement itself is in the claim's transaction, so seeds and end state are the contract's own here too. The steps (each
/// one's state, proof and, of the table, columns) are published elsewhere; the claim has the root of their tree.
abstract contract Claims is Epochs {
    /// Blocks between a commitment and its challenge: who copies a challenge that waits for its block comes too late.
    uint256 public constant REVEAL_BLOCKS = 5;
    /// Of a bond, what nobody gets, in hundredths: an exchange that challenges itself loses it.
    uint256 public constant BURNT_PERCENT = 20;
    /// The index by which the table itself is demanded.
    uint256 public constant TABLE = type(uint32).max;
    /// What can be claimed must be small enough to be challenged: a challenge brings the whole statement, and nodes hand on no
    /// transaction above 128 KiB. Its lists, in bytes; and most of a table's encoding that an answer brings.
    uint256 public constant MOST_STATEMENT = 98_304;
    uint256 public constant MOST_TABLE = 98_304;
    /// Most nodes above a step in the claim's tree: a tree of all steps that there can be has 17.
    uint256 public constant MOST_PATH = 32;
    /// StatementSeed.BLOCK.
    uint256 private constant BLOCK = 2048;
    /// Rows of a table that one least bond stands for, and one price of a demand: reading them costs some 115 and putting them on
    /// chain some 15 million gas.
    uint256 public constant BOND_ROWS = 1024;
    uint256 public constant DEMAND_ROWS = 256;

    uint256 public immutable minBond;
    uint256 public immutable demandPrice;
    /// How long a claim can be challenged, and how long after the last answer; how long a demand can be answered. Seconds.
    uint64 public immutable window;
    uint64 public immutable response;

    struct Demand {
        address by;
        uint64 deadline;
        bool answered;
    }

    mapping(address who => uint256) private _balances;
    mapping(bytes32 commitment => uint256 blockNumber) private _commitments;
    mapping(bytes32 epochId => mapping(uint256 index => Demand)) private _demands;

    constructor(uint256 minBond_, uint256 demandPrice_, uint64 window_, uint64 response_) {
        minBond = minBond_;
        demandPrice = demandPrice_;
        window = window_;
        response = response_;
    }

    function claim(Statement calldata s, bytes32 stepsRoot, uint32 imfBp, uint32 marginCallBp)
        external
        payable
        returns (bytes32 epochId)
    {
        if (33 * s.leafRoots.length + 64 * (s.tableTotals.length + s.quantities.length) > MOST_STATEMENT) {
            revert StepsTooMany();
        }
        Epoch storage epoch;
        (epochId, epoch) = _take(s);
        uint256 needed = bondFor(epoch.batches, epoch.tableSteps, epoch.rows);
        if (msg.value < needed || msg.value > type(uint128).max) revert BondTooSmall(needed);
        epoch.status = Status.Claimed;
        epoch.deadline = uint64(block.timestamp) + window;
        epoch.demandsEnd = epoch.deadline;
        epoch.rest = stepsRoot;
        epoch.imfBp = imfBp;
        epoch.marginCallBp = marginCallBp;
        epoch.bond = uint128(msg.value);
        epoch.notedRest = s.notedRest;
        emit EpochClaimed(epochId, s.exchange, s.epoch, epoch.digest, stepsRoot, msg.value, epoch.deadline);
    }

    /// The least bond of a claim of so many batches, whose table has so many steps of so many rows. Who shows its columns false reads
    /// all rows; who is shown none of its steps demands all of them, and gets that back of what is not burnt.
    function bondFor(uint256 batches, uint256 tableSteps, uint256 rows) public view returns (uint256) {
        uint256 reading = minBond * _parts(tableSteps * rows, BOND_ROWS);
        uint256 paid = demandPrice * (batches + tableSteps + _parts(tableSteps * rows, DEMAND_ROWS));
        uint256 demanding = (paid * 100 + 99 - BURNT_PERCENT) / (100 - BURNT_PERCENT);
        return reading > demanding ? reading : demanding;
    }

    /// What a demand of a step, or of the table, costs.
    function priceOf(bytes32 epochId, uint256 index) external view returns (uint256) {
        return _priceOf(_epochs[epochId], index);
    }

    function _priceOf(Epoch storage epoch, uint256 index) private view returns (uint256) {
        if (index != TABLE) return demandPrice;
        return demandPrice * _parts(uint256(epoch.tableSteps) * epoch.rows, DEMAND_ROWS);
    }

    function _parts(uint256 rows, uint256 size) private pure returns (uint256) {
        return rows == 0 ? 1 : (rows + size - 1) / size;
    }

    /// After the window, with every demand answered: the bond is the exchange's owner's again.
    function finalise(bytes32 epochId) external {
        Epoch storage epoch = _claimed(epochId);
        if (block.timestamp <= epoch.deadline) revert WindowOpen(epoch.deadline);
        if (epoch.demands != 0) revert DemandsOpen(epoch.demands);
        epoch.status = Status.Final;
        (, address owner,) = exchangeOf(epoch.exchange);
        _balances[owner] += epoch.bond;
        epoch.bond = 0;
        emit EpochFinal(epochId, epoch.digest);
    }

    // What is withheld: whoever misses a step, or the table, pays for an answer here; without one the claim is refuted.

    function demand(bytes32 epochId, uint256 index) external payable {
        Epoch storage epoch = _claimed(epochId);
        if (block.timestamp > epoch.demandsEnd) revert DemandLate();
        uint256 price = _priceOf(epoch, index);
        if (msg.value != price) revert DemandPrice(price);
        if (index >= _stepsOf(epoch) && index != TABLE) revert NotInClaim(index);
        Demand storage entry = _demands[epochId][index];
        if (entry.by != address(0)) revert DemandUnknown();
        entry.by = msg.sender;
        entry.deadline = uint64(block.timestamp) + response;
        epoch.demands++;
        emit Demanded(epochId, index, msg.sender, entry.deadline);
    }

    /// Anybody who has the step answers, and is paid.
    function answerStep(bytes32 epochId, OpenedStep calldata opened) external {
        Epoch storage epoch = _claimed(epochId);
        _requireIn(epoch, opened);
        _answer(epochId, epoch, opened.index);
    }

    function answerTable(bytes32 epochId, bytes calldata table) external {
        Epoch storage epoch = _claimed(epochId);
        if (table.length > MOST_TABLE || keccak256(table) != epoch.tableDigest) revert AnswerWrong();
        _answer(epochId, epoch, TABLE);
    }

    /// The same of a table that is stored, in `columns`: for one that no transaction holds.
    function answerStoredTable(bytes32 epochId) external {
        Epoch storage epoch = _claimed(epochId);
        if (columns.piecesOf(epoch.tableDigest) == 0) revert AnswerWrong();
        _answer(epochId, epoch, TABLE);
    }

    function _answer(bytes32 epochId, Epoch storage epoch, uint256 index) private {
        Demand storage entry = _demands[epochId][index];
        if (entry.by == address(0) || entry.answered) revert DemandUnknown();
        if (block.timestamp > entry.deadline) revert AnswerTime(entry.deadline);
        entry.answered = true;
        epoch.demands--;
        // What comes out late can still be looked at for a whole window.
        epoch.deadline = uint64(block.timestamp) + window;
        _balances[msg.sender] += _priceOf(epoch, index);
        emit Answered(epochId, index);
    }

    /// Of a demand without an answer: refutes the claim, or takes back what was paid for it where something else refuted it.
    function refuteUnanswered(bytes32 epochId, uint256 index) external {
        Epoch storage epoch = _epochs[epochId];
        Demand storage entry = _demands[epochId][index];
        address by = entry.by;
        if (by == address(0) || entry.answered) revert DemandUnknown();
        if (epoch.status == Status.Claimed) {
            if (block.timestamp <= entry.deadline) revert AnswerTime(entry.deadline);
            _refute(epochId, epoch, Fault.Withheld, index, by);
        }
        entry.answered = true;
        epoch.demands--;
        _balances[by] += _priceOf(epoch, index);
    }

    // Faults. A challenge names what it is about before it shows it, bound to challenger, chain and registry.

    function commitChallenge(bytes32 commitment) external {
        if (_commitments[commitment] != 0) return;
        _commitments[commitment] = block.number;
        emit ChallengeCommitted(commitment);
    }

    function commitmentOf(address challenger, bytes32 epochId, Fault fault, uint256 index, bytes32 leaf, bytes32 salt)
        public
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, address(this), challenger, epochId, fault, index, leaf, salt));
    }

    /// A step whose proof does not hold for what the statement and the step before it say.
    function challengeProof(
        bytes32 epochId,
        Statement calldata s,
        OpenedStep calldata opened,
        OpenedStep calldata before,
        bytes32 salt
    ) external {
        Epoch storage epoch = _shown(epochId, Fault.Proof, opened, salt);
        Shape[] memory shapes = keySetOf(epoch.keySet);
        _requireStatement(epoch, s, shapes, opened.index);
        uint256 stateIn = Constants.ZERO_STATE;
        if (opened.index > 0) {
            if (before.index + 1 != opened.index) revert NotInClaim(before.index);
            _requireIn(epoch, before);
            stateIn = before.step.stateOut;
        }
        bool holds = opened.index < epoch.batches
            ? verifier.verify(
                shapes[uint8(s.batchShapes[_placeOf(epoch, opened.index)])].key,
                _accountSignals(epoch, s, opened, stateIn),
                opened.step.proof
            )
            : verifier.verify(epoch.tableKey, _tableSignals(epoch, s, opened, stateIn), opened.step.proof);
        if (holds) revert NoFault();
        _refute(epochId, epoch, Fault.Proof, opened.index, msg.sender);
    }

    /// What a challenge brings of a statement is the claim's: all of it, or where its batches were noted what the step is of.
    function _requireStatement(Epoch storage epoch, Statement calldata s, Shape[] memory shapes, uint256 index) private view {
        if (s.keySet != epoch.keySet || s.exchange != epoch.exchange) revert StatementOther();
        if (epoch.notedRest != bytes32(0)) {
            if (!seeds.holds(s, epoch.batches, epoch.notedRest, index)) revert StatementOther();
            return;
        }
        (string memory name,,) = exchangeOf(s.exchange);
        (bytes32 seed, bytes32 digest,) = seeds.seedsOf(name, shapes, s);
        if (seed != epoch.seed || digest != epoch.digest) revert StatementOther();
    }

    /// A chain that does not end in the published totals.
    function challengeEnd(bytes32 epochId, OpenedStep calldata last, bytes32 salt) external {
        Epoch storage epoch = _shown(epochId, Fault.End, last, salt);
        if (last.index != _stepsOf(epoch) - 1) revert NotInClaim(last.index);
        if (last.step.stateOut == epoch.endState) revert NoFault();
        _refute(epochId, epoch, Fault.End, last.index, msg.sender);
    }

    /// A table step over columns, or from a lane, that are not the table's. The table was read before, in `columns`.
    function challengeColumns(bytes32 epochId, OpenedStep calldata opened, uint256 tail, bytes32 salt) external {
        Epoch storage epoch = _shown(epochId, Fault.Columns, opened, salt);
        if (opened.index < epoch.batches) revert NotInClaim(opened.index);
        (bytes32 id, TableColumns.Table memory table) = _tableOf(epoch, tail);
        if (!_fits(epoch, table)) revert TableWrong();
        TableColumns.Columns memory own = columns.columnsOf(id, opened.index - epoch.batches);
        uint256 laneStart = _power(_challenge(epoch.seed, "tau"), own.lanesBefore);
        if (opened.step.columns == own.hash && opened.step.laneStart == laneStart) revert NoFault();
        _refute(epochId, epoch, Fault.Columns, opened.index, msg.sender);
    }

    /// A table that is another than the claim says: its factors, its instruments, its stress scenarios, its rows. All that stands
    /// before its rows, and any call that reads has read it: a bond is for the rows that the claim says.
    function challengeTable(bytes32 epochId, uint256 tail, bytes32 salt) external {
        Epoch storage epoch = _claimed(epochId);
        _useCommitment(commitmentOf(msg.sender, epochId, Fault.Table, 0, bytes32(0), salt));
        TableColumns.Table memory table =
            columns.tableOf(columns.idOf(epoch.tableDigest, epoch.seed, epoch.rows, tail));
        bool same = table.imfBp == epoch.imfBp && table.marginCallBp == epoch.marginCallBp;
        same = same && _counts(epoch, table);
        // What makes a table unfit is counted at its end: a wrong tail never gets there.
        if (table.cursor == 0 || (same && !table.complete)) revert TableNotRead();
        if (same && !table.unfit) revert NoFault();
        _refute(epochId, epoch, Fault.Table, 0, msg.sender);
    }

    function leafOf(uint256 index, Step calldata step) public pure returns (bytes32) {
        // Twice, so that no node of the tree is a leaf.
        return keccak256(bytes.concat(keccak256(abi.encode(index, step))));
    }

    function demandOf(bytes32 epochId, uint256 index) external view returns (Demand memory) {
        return _demands[epochId][index];
    }

    function balanceOf(address who) external view returns (uint256) {
        return _balances[who];
    }

    function withdraw() external {
        uint256 amount = _balances[msg.sender];
        if (amount == 0) revert NothingToWithdraw();
        _balances[msg.sender] = 0;
        (bool paid,) = msg.sender.call{value: amount}("");
        if (!paid) revert PaymentFailed();
        emit Withdrawn(msg.sender, amount);
    }

    function _stepsOf(Epoch storage epoch) private view returns (uint256) {
        return uint256(epoch.batches) + epoch.tableSteps;
    }

    function _claimed(bytes32 epochId) private view returns (Epoch storage epoch) {
        epoch = _epochs[epochId];
        if (epoch.status != Status.Claimed) revert EpochState(statusOf(epochId));
    }

    /// The step is one of the claim's, and the challenge was committed to.
    function _shown(bytes32 epochId, Fault fault, OpenedStep calldata opened, bytes32 salt)
        private
        returns (Epoch storage epoch)
    {
        epoch = _claimed(epochId);
        _requireIn(epoch, opened);
        bytes32 leaf = leafOf(opened.index, opened.step);
        _useCommitment(commitmentOf(msg.sender, epochId, fault, opened.index, leaf, salt));
    }

    function _requireIn(Epoch storage epoch, OpenedStep calldata opened) private view {
        bool within = opened.index < _stepsOf(epoch) && opened.path.length <= MOST_PATH;
        bytes32 leaf = leafOf(opened.index, opened.step);
        if (!within || !MerkleProof.verifyCalldata(opened.path, epoch.rest, leaf)) revert NotInClaim(opened.index);
    }

    function _useCommitment(bytes32 commitment) private {
        uint256 made = _commitments[commitment];
        if (made == 0) revert CommitmentUnknown();
        if (block.number < made + REVEAL_BLOCKS) revert CommitmentYoung(made + REVEAL_BLOCKS);
        delete _commitments[commitment];
    }

    function _refute(bytes32 epochId, Epoch storage epoch, Fault fault, uint256 step, address challenger) private {
        uint256 reward = (uint256(epoch.bond) * (100 - BURNT_PERCENT)) / 100;
        epoch.bond = 0;
        epoch.status = Status.Refuted;
        _balances[challenger] += reward;
        emit EpochRefuted(epochId, fault, step, challenger, reward);
    }

    /// Of a batch, in the lists of a challenge's statement.
    function _placeOf(Epoch storage epoch, uint256 index) private view returns (uint256) {
        return epoch.notedRest == bytes32(0) ? index : index % BLOCK;
    }

    function _accountSignals(Epoch storage epoch, Statement calldata s, OpenedStep calldata opened, uint256 stateIn)
        private
        view
        returns (uint256[] memory signals)
    {
        uint256[7] memory shared = _shared(epoch, epoch.imfBp, epoch.marginCallBp);
        signals = new uint256[](11);
        signals[0] = uint256(s.leafRoots[_placeOf(epoch, opened.index)]);
        signals[1] = opened.step.stateOut;
        signals[2] = stateIn;
        signals[3] = _power(shared[0], 4096 * opened.index);
        for (uint256 k = 0; k < 7; k++) signals[4 + k] = shared[k];
    }

    function _tableSignals(Epoch storage epoch, Statement calldata s, OpenedStep calldata opened, uint256 stateIn)
        private
        view
        returns (uint256[] memory signals)
    {
        uint256[3] memory shared = _sharedByTable(epoch);
        uint256 place = opened.index - epoch.batches;
        signals = new uint256[](9);
        signals[0] = uint256(s.tableTotals[place]);
        signals[1] = uint256(s.tableWeights[place]);
        signals[2] = opened.step.stateOut;
        signals[3] = stateIn;
        signals[4] = opened.step.columns;
        signals[5] = opened.step.laneStart;
        for (uint256 k = 0; k < 3; k++) signals[6 + k] = shared[k];
    }
}

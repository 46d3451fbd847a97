// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// Where exchanges anchor epochs: at most one statement for each name of an epoch, and what became of it, for good.
/// docs/contracts.md says what each state means, and what is left to whoever reads it.
interface IEpochRegistry {
    /// Nobody published it; steps are being verified; claimed with a bond; final; too late; shown to be false.
    enum Status {
        None,
        Open,
        Claimed,
        Final,
        Expired,
        Refuted
    }

    /// What a claim was refuted by.
    enum Fault {
        Proof,
        End,
        Columns,
        Table,
        Withheld
    }

    /// A circuit that steps are proved with. `stress` is how many stress scenarios an account shape has places for; a table shape
    /// has `rows`, and is called "table-r" and that number.
    struct Shape {
        string id;
        bytes32 key;
        bool table;
        uint32 rows;
        uint8 stress;
    }

    /// Everything that the two seeds are hashes of (docs/protocol.md, section 4), each thing once.
    struct Statement {
        bytes32 exchange;
        bytes32 keySet;
        string epoch;
        string time;
        bytes32 marketDigest;
        bytes32 tableDigest;
        /// Per batch, a byte: the place of its shape in the key set.
        bytes batchShapes;
        bytes32[] leafRoots;
        /// Of more batches than a block holds (StatementSeed.BLOCK) these two, and no list: how many were noted, and what they and the
        /// table steps are hashed to.
        uint32 noted;
        bytes32 notedRest;
        /// The place in the key set of the shape of all table steps.
        uint8 tableShape;
        bytes32[] tableTotals;
        bytes32[] tableWeights;
        /// bankrupt, liquidation, reduceOnly, marginCall, free; positiveEquity, badDebt, maintenance, shortfall, initial; four
        /// times bad debt under stress.
        uint256[14] totals;
        /// Per instrument: long, short.
        uint256[2][] quantities;
    }

    /// One step of a claim, a leaf of its tree. `columns` and `laneStart` are 0 in account steps.
    struct Step {
        uint256 stateOut;
        uint256 columns;
        uint256 laneStart;
        uint256[8] proof;
    }

    /// A step and its place: the path from its leaf to the claim's root.
    struct OpenedStep {
        uint256 index;
        Step step;
        bytes32[] path;
    }

    /// The next account steps of an epoch. `rest` is the hash of what comes after them (`restOf`).
    struct AccountSteps {
        bytes batchShapes;
        bytes32[] leafRoots;
        bytes32 rest;
        uint256[] stateOuts;
        uint256[8][] proofs;
    }

    /// The next table steps. `tail` says where in the table's encoding its rows end.
    struct TableSteps {
        bytes32[] tableTotals;
        bytes32[] tableWeights;
        bytes32 rest;
        uint256[] stateOuts;
        uint256[8][] proofs;
    }

    /// What is kept of an epoch.
    struct Epoch {
        Status status;
        /// Until when steps are taken (Open), or the claim can be challenged (Claimed).
        uint64 deadline;
        uint32 batches;
        uint32 tableSteps;
        /// Steps verified so far.
        uint32 done;
        uint32 instruments;
        /// The fewest stress places of a shape of its batches.
        uint8 stress;
        uint32 rows;
        bytes32 exchange;
        bytes32 keySet;
        bytes32 tableDigest;
        /// The key of all its table steps.
        bytes32 tableKey;
        /// The statement's first seed, and its second: the statement digest.
        bytes32 seed;
        bytes32 digest;
        /// The commitment that the chain must end in, and the one it has reached.
        uint256 endState;
        uint256 state;
        /// Hash of what the steps to come are of; of a claim, the root of its steps.
        bytes32 rest;
        /// Of a claim: the initial factor and the margin call of the table, the bond, open demands.
        uint32 imfBp;
        uint32 marginCallBp;
        uint32 demands;
        uint128 bond;
        /// Of a claim: until when steps can be demanded.
        uint64 demandsEnd;
        /// Of a claim whose batches were noted: what they and the table steps are hashed to.
        bytes32 notedRest;
    }

    event KeySetAdded(bytes32 indexed keySet, uint256 shapes);
    event ExchangeRegistered(bytes32 indexed exchange, string name, address owner, address publisher);
    event PublisherChanged(bytes32 indexed exchange, address publisher);
    event OwnershipOffered(bytes32 indexed exchange, address to);
    event OwnershipTaken(bytes32 indexed exchange, address owner);
    event EpochPublished(
        bytes32 indexed epochId, bytes32 indexed exchange, string epoch, bytes32 digest, uint64 deadline
    );
    event EpochClaimed(
        bytes32 indexed epochId,
        bytes32 indexed exchange,
        string epoch,
        bytes32 digest,
        bytes32 stepsRoot,
        uint256 bond,
        uint64 deadline
    );
    event StepsVerified(bytes32 indexed epochId, uint256 done, uint256 of_);
    event EpochFinal(bytes32 indexed epochId, bytes32 digest);
    event EpochRefuted(bytes32 indexed epochId, Fault fault, uint256 step, address challenger, uint256 reward);
    event ChallengeCommitted(bytes32 indexed commitment);
    event Demanded(bytes32 indexed epochId, uint256 index, address by, uint64 deadline);
    event Answered(bytes32 indexed epochId, uint256 index);
    event Withdrawn(address indexed to, uint256 amount);

    error NameLength();
    error NameTaken();
    error NotOwner();
    error NotPublisher();
    error KeySetUnknown(bytes32 keySet);
    error ShapeWrong(uint256 place);
    error ShapeUnknown(uint256 place);
    error StatementShape();
    error NotCanonical();
    error SumTooLarge(uint256 place);
    error EpochTaken();
    error EpochState(Status status);
    error EpochExpired();
    error StepsNotNext();
    error StepsTooMany();
    error TableNotRead();
    error TableWrong();
    error ProofFalse();
    error ChainEnd();
    error BondTooSmall(uint256 needed);
    error WindowOpen(uint64 until);
    error DemandsOpen(uint256 demands);
    error DemandLate();
    error DemandUnknown();
    error DemandPrice(uint256 price);
    error AnswerWrong();
    error AnswerTime(uint64 deadline);
    error CommitmentUnknown();
    error CommitmentYoung(uint256 untilBlock);
    error NotInClaim(uint256 index);
    error StatementOther();
    error BatchesUnknown(uint256 first);
    error NoFault();
    error NothingToWithdraw();
    error PaymentFailed();

    // Key sets: named by the hash of what is in them, added by anybody, owned by nobody.
    function addKeySet(Shape[] calldata shapes) external returns (bytes32 keySet);
    function keySetOf(bytes32 keySet) external view returns (Shape[] memory);

    // Exchanges: whoever first registers a name owns it. The owner names the publisher, whose word an epoch is.
    function registerExchange(string calldata name, address publisher) external returns (bytes32 exchange);
    function setPublisher(bytes32 exchange, address publisher) external;
    function offerOwnership(bytes32 exchange, address to) external;
    function takeOwnership(bytes32 exchange) external;
    function exchangeOf(bytes32 exchange)
        external
        view
        returns (string memory name, address owner, address publisher);

    // Strict: every step is verified on chain, in order; the last makes the epoch final.
    function publish(Statement calldata statement) external returns (bytes32 epochId);
    function submitAccountSteps(bytes32 epochId, AccountSteps calldata steps, uint256 tail) external;
    function submitTableSteps(bytes32 epochId, TableSteps calldata steps, uint256 tail) external;

    // Optimistic: a bond stands for the steps, whose hash is published; whoever shows a fault takes it.
    function claim(Statement calldata statement, bytes32 stepsRoot, uint32 imfBp, uint32 marginCallBp)
        external
        payable
        returns (bytes32 epochId);
    function demand(bytes32 epochId, uint256 index) external payable;
    function answerStep(bytes32 epochId, OpenedStep calldata opened) external;
    /// For a demand of the table itself: index `type(uint32).max`.
    function answerTable(bytes32 epochId, bytes calldata table) external;
    /// Where it is stored in the table reader (TableColumns.join).
    function answerStoredTable(bytes32 epochId) external;
    function refuteUnanswered(bytes32 epochId, uint256 index) external;
    function finalise(bytes32 epochId) external;

    // Challenges are committed to first (`commitmentOf`), and shown some blocks later by the same address.
    function commitChallenge(bytes32 commitment) external;
    /// Of a claim whose batches were noted, the statement has in its lists the batches of the step's block, or all table steps.
    function challengeProof(
        bytes32 epochId,
        Statement calldata statement,
        OpenedStep calldata opened,
        OpenedStep calldata before,
        bytes32 salt
    ) external;
    function challengeEnd(bytes32 epochId, OpenedStep calldata last, bytes32 salt) external;
    function challengeColumns(bytes32 epochId, OpenedStep calldata opened, uint256 tail, bytes32 salt) external;
    function challengeTable(bytes32 epochId, uint256 tail, bytes32 salt) external;
    function withdraw() external;

    // What anybody asks.
    /// keccak256 of chain, registry, challenger, epoch, fault, the step's index and leaf (0 where there is none), salt.
    function commitmentOf(address challenger, bytes32 epochId, Fault fault, uint256 index, bytes32 leaf, bytes32 salt)
        external
        view
        returns (bytes32);
    function leafOf(uint256 index, Step calldata step) external pure returns (bytes32);
    function idOf(bytes32 exchange, string calldata epoch) external pure returns (bytes32 epochId);
    function epochOf(bytes32 epochId) external view returns (Epoch memory);
    /// What became of an epoch by now: an Open one after its deadline is Expired.
    function statusOf(bytes32 epochId) external view returns (Status);
    /// The digest of the final statement of an exchange's epoch under a key set; 0 where there is none.
    function finalDigest(string calldata exchange, string calldata epoch, bytes32 keySet)
        external
        view
        returns (bytes32);
    function balanceOf(address who) external view returns (uint256);
}

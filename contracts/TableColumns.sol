// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Code} from "./Code.sol";
import {Constants} from "./Constants.sol";
import {Poseidon} from "./Poseidon.sol";
import {TableText} from "./TableText.sol";

/// Computes the column hashes of an epoch's table steps from the table itself: its encoding, under the digest that the statement
/// names, folded by the challenges that follow from the statement's first seed (src/protocol/fold.ts).
///
/// Anybody reads a table, rows at a time, each call with the whole encoding; one that no transaction holds is stored first, piece
/// by piece (`store`, `join`), and read from there. What comes out depends on nothing else, so nobody has to be trusted, and
/// nothing can be read wrong for somebody else's epoch.
contract TableColumns {
    uint256 private constant P = Constants.P;
    uint256 private constant FLAGS = 253;
    /// Bytes of every piece of a stored table but its last: what the code of a contract holds.
    uint256 public constant PIECE = 24_575;
    bytes32 private constant FORMAT = keccak256("marginproof/risk-table/1");
    bytes32 private constant FLAT = keccak256("flat");
    bytes32 private constant GROUP = keccak256("group");
    bytes32 private constant NOTIONAL = keccak256("notional");

    /// What a table says beside its rows, and how far it was read.
    struct Table {
        uint32 imfBp;
        uint32 marginCallBp;
        uint32 instruments;
        uint32 groups;
        uint32 stress;
        uint32 rows;
        /// No epoch here can have steps of it: it has rows with secret rates, or the lanes of instrument i are not 2i and 2i + 1.
        bool unfit;
        bool complete;
        /// Rows read, padding of the last step included.
        uint32 position;
        uint32 cursor;
        /// Lane of the row before, plus 1; lanes begun so far, and before this step.
        uint32 lane;
        uint32 lanes;
        uint32 lanesBefore;
        uint256 sponge;
    }

    /// The public columns of a table step, and how many lanes begin before it.
    struct Columns {
        uint256 hash;
        uint256 lanesBefore;
    }

    /// The challenges that rows are folded by, and under which number each group's gains stand.
    struct Fold {
        uint256 beta;
        uint256 gamma;
        uint256[] poles;
        /// Lane, plus 1, whose gain this is.
        uint256 lane;
        uint256 gain;
    }

    struct Row {
        uint256 lookup;
        uint256 base;
        uint256 slope;
        uint256 lo;
    }

    /// Which table is read, for which epoch.
    struct Reading {
        bytes32 tableDigest;
        bytes32 seed;
        uint256 stepRows;
        uint256 tail;
    }

    Poseidon public immutable poseidon;
    mapping(bytes32 id => Table) private _tables;
    mapping(bytes32 id => Columns[]) private _columns;
    mapping(bytes32 id => mapping(uint256 word => uint256)) private _flags;
    mapping(bytes32 hash => address) private _pieces;
    mapping(bytes32 tableDigest => address[]) private _stored;

    event TableRead(bytes32 indexed tableDigest, bytes32 indexed seed, uint256 rows, bool complete);
    event PieceStored(bytes32 indexed hash);
    event TableStored(bytes32 indexed tableDigest, uint256 pieces);

    error OtherTable(bytes32 digest);
    error OtherFormat();
    error TailWrong(uint256 rowsEnd);
    error TooFewRows();
    error PieceWrong(uint256 place);
    error NotStored(bytes32 tableDigest);
    error OnlyItself();

    constructor(Poseidon poseidon_) {
        poseidon = poseidon_;
    }

    /// Reads up to `most` rows more, of one step: a number that 4 divides, or all that is left of the step. What is left then is
    /// always as many elements beyond whole blocks, so no reader makes the next one need another Poseidon.
    /// @param seed the statement's first seed
    /// @param stepRows rows of a table step
    /// @param tail where the rows end: what comes after them is needed before them, and is checked to be there at last
    function read(bytes32 tableDigest, bytes32 seed, uint256 stepRows, uint256 tail, bytes calldata table, uint256 most)
        external
    {
        if (keccak256(table) != tableDigest) revert OtherTable(keccak256(table));
        bytes calldata end = table[tail < table.length ? tail : table.length:];
        _read(Reading(tableDigest, seed, stepRows, tail), table, 0, end, most);
    }

    /// The same of a stored table, of which a call takes `pieces` pieces, from the one on in which the next row begins.
    function readStored(
        bytes32 tableDigest,
        bytes32 seed,
        uint256 stepRows,
        uint256 tail,
        uint256 pieces,
        uint256 most
    ) external {
        address[] storage all = _stored[tableDigest];
        if (all.length == 0) revert NotStored(tableDigest);
        uint256 first = _tables[idOf(tableDigest, seed, stepRows, tail)].cursor / PIECE;
        // To itself, so that both have the place of call data.
        this.readPieces(
            Reading(tableDigest, seed, stepRows, tail),
            _load(all, first, first + pieces),
            first * PIECE,
            _load(all, tail / PIECE, all.length),
            most
        );
    }

    /// @param rows a part of the encoding that begins at `base`
    /// @param end its last pieces, from the one on that the tail begins in
    function readPieces(
        Reading calldata reading,
        bytes calldata rows,
        uint256 base,
        bytes calldata end,
        uint256 most
    ) external {
        if (msg.sender != address(this)) revert OnlyItself();
        uint256 skipped = reading.tail % PIECE;
        _read(reading, rows, base, end[skipped < end.length ? skipped : end.length:], most);
    }

    /// Puts a piece of a table on chain: PIECE bytes, or what is left of it at the end.
    function store(bytes calldata piece) external returns (bytes32 hash) {
        if (piece.length == 0 || piece.length > PIECE) revert PieceWrong(0);
        hash = keccak256(piece);
        if (_pieces[hash] != address(0)) return hash;
        _pieces[hash] = Code.write(piece);
        emit PieceStored(hash);
    }

    /// Makes a table of pieces that are stored, under the digest that it has.
    function join(bytes32[] calldata hashes) external returns (bytes32 tableDigest) {
        address[] memory pieces = new address[](hashes.length);
        for (uint256 i = 0; i < pieces.length; i++) {
            pieces[i] = _pieces[hashes[i]];
            if (pieces[i] == address(0)) revert PieceWrong(i);
            if (i + 1 < pieces.length && Code.size(pieces[i]) != PIECE) revert PieceWrong(i);
        }
        tableDigest = keccak256(_concat(pieces));
        if (pieces.length == 0 || _stored[tableDigest].length != 0) return tableDigest;
        _stored[tableDigest] = pieces;
        emit TableStored(tableDigest, pieces.length);
    }

    /// Of how many pieces a stored table is: 0 where it is not stored.
    function piecesOf(bytes32 tableDigest) external view returns (uint256) {
        return _stored[tableDigest].length;
    }

    /// Whether a piece is stored.
    function hasPiece(bytes32 hash) external view returns (bool) {
        return _pieces[hash] != address(0);
    }

    function _load(address[] storage all, uint256 from, uint256 to) private view returns (bytes memory) {
        if (to > all.length) to = all.length;
        address[] memory pieces = new address[](from < to ? to - from : 0);
        for (uint256 i = 0; i < pieces.length; i++) pieces[i] = all[from + i];
        return _concat(pieces);
    }

    function _concat(address[] memory pieces) private view returns (bytes memory all) {
        uint256 length;
        for (uint256 i = 0; i < pieces.length; i++) length += Code.size(pieces[i]);
        all = new bytes(length);
        uint256 to;
        assembly ("memory-safe") {
            to := add(all, 32)
        }
        for (uint256 i = 0; i < pieces.length; i++) {
            address piece = pieces[i];
            uint256 size = Code.size(piece);
            assembly ("memory-safe") {
                extcodecopy(piece, to, 1, size)
                to := add(to, size)
            }
        }
    }

    function _read(Reading memory reading, bytes calldata table, uint256 base, bytes calldata end, uint256 most) private {
        bytes32 id = idOf(reading.tableDigest, reading.seed, reading.stepRows, reading.tail);
        Table memory t = _tables[id];
        if (t.complete) return;
        if (t.cursor == 0) _readHead(table, t);
        Fold memory fold;
        fold.beta = uint256(keccak256(abi.encodePacked(reading.seed, "beta"))) % P;
        fold.gamma = uint256(keccak256(abi.encodePacked(reading.seed, "gamma"))) % P;
        fold.poles = _readTail(end, t);
        t.cursor -= uint32(base);
        _readRows(id, table, t, fold, reading.stepRows, most);
        t.cursor += uint32(base);
        if (t.position >= t.rows && t.position % reading.stepRows == 0) {
            if (t.cursor != reading.tail) revert TailWrong(t.cursor);
            t.complete = true;
        }
        _tables[id] = t;
        emit TableRead(reading.tableDigest, reading.seed, t.position, t.complete);
    }

    /// What one way of reading a table is kept under.
    function idOf(bytes32 tableDigest, bytes32 seed, uint256 stepRows, uint256 tail) public pure returns (bytes32) {
        return keccak256(abi.encode(tableDigest, seed, stepRows, tail));
    }

    function tableOf(bytes32 id) external view returns (Table memory) {
        return _tables[id];
    }

    /// Of a table that is complete; the steps of any other are not to be relied on.
    function columnsOf(bytes32 id, uint256 step) external view returns (Columns memory) {
        return _columns[id][step];
    }

    function _readHead(bytes calldata table, Table memory t) private pure {
        (bytes32 format, uint256 place) = TableText.hashOf(table, 0);
        if (format != FORMAT) revert OtherFormat();
        uint256 value;
        (value, place) = TableText.number(table, place);
        t.imfBp = uint32(value);
        (value, place) = TableText.number(table, place);
        t.marginCallBp = uint32(value);
        (value, place) = TableText.number(table, place);
        place = TableText.skipMany(table, place, value);
        (value, place) = TableText.number(table, place);
        t.groups = uint32(value);
        place = TableText.skipMany(table, place, value);
        (value, place) = TableText.number(table, place);
        t.stress = uint32(value);
        place = TableText.skipMany(table, place, value);
        (value, place) = TableText.number(table, place);
        t.instruments = uint32(value);
        for (uint256 i = 0; i < t.instruments; i++) {
            (uint256 long, uint256 afterLong) = TableText.number(table, TableText.skipMany(table, place, 4));
            (uint256 short, uint256 next) = TableText.number(table, afterLong);
            if (long != 2 * i || short != 2 * i + 1) t.unfit = true;
            place = next;
        }
        (value, place) = TableText.number(table, place);
        place = TableText.skipMany(table, place, 5 * value);
        (value, place) = TableText.number(table, place);
        t.rows = uint32(value);
        t.cursor = uint32(place);
    }

    /// What stands after the rows: places of groups that are parts or have factors, notionals of rows with secret rates.
    function _readTail(bytes calldata table, Table memory t) private pure returns (uint256[] memory poles) {
        uint256 place = 0;
        poles = new uint256[](t.groups);
        for (uint256 g = 0; g < poles.length; g++) poles[g] = g;
        while (place < table.length) {
            bytes32 kind;
            (kind, place) = TableText.hashOf(table, place);
            uint256 first;
            uint256 second;
            (first, place) = TableText.number(table, place);
            (second, place) = TableText.element(table, place);
            if (kind == NOTIONAL) {
                t.unfit = true;
                continue;
            }
            if (kind != GROUP) revert OtherFormat();
            uint256 part;
            uint256 factor;
            (part, place) = TableText.number(table, place);
            (factor, place) = TableText.number(table, place);
            poles[first] = second + (part << 12) + (factor << 20);
        }
    }

    function _readRows(
        bytes32 id,
        bytes calldata table,
        Table memory t,
        Fold memory fold,
        uint256 stepRows,
        uint256 most
    ) private {
        uint256 inStep = t.position % stepRows;
        uint256 left = stepRows - inStep;
        uint256 count = most >= left ? left : most - (most % 4);
        if (count == 0) revert TooFewRows();
        bool ends = count == left;
        uint256 words = (stepRows + FLAGS - 1) / FLAGS;
        uint256 firstFlag = (t.position / stepRows) * words;
        uint256[] memory elements = new uint256[](4 * count + (ends ? words : 0));
        for (uint256 i = 0; i < count; i++) {
            if (_readRow(table, t, fold, elements, 4 * i)) {
                _flags[id][firstFlag + (inStep + i) / FLAGS] |= 1 << ((inStep + i) % FLAGS);
            }
        }
        if (ends) for (uint256 w = 0; w < words; w++) elements[4 * count + w] = _flags[id][firstFlag + w];
        uint256 initial = inStep == 0 ? Constants.ROLE_COLUMNS + stepRows : t.sponge;
        t.sponge = poseidon.sponge(initial, elements);
        if (!ends) return;
        _columns[id].push(Columns(t.sponge, t.lanesBefore));
        t.lanesBefore = t.lanes;
    }

    /// Puts the next row's columns, or those of padding, among the elements. Whether it is its lane's first.
    function _readRow(bytes calldata table, Table memory t, Fold memory fold, uint256[] memory elements, uint256 to)
        private
        view
        returns (bool laneFirst)
    {
        uint256 position = t.position++;
        if (position >= t.rows) {
            elements[to] = (1 << 100) + position;
            return false;
        }
        Row memory row;
        uint256 lane = _row(table, t, fold, row);
        elements[to] = row.lookup;
        elements[to + 1] = row.base;
        elements[to + 2] = row.slope;
        elements[to + 3] = row.lo;
        laneFirst = lane != t.lane;
        t.lane = uint32(lane);
        if (laneFirst) t.lanes++;
    }

    /// Reads a row and folds it. @return lane its lane, plus 1: 0 of null rows
    function _row(bytes calldata table, Table memory t, Fold memory fold, Row memory row)
        private
        view
        returns (uint256 lane)
    {
        uint256 place = t.cursor;
        bytes32 kind;
        uint256 key;
        (kind, place) = TableText.hashOf(table, place);
        (key, place) = TableText.number(table, place);
        (lane, place) = TableText.element(table, place);
        lane = addmod(lane, 1, P);
        uint256 sigma;
        uint256 width;
        (sigma, place) = TableText.element(table, place);
        (row.lo, place) = TableText.element(table, place);
        (width, place) = TableText.element(table, place);
        uint256 price;
        (price, place) = TableText.element(table, place);
        place = _requirements(table, place, fold.beta, row);
        place = _gain(table, place, fold, lane, price);
        uint256 signed = mulmod(sigma, fold.gain, P);
        row.base = addmod(row.base, mulmod(row.lo, signed, P), P);
        row.slope = addmod(row.slope, signed, P);
        if (kind == FLAT) row.lookup = key + (1 << 69);
        else if (key < 1 << 16) row.lookup = key + (width << 16);
        else row.lookup = key - (1 << 16) + (1 << 70) + (width << 16);
        t.cursor = uint32(place);
    }

    /// base and slope of both requirements: beta for maintenance, 10^4 beta^2 for the initial one.
    function _requirements(bytes calldata table, uint256 place, uint256 beta, Row memory row)
        private
        pure
        returns (uint256)
    {
        uint256 initial = mulmod(mulmod(beta, beta, P), 10_000, P);
        uint256 base;
        uint256 slope;
        uint256 initialBase;
        uint256 initialSlope;
        (base, place) = TableText.element(table, place);
        (slope, place) = TableText.element(table, place);
        (initialBase, place) = TableText.element(table, place);
        (initialSlope, place) = TableText.element(table, place);
        row.base = addmod(mulmod(beta, base, P), mulmod(initial, initialBase, P), P);
        row.slope = addmod(mulmod(beta, slope, P), mulmod(initial, initialSlope, P), P);
        return place;
    }

    /// What a long step gains, folded. All rows of a lane have the same gains, so it is computed at the first that is read.
    function _gain(bytes calldata table, uint256 place, Fold memory fold, uint256 lane, uint256 price)
        private
        view
        returns (uint256)
    {
        bool known = lane != 0 && lane == fold.lane;
        fold.lane = lane;
        uint256 gain = price;
        uint256 count;
        uint256 sum;
        (count, place) = TableText.number(table, place);
        for (uint256 i = 0; i < count; i++) {
            uint256 group;
            (group, place) = TableText.number(table, place);
            (sum, place) = _powers(table, place, fold.beta, 1, known);
            if (!known) gain = addmod(gain, mulmod(sum, _inverse(addmod(fold.gamma, P - fold.poles[group], P)), P), P);
        }
        uint256 cube = mulmod(mulmod(fold.beta, fold.beta, P), fold.beta, P);
        (sum, place) = _powers(table, place, fold.beta, cube, known);
        if (!known) fold.gain = addmod(gain, sum, P);
        return place;
    }

    /// Sum over a list of the powers of beta, from `power` on, times its integers.
    function _powers(bytes calldata table, uint256 place, uint256 beta, uint256 power, bool known)
        private
        pure
        returns (uint256 sum, uint256)
    {
        uint256 count;
        (count, place) = TableText.number(table, place);
        if (known) return (0, TableText.skipMany(table, place, count));
        for (uint256 i = 0; i < count; i++) {
            uint256 units;
            (units, place) = TableText.element(table, place);
            sum = addmod(sum, mulmod(power, units, P), P);
            power = mulmod(power, beta, P);
        }
        return (sum, place);
    }

    /// x^(p - 2) by the precompile (EIP-198).
    function _inverse(uint256 x) private view returns (uint256 inverse) {
        bytes memory input = abi.encode(32, 32, 32, x, P - 2, P);
        bool ok;
        assembly ("memory-safe") {
            ok := staticcall(gas(), 5, add(input, 32), 192, 0, 32)
            inverse := mload(0)
        }
        require(ok);
    }
}

pragma circom 2.1.9;

include "lib/rows.circom";

// The table step: R rows of the risk table, all of them public.
//
// What it proves: what lib/rows.circom says, where a row's share of the accounts' equations is
// foldBase*weightedCount + foldSlope*weightedOffsets.
// What the verifier must check outside: columns is the hash of the public columns (lookup value, foldBase,
// foldSlope, lo, first-row-of-lane flags) that it derived itself for exactly these rows; laneStart is tau to the
// number of lanes begun before; the challenges are its own; totals and weights are in the statement.
template Table(R) {
    signal input stateIn;
    signal input columns;
    signal input laneStart;
    signal input tau;
    signal input r;
    signal input x;

    signal input blindingIn;
    signal input blindingOut;
    signal input totalsBlinding;
    signal input weightsBlinding;
    signal input state[STATE_LENGTH()];

    signal input lookupValue[R];
    signal input foldBase[R];
    signal input foldSlope[R];
    signal input lo[R];
    signal input laneFirst[R];

    signal input count[R];
    signal input offsets[R];
    signal input weightedCount[R];
    signal input weightedOffsets[R];

    signal output totals;
    signal output weights;
    signal output stateOut;

    component columnsHash = Columns(R, ROLE_COLUMNS() + R);
    columnsHash.laneFirst <== laneFirst;
    for (var i = 0; i < R; i++) {
        columnsHash.columns[i] <== [lookupValue[i], foldBase[i], foldSlope[i], lo[i]];
    }
    columnsHash.out === columns;

    component rows = Rows(R);
    signal base[R];
    signal slope[R];
    for (var i = 0; i < R; i++) {
        base[i] <== foldBase[i] * weightedCount[i];
        slope[i] <== foldSlope[i] * weightedOffsets[i];
        rows.share[i] <== base[i] + slope[i];
    }
    rows.stateIn <== stateIn;
    rows.laneStart <== laneStart;
    rows.tau <== tau;
    rows.r <== r;
    rows.x <== x;
    rows.blindingIn <== blindingIn;
    rows.blindingOut <== blindingOut;
    rows.totalsBlinding <== totalsBlinding;
    rows.weightsBlinding <== weightsBlinding;
    rows.state <== state;
    rows.lookupValue <== lookupValue;
    rows.lo <== lo;
    rows.laneFirst <== columnsHash.flag;
    rows.count <== count;
    rows.offsets <== offsets;
    rows.weightedCount <== weightedCount;
    rows.weightedOffsets <== weightedOffsets;
    totals <== rows.totals;
    weights <== rows.weights;
    stateOut <== rows.stateOut;
}

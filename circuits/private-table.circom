pragma circom 2.1.9;

include "lib/rates.circom";
include "lib/rows.circom";

// The private table step: R rows of the risk table whose rates are secret; all else about them is public.
//
// What it proves: what lib/rows.circom says, where a row's share of the accounts' equations is
// gain*Q + notional*(rate*Q - less*weightedCount), with Q = lo*weightedCount + weightedOffsets, the quantity held in the
// row, weighted by account; rules commits to the rates that rate and less are made of (lib/rates.circom).
// What the verifier must check outside: columns is the hash of the public columns (lookup value, gain, notional, lo,
// first-row-of-lane flags) that it derived itself for exactly these rows, no lane cut; rules was fixed before every
// challenge and is the one it expects; laneStart is tau to the number of lanes begun before; the challenges are its own;
// totals and weights are in the statement.
template PrivateTable(R) {
    signal input stateIn;
    signal input columns;
    signal input laneStart;
    signal input beta;
    signal input tau;
    signal input r;
    signal input x;

    signal input blindingIn;
    signal input blindingOut;
    signal input totalsBlinding;
    signal input weightsBlinding;
    signal input rulesBlinding;
    signal input state[STATE_LENGTH()];

    signal input lookupValue[R];
    signal input gain[R];
    signal input notional[R];
    signal input lo[R];
    signal input laneFirst[R];

    signal input maintenanceStep[R];
    signal input initialStep[R];

    signal input count[R];
    signal input offsets[R];
    signal input weightedCount[R];
    signal input weightedOffsets[R];

    signal output totals;
    signal output weights;
    signal output rules;
    signal output stateOut;

    component columnsHash = Columns(R, ROLE_PRIVATE_COLUMNS() + R);
    columnsHash.laneFirst <== laneFirst;
    for (var i = 0; i < R; i++) {
        columnsHash.columns[i] <== [lookupValue[i], gain[i], notional[i], lo[i]];
    }
    columnsHash.out === columns;

    component rates = Rates(R);
    rates.blinding <== rulesBlinding;
    rates.maintenanceStep <== maintenanceStep;
    rates.initialStep <== initialStep;
    rates.lo <== lo;
    rates.laneFirst <== columnsHash.flag;
    rates.beta <== beta;
    rules <== rates.commitment;

    component rows = Rows(R);
    signal loShare[R];
    signal gained[R];
    signal charged[R];
    signal less[R];
    signal required[R];
    for (var i = 0; i < R; i++) {
        loShare[i] <== lo[i] * weightedCount[i];
        var quantity = loShare[i] + weightedOffsets[i];
        gained[i] <== gain[i] * quantity;
        charged[i] <== rates.rate[i] * quantity;
        less[i] <== rates.less[i] * weightedCount[i];
        required[i] <== notional[i] * (charged[i] - less[i]);
        rows.share[i] <== gained[i] + required[i];
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

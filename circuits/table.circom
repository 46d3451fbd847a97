pragma circom 2.1.9;

include "lib/bits.circom";
include "lib/state.circom";

// The table step: R rows of the risk table.
//
// Per row the prover holds: count and offsets (how many slots carry this key, and the sum of their offsets a),
// weightedCount and weightedOffsets (the same, each slot weighted by rho^I of its account). The first two are
// committed in totals before rho, the last two in weights before r and x.
//
// What it proves: stateOut is stateIn minus the rows' lookup fractions, minus every account's equation as the
// table has it (foldBase*weightedCount + foldSlope*weightedOffsets), and plus the lanes' total quantities, lane
// number k (from 1) under tau^k.
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

    component before = StateCommitment();
    before.blinding <== blindingIn;
    before.state <== state;
    before.out === stateIn;

    // Public columns
    component flagBits[R];
    component flags = PackBits(R);
    for (var i = 0; i < R; i++) {
        flagBits[i] = Bits(1);
        flagBits[i].in <== laneFirst[i];
        flags.bits[i] <== flagBits[i].bits[0];
    }
    var FLAG_WORDS = (R + WORD_BITS() - 1) \ WORD_BITS();
    component columnsHash = Sponge(4 * R + FLAG_WORDS, ROLE_COLUMNS() + R);
    for (var i = 0; i < R; i++) {
        columnsHash.in[4 * i] <== lookupValue[i];
        columnsHash.in[4 * i + 1] <== foldBase[i];
        columnsHash.in[4 * i + 2] <== foldSlope[i];
        columnsHash.in[4 * i + 3] <== lo[i];
    }
    for (var w = 0; w < FLAG_WORDS; w++) {
        columnsHash.in[4 * R + w] <== flags.words[w];
    }
    columnsHash.out === columns;

    // Hidden columns
    component totalsHash = Sponge(2 * R + 1, ROLE_TOTALS() + R);
    component weightsHash = Sponge(2 * R + 1, ROLE_WEIGHTS() + R);
    totalsHash.in[0] <== totalsBlinding;
    weightsHash.in[0] <== weightsBlinding;
    for (var i = 0; i < R; i++) {
        totalsHash.in[1 + 2 * i] <== count[i];
        totalsHash.in[2 + 2 * i] <== offsets[i];
        weightsHash.in[1 + 2 * i] <== weightedCount[i];
        weightsHash.in[2 + 2 * i] <== weightedOffsets[i];
    }
    totals <== totalsHash.out;
    weights <== weightsHash.out;

    // Rows
    var lookupSum = 0;
    var balanceSum = 0;
    var laneSum = 0;
    signal horner[R][3];
    signal fraction[R];
    signal base[R];
    signal slope[R];
    signal laneStep[R];
    signal lanePower[R];
    signal loTotal[R];
    signal laneTotal[R];
    for (var i = 0; i < R; i++) {
        horner[i][0] <== x * count[i];
        horner[i][1] <== x * (horner[i][0] + offsets[i]);
        horner[i][2] <== x * (horner[i][1] + weightedCount[i]);
        fraction[i] <-- (horner[i][2] + weightedOffsets[i]) / (r - lookupValue[i]);
        fraction[i] * (r - lookupValue[i]) === horner[i][2] + weightedOffsets[i];
        lookupSum += fraction[i];

        base[i] <== foldBase[i] * weightedCount[i];
        slope[i] <== foldSlope[i] * weightedOffsets[i];
        balanceSum += base[i] + slope[i];

        if (i == 0) {
            laneStep[i] <== laneStart * (tau - 1);
            lanePower[i] <== laneStart + laneFirst[i] * laneStep[i];
        } else {
            laneStep[i] <== lanePower[i - 1] * (tau - 1);
            lanePower[i] <== lanePower[i - 1] + laneFirst[i] * laneStep[i];
        }
        loTotal[i] <== lo[i] * count[i];
        laneTotal[i] <== lanePower[i] * (loTotal[i] + offsets[i]);
        laneSum += laneTotal[i];
    }

    component after = StateCommitment();
    after.blinding <== blindingOut;
    for (var i = 0; i < STATE_LENGTH(); i++) {
        if (i == 0) {
            after.state[i] <== state[i] - lookupSum;
        } else if (i == 1) {
            after.state[i] <== state[i] - balanceSum;
        } else if (i == 2) {
            after.state[i] <== state[i] + laneSum;
        } else {
            after.state[i] <== state[i];
        }
    }
    stateOut <== after.out;
}

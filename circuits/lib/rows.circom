pragma circom 2.1.9;

include "bits.circom";
include "sponge.circom";
include "state.circom";

// What every table step does with its R rows, whatever the columns are; circuits/table.circom and private-table.circom
// say where the columns come from.
//
// Per row the prover holds: count and offsets (the row's multiplicity in the LogUp sum, which is how many slots carry its
// key, and the sum of their offsets), weightedCount and weightedOffsets (the same, each slot weighted by rho^I of its
// account). The first two are committed in totals before rho, the last two in weights before r and x.
//
// What it constrains: stateOut is stateIn minus the rows' LogUp fractions, minus every row's share of the accounts'
// equations, and plus the lanes' total quantities, lane number k (from 1) under tau^k.
// What it relies on: laneFirst is binary (the tag says so); share is the row's own; laneStart is tau to the number of
// lanes begun before. Cost a row: 152 for the two commitments, and 8.
template Rows(R) {
    signal input stateIn;
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
    signal input lo[R];
    signal input {binary} laneFirst[R];
    signal input share[R];

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

    var lookupSum = 0;
    var balanceSum = 0;
    var laneSum = 0;
    signal horner[R][3];
    signal fraction[R];
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
        balanceSum += share[i];

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

    var next[STATE_LENGTH()];
    for (var i = 0; i < STATE_LENGTH(); i++) {
        next[i] = state[i];
    }
    next[AT_LOOKUP()] -= lookupSum;
    next[AT_BALANCE()] -= balanceSum;
    next[AT_LANES()] += laneSum;
    component after = StateCommitment();
    after.blinding <== blindingOut;
    for (var i = 0; i < STATE_LENGTH(); i++) {
        after.state[i] <== next[i];
    }
    stateOut <== after.out;
}

// What it constrains: out = the hash of R rows of four columns, then the first-row-of-lane flags; flag is laneFirst,
// shown to be binary. Cost: 153 a row.
template Columns(R, ROLE) {
    signal input columns[R][4];
    signal input laneFirst[R];
    signal output out;
    signal output {binary} flag[R];

    component flagBits[R];
    component flags = PackBits(R);
    for (var i = 0; i < R; i++) {
        flagBits[i] = Bits(1);
        flagBits[i].in <== laneFirst[i];
        flags.bits[i] <== flagBits[i].bits[0];
        flag[i] <== flagBits[i].bits[0];
    }
    var FLAG_WORDS = (R + WORD_BITS() - 1) \ WORD_BITS();
    component hash = Sponge(4 * R + FLAG_WORDS, ROLE);
    for (var i = 0; i < R; i++) {
        for (var k = 0; k < 4; k++) {
            hash.in[4 * i + k] <== columns[i][k];
        }
    }
    for (var w = 0; w < FLAG_WORDS; w++) {
        hash.in[4 * R + w] <== flags.words[w];
    }
    out <== hash.out;
}

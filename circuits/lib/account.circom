pragma circom 2.1.9;

include "leaf.circom";
include "equation.circom";
include "distinct.circom";

// One account of an epoch: its leaf, and its part in the equation over all accounts. B bracketed slots, which may
// be in deep lanes if D = 1, F flat slots, G risk groups of S scenarios and P parts each, Z stress scenarios.
//
// What it constrains, beside lib/leaf.circom and lib/equation.circom, both of the same account:
//  - bracketed lanes differ pairwise, and so do group numbers (an account can't be split to a lower bracket) and the numbers of a
//    group's parts (a part split in two, one gaining what the other loses, would take more than it does). With more
//    than 16 bracketed slots, their lanes rise, after empty slots in null lane 0, which holds nothing;
//  - every group's worst loss is exact (lib/group.circom);
//  - counts is 2^(32 * band) if the account is counted, else 0.
// What it relies on: weight = rho^I for this account's own index I; x2 = x^2; challenges drawn after the leaf.
// Equity and requirements are not range-checked themselves: the leaf fixes them as field elements, and the balance under
// later challenges then leaves only the true ones, sums over the account's rows below 2^150 in magnitude. An IMR of p - 1
// may satisfy Band, but then the chain does not close. An account that holds nothing, padding too, has E = MMR = IMR = 0
// for the same reason: band 4, and nothing to sum.
template Account(B, F, G, S, Z, D, P) {
    signal input tag;
    signal input counted;
    signal input bracketedKey[B];
    signal input bracketedDeep[B * D];
    signal input bracketedOffset[B];
    signal input bracketedComplement[B];
    signal input flatKey[F];
    signal input flatOffset[F];
    signal input band[BANDS()];
    signal input equity;
    signal input maintenance;
    signal input initial;
    signal input groupId[G];
    signal input groupWorst[G];
    signal input groupSlack[G][S];
    signal input groupFactor[G][FACTOR_PLACES(P)];
    signal input groupPart[G][P];
    signal input partNegative[G][P][S];
    signal input partMagnitude[G][P][S];
    signal input stressNegative[Z];
    signal input stressMagnitude[Z];

    signal input weight;
    signal input x;
    signal input x2;
    signal input r;
    signal input beta;
    signal input gamma;
    signal input imfBp;
    signal input marginCallBp;

    signal output leaf;
    signal output lookup;
    signal output out;
    signal output counts;
    signal output positiveEquity;
    signal output badDebt;
    signal output shortfall;
    signal output stressBadDebt[Z];

    component committed = Leaf(B, F, G, S, Z, D, P);
    committed.tag <== tag;
    committed.counted <== counted;
    committed.bracketedKey <== bracketedKey;
    committed.bracketedDeep <== bracketedDeep;
    committed.bracketedOffset <== bracketedOffset;
    committed.bracketedComplement <== bracketedComplement;
    committed.flatKey <== flatKey;
    committed.flatOffset <== flatOffset;
    committed.band <== band;
    committed.equity <== equity;
    committed.maintenance <== maintenance;
    committed.initial <== initial;
    committed.groupId <== groupId;
    committed.groupWorst <== groupWorst;
    committed.groupSlack <== groupSlack;
    committed.groupFactor <== groupFactor;
    committed.groupPart <== groupPart;
    committed.partNegative <== partNegative;
    committed.partMagnitude <== partMagnitude;
    committed.stressNegative <== stressNegative;
    committed.stressMagnitude <== stressMagnitude;
    committed.marginCallBp <== marginCallBp;
    leaf <== committed.leaf;
    positiveEquity <== committed.positiveEquity;
    badDebt <== committed.badDebt;
    shortfall <== committed.shortfall;
    stressBadDebt <== committed.stressBadDebt;

    component equation = Equation(B, F, G, S, Z, D, P);
    equation.bracketedKey <== bracketedKey;
    equation.bracketedDeep <== bracketedDeep;
    equation.bracketedOffset <== bracketedOffset;
    equation.bracketedComplement <== bracketedComplement;
    equation.flatKey <== flatKey;
    equation.flatOffset <== flatOffset;
    equation.equity <== equity;
    equation.maintenance <== maintenance;
    equation.initial <== initial;
    equation.groupId <== groupId;
    equation.groupWorst <== groupWorst;
    equation.groupSlack <== groupSlack;
    equation.groupFactor <== groupFactor;
    equation.groupPart <== groupPart;
    equation.partValue <== committed.partValue;
    equation.partLoss <== committed.partLoss;
    equation.stressed <== committed.stressed;
    equation.weight <== weight;
    equation.x <== x;
    equation.x2 <== x2;
    equation.r <== r;
    equation.beta <== beta;
    equation.gamma <== gamma;
    equation.imfBp <== imfBp;
    lookup <== equation.lookup;
    out <== equation.out;

    // Pairs cost B*(B-1)/2, sorted lanes (B-1)*14 or 15: but every pair needs null lanes that differ, rows of the table.
    if (B > NULL_LANES()) {
        component risingLanes = Rising(B, LANE_BITS(D));
        risingLanes.in <== committed.lane;
    } else {
        component lanes = Distinct(B);
        lanes.in <== committed.lane;
    }
    component groupIds = Distinct(G);
    groupIds.in <== groupId;
    component worstLoss[G];
    component parts[G];
    for (var g = 0; g < G; g++) {
        // No part is called 0: its gains would stand where the group's own do, and could be taken back from them.
        parts[g] = Distinct(P > 0 ? P + 1 : 0);
        for (var p = 0; p < P; p++) { parts[g].in[p] <== groupPart[g][p]; }
        if (P > 0) { parts[g].in[P] <== 0; }
        worstLoss[g] = WorstLoss(S);
        worstLoss[g].worst <== groupWorst[g];
        worstLoss[g].slack <== groupSlack[g];
    }

    // Padding is free (its word says so) and takes its own count away again.
    var count = 0;
    var belowFree = 0;
    for (var k = 0; k < BANDS() - 1; k++) {
        count += band[k] * (1 << (COUNT_BITS() * k));
        belowFree += band[k];
    }
    counts <== count + (counted - belowFree) * (1 << (COUNT_BITS() * (BANDS() - 1)));
}

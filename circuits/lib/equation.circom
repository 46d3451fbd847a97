pragma circom 2.1.9;

include "bits.circom";
include "lookup.circom";
include "group.circom";

// What one account adds to the epoch's two random linear combinations, under the Fiat-Shamir challenges.
//
// What it constrains:
//  - lookup is the sum of the slots' LogUp fractions. A bracketed slot looks up key + 2^16 * (offset + complement), and 2^70
//    more in a deep lane: the table has exactly one row with that key and mark, so the lookup forces offset + complement = width, and 0 <= offset <= width. A
//    flat slot looks up key + 2^69, which only a flat row can match;
//  - out folds equity, own maintenance and initial requirement, stress changes and scenario gains, each under its own
//    monomial of beta and gamma; the batch's sum of weight * out must match the table's.
// Precondition: all but the challenges is committed before they are drawn, in the ranges of lib/leaf.circom;
// weight = rho^I for this account's own index I; x2 = x^2. Cost: 2 a slot, (S + 1) * (P + 1) a group and 1 for its own factor
// where P > 0, Z + 3.
template Equation(B, F, G, S, Z, D, P) {
    signal input bracketedKey[B];
    signal input bracketedDeep[B * D];
    signal input bracketedOffset[B];
    signal input bracketedComplement[B];
    signal input flatKey[F];
    signal input flatOffset[F];
    signal input equity;
    signal input maintenance;
    signal input initial;
    signal input groupId[G];
    signal input groupWorst[G];
    signal input groupSlack[G][S];
    signal input groupFactor[G][FACTOR_PLACES(P)];
    signal input groupPart[G][P];
    signal input partValue[G][P][S];
    signal input partLoss[G][P][S];
    signal input stressed[Z];

    signal input weight;
    signal input x;
    signal input x2;
    signal input r;
    signal input beta;
    signal input gamma;
    signal input imfBp;

    signal output lookup;
    signal output out;

    var lookupSum = 0;
    component bracketed[B];
    for (var i = 0; i < B; i++) {
        bracketed[i] = LookupTerm();
        var mark = 0;
        for (var d = 0; d < D; d++) {
            mark += bracketedDeep[i * D + d] * DEEP_MARK();
        }
        bracketed[i].value <== bracketedKey[i] + mark + (1 << KEY_BITS()) * (bracketedOffset[i] + bracketedComplement[i]);
        bracketed[i].offset <== bracketedOffset[i];
        bracketed[i].weight <== weight + x2;
        bracketed[i].x <== x;
        bracketed[i].r <== r;
        lookupSum += bracketed[i].fraction;
    }
    component flat[F];
    for (var i = 0; i < F; i++) {
        flat[i] = LookupTerm();
        flat[i].value <== flatKey[i] + FLAT_MARK();
        flat[i].offset <== flatOffset[i];
        flat[i].weight <== weight + x2;
        flat[i].x <== x;
        flat[i].r <== r;
        lookupSum += flat[i].fraction;
    }
    lookup <== lookupSum;

    var worstSum = 0;
    var ownFactors = 0;
    var groupFold = 0;
    signal ownFactor[G][FACTOR_PLACES(P)];
    component groups[G];
    for (var g = 0; g < G; g++) {
        groups[g] = GroupFold(S, P);
        groups[g].id <== groupId[g];
        groups[g].worst <== groupWorst[g];
        groups[g].slack <== groupSlack[g];
        groups[g].factor <== groupFactor[g];
        groups[g].part <== groupPart[g];
        groups[g].partValue <== partValue[g];
        groups[g].partLoss <== partLoss[g];
        for (var k = 0; k < FACTOR_PLACES(P); k++) {
            ownFactor[g][k] <== groupFactor[g][k] * groupWorst[g];
            ownFactors += ownFactor[g][k];
        }
        groups[g].beta <== beta;
        groups[g].gamma <== gamma;
        worstSum += groupWorst[g];
        groupFold += groups[g].folded;
    }

    // Horner in beta over equity, maintenance, initial, stress changes.
    signal imfWorst <== imfBp * worstSum;
    signal horner[Z + 2];
    for (var k = Z + 1; k >= 0; k--) {
        var term;
        if (k == 0) {
            term = maintenance - worstSum;
        } else if (k == 1) {
            term = initial - imfWorst - ownFactors;
        } else {
            term = stressed[k - 2] - equity;
        }
        if (k == Z + 1) {
            horner[k] <== beta * term;
        } else {
            horner[k] <== beta * (term + horner[k + 1]);
        }
    }
    out <== equity + horner[0] + groupFold;
}

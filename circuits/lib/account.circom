pragma circom 2.1.9;

include "bits.circom";
include "band.circom";
include "signed.circom";
include "slots.circom";
include "group.circom";
include "distinct.circom";
include "sponge.circom";
include "roles.circom";

// One account: B bracketed slots, F flat slots, G risk groups of S scenarios, Z stress scenarios.
//
// What it constrains:
//  - the leaf commits to the tag, MMR + IMR and every bit of everything below, the band's gaps included: together these
//    determine equity and both requirements (lib/band.circom);
//  - bracketed lanes differ pairwise, and so do group numbers (an account can't be split to a lower bracket);
//  - counted is a bit of the leaf; an account that is not counted (padding) has every word of the empty account,
//    under a random tag, so that nobody can tell padding from an account by its hash;
//  - the account is in one band (lib/band.circom), and counts gets 2^(32 * band) for it if it is counted;
//  - out folds equity, own maintenance and initial requirement, stress changes and scenario gains, each under
//    its own monomial of the challenges; the batch's sum of weight * out must match the table's.
// What it relies on: weight = rho^I for this account's own index I; x2 = x^2; challenges drawn after the leaf.
// Equity and requirements are not range-checked themselves: the leaf fixes them as field elements, and the balance under
// later challenges then leaves only the true ones, sums over the account's rows below 2^146 in magnitude. An IMR of p - 1
// may satisfy Band, but then the chain does not close. An account that holds nothing, padding too, has E = MMR = IMR = 0
// for the same reason: band 4, and nothing to sum.
template Account(B, F, G, S, Z) {
    signal input tag;
    signal input counted;
    signal input bracketedKey[B];
    signal input bracketedA[B];
    signal input bracketedC[B];
    signal input flatKey[F];
    signal input flatA[F];
    signal input band[BANDS()];
    signal input equity;
    signal input maintenance;
    signal input initial;
    signal input groupId[G];
    signal input groupWorst[G];
    signal input groupSlack[G][S];
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

    var SLOT_BITS = KEY_BITS() + 2 * QUANTITY_BITS();
    var FLAT_BITS = KEY_BITS() + QUANTITY_BITS();
    var BAND_BITS = BANDS() + FIRST_GAP_BITS() + SECOND_GAP_BITS();
    var SIGNED_BITS = VALUE_BITS() + 1;
    var GROUP_SLOT_BITS = GROUP_BITS() + (S + 1) * VALUE_BITS();
    var N = 1 + B * SLOT_BITS + F * FLAT_BITS + BAND_BITS + Z * SIGNED_BITS + G * GROUP_SLOT_BITS;
    var WORDS = (N + WORD_BITS() - 1) \ WORD_BITS();

    component pack = PackBits(N);
    var emptyBit[N];                 // the same bits in an empty account
    var at = 0;

    component countedBit = Bits(1);
    countedBit.in <== counted;
    pack.bits[at] <== countedBit.bits[0];
    emptyBit[at] = 0;
    at++;

    // Holdings
    var lookupSum = 0;
    component bracketed[B];
    component lanes = Distinct(B);
    for (var i = 0; i < B; i++) {
        bracketed[i] = BracketedSlot();
        bracketed[i].key <== bracketedKey[i];
        bracketed[i].a <== bracketedA[i];
        bracketed[i].c <== bracketedC[i];
        bracketed[i].weight <== weight + x2;
        bracketed[i].x <== x;
        bracketed[i].r <== r;
        lanes.in[i] <== bracketed[i].lane;
        lookupSum += bracketed[i].fraction;
        for (var k = 0; k < SLOT_BITS; k++) {
            pack.bits[at] <== bracketed[i].bits[k];
            emptyBit[at] = k < KEY_BITS() ? ((i << BRACKET_BITS()) >> k) & 1 : 0;
            at++;
        }
    }
    component flat[F];
    for (var i = 0; i < F; i++) {
        flat[i] = FlatSlot();
        flat[i].key <== flatKey[i];
        flat[i].a <== flatA[i];
        flat[i].weight <== weight + x2;
        flat[i].x <== x;
        flat[i].r <== r;
        lookupSum += flat[i].fraction;
        for (var k = 0; k < FLAT_BITS; k++) {
            pack.bits[at] <== flat[i].bits[k];
            emptyBit[at] = 0;
            at++;
        }
    }
    lookup <== lookupSum;

    // Health
    component health = Band();
    health.band <== band;
    health.equity <== equity;
    health.maintenance <== maintenance;
    health.initial <== initial;
    health.marginCallBp <== marginCallBp;
    positiveEquity <== health.positiveEquity;
    badDebt <== health.badDebt;
    shortfall <== health.shortfall;
    for (var k = 0; k < BAND_BITS; k++) {
        pack.bits[at] <== health.bits[k];
        emptyBit[at] = k == BANDS() - 1;
        at++;
    }
    var count = 0;
    var belowFree = 0;
    for (var k = 0; k < BANDS() - 1; k++) {
        count += band[k] * (1 << (COUNT_BITS() * k));
        belowFree += band[k];
    }
    counts <== count + (counted - belowFree) * (1 << (COUNT_BITS() * (BANDS() - 1)));

    // Risk groups
    var worstSum = 0;
    var groupFold = 0;
    component groups[G];
    component groupIds = Distinct(G);
    for (var g = 0; g < G; g++) {
        groups[g] = RiskGroup(S);
        groups[g].id <== groupId[g];
        groups[g].worst <== groupWorst[g];
        groups[g].slack <== groupSlack[g];
        groups[g].beta <== beta;
        groups[g].gamma <== gamma;
        groupIds.in[g] <== groupId[g];
        worstSum += groupWorst[g];
        groupFold += groups[g].folded;
        for (var k = 0; k < GROUP_SLOT_BITS; k++) {
            pack.bits[at] <== groups[g].bits[k];
            emptyBit[at] = k < GROUP_BITS() ? ((NULL_GROUP_TOP() - g) >> k) & 1 : 0;
            at++;
        }
    }

    // Stress
    component stressed[Z];
    for (var z = 0; z < Z; z++) {
        stressed[z] = SignedValue(VALUE_BITS());
        stressed[z].negative <== stressNegative[z];
        stressed[z].magnitude <== stressMagnitude[z];
        stressBadDebt[z] <== stressed[z].negativePart;
        for (var k = 0; k < SIGNED_BITS; k++) {
            pack.bits[at] <== stressed[z].bits[k];
            emptyBit[at] = 0;
            at++;
        }
    }
    assert(at == N);

    // Leaf and padding
    component leafHash = Sponge(WORDS + 2, ROLE_LEAF() + B + (F << 8) + (G << 16) + (S << 24) + (Z << 32));
    leafHash.in[0] <== tag;
    leafHash.in[1] <== maintenance + initial;
    for (var w = 0; w < WORDS; w++) {
        var emptyWord = 0;
        var place = 1;
        for (var i = w * WORD_BITS(); i < N && i < (w + 1) * WORD_BITS(); i++) {
            emptyWord += emptyBit[i] * place;
            place = place + place;
        }
        (1 - counted) * (pack.words[w] - emptyWord) === 0;
        leafHash.in[w + 2] <== pack.words[w];
    }
    leaf <== leafHash.out;

    // The account's equation: Horner in beta over equity, maintenance, initial, stress changes.
    signal imfWorst <== imfBp * worstSum;
    signal horner[Z + 2];
    for (var k = Z + 1; k >= 0; k--) {
        var term;
        if (k == 0) {
            term = maintenance - worstSum;
        } else if (k == 1) {
            term = initial - imfWorst;
        } else {
            term = stressed[k - 2].value - equity;
        }
        if (k == Z + 1) {
            horner[k] <== beta * term;
        } else {
            horner[k] <== beta * (term + horner[k + 1]);
        }
    }
    out <== equity + horner[0] + groupFold;
}

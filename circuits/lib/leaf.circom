pragma circom 2.1.9;

include "bits.circom";
include "band.circom";
include "signed.circom";
include "slots.circom";
include "group.circom";
include "sponge.circom";
include "roles.circom";

// The number of a leaf's shape, added to its role: the low bytes of all parameters first, then what is above them.
function LEAF_SHAPE(B, F, G, S, Z, D, P) {
    return B % 256 + ((F % 256) << 8) + (G << 16) + (S << 24) + (Z << 32) + ((B \ 256) << 40) + ((F \ 256) << 48)
        + (D << 56) + (P << 57);
}

// The leaf of one account: B bracketed slots, which may be in deep lanes if D = 1, F flat slots, G risk groups of S
// scenarios and P parts each, Z stress scenarios. It needs no challenge: a claim about one account takes it with a path
// (lib/path16.circom).
//
// What it constrains:
//  - leaf is the hash of the tag, MMR + IMR and every bit of everything below, the band's gaps included: whoever knows
//    two openings of one leaf knows a collision, or has the same holdings and results in both. Equity and both requirements
//    are among them: band, gaps and the sum determine them (lib/band.circom) under one marginCallBp, which must be the
//    market's: under another the same leaf opens to other requirements;
//  - every part is in its range, and equity lies in the band named (lib/band.circom says what that relies on);
//  - counted is a bit of the leaf; an account that is not counted (padding) has every word of the empty account,
//    under a random tag, so that nobody can tell padding from an account by its hash.
// What it does not: that keys are rows of the table, results are what the holdings give, lanes or groups differ. The account
// step proves that of every leaf of an epoch (lib/account.circom); a claim has it from the epoch that holds the leaf.
template Leaf(B, F, G, S, Z, D, P) {
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
    signal input marginCallBp;

    signal output leaf;
    signal output lane[B];
    signal output positiveEquity;
    signal output badDebt;
    signal output shortfall;
    signal output partValue[G][P][S];
    signal output partLoss[G][P][S];
    signal output stressed[Z];
    signal output stressBadDebt[Z];

    // Why no more: docs/protocol.md, section 7. A byte of the shape number each, or more above them.
    assert(B <= MAX_SLOTS() && F <= MAX_SLOTS() && G <= MAX_SHAPE_GROUPS() && S < 256 && Z <= MAX_STRESS());
    assert(D <= 1 && P <= MAX_PART_SLOTS());
    var SIGNED_BITS = VALUE_BITS() + 1;
    var N = 1 + B * BRACKETED_BITS(D) + F * FLAT_BITS() + BAND_BITS() + G * GROUP_SLOT_BITS(S, P) + Z * SIGNED_BITS;
    var WORDS = (N + WORD_BITS() - 1) \ WORD_BITS();
    component pack = PackBits(N);
    var emptyBit[N];                 // the same bits in an empty account: 0 unless said
    var at = 0;

    component countedBit = Bits(1);
    countedBit.in <== counted;
    pack.bits[at] <== countedBit.bits[0];
    at++;

    component bracketed[B];
    for (var i = 0; i < B; i++) {
        bracketed[i] = BracketedSlot(D);
        bracketed[i].key <== bracketedKey[i];
        for (var d = 0; d < D; d++) { bracketed[i].deep[d] <== bracketedDeep[i * D + d]; }
        bracketed[i].offset <== bracketedOffset[i];
        bracketed[i].complement <== bracketedComplement[i];
        lane[i] <== bracketed[i].lane;
        // Empty slots have a null lane each where lanes must differ, and all the first where they must rise.
        for (var k = 0; k < BRACKETED_BITS(D); k++) {
            pack.bits[at] <== bracketed[i].bits[k];
            emptyBit[at] = B <= NULL_LANES() && k < KEY_BITS() ? ((i << BRACKET_BITS()) >> k) & 1 : 0;
            at++;
        }
    }
    component flat[F];
    for (var i = 0; i < F; i++) {
        flat[i] = FlatSlot();
        flat[i].key <== flatKey[i];
        flat[i].offset <== flatOffset[i];
        for (var k = 0; k < FLAT_BITS(); k++) {
            pack.bits[at] <== flat[i].bits[k];
            at++;
        }
    }

    component health = Band();
    health.band <== band;
    health.equity <== equity;
    health.maintenance <== maintenance;
    health.initial <== initial;
    health.marginCallBp <== marginCallBp;
    positiveEquity <== health.positiveEquity;
    badDebt <== health.badDebt;
    shortfall <== health.shortfall;
    for (var k = 0; k < BAND_BITS(); k++) {
        pack.bits[at] <== health.bits[k];
        emptyBit[at] = k == BANDS() - 1;
        at++;
    }

    component groups[G];
    for (var g = 0; g < G; g++) {
        groups[g] = GroupSlot(S, P);
        groups[g].id <== groupId[g];
        groups[g].worst <== groupWorst[g];
        groups[g].slack <== groupSlack[g];
        groups[g].factor <== groupFactor[g];
        groups[g].part <== groupPart[g];
        groups[g].partNegative <== partNegative[g];
        groups[g].partMagnitude <== partMagnitude[g];
        partValue[g] <== groups[g].partValue;
        partLoss[g] <== groups[g].partLoss;
        var partsAt = GROUP_SLOT_BITS(S, 0) + FACTOR_BITS();
        for (var k = 0; k < GROUP_SLOT_BITS(S, P); k++) {
            pack.bits[at] <== groups[g].bits[k];
            emptyBit[at] = k < GROUP_BITS() ? ((NULL_GROUP_TOP() - g) >> k) & 1 : 0;
            if (k >= partsAt) {
                var place = (k - partsAt) % PART_SLOT_BITS(S);
                var part = (k - partsAt) \ PART_SLOT_BITS(S);
                emptyBit[at] = place < PART_BITS() ? ((NULL_PART_TOP() - part) >> place) & 1 : 0;
            }
            at++;
        }
    }

    component stress[Z];
    for (var z = 0; z < Z; z++) {
        stress[z] = SignedValue(VALUE_BITS());
        stress[z].negative <== stressNegative[z];
        stress[z].magnitude <== stressMagnitude[z];
        stressed[z] <== stress[z].value;
        stressBadDebt[z] <== stress[z].negativePart;
        for (var k = 0; k < SIGNED_BITS; k++) {
            pack.bits[at] <== stress[z].bits[k];
            at++;
        }
    }
    assert(at == N);

    component hash = Sponge(WORDS + 2, ROLE_LEAF() + LEAF_SHAPE(B, F, G, S, Z, D, P));
    hash.in[0] <== tag;
    hash.in[1] <== maintenance + initial;
    for (var w = 0; w < WORDS; w++) {
        var emptyWord = 0;
        for (var i = 0; i < WORD_BITS() && w * WORD_BITS() + i < N; i++) {
            emptyWord += emptyBit[w * WORD_BITS() + i] * (1 << i);
        }
        (1 - counted) * (pack.words[w] - emptyWord) === 0;
        hash.in[w + 2] <== pack.words[w];
    }
    leaf <== hash.out;
}

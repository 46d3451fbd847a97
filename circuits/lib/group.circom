pragma circom 2.1.9;

include "bits.circom";
include "part.circom";

// A shape with parts has a place for the group's own initial factor, too.
function FACTOR_PLACES(P) { return P > 0 ? 1 : 0; }
function GROUP_SLOT_BITS(S, P) {
    return GROUP_BITS() + (S + 1) * VALUE_BITS() + FACTOR_PLACES(P) * FACTOR_BITS() + P * PART_SLOT_BITS(S);
}

// One risk group of one account over S scenarios, as the leaf commits to it, with up to P parts (lib/part.circom). With
// value[s] what the group gains in scenario s, slack[s] = worst + value[s]; and with L[s] what its own gains come to, value[s] =
// L[s] - sum of the parts' losses. So L needs no signal of its own.
//
// What it constrains: id, worst and every slack in range, so no loss exceeds worst; the own initial factor in range; every
// part as lib/part.circom says; bits determine them. factor and parts exist where P > 0.
// Cost: 12 + 72*(S + 1), and with parts 20 + P * (8 + 50*S).
template GroupSlot(S, P) {
    signal input id;
    signal input worst;
    signal input slack[S];
    signal input factor[FACTOR_PLACES(P)];
    signal input part[P];
    signal input partNegative[P][S];
    signal input partMagnitude[P][S];
    signal output partValue[P][S];
    signal output partLoss[P][S];
    signal output {binary} bits[GROUP_SLOT_BITS(S, P)];

    component idBits = Bits(GROUP_BITS());
    idBits.in <== id;
    for (var i = 0; i < GROUP_BITS(); i++) {
        bits[i] <== idBits.bits[i];
    }
    component valueBits[S + 1];
    for (var s = 0; s <= S; s++) {
        valueBits[s] = Bits(VALUE_BITS());
        valueBits[s].in <== s == 0 ? worst : slack[s - 1];
        for (var i = 0; i < VALUE_BITS(); i++) {
            bits[GROUP_BITS() + s * VALUE_BITS() + i] <== valueBits[s].bits[i];
        }
    }
    var at = GROUP_BITS() + (S + 1) * VALUE_BITS();
    component factorBits[FACTOR_PLACES(P)];
    for (var k = 0; k < FACTOR_PLACES(P); k++) {
        factorBits[k] = Bits(FACTOR_BITS());
        factorBits[k].in <== factor[k];
        for (var i = 0; i < FACTOR_BITS(); i++) {
            bits[at] <== factorBits[k].bits[i];
            at++;
        }
    }
    component parts[P];
    for (var p = 0; p < P; p++) {
        parts[p] = PartSlot(S);
        parts[p].number <== part[p];
        parts[p].negative <== partNegative[p];
        parts[p].magnitude <== partMagnitude[p];
        partValue[p] <== parts[p].value;
        partLoss[p] <== parts[p].loss;
        for (var i = 0; i < PART_SLOT_BITS(S); i++) {
            bits[at] <== parts[p].bits[i];
            at++;
        }
    }
}

// What it constrains: worst is 0 or some scenario's loss (worst or some slack is 0).
// Precondition: worst and slack are in range (GroupSlot). Then worst = max(0, max_s -L[s]). Cost: S.
template WorstLoss(S) {
    signal input worst;
    signal input slack[S];

    signal product[S];
    for (var s = 0; s < S; s++) {
        product[s] <== (s == 0 ? worst : product[s - 1]) * slack[s];
    }
    product[S - 1] === 0;
}

// What it constrains: folded = (sum_s beta^s * L[s]) / (gamma - pole) + sum over parts of (sum_s beta^s * value[s]) /
// (gamma - its pole), this group's share of the account's equation. A pole holds the group's number and own initial factor, and
// the part's number (0 for the group itself): true gains under another group, part or factor are other gains.
// Precondition: all but the challenges is committed before beta and gamma are drawn; numbers and factor in range, so that two
// poles are the same only where all three are. Cost: (S + 1) * (P + 1).
template GroupFold(S, P) {
    signal input id;
    signal input worst;
    signal input slack[S];
    signal input factor[FACTOR_PLACES(P)];
    signal input part[P];
    signal input partValue[P][S];
    signal input partLoss[P][S];
    signal input beta;
    signal input gamma;
    signal output folded;

    var own = id;
    for (var k = 0; k < FACTOR_PLACES(P); k++) {
        own += factor[k] * (1 << (GROUP_BITS() + PART_BITS()));
    }

    // Horner in beta, from the last scenario down.
    signal horner[S];
    for (var s = S - 1; s >= 0; s--) {
        var gain = slack[s] - worst;
        for (var p = 0; p < P; p++) {
            gain += partLoss[p][s];
        }
        if (s == S - 1) {
            horner[s] <== gain;
        } else {
            horner[s] <== gain + beta * horner[s + 1];
        }
    }
    signal inverse <-- 1 / (gamma - own);
    inverse * (gamma - own) === 1;
    if (P == 0) {
        folded <== inverse * horner[0];
    } else {
        signal product <== inverse * horner[0];
        var sum = product;
        component parts[P];
        for (var p = 0; p < P; p++) {
            parts[p] = PartFold(S);
            parts[p].pole <== own + part[p] * (1 << GROUP_BITS());
            parts[p].value <== partValue[p];
            parts[p].beta <== beta;
            parts[p].gamma <== gamma;
            sum += parts[p].folded;
        }
        folded <== sum;
    }
}

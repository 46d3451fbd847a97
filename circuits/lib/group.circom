pragma circom 2.1.9;

include "bits.circom";

function GROUP_SLOT_BITS(S) { return GROUP_BITS() + (S + 1) * VALUE_BITS(); }

// One risk group of one account over S scenarios, as the leaf commits to it. With L[s] the account's gain in scenario s,
// slack[s] = worst + L[s], so L[s] = slack[s] - worst needs no signal of its own.
//
// What it constrains: id, worst and every slack in range, so no loss exceeds worst; bits determine them.
// Cost: 12 + 72*(S + 1).
template GroupSlot(S) {
    signal input id;
    signal input worst;
    signal input slack[S];
    signal output {binary} bits[GROUP_SLOT_BITS(S)];

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

// What it constrains: folded = (sum_s beta^s * L[s]) / (gamma - id), this group's share of the account's equation.
// Precondition: id, worst and slack are committed before beta and gamma are drawn. Cost: S + 1.
template GroupFold(S) {
    signal input id;
    signal input worst;
    signal input slack[S];
    signal input beta;
    signal input gamma;
    signal output folded;

    // Horner in beta, from the last scenario down.
    signal horner[S];
    horner[S - 1] <== slack[S - 1] - worst;
    for (var s = S - 2; s >= 0; s--) {
        horner[s] <== slack[s] - worst + beta * horner[s + 1];
    }

    signal inverse <-- 1 / (gamma - id);
    inverse * (gamma - id) === 1;
    folded <== inverse * horner[0];
}

pragma circom 2.1.9;

include "bits.circom";
include "signed.circom";

function PART_SLOT_BITS(S) { return PART_BITS() + S * (CELL_BITS() + 1); }

// One part of a risk group of one account over S scenarios, as the leaf commits to it: what one expiry, say, takes from the
// group where it loses, and does not give where it gains. The group's value in scenario s is L[s] + sum over its parts of
// min(0, value[s]): a sum of the worse of two linear values, L + value and L.
//
// What it constrains: number in 8 bits; value[s] in [-2^48, 2^48); loss[s] = max(0, -value[s]), so neither sign nor loss is
// left to choose once value is; bits determine number and every value.
// Cost: 8 + 50*S.
template PartSlot(S) {
    signal input number;
    signal input negative[S];
    signal input magnitude[S];
    signal output value[S];
    signal output loss[S];
    signal output {binary} bits[PART_SLOT_BITS(S)];

    component numberBits = Bits(PART_BITS());
    numberBits.in <== number;
    for (var i = 0; i < PART_BITS(); i++) {
        bits[i] <== numberBits.bits[i];
    }
    component cells[S];
    for (var s = 0; s < S; s++) {
        cells[s] = SignedValue(CELL_BITS());
        cells[s].negative <== negative[s];
        cells[s].magnitude <== magnitude[s];
        value[s] <== cells[s].value;
        loss[s] <== cells[s].negativePart;
        for (var i = 0; i <= CELL_BITS(); i++) {
            bits[PART_BITS() + s * (CELL_BITS() + 1) + i] <== cells[s].bits[i];
        }
    }
}

// What it constrains: folded = (sum_s beta^s * value[s]) / (gamma - pole). Cost: S + 1.
template PartFold(S) {
    signal input pole;
    signal input value[S];
    signal input beta;
    signal input gamma;
    signal output folded;

    signal horner[S];
    horner[S - 1] <== value[S - 1];
    for (var s = S - 2; s >= 0; s--) {
        horner[s] <== value[s] + beta * horner[s + 1];
    }
    signal inverse <-- 1 / (gamma - pole);
    inverse * (gamma - pole) === 1;
    folded <== inverse * horner[0];
}

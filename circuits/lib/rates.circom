pragma circom 2.1.9;

include "bits.circom";
include "sponge.circom";
include "roles.circom";

// The secret rates of R rows. A row says by how much both rates rise at lo; in integers over 10^5, with
// m[i] and n[i] the maintenance and initial rate of row i's bracket, sums of the steps of its lane up to it.
//
// What it constrains: commitment is the blinded commitment of all steps, each RATE_BITS, so none is negative and no rate
// of a lane falls; the initial rate is nowhere below the maintenance rate (their difference is in range).
// rate[i] = beta * m + 10^4 beta^2 * n, and less[i] the same sum with every step times its own lo, so that a holding of
// q in row i requires notional * (rate[i]*q - less[i]): each step on the part of q above its lo.
// What it relies on: laneFirst is binary (the tag says so) and true on the first row of every lane, and of the step.
// Cost a row: 36 + 6 (their hash) + 22 + 6.
template Rates(R) {
    signal input blinding;
    signal input maintenanceStep[R];
    signal input initialStep[R];
    signal input lo[R];
    signal input {binary} laneFirst[R];
    signal input beta;
    signal output commitment;
    signal output rate[R];
    signal output less[R];

    var N = 2 * RATE_BITS() * R;
    var WORDS = (N + WORD_BITS() - 1) \ WORD_BITS();
    component pack = PackBits(N);
    component maintenanceBits[R];
    component initialBits[R];
    component excessBits[R];

    signal initialFactor <== INITIAL_SCALE() * beta * beta;
    signal excess[R];
    signal maintenanceShare[R];
    signal step[R];
    signal lessStep[R];
    for (var i = 0; i < R; i++) {
        maintenanceBits[i] = Bits(RATE_BITS());
        maintenanceBits[i].in <== maintenanceStep[i];
        initialBits[i] = Bits(RATE_BITS());
        initialBits[i].in <== initialStep[i];
        for (var k = 0; k < RATE_BITS(); k++) {
            pack.bits[2 * RATE_BITS() * i + k] <== maintenanceBits[i].bits[k];
            pack.bits[2 * RATE_BITS() * i + RATE_BITS() + k] <== initialBits[i].bits[k];
        }

        maintenanceShare[i] <== beta * maintenanceStep[i];
        step[i] <== maintenanceShare[i] + initialFactor * initialStep[i];
        lessStep[i] <== step[i] * lo[i];
        if (i == 0) {
            excess[i] <== initialStep[i] - maintenanceStep[i];
            rate[i] <== step[i];
            less[i] <== lessStep[i];
        } else {
            excess[i] <== initialStep[i] - maintenanceStep[i] + (1 - laneFirst[i]) * excess[i - 1];
            rate[i] <== step[i] + (1 - laneFirst[i]) * rate[i - 1];
            less[i] <== lessStep[i] + (1 - laneFirst[i]) * less[i - 1];
        }
        excessBits[i] = Bits(RATE_BITS() + BRACKET_BITS());
        excessBits[i].in <== excess[i];
    }

    component hash = Sponge(WORDS + 1, ROLE_RULES() + R);
    hash.in[0] <== blinding;
    for (var w = 0; w < WORDS; w++) {
        hash.in[w + 1] <== pack.words[w];
    }
    commitment <== hash.out;
}

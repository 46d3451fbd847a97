pragma circom 2.1.9;

include "bits.circom";
include "bounds.circom";

function BAND_BITS() { return BANDS() + FIRST_GAP_BITS() + SECOND_GAP_BITS(); }

// The band of one account: which stretch between its thresholds holds its equity E.
//
//     0 bankrupt  |  1 liquidation  |  2 reduce only  |  3 margin call  |  4 free
//               E = 0            E = MMR       10^4 E = IMR     10^8 E = marginCallBp * IMR
//
// Neighbouring thresholds are compared by different checks, 0 and IMR by the first, MMR and the margin call by the
// second, so that two range checks do for four thresholds. By band:
//
//     first                  second                              says
//     0   -1 - E                 MMR - 1 - E                         E < 0 (and so E < MMR)
//     1   E                      MMR - 1 - E                         0 <= E < MMR
//     2   IMR - 1 - 10^4 E       E - MMR                             MMR <= E, 10^4 E < IMR
//     3   10^4 E - IMR           marginCallBp * IMR - 1 - 10^8 E     between IMR and the margin call
//     4   E                      10^8 E - marginCallBp * IMR         beyond it (and so E >= 0)
//
// What it constrains: band is one-hot, and both gaps of the band it names are in range, so not negative.
//
// Exactly one band: E, MMR and IMR are the account's true ones, integers below 2^150 in magnitude (circuits/lib/
// account.circom says why, though nothing here bounds them), so a gap is an integer below 2^166 in magnitude, and a
// negative one is a field element far above 2^99. Where 0 <= 10^4 MMR <= IMR and marginCallBp >= 10^4, which the
// verifier sees to, the thresholds rise, and the five statements exclude each other and leave no E out.
//
// What the bits fix: with MMR + IMR they determine E, MMR and IMR as field elements. E is (minus) the first gap in
// bands 0, 1 and 4, and MMR or IMR follows from the second; in band 2, 10001 E = (MMR + IMR) + second - first - 1; in
// band 3, (marginCallBp - 10^4) IMR = second + 1 + 10^4 first (no band 3 exists where that factor is 0).
//
// positiveEquity = max(0, E), badDebt = max(0, -E), shortfall = max(0, MMR - E). Cost: 5 + 86 + 99 + 7.
template Band() {
    signal input band[BANDS()];
    signal input equity;
    signal input maintenance;
    signal input initial;              // in 1/10000
    signal input marginCallBp;
    signal output positiveEquity;
    signal output badDebt;
    signal output shortfall;
    signal output {binary} bits[BAND_BITS()];

    component flag[BANDS()];
    for (var k = 0; k < BANDS(); k++) {
        flag[k] = Bits(1);
        flag[k].in <== band[k];
        bits[k] <== flag[k].bits[0];
    }
    band[0] + band[1] + band[2] + band[3] + band[4] === 1;

    var SCALE = INITIAL_SCALE();
    signal marginCall <== marginCallBp * initial;
    signal atZero <== (band[1] + band[4] - band[0]) * equity;
    signal atMaintenance <== (band[2] - band[0] - band[1]) * (equity - maintenance);
    signal atInitial <== (band[3] - band[2]) * (SCALE * equity - initial);
    signal atMarginCall <== (band[4] - band[3]) * (SCALE * SCALE * equity - marginCall);

    component first = Bits(FIRST_GAP_BITS());
    first.in <== atZero + atInitial - band[0] - band[2];
    component second = Bits(SECOND_GAP_BITS());
    second.in <== atMaintenance + atMarginCall - band[0] - band[1] - band[3];
    for (var i = 0; i < FIRST_GAP_BITS(); i++) {
        bits[BANDS() + i] <== first.bits[i];
    }
    for (var i = 0; i < SECOND_GAP_BITS(); i++) {
        bits[BANDS() + FIRST_GAP_BITS() + i] <== second.bits[i];
    }

    positiveEquity <== (1 - band[0]) * equity;
    badDebt <== positiveEquity - equity;
    shortfall <== (band[0] + band[1]) * (maintenance - equity);
}

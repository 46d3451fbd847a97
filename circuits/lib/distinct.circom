pragma circom 2.1.9;

include "bits.circom";

// What it constrains: the N values differ pairwise: the product of all differences has an inverse.
// Cost: N*(N-1)/2.
template Distinct(N) {
    signal input in[N];

    var PAIRS = N * (N - 1) \ 2;
    if (PAIRS > 0) {
        signal product[PAIRS];
        var pair = 0;
        for (var i = 0; i < N; i++) {
            for (var j = 0; j < i; j++) {
                if (pair == 0) {
                    product[pair] <== in[i] - in[j];
                } else {
                    product[pair] <== product[pair - 1] * (in[i] - in[j]);
                }
                pair++;
            }
        }
        signal inverse <-- 1 / product[PAIRS - 1];
        inverse * product[PAIRS - 1] === 1;
    }
}

// What it constrains: in is any number of zeros, then strictly rising numbers. So all that are not 0 differ pairwise.
// Precondition: every in is an integer below 2^BITS (who uses it says why). A difference of two is then above -2^BITS, and
// a negative one is a field element far above 2^BITS: it has no digits, and nothing wraps.
// A 0 after another number is refused: its used is 0 or 1, and 0 - in - used is negative. Cost: (N - 1) * (BITS + 2).
template Rising(N, BITS) {
    signal input in[N];

    signal used[N - 1];
    component usedBit[N - 1];
    component gap[N - 1];
    for (var i = 0; i < N - 1; i++) {
        used[i] <-- in[i + 1] != 0 ? 1 : 0;
        usedBit[i] = Bits(1);
        usedBit[i].in <== used[i];
        in[i + 1] * (1 - used[i]) === 0;
        gap[i] = Bits(BITS);
        gap[i].in <== in[i + 1] - in[i] - used[i];
    }
}

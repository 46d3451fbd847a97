pragma circom 2.1.9;

include "bits.circom";

// A signed value in two's-complement style: negative = 0 means value = magnitude,
// negative = 1 means value = -magnitude - 1. Every value has exactly one such form, zero included.
//
// What it constrains: value in [-2^N, 2^N); negativePart = max(0, -value).
// bits: the sign, then the N digits of the magnitude; they determine value.
// Cost: N + 2.
template SignedValue(N) {
    signal input negative;
    signal input magnitude;
    signal output value;
    signal output negativePart;
    signal output {binary} bits[N + 1];

    component sign = Bits(1);
    sign.in <== negative;
    component digits = Bits(N);
    digits.in <== magnitude;

    signal negativeMagnitude <== negative * magnitude;
    value <== magnitude - 2 * negativeMagnitude - negative;
    negativePart <== negativeMagnitude + negative;

    bits[0] <== sign.bits[0];
    for (var i = 0; i < N; i++) {
        bits[i + 1] <== digits.bits[i];
    }
}

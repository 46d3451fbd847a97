pragma circom 2.1.9;

include "bitify.circom";
include "bounds.circom";

// What it constrains: in is an integer in [0, 2^N); bits are its binary digits, lowest first.
// Cost: N (one per digit; the recomposition is linear).
template Bits(N) {
    signal input in;
    signal output {binary} bits[N];

    assert(N <= WORD_BITS());
    component digits = Num2Bits(N);
    digits.in <== in;
    for (var i = 0; i < N; i++) {
        bits[i] <== digits.out[i];
    }
}

// What it constrains: words are the N bits, concatenated lowest first and cut every 253 bits.
// Precondition: every bit is binary (the tag says so), so two different bit strings never give the same words:
// no limb of the packing is unchecked. Cost: 0 (linear).
template PackBits(N) {
    signal input {binary} bits[N];
    var WORDS = (N + WORD_BITS() - 1) \ WORD_BITS();
    signal output words[WORDS];

    for (var w = 0; w < WORDS; w++) {
        var sum = 0;
        var place = 1;
        for (var i = w * WORD_BITS(); i < N && i < (w + 1) * WORD_BITS(); i++) {
            sum += bits[i] * place;
            place = place + place;
        }
        words[w] <== sum;
    }
}

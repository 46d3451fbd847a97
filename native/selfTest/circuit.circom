pragma circom 2.1.6;

// What a native prover has to prove before it is used: end = start + word^2, word of 64 bits. Its witness has values of every
// kind that is summed in a way of its own: zeros, ones and large ones.
template SelfTest() {
    signal input start;
    signal input word;
    signal output end;
    signal bits[64];
    var sum = 0;
    for (var i = 0; i < 64; i++) {
        bits[i] <-- (word >> i) & 1;
        bits[i] * (bits[i] - 1) === 0;
        sum += bits[i] * (1 << i);
    }
    sum === word;
    end <== start + word * word;
}

component main {public [start]} = SelfTest();

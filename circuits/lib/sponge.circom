pragma circom 2.1.9;

include "poseidon.circom";

// What it constrains: out = the Poseidon sponge of the N elements, in blocks of 16, in overwrite mode:
// the first element of the permutation's state starts at ROLE and is carried from block to block.
// N is fixed by the shape and ROLE names use and shape, so no two uses share an input.
// Cost: 609 a full block (O2); a last block of k elements 3*(8*(k+1) + partial rounds).
template Sponge(N, ROLE) {
    signal input in[N];
    signal output out;

    var BLOCKS = (N + 15) \ 16;
    component block[BLOCKS];
    for (var b = 0; b < BLOCKS; b++) {
        var size = N - 16 * b < 16 ? N - 16 * b : 16;
        block[b] = PoseidonEx(size, 1);
        if (b == 0) {
            block[b].initialState <== ROLE;
        } else {
            block[b].initialState <== block[b - 1].out[0];
        }
        for (var i = 0; i < size; i++) {
            block[b].inputs[i] <== in[16 * b + i];
        }
    }
    out <== block[BLOCKS - 1].out[0];
}

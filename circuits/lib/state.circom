pragma circom 2.1.9;

include "bounds.circom";
include "sponge.circom";
include "roles.circom";

// The hidden state that every step carries on:
//   0 lookup   1 balance   2 lanes            (checking accumulators)
//   3 accounts per band, 2^(32 * band) each: counts stay below 2^28, so none carries into the next
//   4 positive equity  5 bad debt  6 maintenance  7 shortfall  8 initial
//   9.. stress bad debt, MAX_STRESS places
// What it constrains: out = blinded commitment of the vector. Cost: 540.
template StateCommitment() {
    signal input blinding;
    signal input state[STATE_LENGTH()];
    signal output out;

    component sponge = Sponge(STATE_LENGTH() + 1, ROLE_STATE());
    sponge.in[0] <== blinding;
    for (var i = 0; i < STATE_LENGTH(); i++) {
        sponge.in[i + 1] <== state[i];
    }
    out <== sponge.out;
}

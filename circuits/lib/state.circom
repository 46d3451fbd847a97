pragma circom 2.1.9;

include "bounds.circom";
include "sponge.circom";
include "roles.circom";

// The hidden state that every step carries on, place by place. src/protocol/state.ts has the same order; a test compares.

function AT_LOOKUP() { return 0; }            // LogUp fractions: accounts add, table rows subtract
function AT_BALANCE() { return 1; }           // weighted equations: accounts add, table rows subtract
function AT_LANES() { return 2; }             // lane quantities under powers of tau
function AT_COUNTS() { return 3; }            // accounts per band, 2^(32 * band) each; counts below 2^28: no carry
function AT_POSITIVE_EQUITY() { return 4; }
function AT_BAD_DEBT() { return 5; }
function AT_MAINTENANCE() { return 6; }
function AT_SHORTFALL() { return 7; }
function AT_INITIAL() { return 8; }
function AT_STRESS() { return 9; }            // first of MAX_STRESS places of stressed bad debt, the last of all
function STATE_LENGTH() { return AT_STRESS() + MAX_STRESS(); }

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

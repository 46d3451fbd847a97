pragma circom 2.1.9;

include "lib/account.circom";
include "lib/merkle16.circom";
include "lib/state.circom";

// The account step: A accounts of one batch.
//
// What it proves: leafRoot is the tree over these accounts' leaves, and stateOut is stateIn plus their LogUp
// fractions, the random linear combination of their equations and their public sums (see lib/account.circom).
// What the verifier must check outside: the Fiat-Shamir challenges and rhoStart = rho^(4096 * batch) are its own; stateIn is
// the previous step's stateOut; leafRoot is the one in the statement the challenges were drawn from; the key is
// pinned for this shape.
template Accounts(A, B, F, G, S, Z, D, P) {
    signal input stateIn;
    signal input rhoStart;
    signal input rho;
    signal input beta;
    signal input gamma;
    signal input r;
    signal input x;
    signal input imfBp;
    signal input marginCallBp;

    signal input blindingIn;
    signal input blindingOut;
    signal input state[STATE_LENGTH()];

    signal input tag[A];
    signal input counted[A];
    signal input bracketedKey[A][B];
    signal input bracketedDeep[A][B * D];
    signal input bracketedOffset[A][B];
    signal input bracketedComplement[A][B];
    signal input flatKey[A][F];
    signal input flatOffset[A][F];
    signal input band[A][BANDS()];
    signal input equity[A];
    signal input maintenance[A];
    signal input initial[A];
    signal input groupId[A][G];
    signal input groupWorst[A][G];
    signal input groupSlack[A][G][S];
    signal input groupFactor[A][G][FACTOR_PLACES(P)];
    signal input groupPart[A][G][P];
    signal input partNegative[A][G][P][S];
    signal input partMagnitude[A][G][P][S];
    signal input stressNegative[A][Z];
    signal input stressMagnitude[A][Z];

    signal output leafRoot;
    signal output stateOut;

    component before = StateCommitment();
    before.blinding <== blindingIn;
    before.state <== state;
    before.out === stateIn;

    signal x2 <== x * x;
    signal rhoPower[A];
    signal weighted[A];
    component accounts[A];
    component tree = Merkle16(A);
    var next[STATE_LENGTH()];
    for (var i = 0; i < STATE_LENGTH(); i++) {
        next[i] = state[i];
    }
    for (var i = 0; i < A; i++) {
        if (i == 0) {
            rhoPower[i] <== rhoStart;
        } else {
            rhoPower[i] <== rhoPower[i - 1] * rho;
        }
        accounts[i] = Account(B, F, G, S, Z, D, P);
        accounts[i].tag <== tag[i];
        accounts[i].counted <== counted[i];
        accounts[i].bracketedKey <== bracketedKey[i];
        accounts[i].bracketedDeep <== bracketedDeep[i];
        accounts[i].bracketedOffset <== bracketedOffset[i];
        accounts[i].bracketedComplement <== bracketedComplement[i];
        accounts[i].flatKey <== flatKey[i];
        accounts[i].flatOffset <== flatOffset[i];
        accounts[i].band <== band[i];
        accounts[i].equity <== equity[i];
        accounts[i].maintenance <== maintenance[i];
        accounts[i].initial <== initial[i];
        accounts[i].groupId <== groupId[i];
        accounts[i].groupWorst <== groupWorst[i];
        accounts[i].groupSlack <== groupSlack[i];
        accounts[i].groupFactor <== groupFactor[i];
        accounts[i].groupPart <== groupPart[i];
        accounts[i].partNegative <== partNegative[i];
        accounts[i].partMagnitude <== partMagnitude[i];
        accounts[i].stressNegative <== stressNegative[i];
        accounts[i].stressMagnitude <== stressMagnitude[i];
        accounts[i].weight <== rhoPower[i];
        accounts[i].x <== x;
        accounts[i].x2 <== x2;
        accounts[i].r <== r;
        accounts[i].beta <== beta;
        accounts[i].gamma <== gamma;
        accounts[i].imfBp <== imfBp;
        accounts[i].marginCallBp <== marginCallBp;

        tree.leaves[i] <== accounts[i].leaf;
        weighted[i] <== rhoPower[i] * accounts[i].out;

        next[AT_LOOKUP()] += accounts[i].lookup;
        next[AT_BALANCE()] += weighted[i];
        next[AT_COUNTS()] += accounts[i].counts;
        next[AT_POSITIVE_EQUITY()] += accounts[i].positiveEquity;
        next[AT_BAD_DEBT()] += accounts[i].badDebt;
        next[AT_MAINTENANCE()] += maintenance[i];
        next[AT_SHORTFALL()] += accounts[i].shortfall;
        next[AT_INITIAL()] += initial[i];
        for (var z = 0; z < Z; z++) {
            next[AT_STRESS() + z] += accounts[i].stressBadDebt[z];
        }
    }
    leafRoot <== tree.root;

    component after = StateCommitment();
    after.blinding <== blindingOut;
    for (var i = 0; i < STATE_LENGTH(); i++) {
        after.state[i] <== next[i];
    }
    stateOut <== after.out;
}

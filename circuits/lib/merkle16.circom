pragma circom 2.1.9;

include "sponge.circom";
include "roles.circom";

// The tree of one batch; lib/path16.circom has the path of one node in such a tree.
//
// What it constrains: root = the 16-ary Merkle root of depth 3 over N <= 4096 leaves; a missing child is 0,
// at every level (nobody knows an input that hashes to 0).
// Cost: 609 * (ceil(N/16) + ceil(N/256) + 1).
template Merkle16(N) {
    signal input leaves[N];
    signal output root;

    assert(N <= 4096);
    var N1 = (N + 15) \ 16;
    var N2 = (N1 + 15) \ 16;
    component level1[N1];
    for (var n = 0; n < N1; n++) {
        level1[n] = Sponge(16, ROLE_NODE());
        for (var i = 0; i < 16; i++) {
            level1[n].in[i] <== 16 * n + i < N ? leaves[16 * n + i] : 0;
        }
    }
    component level2[N2];
    for (var n = 0; n < N2; n++) {
        level2[n] = Sponge(16, ROLE_NODE());
        for (var i = 0; i < 16; i++) {
            level2[n].in[i] <== 16 * n + i < N1 ? level1[16 * n + i].out : 0;
        }
    }
    component level3 = Sponge(16, ROLE_NODE());
    for (var i = 0; i < 16; i++) {
        level3.in[i] <== i < N2 ? level2[i].out : 0;
    }
    root <== level3.out;
}

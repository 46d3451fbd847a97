pragma circom 2.1.9;

include "bits.circom";
include "sponge.circom";
include "roles.circom";

// The path of one node up a 16-ary tree (lib/merkle16.circom, src/protocol/tree.ts): DEPTH levels, each with all 16
// children of the node above, the path's own node among them.
//
// What it constrains: root is the root of a tree of exactly DEPTH levels that holds leaf at place index, and
// 0 <= index < 16^DEPTH: at every level four bits of index, lowest first, name the child that is the node below.
// What it does not: that leaf is a leaf. Whatever stands at that height passes, a missing child's 0 too, so leaf must be
// the output of Leaf (lib/leaf.circom): no node and no 0 is a hash under a leaf's role. Cost a level: 609 + 4 + 15.
template MerklePath16(DEPTH) {
    signal input leaf;
    signal input index;
    signal input children[DEPTH][16];
    signal output root;

    component digits = Bits(4 * DEPTH);
    digits.in <== index;

    signal node[DEPTH + 1];
    node[0] <== leaf;
    component child[DEPTH];
    component above[DEPTH];
    for (var level = 0; level < DEPTH; level++) {
        child[level] = Select16();
        child[level].in <== children[level];
        for (var k = 0; k < 4; k++) {
            child[level].at[k] <== digits.bits[4 * level + k];
        }
        child[level].out === node[level];

        above[level] = Sponge(16, ROLE_NODE());
        above[level].in <== children[level];
        node[level + 1] <== above[level].out;
    }
    root <== node[DEPTH];
}

// What it constrains: out = in[at], where at is a number of four digits, lowest first. Cost: 15.
template Select16() {
    signal input in[16];
    signal input {binary} at[4];
    signal output out;

    // Halved at every digit: 8 pairs, 4, 2, 1, one after the other.
    signal half[15];
    var from = 0;
    var to = 0;
    for (var k = 0; k < 4; k++) {
        for (var i = 0; i < 8 >> k; i++) {
            var even = k == 0 ? in[2 * i] : half[from + 2 * i];
            var odd = k == 0 ? in[2 * i + 1] : half[from + 2 * i + 1];
            half[to] <== even + at[k] * (odd - even);
            to++;
        }
        from = k == 0 ? 0 : from + (16 >> k);
    }
    out <== half[14];
}

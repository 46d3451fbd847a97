pragma circom 2.1.9;

include "bits.circom";

function BRACKETED_BITS(D) { return KEY_BITS() + D + 2 * QUANTITY_BITS(); }
function LANE_BITS(D) { return KEY_BITS() - BRACKET_BITS() + D; }
function FLAT_BITS() { return KEY_BITS() + QUANTITY_BITS(); }

// A holding in a lane with several brackets, as the leaf commits to it: row key, offset = |quantity| - lo, and
// complement = width - offset. That there is such a row, and that it is so wide, the lookup of lib/equation.circom shows.
// With D = 1 the lane may be deep, of 17 to 64 brackets: deep says so, and is part of the key.
//
// What it constrains: 16-, 52- and 52-bit ranges, deep is a bit; lane is the one number of a key's lane, key >> 4 or
// 2^12 + 4 * (key >> 6); bits determine all. Cost: 120 + 2 D.
template BracketedSlot(D) {
    signal input key;
    signal input deep[D];
    signal input offset;
    signal input complement;
    signal output lane;
    signal output {binary} bits[BRACKETED_BITS(D)];

    component keyBits = Bits(KEY_BITS());
    keyBits.in <== key;
    component offsetBits = Bits(QUANTITY_BITS());
    offsetBits.in <== offset;
    component complementBits = Bits(QUANTITY_BITS());
    complementBits.in <== complement;

    for (var i = 0; i < KEY_BITS(); i++) {
        bits[i] <== keyBits.bits[i];
    }
    for (var i = 0; i < QUANTITY_BITS(); i++) {
        bits[KEY_BITS() + D + i] <== offsetBits.bits[i];
        bits[KEY_BITS() + D + QUANTITY_BITS() + i] <== complementBits.bits[i];
    }

    // Of a deep key the bits between 4 and 6 belong to the bracket, not to the lane.
    var low = 0;
    var high = 0;
    for (var i = BRACKET_BITS(); i < KEY_BITS(); i++) {
        if (i < DEEP_BRACKET_BITS()) {
            low += keyBits.bits[i] * (1 << (i - BRACKET_BITS()));
        } else {
            high += keyBits.bits[i] * (1 << (i - BRACKET_BITS()));
        }
    }
    component deepBit[D];
    signal lowOfLane[D];
    for (var d = 0; d < D; d++) {
        deepBit[d] = Bits(1);
        deepBit[d].in <== deep[d];
        bits[KEY_BITS() + d] <== deepBit[d].bits[0];
        lowOfLane[d] <== (1 - deepBit[d].bits[0]) * low;
        low = lowOfLane[d];
        high += deepBit[d].bits[0] * (1 << LANE_BITS(0));
    }
    lane <== high + low;
}

// A holding in a lane with one bracket: offset = |quantity|.
// What it constrains: 16- and 52-bit ranges; bits determine both. Cost: 68.
template FlatSlot() {
    signal input key;
    signal input offset;
    signal output {binary} bits[FLAT_BITS()];

    component keyBits = Bits(KEY_BITS());
    keyBits.in <== key;
    component offsetBits = Bits(QUANTITY_BITS());
    offsetBits.in <== offset;

    for (var i = 0; i < KEY_BITS(); i++) {
        bits[i] <== keyBits.bits[i];
    }
    for (var i = 0; i < QUANTITY_BITS(); i++) {
        bits[KEY_BITS() + i] <== offsetBits.bits[i];
    }
}

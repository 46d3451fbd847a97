pragma circom 2.1.9;

include "bits.circom";

function BRACKETED_BITS() { return KEY_BITS() + 2 * QUANTITY_BITS(); }
function FLAT_BITS() { return KEY_BITS() + QUANTITY_BITS(); }

// A holding in a lane with several brackets, as the leaf commits to it: row key, offset = |quantity| - lo, and
// complement = width - offset. That there is such a row, and that it is so wide, the lookup of lib/equation.circom shows.
//
// What it constrains: 16-, 52- and 52-bit ranges; lane = key >> 4; bits determine all three. Cost: 120.
template BracketedSlot() {
    signal input key;
    signal input offset;
    signal input complement;
    signal output lane;
    signal output {binary} bits[BRACKETED_BITS()];

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
        bits[KEY_BITS() + i] <== offsetBits.bits[i];
        bits[KEY_BITS() + QUANTITY_BITS() + i] <== complementBits.bits[i];
    }

    var high = 0;
    for (var i = BRACKET_BITS(); i < KEY_BITS(); i++) {
        high += keyBits.bits[i] * (1 << (i - BRACKET_BITS()));
    }
    lane <== high;
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

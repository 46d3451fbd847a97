pragma circom 2.1.9;

include "bits.circom";
include "lookup.circom";

// A holding in a lane with several brackets: row key, offset a = |quantity| - lo, complement c = width - a.
// What it constrains: 16-, 52- and 52-bit ranges; one lookup of key + 2^16*(a + c) with offset a. The table has
// exactly one row with that key, so the lookup forces a + c = width: 0 <= a <= width.
// lane = key >> 4. Cost: 122.
template BracketedSlot() {
    signal input key;
    signal input a;
    signal input c;
    signal input weight;
    signal input x;
    signal input r;
    signal output lane;
    signal output fraction;
    signal output {binary} bits[KEY_BITS() + 2 * QUANTITY_BITS()];

    component keyBits = Bits(KEY_BITS());
    keyBits.in <== key;
    component aBits = Bits(QUANTITY_BITS());
    aBits.in <== a;
    component cBits = Bits(QUANTITY_BITS());
    cBits.in <== c;

    for (var i = 0; i < KEY_BITS(); i++) {
        bits[i] <== keyBits.bits[i];
    }
    for (var i = 0; i < QUANTITY_BITS(); i++) {
        bits[KEY_BITS() + i] <== aBits.bits[i];
        bits[KEY_BITS() + QUANTITY_BITS() + i] <== cBits.bits[i];
    }

    var high = 0;
    for (var i = BRACKET_BITS(); i < KEY_BITS(); i++) {
        high += keyBits.bits[i] * (1 << (i - BRACKET_BITS()));
    }
    lane <== high;

    component lookup = LookupTerm();
    lookup.value <== key + (1 << KEY_BITS()) * (a + c);
    lookup.offset <== a;
    lookup.weight <== weight;
    lookup.x <== x;
    lookup.r <== r;
    fraction <== lookup.fraction;
}

// A holding in a lane with one bracket: a = |quantity|.
// What it constrains: 16- and 52-bit ranges; one lookup of key + 2^69, which only a flat row can match.
// Cost: 70.
template FlatSlot() {
    signal input key;
    signal input a;
    signal input weight;
    signal input x;
    signal input r;
    signal output fraction;
    signal output {binary} bits[KEY_BITS() + QUANTITY_BITS()];

    component keyBits = Bits(KEY_BITS());
    keyBits.in <== key;
    component aBits = Bits(QUANTITY_BITS());
    aBits.in <== a;

    for (var i = 0; i < KEY_BITS(); i++) {
        bits[i] <== keyBits.bits[i];
    }
    for (var i = 0; i < QUANTITY_BITS(); i++) {
        bits[KEY_BITS() + i] <== aBits.bits[i];
    }

    component lookup = LookupTerm();
    lookup.value <== key + FLAT_MARK();
    lookup.offset <== a;
    lookup.weight <== weight;
    lookup.x <== x;
    lookup.r <== r;
    fraction <== lookup.fraction;
}

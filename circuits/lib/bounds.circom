pragma circom 2.1.9;

// Every bit budget of the circuits. The same numbers stand in src/protocol/constants.ts; a test compares them.

function KEY_BITS() { return 16; }        // row key
function BRACKET_BITS() { return 4; }     // low bits of a bracketed key: the bracket; the rest is the lane
function QUANTITY_BITS() { return 52; }   // |quantity| in steps
function VALUE_BITS() { return 72; }      // magnitudes, in value units
function GROUP_BITS() { return 12; }      // risk-group number
function WORD_BITS() { return 253; }      // committed bits in one field element
function NULL_GROUP_TOP() { return 4095; } // an unused group slot n carries the number 4095 - n
function FLAT_MARK() { return 1 << 69; }  // added to a flat slot's lookup value
function MAX_STRESS() { return 4; }
function STATE_LENGTH() { return 15; }

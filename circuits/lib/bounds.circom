pragma circom 2.1.9;

// Every bit budget of the circuits. The same numbers stand in src/protocol/constants.ts; a test compares them.

function KEY_BITS() { return 16; }        // row key
function BRACKET_BITS() { return 4; }     // low bits of a bracketed key: the bracket; the rest is the lane
function DEEP_BRACKET_BITS() { return 6; } // the same of a deep key, whose lane has up to 64 brackets
function QUANTITY_BITS() { return 52; }   // |quantity| in steps
function VALUE_BITS() { return 72; }      // magnitudes of losses, gains and stressed equity, in value units
function RATE_BITS() { return 18; }        // by how much a secret rate rises at a bracket, over 10^5
function GROUP_BITS() { return 12; }      // risk-group number
function PART_BITS() { return 8; }        // a part's number in its group; the group itself is 0
function CELL_BITS() { return 48; }       // magnitude of what a part gains in one scenario, in value units
function FACTOR_BITS() { return 20; }     // by how much a group's initial factor is above the market's, in 1/10000
function MAX_PART_SLOTS() { return 31; }       // parts of one group in one account
function NULL_PART_TOP() { return 255; }  // an unused part slot n carries the number 255 - n
function NULL_LANES() { return 16; }      // so many empty bracketed slots have a null lane each
function MAX_SLOTS() { return 1024; }     // bracketed, and flat
function MAX_SHAPE_GROUPS() { return 96; } // unused group numbers 4095 down to 4000: above every market's
function WORD_BITS() { return 253; }      // committed bits in one field element
function NULL_GROUP_TOP() { return 4095; } // an unused group slot n carries the number 4095 - n
function FLAT_MARK() { return 1 << 69; }  // added to a flat slot's lookup value
function DEEP_MARK() { return 1 << 70; }  // added to the lookup value of a slot in a deep lane
function MAX_STRESS() { return 4; }
function INITIAL_SCALE() { return 10000; } // IMR counts 1/10000 of a value unit; so does marginCallBp of IMR
function FIRST_GAP_BITS() { return 86; }  // 10^4 * 2^72 fits
function SECOND_GAP_BITS() { return 99; } // 10^8 * 2^72 fits
function BANDS() { return 5; }
function COUNT_BITS() { return 32; }      // accounts in one band; at most 2^28 places

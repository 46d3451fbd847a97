/**
 * Every bit budget and bound of the protocol, in one place. The circuits carry the same numbers in
 * `circuits/lib/bounds.circom`; `test/circuits/sameNumbers.test.ts` compares the two.
 */

/** The first number of more than so many bits. */
const boundOf = (bits: number): bigint => 1n << BigInt(bits);
const bitLength = (x: bigint): number => x.toString(2).length;

/**
 * A row key: `lane * 16 + bracket` in a bracketed lane, the lane's own number in a flat one, `DEEP_KEYS + lane * 64 + bracket`
 * in a deep one.
 */
export const KEY_BITS = 16;
/** A bracketed lane has at most 2^4 brackets, so the lane is the key's high 12 bits. */
export const BRACKET_BITS = 4;
export const MAX_BRACKETS = 1 << BRACKET_BITS;
/** A lane of more brackets is deep, of at most 2^6, so the lane is the high 10 of the 16 bits. */
export const DEEP_BRACKET_BITS = 6;
export const MAX_DEEP_BRACKETS = 1 << DEEP_BRACKET_BITS;
/** Deep keys begin here: their 17th bit, which only a shape for deep lanes commits to. */
export const DEEP_KEYS = 1 << KEY_BITS;
/** An absolute quantity, in quantity steps of its instrument. */
export const QUANTITY_BITS = 52;
export const MAX_QUANTITY = boundOf(QUANTITY_BITS) - 1n;
/** Magnitude of equity, requirements, stressed equity and scenario results, in value units. */
export const VALUE_BITS = 72;
export const VALUE_BOUND = boundOf(VALUE_BITS);
/** A risk group's number. */
export const GROUP_BITS = 12;
/** Market groups are numbered below this; `NULL_GROUP_TOP - slot` marks an unused group slot. */
export const MAX_GROUPS = 4000;
export const NULL_GROUP_TOP = (1 << GROUP_BITS) - 1;
/** A part's number in its group; the group itself is 0. */
export const PART_BITS = 8;
/** A market's parts of one group are numbered from 1 to this; `NULL_PART_TOP - slot` marks an unused part slot. */
export const MAX_PARTS = 200;
export const NULL_PART_TOP = (1 << PART_BITS) - 1;
/** Parts of one group in one account. */
export const MAX_PART_SLOTS = 31;
/** Magnitude of what a part gains in one scenario, in value units. */
export const CELL_BITS = 48;
export const CELL_BOUND = boundOf(CELL_BITS);
/** By how much a group's initial factor is above the market's, in 1/10000: as wide as MAX_IMF_BP. */
export const FACTOR_BITS = 20;
/** Group slots of a shape: each has an unused number of its own above the market's. */
export const MAX_SHAPE_GROUPS = NULL_GROUP_TOP - MAX_GROUPS + 1;
/** Bracketed slots of a shape, and flat ones: so many products of a quantity and an entry that a sum stays an integer. */
export const MAX_SLOTS = 1024;
/** Scenarios of a shape's groups: a byte of the shape's number. */
export const MAX_SCENARIOS = 255;
/** Committed bits per field element: the largest count that always fits below the field order. */
export const WORD_BITS = 253;

/** Added to a flat row's lookup value, so that no bracketed slot can match a flat row or the reverse. */
export const FLAT_MARK = 1n << 69n;
/** Added to a deep row's: above every bracketed and flat one. */
export const DEEP_MARK = 1n << 70n;
/** Lookup value of the padding row at place i among the rows of all table steps: matches no slot. */
export const PADDING_MARK = 1n << 100n;
/**
 * Bracketed null lanes 0..15, one per bracketed slot, so that empty slots never share a lane. Shapes with more bracketed
 * slots sort them, and their empty slots share null lane 0.
 */
export const NULL_LANES = 16;

/** Every tree node has 16 children; a batch tree has 3 levels, the epoch tree above it 4. */
export const TREE_ARITY = 16;
export const BATCH_TREE_DEPTH = 3;
export const EPOCH_TREE_DEPTH = 4;
export const BATCH_CAPACITY = TREE_ARITY ** BATCH_TREE_DEPTH;
export const MAX_BATCHES = TREE_ARITY ** EPOCH_TREE_DEPTH;

/** Exchange-wide stress scenarios that the hidden state has room for. */
export const MAX_STRESS = 4;
/** Initial requirements are counted in 1/10000 of a value unit. */
export const INITIAL_SCALE = 10_000n;
/** Entries of the risk table stay below this, so that every sum is an integer, never a field wrap. */
export const ENTRY_BOUND = boundOf(VALUE_BITS);
/** Factor from a group's maintenance to its initial requirement, in 1/10000: at least 1. */
export const MIN_IMF_BP = 1n * INITIAL_SCALE;
export const MAX_IMF_BP = 1n << 20n;
/** Secret rates are integers over this, and rise by less than 2^18 at a bracket. */
export const RATE_SCALE = 100_000n;
export const RATE_BITS = 18;
/** `notional` of a row with secret rates: times the largest rate, MAX_BRACKETS * 2^18, it stays below ENTRY_BOUND. */
export const NOTIONAL_BOUND = ENTRY_BOUND >> BigInt(BRACKET_BITS + RATE_BITS);
/** Accounts in one band; an epoch has at most 2^28 places. */
export const COUNT_BITS = 32;
export const COUNT_BOUND = boundOf(COUNT_BITS);
/** The margin call comes below a multiple of the initial requirement, in 1/10000: at least 1, at most 2. */
export const MIN_MARGIN_CALL_BP = 1n * INITIAL_SCALE;
export const MAX_MARGIN_CALL_BP = 2n * INITIAL_SCALE;
/** Digits of the two gaps of a band (`bandGaps`): 10^4 * 2^72 and 10^8 * 2^72 fit. */
export const FIRST_GAP_BITS = bitLength(INITIAL_SCALE) + VALUE_BITS;
export const SECOND_GAP_BITS = bitLength(INITIAL_SCALE ** 2n) + VALUE_BITS;
export const MAX_ROWS = 1 << KEY_BITS;
/** Scenario and stress gains in all rows of a table: every verifier hashes each, which at this bound takes a minute or two. */
export const MAX_TABLE_GAINS = 1 << 24;

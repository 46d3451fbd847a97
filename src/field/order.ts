/** Order of the BN254 scalar field: the field of every committed value and of the circuits. */
export const FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** Order of the field that BN254's points have their coordinates in. */
export const BASE_FIELD_ORDER =
  21888242871839275222246405745257275088696311157297823662689037894645226208583n;

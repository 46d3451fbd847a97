const MIB = 1024 * 1024;

// What every verifier holds texts to: apart from the table, so that an embedded one does not carry the rest of it.
export const BUNDLE_FILE_LIMIT = 256 * MIB;
export const EVIDENCE_LIMIT = 128 * MIB;
export const AUDITORS_LIMIT = MIB;
/** A pocket takes some 8 kB, at most 18 kB. */
export const HOLDER_FILE_LIMIT = 64 * MIB;

/**
 * The longest file of each kind that is read, bytes; what is longer is refused by its size, before any of it is read. A
 * parser that is handed text refuses the same number of characters: text has at most as many as bytes.
 */
export const FILE_LIMITS = {
  "market file": 256 * MIB,
  "trusted keys": 16 * MIB,
  "price evidence": EVIDENCE_LIMIT,
  "price file": 16 * MIB,
  "prices to sign": 16 * MIB,
  "price policy": 8 * MIB,
  attestation: 8 * MIB,
  "list of auditors": AUDITORS_LIMIT,
  /** A proof takes some 10 kB. */
  "reserves file": 256 * MIB,
  "reserve policy": 4 * MIB,
  "list of addresses": 64 * MIB,
  keystore: MIB,
  "rules file": 2 * MIB,
  "mapping file": 4 * MIB,
  "rules or market file": 256 * MIB,
  "private model": 256 * MIB,
  "holder's file": HOLDER_FILE_LIMIT,
  "verifying key": MIB,
  /** One private key is 66 characters. */
  "key file": 200,
  "source URL": MIB,
  "bundle file": BUNDLE_FILE_LIMIT,
} as const;

/** What a file is, in words that messages use. */
export type FileKind = keyof typeof FILE_LIMITS;

const sizeWords = (bytes: number): string => (bytes < MIB ? `${bytes} bytes` : `${bytes / MIB} MiB`);

/** What is wrong with a file of this kind that is longer than its limit. */
export const longerThan = (limit: number, kind: FileKind): string =>
  `larger than ${sizeWords(limit)}, the limit of such a file (${kind})`;

/** What is wrong with a file of this kind that is too long. */
export const tooLarge = (kind: FileKind): string => longerThan(FILE_LIMITS[kind], kind);

/** Shown wherever keys of the development setup show up. */
export const DEVELOPMENT_WARNING = [
  "  !!  INSECURE DEVELOPMENT KEYS  !!",
  "  The secrets of these keys are public: anybody can forge a proof of any statement with them.",
  "  They are for trying marginproof out. Whatever is shown here, believe it only of your own test data.",
].join("\n");

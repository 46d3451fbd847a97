/** Which epoch was looked at. An old one, or another exchange's, is as valid as it ever was: show it, or compare it. */
export interface EpochName {
  readonly exchange: string;
  readonly epoch: string;
  /** RFC 3339, UTC. */
  readonly time: string;
}

/** The field `epoch` of an outcome, where there is a statement to name it by. */
export function epochNameOf({ statement }: { readonly statement?: EpochName }): {
  readonly epoch?: EpochName;
} {
  if (statement === undefined) return {};
  const { exchange, epoch, time } = statement;
  return { epoch: { exchange, epoch, time } };
}

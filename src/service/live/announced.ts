import { BANDS, type Band, bandOf, type Standing } from "../../protocol/bands.js";
import { INITIAL_SCALE } from "../../protocol/constants.js";

const place = (band: Band): number => BANDS.indexOf(band);

/**
 * The band that an account is announced in, with hysteresis: down at once, up only as far as it would also be with its equity lowered by
 * `clearBp` (1/10000) of its initial requirement. So an account that wiggles around a threshold is called once, and is never announced
 * better than it is.
 * @param before what was announced last; undefined for an account that is new
 */
export function announcedBand(
  before: Band | undefined,
  now: Band,
  { equity, maintenance, initial }: Standing,
  { clearBp, marginCallBp }: { readonly clearBp: bigint; readonly marginCallBp: bigint },
): Band {
  if (before === undefined || place(now) <= place(before)) return now;
  // In 1/10^8 value units, in which nothing of it is rounded.
  const scale = INITIAL_SCALE * INITIAL_SCALE;
  const lowered = scale * equity - clearBp * initial;
  const clear = bandOf(
    { equity: lowered, maintenance: scale * maintenance, initial: scale * initial },
    marginCallBp,
  );
  return place(clear) > place(before) ? clear : before;
}

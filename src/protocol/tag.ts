import { encodeParts, keccak256, keccakToField } from "../field/keccak.js";
import { pocketProblem } from "./pocket.js";

const utf8 = new TextEncoder();

/**
 * The leaf's tag: binds exchange, epoch, account, pocket and a 32-byte salt; hides them all.
 * @throws RangeError for an account name with a lone surrogate, as two such names would have one encoding; for a
 *   pocket name that is none
 */
export function accountTag(
  exchange: string,
  epoch: string,
  account: string,
  pocket: string,
  salt: Uint8Array,
): bigint {
  if (/\p{Surrogate}/u.test(account)) throw new RangeError("account name is not well-formed Unicode");
  if (pocketProblem(pocket) !== undefined) throw new RangeError("pocket name is not allowed");
  if (salt.length !== 32) throw new RangeError("salt must have 32 bytes");
  const seed = keccak256(
    encodeParts(
      utf8.encode("marginproof/v1/tag"),
      utf8.encode(exchange),
      utf8.encode(epoch),
      keccak256(utf8.encode(account)),
      utf8.encode(pocket),
      salt,
    ),
  );
  return keccakToField(seed, "tag");
}

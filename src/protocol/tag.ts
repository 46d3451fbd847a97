import { encodeParts, keccak256, keccakToField } from "../field/keccak.js";

const utf8 = new TextEncoder();

/**
 * The account's tag: binds exchange, epoch, account identity and a 32-byte salt; hides them all.
 * @throws RangeError for a name with a lone surrogate: two such names would have one encoding
 */
export function accountTag(exchange: string, epoch: string, account: string, salt: Uint8Array): bigint {
  if (/\p{Surrogate}/u.test(account)) throw new RangeError("account name is not well-formed Unicode");
  if (salt.length !== 32) throw new RangeError("salt must have 32 bytes");
  const seed = keccak256(
    encodeParts(
      utf8.encode("marginproof/v1/tag"),
      utf8.encode(exchange),
      utf8.encode(epoch),
      keccak256(utf8.encode(account)),
      salt,
    ),
  );
  return keccakToField(seed, "tag");
}

/** A tar archive is in blocks of this many bytes. */
const BLOCK = 512;
/** The longest name that a plain header takes, bytes. */
const MAX_NAME = 100;

/** What ends an archive. */
export const TAR_END: Uint8Array = new Uint8Array(2 * BLOCK);

/**
 * One file of a tar archive, as POSIX calls ustar: header, content, padding.
 * @param name at most 100 bytes
 * @param seconds time of its last change, since 1970
 */
export function tarEntry(name: string, content: Uint8Array, mode: number, seconds: number): Uint8Array {
  const whole = Buffer.alloc(BLOCK + content.length + tarPadding(content.length));
  whole.set(tarHead(name, content.length, mode, seconds));
  whole.set(content, BLOCK);
  return whole;
}

/** Zeros that follow a content of `size` bytes, up to a whole block. */
export const tarPadding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

/** The header of a file of `size` bytes, to be followed by its content and its padding. */
export function tarHead(name: string, size: number, mode: number, seconds: number): Uint8Array {
  const head = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(name) > MAX_NAME) throw new RangeError(`${name} is too long a name for tar`);
  const octal = (value: number, at: number, width: number): void => {
    const digits = value.toString(8).padStart(width - 1, "0");
    if (digits.length >= width) throw new RangeError(`${value} is too large for tar`);
    head.write(digits, at, "ascii");
  };
  head.write(name, 0, "utf8");
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(seconds, 136, 12);
  head.fill(" ", 148, 156);
  head.write("0", 156, "ascii");
  head.write("ustar\x0000", 257, "latin1");
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return head;
}

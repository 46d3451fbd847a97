/**
 * What stands at the same place of two lists, in order.
 * @throws RangeError when one ends before the other: then nothing says what belongs to what
 */
export function* pairs<A, B>(left: Iterable<A>, right: Iterable<B>): Generator<readonly [A, B]> {
  const others = right[Symbol.iterator]();
  for (const one of left) {
    const other = others.next();
    if (other.done === true) throw new RangeError("the second of two lists is shorter");
    yield [one, other.value];
  }
  if (others.next().done !== true) throw new RangeError("the second of two lists is longer");
}

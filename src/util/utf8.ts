/** Reads characters of UTF-8 without making anything. */

/** What a byte that is no UTF-8 is taken for. */
const NO_CHARACTER = 0xfffd;
const BAD = (NO_CHARACTER << 3) | 1;
/** By bytes: what needs so many. */
const SMALLEST = [0, 0, 0x80, 0x800, 0x10000];

/** The character at i and how many bytes it has, as character * 8 + bytes; a byte that is no UTF-8 is U+FFFD. */
export function decode(bytes: Uint8Array, i: number, to: number): number {
  const c = bytes[i]!;
  if (c < 0x80) return (c << 3) | 1;
  const size = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
  let rune = c & (0x7f >> size);
  if (c < 0xc2 || c > 0xf4 || i + size > to) return BAD;
  for (let k = 1; k < size; k++) {
    const more = bytes[i + k]!;
    if ((more & 0xc0) !== 0x80) return BAD;
    rune = (rune << 6) | (more & 0x3f);
  }
  const isBad = rune < SMALLEST[size]! || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff);
  return isBad ? BAD : (rune << 3) | size;
}

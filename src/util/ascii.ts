/** Bytes with a meaning, by their names, and which bytes are letters. */
export const NUL = 0x00;
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const OPEN_BRACE = 0x7b;

export function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 0x30 && c <= 0x39;
}

/** A table by byte: 1 lower case, 2 capital, 4 a digit or one of `others`, else 0. */
export function letters(others: string): Uint8Array {
  const table = new Uint8Array(256);
  table.fill(1, 0x61, 0x7b);
  table.fill(2, 0x41, 0x5b);
  table.fill(4, 0x30, 0x3a);
  for (const c of others) table[c.charCodeAt(0)] = 4;
  return table;
}

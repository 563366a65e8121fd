/**
 * The date and time with which many lines begin, read once for all formats that have one:
 * `2026-11-20 01:02:03`, `2026/11/20T01:02:03.456789`, `[2026-11-20 01:02:03,456 +0900`.
 */
import { Buffer } from 'node:buffer';
import { isDigit, SPACE } from '../../../util/ascii.ts';
import type { TextSaid } from './said.ts';

const NONE = 0;
const UTC = 1;
const OFFSET = 2;
const MOST_FRACTION = 9;
/** `2026-11-20T01:02:03.456789012+09:00` */
const LONGEST = 35;

/** Everyone may read its fields; only its methods change them. */
export class Stamp {
  /** It stands behind a bracket, as in `[2026-11-20 …`. */
  bracketed = false;
  /** The date is written with slashes. */
  slashed = false;
  /** Behind the time, its fraction and its zone, if it has one. */
  to = 0;
  #from = 0;
  #timeTo = 0;
  #zone = NONE;
  #zoneFrom = 0;
  /** < 0: none are written. */
  #minutesFrom = 0;
  /** The time as RFC 3339 has it. */
  readonly #text = Buffer.alloc(LONGEST);

  /** Whether bytes[from, to) begins with one; the fields above then describe it. */
  read(bytes: Buffer, from: number, to: number): boolean {
    this.bracketed = bytes[from] === 0x5b;
    const i = this.bracketed ? from + 1 : from;
    const dash = bytes[i + 4];
    if ((dash !== 0x2d && dash !== 0x2f) || bytes[i + 7] !== dash || i + 19 > to) return false;
    if (bytes[i + 13] !== 0x3a || bytes[i + 16] !== 0x3a || (bytes[i + 10] !== SPACE && bytes[i + 10] !== 0x54))
      return false;
    if (!isDigit(bytes[i]) || !isDigit(bytes[i + 3]) || !isDigit(bytes[i + 5]) || !isDigit(bytes[i + 9])) return false;
    // MariaDB writes ` 1:02:03`.
    if (!isDigit(bytes[i + 12]) || !isDigit(bytes[i + 14]) || !isDigit(bytes[i + 17]) || !isDigit(bytes[i + 18]))
      return false;
    this.slashed = dash === 0x2f;
    this.#from = i;
    let e = i + 19;
    if ((bytes[e] === 0x2e || bytes[e] === 0x2c) && isDigit(bytes[e + 1])) {
      e++;
      const stop = Math.min(to, e + MOST_FRACTION);
      while (e < stop && isDigit(bytes[e])) e++;
    }
    this.#timeTo = e;
    this.#readZone(bytes, e, to);
    return true;
  }

  /** `Z`, `+09:00`, `+0900`, ` +0000`, ` +09`, ` UTC`, ` GMT`. */
  #readZone(bytes: Buffer, e: number, to: number): void {
    this.#zone = NONE;
    this.to = e;
    let z = e;
    if (bytes[z] === 0x5a) {
      this.#zone = UTC;
      this.to = z + 1;
      return;
    }
    if (bytes[z] === SPACE) z++;
    const c = bytes[z];
    if ((c === 0x2b || c === 0x2d) && isDigit(bytes[z + 1]) && isDigit(bytes[z + 2])) {
      const m = bytes[z + 3] === 0x3a ? z + 4 : z + 3;
      const hasMinutes = isDigit(bytes[m]) && isDigit(bytes[m + 1]);
      this.to = hasMinutes ? m + 2 : z + 3;
      if (this.to > to || (!hasMinutes && bytes[z + 3] !== SPACE)) {
        this.to = e;
        return;
      }
      this.#zone = OFFSET;
      this.#zoneFrom = z;
      this.#minutesFrom = hasMinutes ? m : -1;
    } else if (z > e && bytes[z + 3] === SPACE && isUtcName(bytes, z)) {
      this.#zone = UTC;
      this.to = z + 3;
    }
  }

  /** Tells it as the application's own time, if it has a zone. */
  tell(bytes: Buffer, said: TextSaid): void {
    if (this.#zone === NONE) return;
    const made = this.#text;
    const from = this.#from;
    let o = this.#timeTo - from;
    for (let k = 0; k < o; k++) made[k] = bytes[from + k]!;
    made[4] = made[7] = 0x2d;
    made[10] = 0x54;
    if (o > 19) made[19] = 0x2e;
    if (this.#zone === UTC) made[o++] = 0x5a;
    else {
      const z = this.#zoneFrom;
      const m = this.#minutesFrom;
      made[o++] = bytes[z]!;
      made[o++] = bytes[z + 1]!;
      made[o++] = bytes[z + 2]!;
      made[o++] = 0x3a;
      made[o++] = m < 0 ? 0x30 : bytes[m]!;
      made[o++] = m < 0 ? 0x30 : bytes[m + 1]!;
    }
    said.created(made, o);
  }
}

/** `UTC`, `GMT` */
function isUtcName(bytes: Buffer, i: number): boolean {
  return (
    (bytes[i] === 0x55 && bytes[i + 1] === 0x54 && bytes[i + 2] === 0x43) ||
    (bytes[i] === 0x47 && bytes[i + 1] === 0x4d && bytes[i + 2] === 0x54)
  );
}

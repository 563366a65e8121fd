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
  /** For tell(). */
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
    const length = this.write(bytes, this.#text, 0);
    if (length > 0) said.created(this.#text, length);
  }

  /** Writes it at out[o…] as RFC 3339 has it; answers how long it is, 0: it has no zone. At most 35 bytes. */
  write(bytes: Buffer, out: Buffer, o: number): number {
    if (this.#zone === NONE) return 0;
    const from = this.#from;
    const at = o;
    for (let k = from; k < this.#timeTo; k++) out[o++] = bytes[k]!;
    out[at + 4] = out[at + 7] = 0x2d;
    out[at + 10] = 0x54;
    if (o - at > 19) out[at + 19] = 0x2e;
    if (this.#zone === UTC) out[o++] = 0x5a;
    else {
      const z = this.#zoneFrom;
      const m = this.#minutesFrom;
      out[o++] = bytes[z]!;
      out[o++] = bytes[z + 1]!;
      out[o++] = bytes[z + 2]!;
      out[o++] = 0x3a;
      out[o++] = m < 0 ? 0x30 : bytes[m]!;
      out[o++] = m < 0 ? 0x30 : bytes[m + 1]!;
    }
    return o - at;
  }
}

/** `UTC`, `GMT` */
function isUtcName(bytes: Buffer, i: number): boolean {
  return (
    (bytes[i] === 0x55 && bytes[i + 1] === 0x54 && bytes[i + 2] === 0x43) ||
    (bytes[i] === 0x47 && bytes[i + 1] === 0x4d && bytes[i + 2] === 0x54)
  );
}

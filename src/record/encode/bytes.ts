/**
 * Reading and writing bytes without making anything.
 */
import { Buffer } from 'node:buffer';

/** Copies bytes[from, to) to out[o…]; answers where it ended. A native copy only pays for more than a few bytes. */
export function paste(bytes: Buffer, from: number, to: number, out: Buffer, o: number): number {
  if (to - from > 40) return o + bytes.copy(out, o, from, to);
  for (let i = from; i < to; i++) out[o++] = bytes[i]!;
  return o;
}

/** Writes a whole number in decimal at out[o]; answers where it ended. */
export function writeDecimal(out: Buffer, o: number, n: number): number {
  if (n >= 0x40000000) return o + out.write(String(n), o, 'latin1');
  let digits = 1;
  for (let limit = 10; n >= limit && digits < 10; limit *= 10) digits++;
  let rest = n | 0;
  for (let i = o + digits - 1; i >= o; i--) {
    const next = (rest / 10) | 0;
    out[i] = 48 + rest - next * 10;
    rest = next;
  }
  return o + digits;
}

/** A view of the bytes that were asked for last, by which several are read or written at once: to make one costs more than a line does. */
export class KeptView {
  #bytes: Buffer | null = null;
  #view: DataView = new DataView(new ArrayBuffer(0));

  of(bytes: Buffer): DataView {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    return this.#view;
  }
}

const written = new KeptView();

/**
 * A short constant text of ASCII, kept so that eight bytes are written at once: as a number of 64 bits, which no ASCII makes one that is
 * none (NaN), so its bits stay as they are.
 */
export class Words {
  readonly #words: Float64Array;
  readonly #length: number;

  constructor(text: string) {
    const bytes = Buffer.alloc((text.length + 7) & ~7);
    bytes.write(text, 'latin1');
    this.#words = Float64Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(8 * i));
    this.#length = text.length;
  }

  /** Writes it at out[o]; answers where it ended. May change up to 7 bytes behind that. */
  put(out: Buffer, o: number): number {
    const words = this.#words;
    const view = written.of(out);
    for (let i = 0; i < words.length; i++) view.setFloat64(o + 8 * i, words[i]!, true);
    return o + this.#length;
  }
}

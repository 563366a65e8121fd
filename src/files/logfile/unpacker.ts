/**
 * Unpacks a gzip stream piece by piece, as it is asked to: never the whole of it in memory, off the main thread, and with
 * everything that can be unpacked before a damaged place handed out before the damage is reported.
 */
import { createGunzip, type Gunzip } from 'node:zlib';

/** What is left cannot be unpacked: the file was cut or spoiled. */
export class Damaged extends Error {
  override name = 'Damaged';
}

/** Bytes read from the file at a time. */
const READ_BYTES = 64 * 1024;
/** Bytes fed at a time. Deflate expands a thousandfold at most: this bounds what one feeding can give to 4 MiB. */
const FEED_BYTES = 4 * 1024;

export class Unpacker {
  readonly #read: (into: Buffer, at: number) => Promise<number>;
  readonly #packed = Buffer.allocUnsafe(READ_BYTES);
  #gunzip!: Gunzip;
  #unpacked: Buffer[] = [];
  /** Bytes unpacked so far, and how many of them an earlier attempt gave already. */
  #given = 0;
  #skip = 0;
  /** Bytes of #packed not fed yet. */
  #from = 0;
  #to = 0;
  /** Offset in the file of what is read next. */
  #at = 0;
  /** Offset in the file of the feeding that failed: from there on byte by byte, since a feeding that fails gives nothing. */
  #careful = Infinity;
  #fedAt = 0;
  #hungry = true;
  #ended = false;
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  /** @param read reads compressed bytes at an offset; 0 = the end. */
  constructor(read: (into: Buffer, at: number) => Promise<number>) {
    this.#read = read;
    this.#begin();
  }

  /** Compressed bytes read so far. */
  get consumed(): number {
    return this.#at;
  }

  /**
   * The next bytes, or undefined at the end.
   * @throws Damaged, once everything before the damage is handed out; or the failure of a read.
   */
  async next(): Promise<Buffer | undefined> {
    while (this.#unpacked.length === 0) {
      if (this.#ended) return undefined;
      if (this.#failure) this.#beginAgain(this.#failure);
      else if (this.#hungry) await this.#feed();
      else await new Promise<void>((wake) => (this.#wake = wake));
    }
    return this.#unpacked.shift();
  }

  /** Whoever waits for next() gets the end. */
  close(): void {
    this.#gunzip.destroy();
    this.#unpacked = [];
    this.#ended = true;
    this.#wake();
  }

  #begin(): void {
    const gunzip = createGunzip({ chunkSize: 64 * 1024 });
    this.#gunzip = gunzip;
    this.#from = this.#to = this.#at = this.#given = 0;
    this.#hungry = true;
    this.#failure = undefined;
    gunzip.on('data', (piece: Buffer) => this.#take(piece));
    gunzip.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
    gunzip.on('error', (error) => {
      // One that was given up may still complain.
      if (gunzip !== this.#gunzip) return;
      this.#failure = error;
      this.#wake();
    });
  }

  /** Once more from the start, to have what the feeding that failed would have given before it failed. */
  #beginAgain(failure: Error): void {
    const isCut = this.#to === 0;
    if (isCut || this.#careful !== Infinity) throw new Damaged(`the gzip stream is damaged: ${failure.message}`);
    this.#careful = this.#fedAt;
    this.#skip = this.#given;
    this.#gunzip.destroy();
    this.#begin();
  }

  #take(piece: Buffer): void {
    const again = Math.max(0, Math.min(piece.length, this.#skip - this.#given));
    this.#given += piece.length;
    if (again < piece.length) this.#unpacked.push(piece.subarray(again));
  }

  async #feed(): Promise<void> {
    if (this.#from === this.#to) {
      this.#from = 0;
      this.#to = await this.#read(this.#packed, this.#at);
      this.#at += this.#to;
      if (this.#ended) return;
    }
    this.#hungry = false;
    this.#fedAt = this.#at - this.#to + this.#from;
    if (this.#to === 0) {
      this.#gunzip.end();
      return;
    }
    const bite = this.#fedAt < this.#careful ? FEED_BYTES : 1;
    const upTo = Math.min(this.#from + bite, this.#to);
    const piece = this.#packed.subarray(this.#from, upTo);
    this.#from = upTo;
    const gunzip = this.#gunzip;
    gunzip.write(piece, () => {
      if (gunzip !== this.#gunzip) return;
      this.#hungry = true;
      this.#wake();
    });
  }
}

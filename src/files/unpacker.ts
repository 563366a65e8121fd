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
  readonly #gunzip: Gunzip;
  readonly #packed = Buffer.allocUnsafe(READ_BYTES);
  #unpacked: Buffer[] = [];
  /** Bytes of #packed not fed yet. */
  #from = 0;
  #to = 0;
  /** Offset in the file of what is read next. */
  #at = 0;
  #hungry = true;
  #ended = false;
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  /** @param read reads compressed bytes at an offset; 0 = the end. */
  constructor(read: (into: Buffer, at: number) => Promise<number>) {
    this.#read = read;
    this.#gunzip = createGunzip({ chunkSize: 64 * 1024 });
    this.#gunzip.on('data', (piece: Buffer) => this.#unpacked.push(piece));
    this.#gunzip.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
    this.#gunzip.on('error', (error) => {
      this.#failure = error;
      this.#wake();
    });
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
      if (this.#failure) throw new Damaged(`the gzip stream is damaged: ${this.#failure.message}`);
      if (this.#hungry) await this.#feed();
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

  async #feed(): Promise<void> {
    if (this.#from === this.#to) {
      this.#from = 0;
      this.#to = await this.#read(this.#packed, this.#at);
      this.#at += this.#to;
      if (this.#ended) return;
    }
    this.#hungry = false;
    if (this.#to === 0) {
      this.#gunzip.end();
      return;
    }
    const upTo = Math.min(this.#from + FEED_BYTES, this.#to);
    const piece = this.#packed.subarray(this.#from, upTo);
    this.#from = upTo;
    this.#gunzip.write(piece, () => {
      this.#hungry = true;
      this.#wake();
    });
  }
}

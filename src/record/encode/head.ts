/**
 * The beginning of a document and what stands in front of it: the sink's frame with the id, then `{"@timestamp":"…","message":"`.
 *
 * It is kept ready, and only what differs from the record before is written: of the id its lower halves, of the time what
 * follows the minute. So it is one copy a document, whatever the sink wants in front of it.
 */
import { Buffer } from 'node:buffer';
import type { Batch, Frame, Source } from '../../types.ts';
import { type Line, TIME_ROOM } from '../format/line.ts';
import { MINUTE_LENGTH } from '../format/time.ts';
import { write24, write48 } from './id.ts';

const START = Buffer.from('{"@timestamp":"');
const MESSAGE = Buffer.from('","message":"');

export class Head {
  #frame: Frame | null = null;
  /** #bytes[0, #length) is what is written; what lies behind is not. */
  #bytes = Buffer.alloc(0);
  #length = 0;
  /** Where the id and the time begin; #idAt < 0: no id is wanted. */
  #idAt = -1;
  #timeAt = 0;
  /** What #bytes holds now. */
  #source: Source | null = null;
  #high = -1;
  #minute = 0;
  #timeLength = -1;

  /** Writes it behind the documents of the batch; answers where it ends. May change up to 64 bytes behind that. */
  put(batch: Batch, frame: Frame, line: Line): number {
    if (frame !== this.#frame) this.#begin(frame);
    const bytes = this.#bytes;
    const idAt = this.#idAt;
    if (idAt >= 0) {
      if (line.source !== this.#source) {
        this.#source = line.source;
        bytes.write(line.source!.fingerprint, idAt + 8, 12, 'latin1');
      }
      if (line.high !== this.#high) {
        this.#high = line.high;
        write24(bytes, idAt, line.high);
      }
      write24(bytes, idAt + 4, line.low);
      write48(bytes, idAt + 20, line.start);
    }
    const timeAt = this.#timeAt;
    const length = line.timeTo - line.timeFrom;
    if (length !== this.#timeLength) {
      this.#timeLength = length;
      bytes.set(MESSAGE, timeAt + length);
      this.#length = timeAt + length + MESSAGE.length;
    }
    const { timeBytes, timeFrom } = line;
    let i = 0;
    if (line.minute === this.#minute && line.minute !== 0) i = MINUTE_LENGTH;
    else this.#minute = line.minute;
    for (; i < length; i++) bytes[timeAt + i] = timeBytes[timeFrom + i]!;
    batch.bytes.set(bytes, batch.length);
    return batch.length + this.#length;
  }

  #begin(frame: Frame): void {
    this.#frame = frame;
    this.#bytes = Buffer.concat([frame.bytes, START, Buffer.alloc(TIME_ROOM + MESSAGE.length)]);
    this.#idAt = frame.idTo > 0 ? frame.idFrom : -1;
    this.#timeAt = frame.bytes.length + START.length;
    this.#source = null;
    this.#high = -1;
    this.#minute = 0;
    this.#timeLength = -1;
  }
}

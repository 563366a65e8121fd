/**
 * Writes a record as one document of a batch, with its LF.
 *
 * Bytes only: the parts that repeat are copied from ready buffers, the rest is written byte by byte. Nothing is allocated
 * for a record of valid UTF-8.
 */
import { Buffer, isUtf8 } from 'node:buffer';
import type { Batch, LossReason, Source } from '../../types.ts';
import { CR, LF, OPEN_BRACE, SPACE, TAB } from '../../util/ascii.ts';
import type { Line } from '../format/line.ts';
import { LEVELS } from '../format/words.ts';
import type { Counts } from './counts.ts';
import { escape, escapedLength, escapeLossy, WORST } from './escape.ts';
import { paste, Words, writeDecimal } from './bytes.ts';
import { Head } from './head.ts';
import { DROPPED_BY_RATE, filter, filterText, FULL, ruleOf, WRITTEN } from './filter.ts';
import type { ReadyDocument } from './gap.ts';
import { objectStart } from './json-line.ts';
import { JsonScan } from './json-members.ts';
import { level } from './level.ts';
import { putEcs, putLog, putTextEcs, putTextLog } from './ecs-put.ts';
import { errorBytes, hasStack, putError, type Raised } from './raised.ts';
import type { RenderedLog } from './rendered-log.ts';
import { jsonBytes, textBytes } from './sizes.ts';
import { candidates, TextScan } from './text/formats.ts';
import { ASK } from './text/said.ts';

/** Told of bytes that will never be acknowledged, and how many lines they are. */
export type Lost = (source: Source, reason: LossReason, bytes: number, lines: number) => void;

/** Things a document says about itself under `podferry`. */
export const UNPARSED = 1;
export const UNFINISHED = 2;
const PARTIAL_JSON = 4;

/** 1: a line that begins so may be a JSON object. */
const MAY_BE_OBJECT = new Uint8Array(256);
for (const c of [OPEN_BRACE, SPACE, TAB, LF, CR, 0x1b, 0xef]) MAY_BE_OBJECT[c] = 1;

const JSON_MEMBER = new Words(',"json":');
const LEVEL = LEVELS.map((name) => new Words(name === undefined ? '}' : `,"level":"${name}"}`));

/** Marks may be longer than what they stand for, and JSON is written twice: only so much longer it is sure to fit the slab. */
const MOST_GROWN = 2;

/** Nothing is left of the object at o. */
function isEmptyObject(out: Buffer, o: number): boolean {
  while (out[++o]! <= 0x20);
  return out[o] === 0x7d;
}

export class Encoder {
  readonly #head = new Head();
  readonly #batchBytes: number;
  readonly #lost: Lost;
  readonly #counts: Counts;
  readonly #json = new JsonScan();
  readonly #text = new TextScan();

  constructor(batchBytes: number, counts: Counts, lost: Lost) {
    this.#batchBytes = batchBytes;
    this.#counts = counts;
    this.#lost = lost;
  }

  /**
   * Appends one record. `shown` is its content as it may be seen: the line, or what redacting has made of it. Of the line itself only
   * the level is read. `isOver`: it is over the rate of its container, as no stack trace is. `size` is its true content size if `line`
   * holds only a part of it, else 0. `raised`: what `shown` tells if it is a stack trace; no rule but those about texts drops it then.
   * FULL: the batch has no room and nothing has changed.
   */
  put(
    batch: Batch,
    line: Line,
    shown: Line,
    rendered: RenderedLog,
    flags: number,
    size: number,
    isOver: boolean,
    raised?: Raised,
  ): number {
    const from = shown.from;
    const to = shown.to;
    const bytes = shown.bytes;
    const frame = rendered.frame ?? batch.frame;
    if (rendered.texts !== undefined) {
      const dropped = filterText(bytes, from, to, rendered.texts);
      if (dropped !== WRITTEN) return this.#drop(dropped);
    }
    const overrides = rendered.meta.overrides;
    const brace = overrides.structured && MAY_BE_OBJECT[bytes[from]!] !== 0 ? objectStart(bytes, from, to) : -1;
    const formats = brace < 0 && flags === 0 && size === 0 ? candidates(rendered.formats, bytes[from]!) : 0;
    // What is gathered from several lines is never known to be valid.
    const isText = formats !== 0 && this.#text.read(bytes, from, to, formats, line.valid && shown === line);
    const text = this.#text.said;
    const { members } = text;
    const isTrace = hasStack(raised);
    let fixed = rendered.size + frame.bytes.length + (isTrace ? errorBytes(bytes, raised, to) : 0);
    if (brace >= 0) fixed += jsonBytes(shown);
    else if (isText) fixed += textBytes(shown, text);
    if (!this.#room(batch, bytes, from, to, line.valid, fixed)) return FULL;
    const valid = line.valid || isUtf8(bytes.subarray(from, to));
    const json = this.#json;
    const structured =
      brace >= 0
        ? flags === 0 &&
          size === 0 &&
          (shown === line || to - from <= MOST_GROWN * (line.to - line.from)) &&
          json.object(bytes, brace, to, valid)
        : isText && members.length > 0 && !isTrace && json.object(members.bytes, 0, members.length, valid, true);
    let found: number;
    if (structured) found = json.said.level;
    else if (raised !== undefined) found = raised.level;
    else {
      found = isText ? text.level : ASK;
      if (found === ASK) found = level(line.bytes, line.from, line.to);
    }
    if ((flags & UNPARSED) === 0 && !isTrace) {
      const dropped = filter(line, found, overrides);
      if (dropped !== WRITTEN) return this.#drop(dropped);
    }
    if (isOver) return this.#drop(DROPPED_BY_RATE);

    const out = batch.bytes;
    let o = this.#head.put(batch, frame, line);
    const { messageFrom, messageTo } = json.said;
    if (structured && brace >= 0 && !json.partial && messageFrom >= 0)
      o = paste(json.bytes, messageFrom, messageTo, out, o);
    else o = valid ? escape(bytes, from, to, out, o) : escapeLossy(bytes, from, to, out, o);
    const middle = rendered.middle[line.stream];
    out.set(middle, o);
    o = writeDecimal(out, o + middle.length, line.start);
    o = LEVEL[found]!.put(out, o);
    if (isText && text.found !== 0) {
      if (isTrace) text.leaveError();
      o = putTextLog(text, valid, out, o - 1);
      out[o++] = 0x7d;
      o = putTextEcs(text, valid, out, o);
    }
    if (isTrace && !structured) o = putError(bytes, raised, to, valid, out, o);
    if (structured) {
      if (json.said.found !== 0) {
        o = putLog(json.said, json.bytes, out, o - 1);
        out[o++] = 0x7d;
        o = putEcs(json.said, json.bytes, out, o);
      }
      if (json.members > 0) {
        const at = JSON_MEMBER.put(out, o);
        const end = json.paste(out, at);
        if (!isEmptyObject(out, at)) o = end;
      }
      if (json.partial) flags |= PARTIAL_JSON;
      json.forget();
    }
    if (flags === 0 && size === 0) {
      out.set(rendered.end, o);
      o += rendered.end.length;
    } else o = this.#putFlags(out, o, rendered, flags, size);

    batch.length = o;
    batch.ends[batch.count++] = o;
    this.#count(rendered, flags, 1);
    if (size !== 0) {
      this.#counts.truncated++;
      const kept = line.to - line.from;
      if (size > kept) this.#lost(line.source!, 'over_cap', size - kept, 1);
    }
    return WRITTEN;
  }

  /** Takes document i out of the batch again: its record turned out to go on. Only an ordinary one, neither flagged nor cut. */
  take(batch: Batch, i: number, rendered: RenderedLog): void {
    const { ends } = batch;
    const start = i === 0 ? 0 : ends[i - 1]!;
    const end = ends[i]!;
    batch.bytes.copyWithin(start, end, batch.length);
    batch.count--;
    batch.length -= end - start;
    for (let k = i; k < batch.count; k++) ends[k] = ends[k + 1]! - (end - start);
    this.#count(rendered, 0, -1);
  }

  /** The same for a record that was dropped. */
  undrop(dropped: number): void {
    this.#countDropped(dropped, -1);
  }

  /** Appends a document that is ready; false if there is no room. */
  paste(batch: Batch, { bytes, id }: ReadyDocument, { frame = batch.frame }: RenderedLog): boolean {
    const from = batch.length + frame.bytes.length;
    const end = from + bytes.length;
    if (batch.count === batch.ends.length || (batch.count > 0 && end > this.#batchBytes)) return false;
    batch.bytes.set(frame.bytes, batch.length);
    if (frame.idTo > 0) batch.bytes.set(id, batch.length + frame.idFrom);
    batch.bytes.set(bytes, from);
    batch.length = end;
    batch.ends[batch.count++] = batch.length;
    return true;
  }

  #drop(dropped: number): number {
    this.#countDropped(dropped, 1);
    return dropped;
  }

  #countDropped(dropped: number, n: number): void {
    const rule = ruleOf(dropped);
    this.#counts.dropped.set(rule, (this.#counts.dropped.get(rule) ?? 0) + n);
  }

  /** Whether a document fits whatever becomes of its content: never too little, for what lies behind the slab is not ours. */
  #room(batch: Batch, bytes: Buffer, from: number, to: number, valid: boolean, fixed: number): boolean {
    if (batch.count === 0) return true;
    if (batch.count === batch.ends.length) return false;
    const left = this.#batchBytes - batch.length - fixed;
    return WORST * (to - from) <= left || escapedLength(bytes, from, to, valid) <= left;
  }

  #putFlags(out: Buffer, o: number, rendered: RenderedLog, flags: number, size: number): number {
    out.set(rendered.metadata, o);
    o += rendered.metadata.length;
    const said: string[] = [];
    if (rendered.partial) said.push('"partial_metadata":true');
    if ((flags & UNPARSED) !== 0) said.push('"unparsed":true');
    if ((flags & UNFINISHED) !== 0) said.push('"unfinished":true');
    if ((flags & PARTIAL_JSON) !== 0) said.push('"partial_json":true');
    if (size !== 0) said.push(`"truncated":true,"size":${size}`);
    return o + out.write(`,"podferry":{${said.join(',')}}}\n`, o, 'latin1');
  }

  #count(rendered: RenderedLog, flags: number, n: number): void {
    const counts = this.#counts;
    counts.records += n;
    if (rendered.partial) counts.partialMetadata += n;
    if (flags !== 0) {
      if ((flags & UNPARSED) !== 0) counts.unparsed += n;
      if ((flags & UNFINISHED) !== 0) counts.unfinished += n;
    }
  }
}

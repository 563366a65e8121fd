/**
 * Lines in, documents out: the middle of podferry's path. Synchronous, no I/O.
 *
 * An ordinary line is encoded straight into the batch. A record of several lines, be they partial ones or a stack trace,
 * is gathered in an Open and encoded when it is complete; until then no mark passes its start. A head of a stack trace is
 * written like any other line; only a line that has the look of a continuation makes us look back, and takes the head out
 * of the batch again. At the end of each call the last line of a stream is held back if it is a head.
 *
 * Whether lines belong together depends on their content, their CRI times and their positions alone, never on when or in
 * which portions they were read: the same bytes read again from any mark make the same documents.
 */
import { Buffer, isUtf8 } from 'node:buffer';
import type { Batch, ContainerLog, Gap, Lines, LossReason, Meta, Source } from '../types.ts';
import { Constants } from './constants.ts';
import { NOT_CRI, parse, UNKNOWN_TAG } from './cri.ts';
import { DockerJson } from './dockerjson.ts';
import { ACTION_BYTES, type Counts, Encoder, FULL, slabBytes, UNFINISHED, UNPARSED, WRITTEN } from './encode.ts';
import { characterEnd } from './escape.ts';
import { gapDocument } from './gap.ts';
import { Line, NO_STREAM } from './line.ts';
import { continues, head, looksBack, NONE } from './multiline.ts';
import { type Open, Openings } from './open.ts';
import { AT_LINE, FileState, IN_CRI, IN_HOLE, IN_RAW, IN_SETTLED, LogState, type StreamState } from './state.ts';
import { Clock } from './time.ts';

export { ACTION_BYTES, slabBytes };
export type { Counts };

/** After this many further bytes of its container log without a continuation an open record is shipped as it is. */
export const FURTHER_BYTES = 1024 * 1024;
/** Lines of one stack trace are at most this far apart. */
const APART_MS = 1000;
/** A held record is shipped this long after its last line: a later one could not join it any more. */
const WAIT_MS = 3000;
const MOST_LINES = 1000;
/** A header is never longer, tags included. */
const LONGEST_HEADER = 256;

const LF = 0x0a;
const CR = 0x0d;
const BRACE = 0x7b;
const LINE_FEED = Buffer.from('\n');

export interface RecordsOptions {
  /** Asked once per call; a new object means that something rendered changed. */
  readonly meta: (log: ContainerLog) => Meta;
  readonly id: 'deterministic' | 'auto';
  /** A batch takes no further document that would make it longer than this; one that is alone in it may. */
  readonly batchBytes: number;
  /** Longest content of a record, in bytes as the container wrote them. */
  readonly maxBytes: number;
  /** Bytes all open records together may hold (for one call they may hold one read buffer more). */
  readonly openBytes: number;
  /** Told of bytes that will never be settled. */
  readonly lost: (source: Source, reason: LossReason, bytes: number, lines: number) => void;
  /** Milliseconds since 1970; dates lines of a log that has no time at all. */
  readonly now?: () => number;
}

export class Records {
  readonly #meta: (log: ContainerLog) => Meta;
  readonly #withId: boolean;
  readonly #maxBytes: number;
  readonly #openBytes: number;
  readonly #lost: RecordsOptions['lost'];
  readonly #now: () => number;

  readonly #states = new Map<ContainerLog, LogState>();
  readonly #counts: Counts = {
    records: 0,
    unparsed: 0,
    partialMetadata: 0,
    truncated: 0,
    unfinished: 0,
    unknownTag: 0,
    emptyLines: 0,
    holeBytes: 0,
    dropped: new Map(),
    openBytes: 0,
  };
  readonly #encoder: Encoder;
  readonly #openings: Openings;
  readonly #clock = new Clock();
  readonly #docker = new DockerJson(this.#clock);
  readonly #line = new Line();
  /** A second one, for records made of several lines. */
  readonly #whole = new Line();

  /* Of the run of lines being read. */
  #bytes: Buffer = LINE_FEED;
  #multiline = false;
  /** Time of the last well-formed line in #bytes; from < 0: none yet, LogState has it. */
  #timeFrom = -1;
  #timeTo = 0;

  constructor(options: RecordsOptions) {
    this.#meta = options.meta;
    this.#withId = options.id === 'deterministic';
    this.#maxBytes = options.maxBytes;
    this.#openBytes = options.openBytes;
    this.#lost = options.lost;
    this.#now = options.now ?? Date.now;
    this.#encoder = new Encoder(options.id, options.batchBytes, this.#counts, options.lost);
    this.#openings = new Openings(options.maxBytes);
  }

  get counts(): Counts {
    this.#counts.openBytes = this.#openings.bytes;
    return this.#counts;
  }

  /**
   * Encodes lines.bytes[from, lines.end) into the batch and notes its marks. Answers where it stopped: lines.end, or the
   * start of a line the batch has no room for; seal the batch then and call again with a fresh one and this position.
   * The lines are borrowed for the call only.
   */
  lines(batch: Batch, source: Source, lines: Lines, from: number): number {
    const state = this.#state(source.log);
    if (!this.#relieve(batch) || !this.#enter(batch, state, source)) {
      state.mark(batch);
      return from;
    }
    this.#line.source = source;
    this.#line.valid = isUtf8(lines.bytes.subarray(from, lines.end));
    let stop = from;
    do {
      stop = this.#run(batch, state, lines, stop);
      this.#pause(batch, state);
      // Holding a head back may have emptied a full batch: then it has room again.
    } while (stop !== lines.end && batch.count === 0);
    const file = state.file();
    file.read = state.within === AT_LINE ? lines.at + stop : state.lineStart;
    file.time = state.timeText();
    this.#closeStale(batch, state, state.base + lines.at + stop);
    state.mark(batch);
    return stop;
  }

  /**
   * No further line of this log will come: ships what is open, a partial line marked as unfinished, and forgets the log.
   * False: the batch has no room; call again with a fresh one.
   */
  end(batch: Batch, log: ContainerLog): boolean {
    const state = this.#states.get(log);
    if (state === undefined) return true;
    this.#refresh(state);
    const closed = this.#closeAll(batch, state);
    state.mark(batch);
    if (closed) this.#states.delete(log);
    return closed;
  }

  /**
   * Ships stack traces that no further line can join. `emptyAt` answers when a log was last seen to have nothing left to
   * read: only what was written after that can still come. Without it every log is taken to be read to its end now; a
   * reader that lags must say so, or a trace is torn where the reading happened to pause. False as for end().
   */
  expire(batch: Batch, nowMs: number, emptyAt: (log: ContainerLog) => number = () => nowMs): boolean {
    for (const state of this.#states.values()) {
      for (const stream of state.streams) {
        const held = stream.held;
        if (held === null || stream.partial !== null) continue;
        // A time in the future (the node's clock was set back) waits from when we first see it.
        if (held.waiting === 0) held.waiting = Math.min(held.lastMs, nowMs);
        if (emptyAt(state.log) - held.waiting <= WAIT_MS) continue;
        this.#refresh(state);
        if (!this.#ship(batch, state, held)) return false;
        stream.held = null;
        state.mark(batch);
      }
    }
    return true;
  }

  /** Ships what is open in the gap's log, since its continuation is missing, then the gap as a document. False as for end(). */
  gap(batch: Batch, gap: Gap): boolean {
    const log = gap.source.log;
    const state = this.#states.get(log);
    if (state !== undefined) {
      this.#refresh(state);
      const closed = this.#closeAll(batch, state);
      state.mark(batch);
      if (!closed) return false;
    }
    const constants = state?.constants ?? new Constants(log, this.#meta(log));
    return this.#encoder.paste(batch, gapDocument(gap, constants, this.#withId, this.#now())) === WRITTEN;
  }

  /** Forgets a log without shipping what is open in it. */
  forget(log: ContainerLog): void {
    const state = this.#states.get(log);
    if (state === undefined) return;
    for (const stream of state.streams) {
      if (stream.held !== null) this.#openings.close(stream.held);
      if (stream.partial !== null) this.#openings.close(stream.partial);
    }
    if (state.raw !== null) this.#openings.close(state.raw);
    this.#states.delete(log);
  }

  #state(log: ContainerLog): LogState {
    let state = this.#states.get(log);
    if (state === undefined) {
      state = new LogState(log, new Constants(log, this.#meta(log)));
      this.#states.set(log, state);
    } else this.#refresh(state);
    this.#multiline = state.constants.meta.wishes.multiline;
    return state;
  }

  #refresh(state: LogState): void {
    const meta = this.#meta(state.log);
    if (meta !== state.constants.meta) state.constants = new Constants(state.log, meta);
  }

  /** Turns to a file of the log. */
  #enter(batch: Batch, state: LogState, source: Source): boolean {
    if (state.files.length > 0) {
      if (state.file().source === source) return true;
      if (!this.#endLong(batch, state)) return false;
      state.base += state.file().read;
    }
    const time = source.resume.time || state.timeText() || source.head;
    this.#setTime(state, time);
    state.files.push(new FileState(source, state.timeText()));
    return true;
  }

  #setTime(state: LogState, time: string): void {
    const text = Buffer.from(`${time} `, 'latin1');
    state.timeLength = 0;
    if (this.#clock.read(text, 0, text.length) !== text.length - 1) return;
    state.setTime(text, 0, text.length - 1);
    state.high = this.#clock.high;
    state.low = this.#clock.low;
  }

  /* ---- the line loop ---- */

  #run(batch: Batch, state: LogState, lines: Lines, from: number): number {
    const bytes = lines.bytes;
    const end = lines.end;
    const at = lines.at;
    const base = state.base + at;
    const line = this.#line;
    const clock = this.#clock;
    const resume = line.source!.resume;
    const settledTo = Math.max(resume.out, resume.err);
    this.#bytes = bytes;
    this.#timeFrom = -1;
    let p = from;
    if (state.within !== AT_LINE) {
      p = this.#goOn(batch, state, lines, p);
      if (p < 0) return from;
    }
    while (p < end) {
      let q = bytes.indexOf(LF, p);
      let next = q + 1;
      if (q < 0 || q >= end) {
        q = next = end;
        if (lines.goesOn) return this.#begin(batch, state, lines, p) ? end : p;
      }
      line.start = at + p;
      line.position = base + p;
      line.over = base + next;
      const kind = parse(bytes, p, q, clock, line);
      if (kind === NOT_CRI) {
        if (!this.#other(batch, state, p, q)) return p;
        p = next;
        continue;
      }
      if (line.start >= settledTo || line.start >= (line.stream === 0 ? resume.out : resume.err)) {
        const stream = state.streams[line.stream as 0 | 1];
        if (line.partial || stream.partial !== null) {
          if (!this.#piece(batch, state, stream, line)) return p;
        } else if (!this.#full(batch, state, stream, line)) return p;
        if (kind === UNKNOWN_TAG) this.#counts.unknownTag++;
      }
      this.#timeFrom = p;
      this.#timeTo = line.timeTo;
      state.high = line.high;
      state.low = line.low;
      p = next;
    }
    return end;
  }

  /** Bytes are about to be given back: holds heads back, and keeps the time. */
  #pause(batch: Batch, state: LogState): void {
    for (const stream of state.streams) {
      const last = stream.last;
      if (last.from < 0) continue;
      const kind = head(this.#bytes, last.from, last.to);
      if (kind !== NONE) this.#hold(batch, state, stream, kind);
      last.from = -1;
    }
    if (this.#timeFrom >= 0) state.setTime(this.#bytes, this.#timeFrom, this.#timeTo);
    this.#timeFrom = -1;
  }

  /** A line that is not CRI: NULs before a header, nothing, Docker's JSON, or who knows what. */
  #other(batch: Batch, state: LogState, p: number, q: number): boolean {
    const bytes = this.#bytes;
    const line = this.#line;
    if (bytes[p] === 0 && p < q) return this.#afterHole(batch, state, p, q);
    if (p === q) {
      this.#counts.emptyLines++;
      return true;
    }
    if (bytes[p] === BRACE && this.#docker.parse(bytes, p, q, line)) {
      if (!this.#settled(line)) {
        const stream = state.streams[line.stream as 0 | 1];
        const whole = !line.partial && stream.partial === null;
        if (!(whole ? this.#full(batch, state, stream, line) : this.#piece(batch, state, stream, line))) return false;
      }
      this.#noteTime(state, line);
      return true;
    }
    return this.#unparsed(batch, state, p, q);
  }

  /** NULs in front of a line are a hole: copytruncate under a writer that does not append (conmon after a reopen). */
  #afterHole(batch: Batch, state: LogState, p: number, q: number): boolean {
    const bytes = this.#bytes;
    const line = this.#line;
    let s = p;
    while (s < q && bytes[s] === 0) s++;
    if (s < q) {
      line.start += s - p;
      line.position += s - p;
      if (parse(bytes, s, q, this.#clock, line) === NOT_CRI) {
        if (!this.#other(batch, state, s, q)) return false;
      } else {
        if (!this.#settled(line)) {
          const stream = state.streams[line.stream as 0 | 1];
          const whole = !line.partial && stream.partial === null;
          if (!(whole ? this.#full(batch, state, stream, line) : this.#piece(batch, state, stream, line))) return false;
        }
        this.#noteTime(state, line);
      }
    }
    this.#counts.holeBytes += s - p;
    return true;
  }

  #settled(line: Line): boolean {
    const resume = line.source!.resume;
    if (line.stream === NO_STREAM) return line.start < resume.out || line.start < resume.err;
    return line.start < (line.stream === 0 ? resume.out : resume.err);
  }

  #noteTime(state: LogState, line: Line): void {
    this.#timeFrom = line.timeFrom;
    this.#timeTo = line.timeTo;
    state.high = line.high;
    state.low = line.low;
  }

  /** Ships a line as it is, under the time of the last well-formed one before it. */
  #unparsed(batch: Batch, state: LogState, p: number, q: number): boolean {
    const line = this.#line;
    line.stream = NO_STREAM;
    if (this.#settled(line)) return true;
    this.#inheritTime(state, line);
    line.bytes = this.#bytes;
    line.from = p;
    line.to = q;
    return this.#put(batch, state, line, UNPARSED) !== FULL;
  }

  #inheritTime(state: LogState, line: Line): void {
    if (this.#timeFrom >= 0) {
      line.timeBytes = this.#bytes;
      line.timeFrom = this.#timeFrom;
      line.timeTo = this.#timeTo;
    } else {
      if (state.timeLength === 0) this.#setTime(state, new Date(this.#now()).toISOString());
      line.timeBytes = state.time;
      line.timeFrom = 0;
      line.timeTo = state.timeLength;
    }
    line.high = state.high;
    line.low = state.low;
  }

  /** A line that is a record by itself, unless it goes on a stack trace. */
  #full(batch: Batch, state: LogState, stream: StreamState, line: Line): boolean {
    const bytes = line.bytes;
    const from = line.from;
    if (line.to > from && bytes[line.to - 1] === CR) line.to--;
    if (this.#multiline || stream.held !== null) {
      if (this.#join(batch, state, stream, line)) return true;
      if (!this.#release(batch, state, stream)) return false;
    }
    const to = line.to;
    const put = this.#put(batch, state, line, 0);
    if (put === FULL) return false;
    if (!this.#multiline) return true;
    const last = stream.last;
    if (line.to !== to) last.from = -1;
    else {
      last.keep(line, put === WRITTEN ? batch.count - 1 : -1, put, this.#timeFrom, this.#timeTo);
      // Docker's text is decoded into a buffer that the next line overwrites: decide now.
      if (bytes !== this.#bytes) {
        const kind = head(bytes, from, to);
        if (kind !== NONE) this.#hold(batch, state, stream, kind);
        last.from = -1;
      }
    }
    return true;
  }

  #put(batch: Batch, state: LogState, line: Line, flags: number): number {
    const size = line.to - line.from;
    if (size <= this.#maxBytes) return this.#encoder.put(batch, line, state.constants, flags, 0);
    line.to = characterEnd(line.bytes, line.from, line.from + this.#maxBytes);
    return this.#encoder.put(batch, line, state.constants, flags, size);
  }

  /* ---- stack traces ---- */

  /** Adds the line to the trace before it, if there is one and the line belongs to it. */
  #join(batch: Batch, state: LogState, stream: StreamState, line: Line): boolean {
    const last = stream.last;
    let held = stream.held;
    if (held === null) {
      if (last.from < 0 || !looksBack(line.bytes, line.from, line.to)) return false;
      const kind = head(this.#bytes, last.from, last.to);
      if (kind === NONE || continues(kind, line.bytes, line.from, line.to) === NONE) return false;
      held = this.#hold(batch, state, stream, kind);
    }
    const kind = continues(held.trace, line.bytes, line.from, line.to);
    if (kind === NONE || !this.#near(held, line)) return false;
    this.#openings.append(held, LINE_FEED, 0, 1);
    this.#openings.append(held, line.bytes, line.from, line.to);
    held.trace = kind;
    held.lines++;
    held.over = line.over;
    held.lastMs = line.ms();
    held.waiting = 0;
    return true;
  }

  #near(held: Open, line: Line): boolean {
    return (
      Math.abs(line.ms() - held.lastMs) <= APART_MS &&
      held.length + 1 + line.to - line.from <= this.#maxBytes &&
      held.lines < MOST_LINES &&
      line.position - held.over <= FURTHER_BYTES
    );
  }

  /** Takes the stream's last record out of the batch and holds it, for lines that may continue it. */
  #hold(batch: Batch, state: LogState, stream: StreamState, kind: number): Open {
    const last = stream.last;
    const whole = this.#whole;
    whole.source = state.file().source;
    whole.start = last.start;
    whole.timeBytes = this.#bytes;
    whole.timeFrom = last.timeFrom;
    whole.timeTo = last.timeTo;
    whole.high = last.high;
    whole.low = last.low;
    whole.stream = stream === state.streams[0] ? 0 : 1;
    const before = this.#before(state, last.beforeFrom, last.beforeTo);
    const held = this.#openings.open(whole, before);
    this.#openings.append(held, last.bytes!, last.from, last.to);
    held.lines = 1;
    held.trace = kind;
    held.over = last.over;
    held.lastMs = whole.ms();
    if (last.index < 0) this.#encoder.undrop(last.dropped);
    else {
      this.#encoder.take(batch, last.index, state.constants);
      for (const other of state.streams) if (other.last.index > last.index) other.last.index--;
    }
    last.from = -1;
    stream.held = held;
    return held;
  }

  /** Verbatim time of the line before, '' if none. */
  #before(state: LogState, from: number, to: number): string {
    return from >= 0 ? this.#bytes.toString('latin1', from, to) : state.timeText();
  }

  /** Ships what the stream holds. */
  #release(batch: Batch, state: LogState, stream: StreamState): boolean {
    if (stream.held !== null && !this.#ship(batch, state, stream.held)) return false;
    stream.held = null;
    return true;
  }

  /* ---- partial lines ---- */

  /** A partial line, or the one that ends a chain of them. */
  #piece(batch: Batch, state: LogState, stream: StreamState, line: Line): boolean {
    if (stream.partial !== null && line.position - stream.partial.over > FURTHER_BYTES) {
      if (!this.#closePartial(batch, state, stream)) return false;
    }
    const known = stream.partial;
    if (known === null && !line.partial) return this.#full(batch, state, stream, line);
    const open = known ?? this.#openings.open(line, this.#before(state, this.#timeFrom, this.#timeTo));
    const { length, size, over, lastMs, endsInCr } = open;
    this.#openings.append(open, line.bytes, line.from, line.to);
    open.over = line.over;
    open.lastMs = line.ms();
    stream.partial = open;
    if (line.partial || this.#complete(batch, state, stream)) return true;
    // No room: the line will come again.
    open.length = length;
    open.size = size;
    open.over = over;
    open.lastMs = lastMs;
    open.endsInCr = endsInCr;
    return false;
  }

  /** The stream's partial line is whole now. */
  #complete(batch: Batch, state: LogState, stream: StreamState): boolean {
    const open = stream.partial!;
    if (open.shipped) {
      if (open.size > open.length) this.#lost(open.source, 'over_cap', open.size - open.length, 0);
      this.#openings.close(open);
      stream.partial = null;
      return true;
    }
    if (open.endsInCr && !open.unfinished) {
      open.endsInCr = false;
      if (open.length === open.size) open.length--;
      open.size--;
    }
    const whole = open.size === open.length;
    const line = this.#whole;
    if (this.#multiline || stream.held !== null) {
      // ms() must be the first line's here, over the last one's
      open.as(line);
      if (whole && this.#joinPartial(batch, state, stream, open)) return true;
      if (!this.#release(batch, state, stream)) return false;
      open.as(line);
      const kind = whole && !open.unfinished && this.#multiline ? head(line.bytes, line.from, line.to) : NONE;
      if (kind !== NONE) {
        open.trace = kind;
        open.lines = 1;
        stream.held = open;
        stream.partial = null;
        stream.last.from = -1;
        return true;
      }
    }
    if (!this.#ship(batch, state, open)) return false;
    stream.partial = null;
    stream.last.from = -1;
    return true;
  }

  #joinPartial(batch: Batch, state: LogState, stream: StreamState, open: Open): boolean {
    const line = new Line();
    open.as(line);
    if (!this.#join(batch, state, stream, line)) return false;
    const held = stream.held!;
    held.lastMs = open.lastMs;
    held.unfinished = open.unfinished;
    this.#openings.close(open);
    stream.partial = null;
    return true;
  }

  /** The end of the stream's partial line did not come. */
  #closePartial(batch: Batch, state: LogState, stream: StreamState): boolean {
    stream.partial!.unfinished = true;
    return this.#complete(batch, state, stream);
  }

  /* ---- lines longer than the reader's buffer ---- */

  /** bytes[p, lines.end) is the beginning of a line that goes on in the next Lines. */
  #begin(batch: Batch, state: LogState, lines: Lines, p: number): boolean {
    const bytes = lines.bytes;
    const end = lines.end;
    const line = this.#line;
    let s = p;
    while (s < end && bytes[s] === 0) s++;
    line.start = lines.at + s;
    line.position = state.base + line.start;
    line.over = state.base + lines.at + end;
    let within = IN_RAW;
    if (s < end && parse(bytes, s, end, this.#clock, line) !== NOT_CRI) {
      within = this.#settled(line) ? IN_SETTLED : IN_CRI;
      if (within === IN_CRI) {
        state.stream = line.stream;
        state.partial = line.partial;
        line.partial = true; // as far as this piece goes
        if (!this.#piece(batch, state, state.streams[line.stream as 0 | 1], line)) return false;
      }
      this.#noteTime(state, line);
    } else if (s === end || (s > p && end - s < LONGEST_HEADER)) {
      within = IN_HOLE;
      state.cut = s < end ? Buffer.from(bytes.subarray(s, end)) : null;
    } else {
      line.stream = NO_STREAM;
      if (this.#settled(line)) within = IN_SETTLED;
      else {
        const before = this.#before(state, this.#timeFrom, this.#timeTo);
        this.#inheritTime(state, line);
        state.raw = this.#openings.open(line, before);
        this.#openings.append(state.raw, bytes, s, end);
        state.raw.over = line.over;
      }
    }
    this.#counts.holeBytes += s - p;
    state.within = within;
    state.lineStart = line.start;
    state.at = lines.at + end;
    return true;
  }

  /** Reads on in a long line. Answers where the next line begins, or -1 if the batch has no room. */
  #goOn(batch: Batch, state: LogState, lines: Lines, p: number): number {
    if (state.at !== lines.at + p) return this.#endLong(batch, state) ? p : -1;
    const lf = lines.bytes.indexOf(LF, p);
    const ended = lf >= 0 && lf < lines.end;
    const q = ended ? lf : lines.end;
    const next = ended ? lf + 1 : lines.end;
    const done = ended || !lines.goesOn;
    if (!this.#goOnTo(batch, state, lines, p, q, next, done)) return -1;
    state.at = lines.at + next;
    if (done) state.within = AT_LINE;
    return next;
  }

  #goOnTo(batch: Batch, state: LogState, lines: Lines, p: number, q: number, next: number, done: boolean): boolean {
    const bytes = lines.bytes;
    switch (state.within) {
      case IN_CRI: {
        const stream = state.streams[state.stream as 0 | 1];
        const open = stream.partial;
        if (open === null) return true;
        const { length, size, over, endsInCr } = open;
        this.#openings.append(open, bytes, p, q);
        open.over = state.base + lines.at + next;
        if (!done || state.partial || this.#complete(batch, state, stream)) return true;
        open.length = length;
        open.size = size;
        open.over = over;
        open.endsInCr = endsInCr;
        return false;
      }
      case IN_RAW: {
        const raw = state.raw!;
        const { length, size } = raw;
        this.#openings.append(raw, bytes, p, q);
        if (!done || this.#shipRaw(batch, state)) return true;
        raw.length = length;
        raw.size = size;
        return false;
      }
      case IN_HOLE:
        return this.#goOnHole(batch, state, lines, p, q, done);
      default:
        return true;
    }
  }

  /** A line begins somewhere behind the NULs; what a buffer's end cut off its header is put in front again. */
  #goOnHole(batch: Batch, state: LogState, lines: Lines, p: number, q: number, done: boolean): boolean {
    const bytes = lines.bytes;
    let s = p;
    if (state.cut === null) while (s < q && bytes[s] === 0) s++;
    const cut = state.cut ?? LINE_FEED.subarray(0, 0);
    if (s === q && !done) {
      this.#counts.holeBytes += s - p;
      return true;
    }
    const joined = Buffer.concat([cut, bytes.subarray(s, q)]);
    const at = lines.at + s - cut.length;
    const rest: Lines = { bytes: joined, end: joined.length, at, goesOn: !done, last: done };
    state.within = AT_LINE;
    state.cut = null;
    const valid = this.#line.valid;
    this.#line.valid = isUtf8(joined);
    const stop = joined.length === 0 ? 0 : this.#run(batch, state, rest, 0);
    this.#pause(batch, state);
    this.#line.valid = valid;
    this.#bytes = bytes;
    if (stop === joined.length) {
      this.#counts.holeBytes += s - p;
      return true;
    }
    state.within = IN_HOLE;
    state.cut = cut.length > 0 ? cut : null;
    return false;
  }

  /** The rest of a long line will not come: it is complete as it is. */
  #endLong(batch: Batch, state: LogState): boolean {
    switch (state.within) {
      case IN_CRI: {
        const stream = state.streams[state.stream as 0 | 1];
        if (stream.partial !== null && !state.partial && !this.#complete(batch, state, stream)) return false;
        break;
      }
      case IN_RAW:
        if (!this.#shipRaw(batch, state)) return false;
        break;
      case IN_HOLE:
        if (state.cut !== null && !this.#shipCut(batch, state, state.cut)) return false;
        state.cut = null;
    }
    if (state.within !== AT_LINE) state.file().read = state.at;
    state.within = AT_LINE;
    return true;
  }

  #shipRaw(batch: Batch, state: LogState): boolean {
    const raw = state.raw!;
    if (raw.shipped) {
      if (raw.size > raw.length) this.#lost(raw.source, 'over_cap', raw.size - raw.length, 0);
      this.#openings.close(raw);
    } else if (!this.#ship(batch, state, raw)) return false;
    state.raw = null;
    return true;
  }

  #shipCut(batch: Batch, state: LogState, cut: Buffer): boolean {
    const line = this.#line;
    line.source = state.file().source;
    line.start = state.lineStart;
    this.#bytes = cut;
    this.#timeFrom = -1;
    line.valid = isUtf8(cut);
    return this.#unparsed(batch, state, 0, cut.length);
  }

  /* ---- shipping what is open ---- */

  /** Encodes an open record as it is and gives its bytes back. */
  #ship(batch: Batch, state: LogState, open: Open): boolean {
    if (!this.#putOpen(batch, state, open, open.size > open.length ? open.size : 0)) return false;
    this.#openings.close(open);
    return true;
  }

  #putOpen(batch: Batch, state: LogState, open: Open, size: number): boolean {
    const line = this.#whole;
    open.as(line);
    if (size > 0) line.to = characterEnd(line.bytes, line.from, line.to);
    const flags = (open.unfinished ? UNFINISHED : 0) | (open.stream === NO_STREAM ? UNPARSED : 0);
    return this.#encoder.put(batch, line, state.constants, flags, size) !== FULL;
  }

  /** Closes records whose continuation has not come for so long that it no longer counts as one. */
  #closeStale(batch: Batch, state: LogState, position: number): void {
    for (const stream of state.streams) {
      const { held, partial } = stream;
      if (partial !== null && state.within !== IN_CRI && position - partial.over > FURTHER_BYTES) {
        if (!this.#closePartial(batch, state, stream)) return;
      }
      if (held !== null && stream.partial === null && position - held.over > FURTHER_BYTES) {
        if (!this.#release(batch, state, stream)) return;
      }
    }
  }

  /** Closes everything that is open in a log. */
  #closeAll(batch: Batch, state: LogState): boolean {
    this.#multiline = state.constants.meta.wishes.multiline;
    if (!this.#endLong(batch, state)) return false;
    for (const stream of state.streams) {
      if (stream.partial !== null && !this.#closePartial(batch, state, stream)) return false;
      if (!this.#release(batch, state, stream)) return false;
    }
    return true;
  }

  /** Keeps open records within their cap: the largest one is shipped as it is. False: the batch has no room for it. */
  #relieve(batch: Batch): boolean {
    while (this.#openings.bytes > this.#openBytes) {
      let owner: LogState | null = null;
      let largest: Open | null = null;
      for (const state of this.#states.values()) {
        for (const open of [
          state.streams[0].held,
          state.streams[1].held,
          state.streams[0].partial,
          state.streams[1].partial,
          state.raw,
        ]) {
          if (open === null || open.shipped || (largest !== null && open.bytes.length <= largest.bytes.length))
            continue;
          owner = state;
          largest = open;
        }
      }
      if (owner === null || largest === null) return true;
      if (!this.#cutShort(batch, owner, largest)) return false;
    }
    return true;
  }

  #cutShort(batch: Batch, state: LogState, open: Open): boolean {
    for (const stream of state.streams) {
      if (stream.held !== open) continue;
      if (!this.#release(batch, state, stream)) return false;
      state.mark(batch);
      return true;
    }
    // Its end is still to come: the mark stays, what follows is counted.
    if (!this.#putOpen(batch, state, open, Math.max(open.size, 1))) return false;
    this.#openings.close(open);
    open.shipped = true;
    open.length = open.size;
    return true;
  }
}

/**
 * Lines in, documents out: the middle of podferry's path. Synchronous, no I/O.
 *
 * Three steps: format/ parses a line, join/ puts the lines of one record together, encode/ writes a record as a document. An
 * ordinary line goes straight into the batch; only records of several lines are gathered first. Positions never pass the start of
 * a record that is still open. Whether lines belong together depends on their content, their CRI times and their offsets only,
 * never on when they were read or in how many calls: the same bytes read again from any position make the same documents.
 */
import type { Batch, ContainerLog, DataStream, Frame, Gap, Lines, Meta, Reach, Source } from '../types.ts';
import type { Counts } from './encode/counts.ts';
import type { Lost } from './encode/document.ts';
import { gapDocument } from './encode/gap.ts';
import { ID_BYTES } from './encode/id.ts';
import { RenderedLog } from './encode/rendered-log.ts';
import { slabBytes } from './encode/sizes.ts';
import { Closing, largestOpen } from './join/closing.ts';
import { EncodeContext } from './join/context.ts';
import { LineLoop } from './join/line-loop.ts';
import type { OpenRecord } from './join/open-record.ts';
import { Out } from './join/out.ts';
import { LogState } from './join/state.ts';
import type { Watcher } from './join/watch.ts';

export { ID_BYTES, slabBytes };
export type { Counts };

/** A held record is shipped this long after its last line: a later one could not join it any more. */
const WAIT_MS = 3000;

export interface RecordsOptions {
  /** Asked once a call. A new object means that something rendered has changed. */
  readonly meta: (log: ContainerLog) => Meta;
  /** What the sink wants in front of documents that go to this data stream: the same object each time. Absent: as in all batches. */
  readonly frameOf?: (stream: DataStream) => Frame | undefined;
  /** A batch takes no further document that would make it longer than this; one that is alone in it may. */
  readonly batchBytes: number;
  /** Longest content of a record, in bytes as the container wrote them. */
  readonly maxBytes: number;
  /** Bytes all open records together may hold (for the length of a call a read buffer more). */
  readonly openBytes: number;
  /** Told of bytes that will never be acknowledged. */
  readonly lost: Lost;
  /** Whether documents tell what the rate of a rule dropped. */
  readonly tells?: boolean;
  /** Told of every record, and of what became of it. Absent: nobody asks. */
  readonly watcher?: Watcher | undefined;
  /** Milliseconds since 1970; dates lines of a log that has no time at all. */
  readonly now?: () => number;
}

export class Records {
  readonly #meta: (log: ContainerLog) => Meta;
  readonly #frameOf: (stream: DataStream) => Frame | undefined;
  readonly #openBytes: number;
  readonly #now: () => number;
  readonly #states = new Map<ContainerLog, LogState>();
  /** Of a file that a log ended with, the time of its last line: it dates what is added to it all the same. */
  readonly #lastTimes = new WeakMap<Source, string>();
  readonly #context: EncodeContext;
  readonly #out: Out;
  readonly #loop: LineLoop;
  readonly #closing: Closing;

  constructor(options: RecordsOptions) {
    const { meta, frameOf, batchBytes, maxBytes, openBytes, lost, tells = true, watcher, now = Date.now } = options;
    this.#meta = meta;
    this.#frameOf = frameOf ?? (() => undefined);
    this.#openBytes = openBytes;
    this.#now = now;
    this.#context = new EncodeContext(maxBytes, now);
    this.#out = new Out(this.#context, batchBytes, lost, tells, watcher);
    this.#loop = new LineLoop(this.#context, this.#out);
    this.#closing = new Closing(this.#context, this.#out, this.#loop);
  }

  get counts(): Readonly<Counts> {
    return { ...this.#context.counts, openBytes: this.#context.memory.lent };
  }

  /**
   * Encodes lines.bytes[from, lines.end) into the batch and notes the positions that may be committed with it. Answers where it
   * stopped: lines.end, or the start of a line the batch has no room for. Seal the batch then, and call again with a fresh one
   * and this index. The lines are borrowed for the call only.
   */
  lines(batch: Batch, source: Source, lines: Lines, from: number): number {
    if (!this.#relieve(batch)) return from;
    const state = this.#serve(batch, source.log);
    if (!this.#enter(source)) {
      state.notePositions(batch);
      return from;
    }
    const stop = this.#loop.read(lines, source, from);
    state.readTo(lines.at + stop);
    this.#closing.outdated(state.base + lines.at + stop);
    state.notePositions(batch);
    return stop;
  }

  /**
   * No further line of this log will come: ships what is open, a partial line marked as unfinished, and forgets the log. Should
   * a line come all the same, it begins a record of its own. False: the batch has no room; call again with a fresh one.
   */
  end(batch: Batch, log: ContainerLog): boolean {
    if (!this.#states.has(log)) return true;
    const state = this.#serve(batch, log);
    if (!this.#closing.all()) return false;
    const newest = state.files.at(-1);
    if (newest !== undefined) this.#lastTimes.set(newest.source, state.timeText());
    this.#states.delete(log);
    return true;
  }

  /**
   * Ships stack traces that no further line can join. `emptyAt` answers when a log was last seen to have nothing left to
   * read: only what was written after that can still come. Without it every log is taken to be read to its end now; a
   * reader that lags must say so, or a trace is cut where the reading paused. False as for end().
   */
  expire(batch: Batch, nowMs: number, emptyAt: (log: ContainerLog) => number = () => nowMs): boolean {
    for (const { log, streams, keys, rate } of this.#states.values()) {
      if (rate.dueAt(emptyAt(log)) !== undefined) {
        this.#serve(batch, log);
        if (!this.#closing.droppedBefore(emptyAt(log))) return false;
      }
      if (keys.some(({ source }) => source !== null)) {
        this.#serve(batch, log);
        this.#closing.silentKeys(nowMs, emptyAt(log));
      }
      for (const stream of streams) {
        const latest = stream.latest();
        if (latest === null || stream.partial !== null) continue;
        if (emptyAt(log) - latest.waitsSince(nowMs) <= WAIT_MS) continue;
        this.#serve(batch, log);
        if (!this.#closing.trace(stream)) return false;
      }
    }
    return true;
  }

  /**
   * Ships what is open in the gap's log, since its continuation is missing, then the gap as a document. The position lies behind
   * the gap: it is acknowledged with the document. False as for end().
   */
  gap(batch: Batch, gap: Gap): boolean {
    const log = gap.source.log;
    const known = this.#states.get(log);
    if (known !== undefined) {
      this.#serve(batch, log);
      if (!this.#closing.all()) return false;
    }
    const rendered = known?.rendered ?? this.#render(log, this.#meta(log));
    // The gap carries a committed time. Lines of the same file that are still on their way are later, and come before it.
    const read = known?.files.at(-1)?.source === gap.source ? known.timeText() : '';
    const placed = read === '' ? gap : { ...gap, time: read };
    if (!this.#out.paste(batch, gapDocument(placed, rendered, this.#now()), rendered)) return false;
    const behind = gap.offset + gap.bytes;
    batch.positions.set(gap.source, { out: behind, err: behind, time: placed.time });
    return true;
  }

  /** The records of this log that are open now. Borrowed until the next call. */
  opens(log: ContainerLog): readonly OpenRecord[] {
    return this.#states.get(log)?.opens() ?? [];
  }

  /** Bytes of content that open records have. */
  get heldBytes(): number {
    let bytes = 0;
    for (const state of this.#states.values()) for (const { size } of state.opens()) bytes += size;
    return bytes;
  }

  /** How far this source has come here; undefined: nothing of it is held back. */
  reach(source: Source): Reach | undefined {
    return this.#states.get(source.log)?.files.find((file) => file.source === source);
  }

  /** Forgets a log without shipping what is open in it. */
  forget(log: ContainerLog): void {
    const state = this.#states.get(log);
    if (state === undefined) return;
    for (const open of state.opens()) open.close();
    this.#states.delete(log);
  }

  /** Turns to a log, with its metadata as it is now. */
  #serve(batch: Batch, log: ContainerLog): LogState {
    const meta = this.#meta(log);
    let state = this.#states.get(log);
    if (state === undefined) {
      state = new LogState(log, this.#render(log, meta));
      this.#states.set(log, state);
    } else if (meta !== state.rendered.meta) state.render(this.#render(log, meta));
    this.#context.serve(batch, state);
    return state;
  }

  #render(log: ContainerLog, meta: Meta): RenderedLog {
    return new RenderedLog(log, meta, meta.stream && this.#frameOf(meta.stream));
  }

  /** Turns to a file of the log. */
  #enter(source: Source): boolean {
    const { state } = this.#context;
    if (state.files.length > 0) {
      if (state.file().source === source) return true;
      if (!this.#loop.long.end()) return false;
    }
    // The time for first lines that have none: that of the line before them, else the one saved with the position.
    const fresh = source.resume.out === 0 && source.resume.err === 0;
    const known = state.timeText();
    const before = this.#lastTimes.get(source) ?? (fresh ? known : '');
    this.#context.setTime(before || source.resume.time || known || source.head);
    state.enter(source);
    return true;
  }

  /** Keeps open records within their cap: the largest goes first. False: the batch has no room for it. */
  #relieve(batch: Batch): boolean {
    while (this.#context.memory.lent > this.#openBytes) {
      const largest = largestOpen(this.#states.values());
      if (largest === undefined) return true;
      this.#serve(batch, largest.state.log);
      if (!this.#closing.early(largest.open)) return false;
    }
    return true;
  }
}

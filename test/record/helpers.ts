/** Logs, sources, batches and a reader for the tests of the record stage. */
import { Buffer } from 'node:buffer';
import { Records, type RecordsOptions, ID_BYTES, slabBytes } from '../../src/record/records.ts';
import type {
  Batch,
  ContainerLog,
  Frame,
  Lines,
  LossReason,
  Position,
  Meta,
  Source,
  PodOverrides,
} from '../../src/types.ts';

/** Stands in front of every document here: `<id>`. */
const FRAME: Frame = { bytes: Buffer.from(`<${' '.repeat(ID_BYTES)}>`), idFrom: 1, idTo: 1 + ID_BYTES };
export const NO_FRAME: Frame = { bytes: Buffer.alloc(0), idFrom: 0, idTo: 0 };

export const PLAIN: PodOverrides = { multiline: false, structured: false, sample: 1, minLevel: undefined };
export const ALL: PodOverrides = { multiline: true, structured: true, parse: 'auto', sample: 1, minLevel: undefined };

export function makeLog(name = 'c'): ContainerLog {
  return {
    key: `u/${name}/0`,
    namespace: 'ns',
    pod: 'p',
    uid: 'u',
    container: name,
    restart: 0,
    path: `/var/log/pods/ns_p_u/${name}/0.log`,
    containerId: undefined,
  };
}

export function makeSource(
  log: ContainerLog,
  fingerprint = 'abcdefghijkl',
  resume: Position = { out: 0, err: 0, time: '' },
): Source {
  return { log, fingerprint, resume, head: '', size: 0, committed: resume };
}

export function makeMeta(overrides: PodOverrides = PLAIN, partial = false): Meta {
  return { constant: Buffer.from(',"kubernetes":{"namespace":"ns"}'), partial, overrides };
}

export function makeBatch(maxBytes: number, batchBytes = 1 << 20, documents = 1000, seq = 1, frame = FRAME): Batch {
  return {
    seq,
    bytes: Buffer.allocUnsafe(slabBytes(batchBytes, maxBytes)),
    length: 0,
    ends: new Uint32Array(documents),
    count: 0,
    frame,
    positions: new Map(),
  };
}

export interface Document {
  id: string;
  text: string;
  body: {
    '@timestamp': string;
    message: string;
    stream?: string;
    log: { level?: string; offset: number; file: { path: string } };
    json?: Record<string, unknown>;
    podferry?: Record<string, unknown>;
    event?: Record<string, unknown>;
    kubernetes?: unknown;
  };
}

/** What a batch holds; checks its bookkeeping on the way. */
export function documents(batch: Batch): Document[] {
  const found: Document[] = [];
  let start = 0;
  for (let i = 0; i < batch.count; i++) {
    const end = batch.ends[i]!;
    const { bytes, idFrom, idTo } = batch.frame;
    const frame = batch.bytes.toString('utf8', start, start + bytes.length);
    const text = batch.bytes.toString('utf8', start + bytes.length, end);
    const id = frame.slice(idFrom, idTo);
    if (frame !== (idTo > 0 ? `<${id}>` : '') || !text.endsWith('\n') || text.indexOf('\n') !== text.length - 1) {
      throw new Error(`document ${i} does not end where its batch says: ${frame}${text}`);
    }
    found.push({ id, text, body: JSON.parse(text) as Document['body'] });
    start = end;
  }
  if (start !== batch.length) throw new Error('a batch is as long as its last document ends');
  return found;
}

export function wholeLines(bytes: Buffer, at = 0, last = false): Lines {
  return { bytes, end: bytes.length, at, goesOn: false, last };
}

export interface Loss {
  reason: LossReason;
  bytes: number;
  lines: number;
}

/** One log, read in one go into one batch. */
export function makeRecords(
  options: Partial<RecordsOptions> & { overrides?: PodOverrides; partial?: boolean; frame?: Frame } = {},
) {
  const log = makeLog();
  const source = makeSource(log);
  const losses: Loss[] = [];
  const meta = makeMeta(options.overrides, options.partial);
  const maxBytes = options.maxBytes ?? 64 * 1024;
  const batchBytes = options.batchBytes ?? 1 << 20;
  const records = new Records({
    meta: () => meta,
    maxBytes,
    batchBytes,
    openBytes: 1 << 20,
    lost: (_source, reason, bytes, lines) => losses.push({ reason, bytes, lines }),
    now: () => Date.UTC(2026, 10, 20),
    ...options,
  });
  const batch = makeBatch(maxBytes, batchBytes, 10_000, 1, options.frame);
  let at = 0;
  return {
    log,
    source,
    records,
    batch,
    losses,
    read(text: string | Buffer, last = false): void {
      const bytes = Buffer.from(text);
      const stop = records.lines(batch, source, wholeLines(bytes, at, last), 0);
      if (stop !== bytes.length) throw new Error(`stopped at ${stop} of ${bytes.length}`);
      at += bytes.length;
    },
    /** Ends the log and answers every document. */
    finish(): Document[] {
      if (!records.end(batch, log)) throw new Error('no room at the end');
      return documents(batch);
    },
    position: (): Position | undefined => batch.positions.get(source),
  };
}

/** All documents of a text. */
export function read(text: string | Buffer, options: Parameters<typeof makeRecords>[0] = {}): Document[] {
  const one = makeRecords(options);
  one.read(text, true);
  return one.finish();
}

/** A small generator of random numbers that a seed repeats (mulberry32). */
export function random(seed: number): (below: number) => number {
  let s = seed >>> 0;
  return (below) => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = Math.imul(s ^ (s >>> 15), s | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((((t ^ (t >>> 14)) >>> 0) * below) / 0x100000000) | 0;
  };
}

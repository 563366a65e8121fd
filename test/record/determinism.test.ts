/**
 * The promise everything else rests on: the same bytes read again from any committed position make the same documents, in
 * whatever portions they are read, however full the batches are, and whenever the agent dies.
 */
import { Buffer } from 'node:buffer';
import { expect, test, vi } from 'vitest';
import { Records } from '../../src/record/records.ts';
import type { Batch, ContainerLog, Position, Source, PodOverrides } from '../../src/types.ts';
import { TextPattern, withPatterns } from '../../src/util/text-pattern.ts';
import { TRACE_KINDS } from '../../src/util/trace-kinds.ts';
import { length } from '../helpers/length.ts';
import { ALL, documents, makeBatch, makeLog, makeMeta, makeSource, random } from './helpers.ts';

// A continuation counts for 1 MiB; the logs here are smaller than that.
vi.mock('../../src/record/join/state.ts', async (original) => ({
  ...(await original<typeof import('../../src/record/join/state.ts')>()),
  FURTHER_BYTES: 1500,
}));

await withPatterns(() => TextPattern.of('a'));
const FIRST_LINES = ['^[^ \\t]', '^(?:INFO|ERROR|java|\\{)', '주문', 'x$'].map(
  (source) => TextPattern.of(source) as TextPattern,
);

const MAX_BYTES = 300;
const READ_BUFFER = 512;
const PROGRAMS = length(200, 4000, 'PODFERRY_TEST_PROGRAMS');
const FIRST_SEED = Number(process.env['PODFERRY_TEST_SEED'] ?? 1);

type Random = (below: number) => number;

test('any portions, any batches and any restarts make the documents of one reading', () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
    const rnd = random(seed);
    const files = makeFiles(rnd);
    const overrides: PodOverrides = {
      ...ALL,
      multiline: rnd(4) > 0,
      sample: rnd(4) === 0 ? 3 : 1,
      minLevel: rnd(4) === 0 ? 'info' : undefined,
      ...pick(rnd),
    };
    const once = readOnce(files, overrides);
    const pieces = readInPieces(files, overrides, rnd);
    expect(sorted(pieces), `seed ${seed}`).toEqual(sorted(once));
  }
});

/** What is joined: mostly all traces, else those of one language, or lines by a pattern. */
function pick(rnd: Random): Partial<PodOverrides> {
  const kind = rnd(6);
  if (kind === 0) return { traces: TRACE_KINDS[rnd(TRACE_KINDS.length)]! };
  return kind === 1 ? { firstLine: FIRST_LINES[rnd(FIRST_LINES.length)]! } : {};
}

function sorted(found: Map<string, string>): string[] {
  return [...found].map(([id, text]) => `${id} ${text}`).sort();
}

/** All files in one go: the truth. */
function readOnce(files: Buffer[], overrides: PodOverrides): Map<string, string> {
  const world = new World(files, overrides);
  world.start(1 << 22);
  const batch = makeBatch(MAX_BYTES, 1 << 22, 100_000);
  for (const source of world.sources) {
    for (const lines of portions(world.bytes(source), 0, () => READ_BUFFER)) {
      if (world.records.lines(batch, source, lines, 0) !== lines.end) throw new Error('full');
    }
  }
  world.records.end(batch, world.log);
  world.store(batch, true);
  return world.stored;
}

function readInPieces(files: Buffer[], overrides: PodOverrides, rnd: Random): Map<string, string> {
  const world = new World(files, overrides);
  let deaths = rnd(6);
  for (;;) {
    world.start();
    const sealed: Batch[] = [];
    const fresh = () => makeBatch(MAX_BYTES, 3000, 1 + rnd(20), sealed.length + 1);
    let batch = fresh();
    const seal = () => {
      sealed.push(batch);
      batch = fresh();
    };
    let dead = false;
    for (const source of world.sources) {
      const size = world.bytes(source).length;
      if (dead || Math.min(source.resume.out, source.resume.err) >= size) continue;
      const from = Math.min(source.resume.out, source.resume.err);
      for (const lines of portions(world.bytes(source), from, () => 1 + rnd(READ_BUFFER))) {
        for (let p = 0; (p = world.records.lines(batch, source, lines, p)) !== lines.end;) seal();
        if (rnd(3) === 0) seal();
        if (deaths > 0 && rnd(30) === 0) {
          deaths--;
          dead = true;
          break;
        }
      }
    }
    if (!dead) {
      while (!world.records.end(batch, world.log)) seal();
      seal();
      for (const one of sealed) world.store(one, true);
      for (const source of world.sources) {
        const position = world.positions.get(source.fingerprint);
        expect(position && { out: position.out, err: position.err }).toEqual({
          out: world.bytes(source).length,
          err: world.bytes(source).length,
        });
      }
      return world.stored;
    }
    // Some of the batches are committed, some more are stored although nobody ever hears of it.
    if (rnd(2) === 0) seal();
    const committed = rnd(sealed.length + 1);
    for (let i = 0; i < sealed.length; i++) {
      if (i < committed) world.store(sealed[i]!, true);
      else if (rnd(2) === 0) world.store(sealed[i]!, false);
    }
  }
}

class World {
  readonly files: Buffer[];
  readonly log: ContainerLog = makeLog();
  readonly overrides: PodOverrides;
  readonly stored = new Map<string, string>();
  readonly positions = new Map<string, Position>();
  sources: Source[] = [];
  records!: Records;

  constructor(files: Buffer[], overrides: PodOverrides) {
    this.files = files;
    this.overrides = overrides;
  }

  /** The agent comes up and finds the files at their positions. */
  start(batchBytes = 3000): void {
    const meta = makeMeta(this.overrides);
    this.sources = this.files.map((_, i) => {
      const fingerprint = name(i);
      // a file nobody has read yet is told the time at which the one before it was left
      const fresh = { out: 0, err: 0, time: this.positions.get(name(i - 1))?.time ?? '' };
      return makeSource(this.log, fingerprint, this.positions.get(fingerprint) ?? fresh);
    });
    this.records = new Records({
      meta: () => meta,
      batchBytes,
      maxBytes: MAX_BYTES,
      openBytes: 1 << 20,
      lost: () => undefined,
      now: () => 0,
    });
  }

  bytes(source: Source): Buffer {
    return this.files[this.sources.indexOf(source)]!;
  }

  store(batch: Batch, committed: boolean): void {
    for (const { id, text } of documents(batch)) {
      const known = this.stored.get(id);
      if (known !== undefined && known !== text) throw new Error(`${id} twice:\n${known}${text}`);
      this.stored.set(id, text);
    }
    if (!committed) return;
    for (const [source, position] of batch.positions) this.positions.set(source.fingerprint, position);
  }
}

function name(file: number): string {
  return `file${file}`.padEnd(12, '0');
}

/** Reads as the tailer does: whole lines as far as they fit the buffer, a longer line in pieces. */
function* portions(bytes: Buffer, from: number, wanted: () => number) {
  let at = from;
  while (at < bytes.length) {
    const room = Math.min(READ_BUFFER, bytes.length - at);
    const full = bytes.subarray(at, at + room);
    const atEnd = at + room === bytes.length;
    let end = full.lastIndexOf(10, Math.min(room, wanted()) - 1) + 1;
    if (end === 0) end = full.indexOf(10) + 1;
    const goesOn = end === 0 && !atEnd;
    if (end === 0) end = room;
    // what lies behind the end of the lines is nobody's business
    const buffer = Buffer.concat([full.subarray(0, end), Buffer.from('2026-11-20T01:02:03Z stdout F stale\n')]);
    yield { bytes: buffer, end, at, goesOn, last: atEnd && at + end === bytes.length };
    at += end;
  }
}

/* ---- random logs ---- */

function makeFiles(rnd: Random): Buffer[] {
  const files: Buffer[][] = Array.from({ length: 1 + rnd(3) }, () => []);
  let ms = Date.UTC(2026, 10, 20, 1, 2, 3);
  let file = 0;
  const count = 5 + rnd(120);
  for (let i = 0; i < count; i++) {
    if (rnd(10) === 0) ms += rnd(4000) - 300;
    else ms += rnd(20);
    if (file < files.length - 1 && rnd(count) < files.length) file++;
    for (const line of makeLines(rnd, () => stamp(rnd, ms))) files[file]!.push(line);
  }
  const made = files.map((lines) => Buffer.concat(lines)).filter((bytes) => bytes.length > 0);
  // the last file may end within a line
  const last = made[made.length - 1]!;
  if (rnd(3) === 0 && last.length > 80) made[made.length - 1] = last.subarray(0, last.length - rnd(40));
  // the first line has a time: without any, lines are dated by the clock on the wall
  made[0] = Buffer.concat([Buffer.from('2026-11-20T01:00:00Z stdout F first\n'), made[0]!]);
  return made;
}

function stamp(rnd: Random, ms: number): string {
  const iso = new Date(ms).toISOString();
  const kind = rnd(4);
  return kind === 0
    ? iso
    : kind === 1
      ? iso.replace('Z', '123456+00:00')
      : kind === 2
        ? iso.replace('Z', '4Z')
        : iso.replace(/\.\d+Z/, 'Z');
}

/** Lines that begin a trace, wait for one, and say that they belong to it. */
const CORPUS = [
  '2026-11-20 01:02:03 INFO app: tolerated',
  'a line of the message',
  '/app/server.js:10',
  '  throw new Error(x)',
  '  ^',
  'goroutine 1 [running]:',
  '\t/app/main.go:7 +0x2a',
  '{',
  '  "a": 1',
  '}',
  'config {',
  '  a: 1,',
  "thread 'main' panicked at src/main.rs:2:5:",
  'note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace',
  'Stack trace:',
  '#0 {main}',
  'E1120 01:02:03.000000       1 a.go:1] "No" err=<',
  '\tvalue',
  ' >',
];
const TRACE = [
  'java.lang.IllegalStateException: no',
  '\tat com.example.A.b(A.java:1)',
  '    at run (/app/x.js:3:9)',
  'Caused by: java.io.IOException: gone',
  'Traceback (most recent call last):',
  '  File "x.py", line 1, in <module>',
  'ValueError: 한국어',
  '',
  'During handling of the above exception, another exception occurred:',
  'panic: boom',
  'goroutine 1 [running]:',
  'main.main()',
  '2026 ERROR app failed',
  'info: A.B[3]',
  '[DEBUG] some detail',
  ...CORPUS,
];
const TEXTS = [
  'x',
  '',
  '주문 처리 완료',
  '{"level":"debug","msg":"hi","n":[1]}',
  'a "quoted" \\ text',
  '[ERROR] bad',
  'tail\r',
  ' ',
  '\u0000\u0001',
  '😀',
];

function makeLines(rnd: Random, time: () => string): Buffer[] {
  const stream = rnd(3) > 0 ? 'stdout' : 'stderr';
  const text = () =>
    rnd(2) === 0 ? TRACE[rnd(TRACE.length)]! : TEXTS[rnd(TEXTS.length)]!.repeat(1 + rnd(rnd(8) === 0 ? 150 : 3));
  const line = (tag: string, content: Buffer) =>
    Buffer.concat([Buffer.from(`${time()} ${stream} ${tag} `), content, Buffer.from('\n')]);
  switch (rnd(12)) {
    case 0: {
      // partial lines, cut anywhere, perhaps without an end
      const whole = Buffer.from(text() + text());
      const lines: Buffer[] = [];
      let p = 0;
      while (p < whole.length) {
        const n = 1 + rnd(whole.length - p);
        lines.push(line(rnd(9) === 0 ? 'P:X' : 'P', whole.subarray(p, p + n)));
        p += n;
      }
      if (rnd(4) > 0) lines.push(line('F', Buffer.alloc(0)));
      return lines;
    }
    case 1: {
      const log = text() + (rnd(3) > 0 ? '\n' : '');
      return [Buffer.from(`${JSON.stringify({ log, stream, time: time() })}\n`)];
    }
    case 2:
      return [Buffer.from(['\n', 'garbage\n', `${time()} stdin F x\n`, '{"a":1}\n', 'g'.repeat(700) + '\n'][rnd(5)]!)];
    case 3:
      return [Buffer.alloc(1 + rnd(rnd(3) === 0 ? 1200 : 20)), line('F', Buffer.from(text()))];
    case 4:
      return [line('F', Buffer.from([0x61, 0xff, 0xe2, 0x82, 0x20, 0xf0, 0x9f, 0x98]))];
    case 5:
      return [line(rnd(2) === 0 ? 'P' : 'F', Buffer.from(text().repeat(1 + rnd(60))))];
    default:
      return [line('F', Buffer.from(text()))];
  }
}

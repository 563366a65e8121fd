/**
 * No secret is in any byte that leaves the record stage: however it is spelt, wherever the runtime cut its line, wherever the cap cut
 * the record, and wherever the agent died. Part of one is not there either.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { Records } from '../../../src/record/records.ts';
import { deadLetterLine } from '../../../src/sinks/deadletter/line.ts';
import type { Batch, Lines, Position, Preset, Source } from '../../../src/types.ts';
import { TextPattern, withPatterns } from '../../../src/util/text-pattern.ts';
import { length } from '../../helpers/length.ts';
import { ALL, documents, makeBatch, makeLog, makeMeta, makeSource, random, wholeLines } from '../helpers.ts';

const FIRST_SEED = Number(process.env['PODFERRY_TEST_SEED'] ?? 1);
const PROGRAMS = length(6, 1000, 'PODFERRY_TEST_PROGRAMS');
const PRESETS: readonly Preset[] = [
  'email', 'ipv4', 'ipv6', 'card', 'jwt', 'authorization', 'cloud_key', 'private_key', 'resident_number', 'phone',
]; // prettier-ignore
await withPatterns(() => TextPattern.of('a'));
/** Of the operator's own: a word behind a name, text of several words between signs, Korean words. */
const OWN = [
  { name: 'token', pattern: TextPattern.of('(?i)token=([A-Za-z0-9]+)') as TextPattern },
  { name: 'phrase', pattern: TextPattern.of('phrase <([^>]*)>') as TextPattern },
  { name: 'pattern', pattern: TextPattern.of('비밀 [a-z]{12}') as TextPattern },
];
const META = makeMeta({ ...ALL, redact: PRESETS, secrets: OWN });
/** Characters of a secret in a row that nobody may see. */
const PART = 8;
const MAX_BYTES = 2048;

type Random = (below: number) => number;
const pick = <T>(rnd: Random, list: readonly T[]): T => list[rnd(list.length)]!;
const some = (rnd: Random, n: number, of: string): string =>
  Array.from({ length: n }, () => of[rnd(of.length)]!).join('');
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const BASE64 = LOWER + LOWER.toUpperCase() + DIGITS;

function card(rnd: Random): string {
  const first = `4${some(rnd, 14, DIGITS)}`;
  const sum = [...first].reduce(
    (n, c, i) => n + (i % 2 === 0 ? (Number(c) * 2) % 9 || (c === '0' ? 0 : 9) : Number(c)),
    0,
  );
  const digits = first + String((10 - (sum % 10)) % 10);
  return pick(rnd, [digits, digits.replaceAll(/(.{4})(?=.)/g, '$1 '), digits.replaceAll(/(.{4})(?=.)/g, '$1-')]);
}

/** A secret, and how it stands in a text: with what must be before it. */
const SECRETS: readonly ((rnd: Random) => readonly [before: string, secret: string])[] = [
  (rnd) => ['', `${some(rnd, 9, LOWER)}@${some(rnd, 6, LOWER)}.example.com`],
  (rnd) => ['', `2${some(rnd, 1, '0123')}${rnd(6)}.1${some(rnd, 2, DIGITS)}.1${some(rnd, 2, DIGITS)}.${10 + rnd(90)}`],
  (rnd) => ['', `2001:db8:${some(rnd, 4, '123456789abcdef')}::${some(rnd, 4, '123456789abcdef')}`],
  (rnd) => ['', card(rnd)],
  (rnd) => ['', `eyJ${some(rnd, 20, BASE64)}.${some(rnd, 30, BASE64)}.${some(rnd, 30, BASE64)}`],
  (rnd) => ['Authorization: Bearer ', some(rnd, 16, BASE64)],
  (rnd) => ['', `AKIA${some(rnd, 16, LOWER.toUpperCase())}`],
  (rnd) => ['', `9${rnd(10)}0${1 + rnd(9)}1${rnd(10)}-1${some(rnd, 6, DIGITS)}`],
  (rnd) => ['', `010-${1000 + rnd(9000)}-${1000 + rnd(9000)}`],
  (rnd) => ['-----BEGIN PRIVATE KEY-----', some(rnd, 64, BASE64)],
  (rnd) => ['token=', some(rnd, 16, BASE64)],
  (rnd) => ['phrase <', `${some(rnd, 9, LOWER)} ${some(rnd, 12, LOWER)}>`],
  (rnd) => ['비밀 ', some(rnd, 12, LOWER)],
];

/** A character of a JSON string, as a program may write it. */
const escaped = (rnd: Random, text: string): string =>
  [...text].map((c) => (rnd(3) === 0 ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : c)).join('');

const SPELT: readonly ((rnd: Random, before: string, secret: string) => string)[] = [
  (_, before, secret) => `level=info user logged in ${before}${secret} ok`,
  (_, before, secret) => `${before}${secret}`,
  (rnd, before, secret) =>
    JSON.stringify({ msg: 'x', n: rnd(9), level: 'error', a: { b: [`${before}${secret}`, 'y'] } }),
  (_, before, secret) =>
    JSON.stringify({ message: `before ${before}${secret} after`, error: { stack: `${before}${secret}` } }),
  (rnd, before, secret) => `{"msg":"${escaped(rnd, before + secret)}","a":"${escaped(rnd, before + secret)}"}`,
  (_, before, secret) => JSON.stringify({ log: JSON.stringify({ deep: JSON.stringify({ a: `${before}${secret}` }) }) }),
  (_, before, secret) => `{"unfinished": "${before}${secret}" , [`,
  (_, before, secret) => `\x1b[31mERROR\x1b[0m ${before}${secret.slice(0, 3)}\x1b[1m${secret.slice(3)}`,
  (_, before, secret) => `ERROR x: ${before}${secret}\nTraceback`.split('\n')[0]!,
  (_, before, secret) => `GET /?a=${encodeURIComponent(before + secret).replaceAll('%20', ' ')} 200`,
  (_, before, secret) => `\ufffd홍길동 ${before}${secret} 님`,
];

const SECOND = Date.UTC(2026, 10, 20, 1, 2, 3);
const cri = (n: number, tag: string, text: string, stream = 'stdout'): string =>
  `${new Date(SECOND + n).toISOString()} ${stream} ${tag} ${text}\n`;

function* portions(bytes: Buffer, from: number, size: () => number): Generator<Lines> {
  for (let p = from; p < bytes.length;) {
    let end = Math.min(p + size(), bytes.length);
    const lf = bytes.lastIndexOf(0x0a, end - 1);
    const goesOn = lf < p && end < bytes.length;
    if (!goesOn && end < bytes.length) end = lf + 1;
    const part = Buffer.from(bytes.subarray(p, end));
    yield { ...wholeLines(part, p, end === bytes.length), goesOn };
    p = end;
  }
}

function newRecords(maxBytes = MAX_BYTES): Records {
  return new Records({
    meta: () => META,
    maxBytes,
    batchBytes: 1 << 20,
    openBytes: 1 << 20,
    lost() {},
    now: () => SECOND,
  });
}

/** All that leaves, as text: documents, and what the dead-letter file would hold of them. */
function leaving(batch: Batch): string {
  const kept = documents(batch).map(({ text, id }) =>
    deadLetterLine('', Buffer.from(text.trimEnd()), { status: 400, type: 'x', reason: text.slice(0, 200) }, id, 4096),
  );
  return batch.bytes.toString('utf8', 0, batch.length) + Buffer.concat(kept).toString();
}

function parts(secret: string): string[] {
  return Array.from({ length: Math.max(1, secret.length - PART + 1) }, (_, i) => secret.slice(i, i + PART));
}

function expectNone(text: string, secret: string, what: string): void {
  // Also without the escapes that JSON and programs write.
  const plain = text.replaceAll(/\\+u([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  for (const part of parts(secret)) {
    if (plain.includes(part))
      expect.fail(`${what}: ${JSON.stringify(part)} of ${JSON.stringify(secret)} is in ${text}`);
  }
}

function readAll(bytes: Buffer, maxBytes: number, size: () => number): string {
  const records = newRecords(maxBytes);
  const log = makeLog();
  const source = makeSource(log);
  const batch = makeBatch(maxBytes, 1 << 20, 10_000);
  for (const lines of portions(bytes, 0, size)) records.lines(batch, source, lines, 0);
  records.end(batch, log);
  return leaving(batch);
}

test(`no secret leaves, wherever its line is cut into partial ones and reads (seed ${FIRST_SEED})`, () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
    const rnd = random(seed);
    const [before, secret] = pick(rnd, SECRETS)(rnd);
    const text = pick(rnd, SPELT)(rnd, before, secret);
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const [head, tail] = [bytes.subarray(0, cut), bytes.subarray(cut)];
      const log = Buffer.concat([
        Buffer.from(cri(0, 'F', 'first')),
        Buffer.from(cri(1, 'P', '').slice(0, -1)), head, Buffer.from('\n'),
        Buffer.from(cri(2, 'F', 'another stream', 'stderr')),
        Buffer.from(cri(3, 'F', '').slice(0, -1)), tail, Buffer.from('\n'),
        Buffer.from(cri(4, 'F', 'last')),
      ]); // prettier-ignore
      expectNone(
        readAll(log, MAX_BYTES, () => 100 + rnd(200)),
        secret,
        `seed ${seed}, cut at ${cut}`,
      );
    }
  }
});

test(`no part of a secret leaves that the cap cuts, or the end of the file (seed ${FIRST_SEED})`, () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
    const rnd = random(seed);
    const [before, secret] = pick(rnd, SECRETS)(rnd);
    const text = `a message of ${before}${secret} and more`;
    for (let cut = 10; cut <= text.length; cut++) {
      const capped = readAll(Buffer.from(cri(1, 'F', text) + cri(2, 'F', 'next')), cut, () => 4096);
      expectNone(capped, secret, `seed ${seed}, capped at ${cut}`);
      const ended = readAll(Buffer.from(cri(1, 'F', text.slice(0, cut)).slice(0, -1)), MAX_BYTES, () => 4096);
      // A local part alone is no address.
      if (!secret.includes('@') || cut > text.indexOf('@')) expectNone(ended, secret, `seed ${seed}, ended at ${cut}`);
    }
  }
});

describe('a private key that is printed line by line', () => {
  function keyLines(rnd: Random): { lines: string[]; body: string[] } {
    const body = Array.from({ length: 3 + rnd(30) }, () => some(rnd, 64, `${BASE64}+/`));
    body.push(`${some(rnd, 4 * (2 + rnd(10)) - 2, BASE64)}==`);
    const prefix = pick(rnd, ['', '', 'I1120 01:02:03 main.go:1] ', '2026-11-20 01:02:03 INFO ']);
    const name = pick(rnd, ['PRIVATE KEY', 'RSA PRIVATE KEY', 'OPENSSH PRIVATE KEY']);
    const lines = [`-----BEGIN ${name}-----`, ...body, `-----END ${name}-----`];
    return {
      lines: lines.map((line, i) => (i === 0 || prefix === '' || rnd(8) > 0 ? prefix + line : prefix + line)),
      body,
    };
  }

  test(`none of it leaves, whatever comes between, and wherever the agent dies (seed ${FIRST_SEED})`, () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
      const rnd = random(seed);
      const { lines, body } = keyLines(rnd);
      const all: string[] = [];
      const before = pick(rnd, [
        'hello',
        'ERROR java.lang.IllegalStateException: x',
        'java.lang.IllegalStateException: x',
      ]);
      all.push(cri(0, 'F', before), cri(1, 'F', '\tat a.B.c(B.java:1)'));
      for (const line of lines) {
        if (rnd(6) === 0) all.push(cri(all.length, 'F', 'another thread says hello'));
        if (rnd(6) === 0) all.push(cri(all.length, 'F', 'the other stream', 'stderr'));
        if (rnd(6) === 0) {
          const at = rnd(line.length);
          all.push(cri(all.length, 'P', line.slice(0, at)), cri(all.length + 1, 'F', line.slice(at)));
        } else all.push(cri(all.length, 'F', line));
      }
      all.push(cri(all.length, 'F', 'afterwards'), cri(all.length + 1, 'F', 'AfterWords12'));
      const bytes = Buffer.from(all.join(''));
      const log = makeLog();
      let position: Position = { out: 0, err: 0, time: '' };
      let text = '';
      for (let life = 0; life < 20; life++) {
        const source: Source = makeSource(log, 'abcdefghijkl', position);
        const records = newRecords();
        const dies = life < 19 && rnd(3) > 0;
        let batch = makeBatch(MAX_BYTES, 1 << 20, 10_000);
        let isDead = false;
        for (const part of portions(bytes, Math.min(position.out, position.err), () => 100 + rnd(400))) {
          records.lines(batch, source, part, 0);
          if (rnd(4) > 0) continue;
          text += leaving(batch);
          position = batch.positions.get(source) ?? position;
          batch = makeBatch(MAX_BYTES, 1 << 20, 10_000);
          if ((isDead = dies && rnd(3) === 0)) break;
        }
        if (isDead) continue;
        records.end(batch, log);
        text += leaving(batch);
        break;
      }
      for (const line of body) expectNone(text, line, `seed ${seed}`);
      expect(text).toContain('afterwards');
      expect(text).toContain('AfterWords12');
      expect(text).toContain('[redacted:private_key]');
      expect(text.includes('another thread says hello')).toBe(all.join('').includes('another thread says hello'));
    }
  });

  test('its position stays at the BEGIN until it has ended', () => {
    const log = makeLog();
    const source = makeSource(log);
    const records = newRecords();
    const batch = makeBatch(MAX_BYTES);
    let at = 0;
    const read = (text: string): number => {
      records.lines(batch, source, wholeLines(Buffer.from(text), at), 0);
      at += Buffer.byteLength(text);
      return batch.positions.get(source)!.out;
    };
    const first = cri(0, 'F', 'hello');
    expect(read(first)).toBe(first.length);
    expect(read(cri(1, 'F', '-----BEGIN PRIVATE KEY-----'))).toBe(first.length);
    expect(read(cri(2, 'F', some(random(1), 64, BASE64)))).toBe(first.length);
    expect(batch.positions.get(source)!.time).toBe('2026-11-20T01:02:03.000Z');
    expect(batch.positions.get(source)!.err).toBe(at);
    read(cri(3, 'F', '-----END PRIVATE KEY-----'));
    expect(batch.positions.get(source)!.out).toBe(at);
  });

  test('is over without its END: after ten seconds of the log, after 400 records, and when the log is silent', () => {
    const material = 'A'.repeat(64);
    const begin = cri(0, 'F', '-----BEGIN PRIVATE KEY-----');
    const read = (...lines: string[]): string[] => {
      const log = makeLog();
      const batch = makeBatch(MAX_BYTES);
      const records = newRecords();
      records.lines(batch, makeSource(log), wholeLines(Buffer.from([begin, ...lines].join(''))), 0);
      records.end(batch, log);
      return documents(batch).map(({ body }) => body.message);
    };
    expect(read(cri(9000, 'F', material), cri(20_000, 'F', material)).slice(1)).toEqual([
      '[redacted:private_key]',
      material,
    ]);
    const many = Array.from({ length: 500 }, (_, i) => cri(i, 'F', material));
    expect(read(...many).filter((message) => message === material)).toHaveLength(100);

    const log = makeLog();
    const source = makeSource(log);
    const records = newRecords();
    const batch = makeBatch(MAX_BYTES);
    records.lines(batch, source, wholeLines(Buffer.from(begin)), 0);
    records.expire(batch, SECOND + 11_000);
    expect(batch.positions.get(source)?.out ?? 0).toBe(0);
    records.expire(batch, SECOND + 13_000);
    expect(batch.positions.get(source)!.out).toBe(begin.length);
  });
});

test('what a text costs does not grow with its square', () => {
  const texts = ['@', 'a@', 'a@b.', '1', '1 ', '1-', '4111 ', '1.', '1:', ':', 'eyJ-', 'eyJ.', '-', '-----BEGIN ', '\\', '\\u00', '%4', '\x1b[', '(1', '+1', 'bearer ', 'sk_', '4111111111111111 ', '\\\\', '\\u001b[', 'secretaccesskey', '{"a":1,', ',4111111111111111']; // prettier-ignore
  const time = (text: string, bytes: number): number => {
    const records = newRecords(1 << 20);
    const log = makeLog();
    const batch = makeBatch(1 << 20);
    const line = cri(0, 'F', `{${text.repeat(bytes / text.length)}`);
    const began = performance.now();
    records.lines(batch, makeSource(log), wholeLines(Buffer.from(line)), 0);
    return performance.now() - began;
  };
  for (const text of texts) {
    time(text, 5000);
    // What squares takes half a minute.
    expect(time(text, 100_000), JSON.stringify(text)).toBeLessThan(2000);
  }
});

test('the fields of an error are read out of what is left', () => {
  const records = newRecords();
  const log = makeLog();
  const batch = makeBatch(MAX_BYTES);
  const trace = [
    'java.lang.IllegalStateException: no cart of bob@example.com',
    '\tat shop.Cart.get(Cart.java:17)',
    'Caused by: java.io.IOException: to 10.1.2.3 with 4111111111111111',
    '\tat shop.Main.main(Main.java:3)',
  ];
  const lines = trace.map((line, i) => cri(i, 'F', line)).join('');
  records.lines(batch, makeSource(log), wholeLines(Buffer.from(lines)), 0);
  records.end(batch, log);
  const [document] = documents(batch);
  expect(JSON.stringify(document!.body)).toContain('"message":"no cart of [redacted:email]"');
  expect(document!.body.log.level).toBe('error');
  expect(document!.text).not.toMatch(/bob@|10\.1\.2\.3|4111/);
});

/** Whatever a container prints, each of its bytes is looked at a few times at most. */
import { Buffer } from 'node:buffer';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { candidates, formatsOf, MOST_TEXT, TextScan } from '../../../../src/record/encode/text/formats.ts';
import { ALL, makeRecords } from '../../helpers.ts';

/** How often a byte may be read on average: by all readers together. */
const MOST_READS = 40;
const FORMATS = formatsOf('auto', true);

/** How many bytes are read of a line. Bytes that are read four at a time do not count. */
function reads(text: string): number {
  const bytes = Buffer.from(text);
  let count = 0;
  const counting = new Proxy(bytes, {
    get(target, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) count++;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  new TextScan().read(counting, 0, bytes.length, FORMATS, false);
  return count;
}

const LINES = readdirSync('test/corpus/text').flatMap((name) =>
  readFileSync(`test/corpus/text/${name}`, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('# ') && !line.startsWith('=> ')),
);

describe('a line of 16 KiB takes work that grows with its length only', () => {
  test.each([
    ['a='],
    ['a= '],
    ['a="'],
    ['a="\\'],
    ['1 '],
    ['['],
    ['[1'],
    ['- '],
    ['10.1.2.3 - '],
    ['<1>'],
    [', client: '],
    [': '],
    ['. '],
    ['"'],
    ['\\'],
    ['|'],
    ['('],
    [')'],
    ['한글 '],
  ])('%j again and again', (part) => {
    const long = part.repeat(MOST_TEXT).slice(0, MOST_TEXT / 3);
    expect(reads(long)).toBeLessThan(MOST_READS * MOST_TEXT);
    for (const line of LINES)
      for (const at of [line.length >> 2, line.length >> 1, (3 * line.length) >> 2, line.length])
        expect(reads(line.slice(0, at) + long), line.slice(0, at)).toBeLessThan(MOST_READS * MOST_TEXT);
  });
});

test('any beginning of a line, and a line with any byte changed, is read without a fault', () => {
  const one = makeRecords({ overrides: ALL });
  for (const line of LINES)
    for (let at = 0; at < line.length; at++) {
      one.read(`2026-11-20T01:02:03Z stdout F ${line.slice(0, at)}\n`);
      one.read(`2026-11-20T01:02:03Z stdout F ${line.slice(0, at)}"${line.slice(at + 1)}\n`);
      one.batch.length = one.batch.count = 0;
    }
});

test('what follows a line, such as the next one, changes nothing of what it says', () => {
  const scan = new TextScan();
  const said = (line: string, next: string): unknown => {
    const bytes = Buffer.from(`${line}\n${next.repeat(300)}`);
    const to = Buffer.byteLength(line);
    const found = scan.read(bytes, 0, to, candidates(FORMATS, bytes[0]!), true);
    const { from, to: ends, level, members } = scan.said;
    if (!found) return false;
    const values = Array.from(from, (start, t) => ((scan.said.found >>> t) & 1) === 1 && [start, ends[t]]);
    return [level, scan.said.found, values, members.bytes.toString('utf8', 0, members.length)];
  };
  for (const line of LINES)
    for (let at = 8; at <= line.length; at++)
      for (const next of [
        '',
        '[',
        ']',
        ' ',
        '"',
        ':',
        '1',
        'A',
        '-',
        '(',
        ')',
        '/',
        line.slice(at),
        ` ${line.slice(at)}`,
      ])
        expect(said(line.slice(0, at), next), JSON.stringify([line.slice(0, at), next])).toEqual(
          said(line.slice(0, at), '\n'),
        );
});

test('a megabyte of one line stays plain text', () => {
  for (const part of ['a=1 ', '10.1.2.3 - - [20/Nov/2026:01:02:03 +0000] "', 'a="']) {
    const one = makeRecords({ overrides: ALL, maxBytes: 2 << 20, batchBytes: 8 << 20 });
    const line = part.repeat((1 << 20) / part.length);
    one.read(`2026-11-20T01:02:03Z stdout F ${line}\n`);
    const [found] = one.finish();
    expect(found!.body.message).toBe(line);
    expect(Object.keys(found!.body)).toEqual(['@timestamp', 'message', 'stream', 'log', 'kubernetes']);
  }
});

test('the first line of a trace has its fields, and no other line', () => {
  const lines = [
    'E1120 01:02:03.456789       1 controller.go:88] panic: boom',
    'goroutine 1 [running]:',
    'main.main()',
    '\t/app/main.go:12 +0x1d',
  ];
  const one = makeRecords({ overrides: ALL });
  one.read(lines.map((line) => `2026-11-20T01:02:03Z stderr F ${line}\n`).join(''));
  const found = one.finish();
  expect(found).toHaveLength(1);
  expect(found[0]!.body).toMatchObject({
    message: lines.join('\n'),
    log: { level: 'error', origin: { file: { line: 88, name: 'controller.go' } } },
    error: { stack_trace: expect.stringContaining('main.main()') as string },
    process: { pid: 1 },
  });
});

test('a line that is cut over partial lines and reads has the fields of the whole', () => {
  const line = '10.1.2.3 - - [20/Nov/2026:01:02:03 +0000] "GET /a HTTP/1.1" 200 17 "-" "curl/8.5.0"';
  const want = { client: { ip: '10.1.2.3' }, user_agent: { original: 'curl/8.5.0' } };
  for (let at = 1; at < line.length; at++) {
    const one = makeRecords({ overrides: ALL });
    one.read(`2026-11-20T01:02:03Z stdout P ${line.slice(0, at)}\n`);
    one.read(`2026-11-20T01:02:03Z stdout F ${line.slice(at)}\n`);
    expect(one.finish().map(({ body }) => body)).toMatchObject([{ message: line, ...want }]);
  }
});

test('fields are made of what redacting has left', () => {
  const read = makeRecords({ overrides: { ...ALL, redact: ['email', 'ipv4'] } });
  read.read(
    '2026-11-20T01:02:03Z stdout F 10.1.2.3 - - [20/Nov/2026:01:02:03 +0000] "GET /?kim@shop.example HTTP/1.1" 200 17\n' +
      '2026-11-20T01:02:04Z stdout F level=info url=/?kim@shop.example ip=10.1.2.3\n',
  );
  const [access, logfmt] = read.finish();
  expect(access!.text + logfmt!.text).not.toMatch(/kim@|10\.1\.2\.3/);
  expect(access!.body).toMatchObject({
    source: { address: '[redacted:ipv4]' },
    http: { response: { status_code: 200 } },
  });
  expect(logfmt!.body).toMatchObject({ log: { level: 'info' } });
});

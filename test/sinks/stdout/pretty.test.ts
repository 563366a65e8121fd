import { describe, expect, test } from 'vitest';
import { columns, plainLines, visible } from '../../../src/sinks/stdout/ansi.ts';
import { fields, told } from '../../../src/sinks/stdout/fields.ts';
import { Pretty } from '../../../src/sinks/stdout/pretty.ts';

const time = '2026-11-20T01:02:03.001655154Z';
const web = { namespace: 'shop', pod: { name: 'web-0' }, container: { name: 'nginx', restart: 0 } };

function layOut(documents: object[], options: { colour?: boolean; width?: number } = {}): string[] {
  const pretty = new Pretty({ colour: false, ...options });
  return pretty.layOut(documents.map((document) => JSON.stringify(document))).split('\n');
}

describe('visible: no text can steer a terminal', () => {
  test.each([
    ['plain text, 한국어 and 🎉 stay', 'plain text, 한국어 and 🎉 stay'],
    ['\x1b[2J\x1b[1;31mred\x1b[0m', '␛[2J␛[1;31mred␛[0m'],
    ['\x1b]0;title\x07', '␛]0;title␇'],
    ['progress 10 %\rprogress 20 %', 'progress 10 %␍progress 20 %'],
    ['\x00\x08\x0a\x0b\x7f', '␀␈␊␋␡'],
    ['\x9b31m and \x85', '\\u{9b}31m and \\u{85}'],
    ['a\u202egnp.exe\u202c \u2066b\u2069', 'a\\u{202e}gnp.exe\\u{202c} \\u{2066}b\\u{2069}'],
    ['one\u2028two\u2029three', 'one\\u{2028}two\\u{2029}three'],
    ['a\ttab stays', 'a\ttab stays'],
    ['a family 👩‍👧 needs its joiner', 'a family 👩‍👧 needs its joiner'],
  ])('%j', (text, shown) => expect(visible(text)).toBe(shown));

  test('whatever the bytes, no control character is left', () => {
    let all = '';
    for (let code = 0; code < 0x2100; code++) all += String.fromCharCode(code);
    expect(visible(all)).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/);
  });
});

test.each([
  ['web-0', 5],
  ['한글', 4],
  ['カナ', 4],
  ['🎉', 2],
  ['é', 1],
  ['e\u0301', 1],
  ['', 0],
])('columns of %j: %i', (text, width) => expect(columns(text)).toBe(width));

test.each([
  ['a\nb', ['a', 'b']],
  ['from a tty\r\nwith CR LF\r', ['from a tty', 'with CR LF']],
  ['head\n\tat x\n\t\tdeeper\ta tab', ['head', '    at x', '        deeper\ta tab']],
])('lines of %j', (text, lines) => expect(plainLines(text)).toEqual(lines));

describe('columns of an entry', () => {
  test('time of day in UTC, level, name, message', () => {
    expect(layOut([{ '@timestamp': time, message: 'slow', log: { level: 'warn' }, kubernetes: web }])).toEqual([
      '── 2026-11-20 UTC ──',
      '01:02:03.001  WARN   shop/web-0/nginx  slow',
      '',
    ]);
  });

  test('what a line of plain text was taken apart into stands in the message only', () => {
    const parts = {
      client: { ip: '10.1.2.3' },
      http: { response: { status_code: 200 } },
      error: { stack_trace: 'a\nb' },
    };
    expect(layOut([{ '@timestamp': time, message: '10.1.2.3 "GET /" 200', kubernetes: web, ...parts }])[1]).toBe(
      '01:02:03.001         shop/web-0/nginx  10.1.2.3 "GET /" 200',
    );
  });

  test('the date is said when it changes, in UTC whatever the zone of the node', () => {
    const times = ['2026-11-20T23:59:59.9Z', '2026-11-21T09:00:00+09:00', '2026-11-21T00:00:00.000000001Z'];
    expect(layOut(times.map((at, i) => ({ '@timestamp': at, message: `m${i}` }))).map((line) => line.trim())).toEqual([
      '── 2026-11-20 UTC ──',
      '23:59:59.900           m0',
      '── 2026-11-21 UTC ──',
      '00:00:00.000           m1',
      '00:00:00.000           m2',
      '',
    ]);
  });

  test('a time that is none is shown as it is', () => {
    expect(layOut([{ '@timestamp': 'no\x1btime', message: 'x' }])[0]).toBe('no␛time                x');
  });

  test('messages line up behind names of any length and script', () => {
    const names = ['a', '한국', 'a-longer-name', '🎉'];
    const lines = layOut(names.map((namespace) => ({ '@timestamp': time, message: '|', kubernetes: { namespace } })));
    const at = lines.slice(1, -1).map((line) => columns(line.slice(0, line.indexOf('|'))));
    expect(new Set(at).size).toBe(1);
  });

  test('a name is never cut: longer than its share of the terminal, it pushes its own message', () => {
    const long = { ...web, pod: { name: 'a-rather-long-name-of-a-pod-6f5c8d7b9-k2xqp' } };
    const lines = layOut(
      [
        { '@timestamp': time, message: 'one', kubernetes: long },
        { '@timestamp': time, message: 'two', kubernetes: web },
      ],
      { width: 80 },
    );
    expect(lines[1]).toContain('shop/a-rather-long-name-of-a-pod-6f5c8d7b9-k2xqp/nginx  one');
    expect(lines[2]).toContain('shop/web-0/nginx  two');
  });

  test('after a restart the name says so', () => {
    const again = { ...web, container: { name: 'nginx', restart: 2 } };
    expect(layOut([{ '@timestamp': time, message: 'up', kubernetes: again }])[1]).toContain('shop/web-0/nginx#2  up');
  });

  test('lines of a container stand in the order it wrote them; those of another are not mixed in', () => {
    const of = (path: string, at: string, offset: number, message: string) => ({
      '@timestamp': `2026-11-20T01:02:${at}Z`,
      message,
      log: { file: { path }, offset },
    });
    const lines = layOut([
      of('/a', '03.1', 0, '1'),
      of('/a', '05', 300, '4'),
      of('/a', '03.100000001', 200, '2, a stack trace that was held'),
      of('/a', '03.1001', 100, '3'),
      of('/b', '01', 0, '5'),
    ]);
    expect(lines.slice(1, -1).map((line) => line.replace(/^.*\/[ab] +/, '')[0])).toEqual(['1', '2', '3', '4', '5']);
  });

  test('a document without a pod is named after its file', () => {
    expect(layOut([{ '@timestamp': time, message: 'x', log: { file: { path: '/tmp/a.log' } } }])[1]).toContain(
      '/tmp/a.log  x',
    );
  });

  test('names are as harmless as messages', () => {
    const evil = { namespace: 'a\x1b[2J', pod: { name: 'b\nc\td' }, container: { name: '\u202ee' } };
    expect(layOut([{ '@timestamp': time, message: 'x\x1b[0m', kubernetes: evil }])[1]).toBe(
      '01:02:03.001         a␛[2J/b␊c␉d/\\u{202e}e  x␛[0m',
    );
  });
});

describe('the message', () => {
  test('further lines stand under the first', () => {
    const lines = layOut([{ '@timestamp': time, message: 'boom\n\tat x\n\nCaused by: y', kubernetes: web }]);
    const indent = ' '.repeat('01:02:03.001         shop/web-0/nginx  '.length);
    expect(lines.slice(1)).toEqual([
      '01:02:03.001         shop/web-0/nginx  boom',
      `${indent}    at x`,
      '',
      `${indent}Caused by: y`,
      '',
    ]);
  });

  test('on a narrow terminal further lines stand near the edge', () => {
    const lines = layOut([{ '@timestamp': time, message: 'boom\nat x', kubernetes: web }], { width: 60 });
    expect(lines[2]).toBe('      at x');
  });

  test('is never cut', () => {
    const message = 'x'.repeat(100_000);
    expect(layOut([{ '@timestamp': time, message }], { width: 80 })[1]).toContain(message);
  });

  test.each([
    [{ unparsed: true }, '[unparsed]'],
    [{ unfinished: true }, '[unfinished]'],
    [{ truncated: true, size: 5 << 20 }, '[truncated, was 5 MiB]'],
    [{ partial_metadata: true }, '[pod unknown]'],
  ])('podferry %j is marked', (podferry, position) => {
    expect(layOut([{ '@timestamp': time, message: 'text', podferry }])[1]).toContain(`text  ${position}`);
  });

  test('a gap stands out', () => {
    const event = { kind: 'pipeline_error', action: 'gap' };
    expect(layOut([{ '@timestamp': time, message: '4.2 MB rotated away', event }])[1]).toContain(
      '┄ 4.2 MB rotated away ┄',
    );
  });
});

describe('structured members', () => {
  test.each([
    [{ a: 1, b: 'two', c: true, d: null }, 'a=1 b=two c=true d=null', []],
    [{ a: 'with space', b: '' }, 'a="with space" b=""', []],
    [{ level: 30, time: 1, pid: 1, hostname: 'h', ts: 'x', user: 'u1' }, 'user=u1', []],
    [{ long: 'x'.repeat(50), short: 1, list: Array.from({ length: 30 }, () => 100) }, 'short=1 (+2 more)', []],
    [{ err: { type: 'E', stack: 'E: no\n    at x' }, n: 1 }, 'n=1', ['E: no', '    at x']],
    [{ stacktrace: 'main.go\n\tat x\n' }, '', ['main.go', '    at x']],
    [{ 'k\x1b': 'v\x1b\x9b' }, 'k␛=v␛\\u{9b}', []],
    [{}, '', []],
  ])('%j', (json, short, long) => expect(fields(json)).toEqual({ short, long }));

  test('all together stay short', () => {
    const json = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`key${i}`, 'some value']));
    expect(columns(fields(json).short)).toBeLessThan(140);
  });

  test('stand behind the message, and stacks below it', () => {
    const lines = layOut([{ '@timestamp': time, message: 'failed', json: { n: 1, stack: 'E\n at x' } }]);
    expect(lines.slice(1).map((line) => line.trim())).toEqual(['01:02:03.001           failed  n=1', 'E', 'at x', '']);
  });
});

describe('colour', () => {
  const SGR = /\x1b\[[0-9;]*m/g;
  const documents = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', undefined].map((level) => ({
    '@timestamp': time,
    message: `at ${level}\nmore`,
    log: { level },
    kubernetes: web,
    json: { a: 1 },
    podferry: { unparsed: true },
  }));

  test('changes nothing but colour', () => {
    const plain = layOut(documents);
    const coloured = layOut(documents, { colour: true });
    expect(plain.join('\n')).not.toMatch(SGR);
    expect(coloured.join('\n')).toMatch(SGR);
    expect(coloured.map((line) => line.replace(SGR, '').trimEnd())).toEqual(plain);
  });

  test('of a container is the same in every run and after a restart, and not that of every other', () => {
    const colourOf = (name: string, restart = 0) => {
      const kubernetes = { namespace: 'shop', pod: { name }, container: { name: 'c', restart } };
      const line = layOut([{ '@timestamp': time, message: '', kubernetes }], { colour: true })[1]!;
      return [...line.matchAll(SGR)].map(([code]) => code).join('');
    };
    expect(colourOf('web-0')).toBe(colourOf('web-0'));
    expect(colourOf('web-0', 3)).toBe(colourOf('web-0'));
    expect(new Set(Array.from({ length: 20 }, (_, i) => colourOf(`web-${i}`))).size).toBeGreaterThan(3);
  });
});

test.each([
  [4_012_000_000, '4.012s'],
  [7_000_000, '7ms'],
  [250_000, '250µs'],
  [12, '12ns'],
  [0, '0ns'],
])('what a request took, %d ns, is told in a unit that people read', (duration, text) => {
  expect(told({ message: 'm', event: { duration }, json: {} })).toEqual({ duration: text });
});

test('what a line of plain text took stands in its message', () => {
  const url = { original: '/a' };
  expect(told({ message: 'GET /a 0.004', event: { duration: 4_000_000 }, url } as object)).toEqual({});
});

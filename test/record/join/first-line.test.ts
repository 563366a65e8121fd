/** A pattern of the operator's says which lines begin a record; and presets, which join the traces of one language. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { RecordRemainder } from '../../../src/record/join/remainder.ts';
import type { TraceKind } from '../../../src/types.ts';
import { TextPattern, withPatterns } from '../../../src/util/text-pattern.ts';
import { ALL, type Document, makeRecords } from '../helpers.ts';

await withPatterns(() => TextPattern.of('a'));
const DATE = TextPattern.of('^\\d{4}-\\d\\d-\\d\\d ') as TextPattern;
const START = Date.UTC(2026, 10, 20, 1, 2, 3);

const cri = (ms: number, text: string, stream = 'stdout', tag = 'F'): string =>
  `${new Date(START + ms).toISOString()} ${stream} ${tag} ${text}\n`;
const lines = (...texts: string[]): string => texts.map((text, i) => cri(i, text)).join('');
const messages = (found: Document[]): string[] => found.map(({ body }) => body.message);

function joined(text: string, more: Parameters<typeof makeRecords>[0] = {}): Document[] {
  const one = makeRecords({ overrides: { ...ALL, firstLine: DATE }, ...more });
  one.read(text, true);
  return one.finish();
}

describe('lines that the pattern does not match', () => {
  test('go on with the record before, whatever they look like', () => {
    const query = ['2026-11-20 01:02:03 INFO query', 'select *', '', '{"a":1}', 'ERROR in a comment', '  from orders;'];
    expect(messages(joined(lines('first', ...query, '2026-11-20 01:02:04 INFO done')))).toEqual([
      'first',
      query.join('\n'),
      '2026-11-20 01:02:04 INFO done',
    ]);
  });

  test('begin one where there is none, or it is a second ago, by the times of the lines', () => {
    const text = cri(0, 'a') + cri(1, 'b') + cri(1002, 'c') + cri(1003, 'd') + cri(2003, 'e');
    expect(messages(joined(text))).toEqual(['a\nb', 'c\nd\ne']);
  });

  test('go on in their own stream, and across partial lines', () => {
    const text =
      cri(0, '2026-11-20 x') +
      cri(1, 'other', 'stderr') +
      cri(2, 'par', 'stdout', 'P') +
      cri(3, 'tial') +
      cri(4, '2026-11-20 ', 'stdout', 'P') +
      cri(5, 'y');
    expect(messages(joined(text)).toSorted()).toEqual(['2026-11-20 x\npartial', '2026-11-20 y', 'other']);
  });

  test('keep the bounds of a trace: the middle of what is too long is cut and marked', () => {
    const many = Array.from({ length: 500 }, (_, i) => `line ${i}`);
    const [one, ...more] = joined(lines('2026-11-20 x', ...many), { maxBytes: 2048 });
    expect(more).toEqual([]);
    expect(one!.body.message).toMatch(
      /^2026-11-20 x\nline 0\n[^]*\n\t\.\.\. \d+ lines cut by podferry\n[^]*\nline 499$/,
    );
    expect(one!.body.podferry).toMatchObject({ truncated: true });
  });

  test('a trace among them has its level and its error', () => {
    const trace = ['java.lang.IllegalStateException: no', '\tat com.example.A.b(A.java:1)'];
    const [one] = joined(lines('2026-11-20 01:02:03 ERROR failed', ...trace));
    expect(one!.body.log.level).toBe('error');
    expect(one!.body).toMatchObject({ error: { type: 'java.lang.IllegalStateException', message: 'no' } });
  });

  test('do not get a record past its rate, unless it holds a trace', () => {
    const overrides = { ...ALL, firstLine: DATE, rate: { records: 1, bytes: Infinity, burst: 1 } };
    const trace = ['java.lang.IllegalStateException: no', '\tat com.example.A.b(A.java:1)'];
    const text = lines('2026-11-20 a', 'b', '2026-11-20 c', 'd', '2026-11-20 e', ...trace, '2026-11-20 f');
    expect(messages(joined(text, { overrides })).slice(0, -1)).toEqual([
      '2026-11-20 a\nb',
      ['2026-11-20 e', ...trace].join('\n'),
    ]);
  });
});

test('the last line is held until no other can go on with it', () => {
  const one = makeRecords({ overrides: { ...ALL, firstLine: DATE } });
  one.read(cri(0, '2026-11-20 x'));
  expect([one.batch.count, one.position()!.out]).toEqual([0, 0]);
  one.records.expire(one.batch, START + 2900);
  expect(one.batch.count).toBe(0);
  one.records.expire(one.batch, START + 3100);
  expect(one.batch.count).toBe(1);
});

test('without joining nothing is joined, pattern or not', () => {
  expect(joined(lines('a', 'b'), { overrides: { ...ALL, multiline: false, firstLine: DATE } })).toHaveLength(2);
});

test('verify takes the lines before the first first line for the rest of a record, if they follow each other', () => {
  const rest = new RecordRemainder(DATE);
  expect([rest.takes('rest\nof it', 0), rest.takes('more', 500), rest.takes('2026-11-20 x', 600)]).toEqual([
    true,
    true,
    false,
  ]);
  const apart = new RecordRemainder(DATE);
  expect([apart.takes('rest', 0), apart.takes('more', 1500)]).toEqual([true, false]);
});

describe('a preset', () => {
  const JAVA = ['java.lang.IllegalStateException: no', '\tat com.example.A.b(A.java:1)'];
  const PYTHON = ['Traceback (most recent call last):', '  File "/app/a.py", line 2, in get', "KeyError: 'k'"];
  const GO = ['panic: no', '', 'goroutine 1 [running]:', 'main.main()', '\t/app/main.go:7 +0x2a'];
  const NODE = ['Error: no', '    at handler (/app/server.js:10:5)'];
  const RUST = [
    "thread 'main' panicked at src/main.rs:2:5:",
    'no',
    'note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace',
  ];
  const RUBY = ["app.rb:2:in 'get': no (KeyError)", "\tfrom app.rb:5:in '<main>'"];
  const PHP = [
    'PHP Fatal error:  Uncaught Exception: no in /app/a.php:3',
    'Stack trace:',
    '#0 {main}',
    '  thrown in /app/a.php on line 3',
  ];
  const ELIXIR = ['** (RuntimeError) no', '    (shop 0.1.0) lib/shop.ex:3: Shop.get/1'];
  const TRACES: Readonly<Record<string, readonly string[]>> = { JAVA, PYTHON, GO, NODE, RUST, RUBY, PHP, ELIXIR }; // prettier-ignore

  test.each([
    [undefined, ['JAVA', 'PYTHON', 'GO', 'NODE', 'RUST', 'RUBY', 'PHP', 'ELIXIR']],
    ['java', ['JAVA', 'NODE']],
    ['dotnet', ['JAVA', 'NODE']],
    ['node', ['JAVA', 'NODE']],
    ['python', ['PYTHON']],
    ['go', ['GO']],
    ['rust', ['RUST']],
    ['ruby', ['RUBY', 'PHP']],
    ['php', ['RUBY', 'PHP']],
    ['erlang', ['ELIXIR']],
  ] as const)('%s joins the traces of %j', (traces: TraceKind | undefined, names) => {
    const whole = Object.entries(TRACES).filter(([, trace]) => {
      const one = makeRecords({ overrides: { ...ALL, traces } });
      one.read(Buffer.from(lines('before', ...trace, 'INFO after')));
      return messages(one.finish()).includes(trace.join('\n'));
    });
    expect(whole.map(([name]) => name)).toEqual(names);
  });
});

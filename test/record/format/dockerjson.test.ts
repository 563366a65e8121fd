import { expect, test } from 'vitest';
import { read } from '../helpers.ts';

const TIME = '2026-11-20T01:02:03.001655154Z';

function line(members: Record<string, unknown>): string {
  return `${JSON.stringify(members)}\n`;
}

test.each([
  ['plain', line({ log: 'a\n', stream: 'stderr', time: TIME }), 'a'],
  ['keys in another order', line({ time: TIME, stream: 'stderr', log: 'a\n' }), 'a'],
  [
    'attrs and unknown keys',
    line({ attrs: { a: '}', b: ['"', 1] }, log: 'a\n', x: null, y: 1.5, z: true, stream: 'stderr', time: TIME }),
    'a',
  ],
  ['spaces', `{ "log" : "a\\n" , "stream" : "stderr" , "time" : "${TIME}" }\n`, 'a'],
  [
    'escaped quotes and unicode',
    line({ log: 'q" b\\ \u0000 ä 한 😀\n', stream: 'stderr', time: TIME }),
    'q" b\\ \u0000 ä 한 😀',
  ],
  [
    'written as escapes',
    `{"log":"\\u0041\\u00e4\\ud55c\\ud83d\\ude00\\/\\b\\f\\t\\n","stream":"stderr","time":"${TIME}"}\n`,
    'Aä한😀/\b\f\t',
  ],
  ['JSON within', line({ log: '{"log":"x\\n"}\n', stream: 'stderr', time: TIME }), '{"log":"x\\n"}'],
  ['CRI within', line({ log: `${TIME} stdout F x\n`, stream: 'stderr', time: TIME }), `${TIME} stdout F x`],
  ['a terminal', line({ log: 'a\r\n', stream: 'stderr', time: TIME }), 'a'],
  ['nothing', line({ log: '\n', stream: 'stderr', time: TIME }), ''],
  ['line feeds within', line({ log: 'a\nb\n', stream: 'stderr', time: TIME }), 'a\nb'],
])('%s', (_name, text, message) => {
  const [found, ...more] = read(text);
  expect(more).toEqual([]);
  expect(found!.body).toMatchObject({ '@timestamp': TIME, message, stream: 'stderr' });
  expect(found!.body.podferry).toBe(undefined);
  expect(found!.body.log.offset).toBe(0);
});

test.each([
  ['a brace', '{'],
  ['an empty object', '{}'],
  ['a number', '123'],
  ['words', 'hello world'],
  ['no time', line({ log: 'a\n', stream: 'stdout' }).trim()],
  ['time 123', line({ log: 'a\n', stream: 'stdout', time: 123 }).trim()],
  ['time ""', line({ log: 'a\n', stream: 'stdout', time: '' }).trim()],
  ['time "qwerty"', line({ log: 'a\n', stream: 'stdout', time: 'qwerty' }).trim()],
  ['time and more', line({ log: 'a\n', stream: 'stdout', time: `${TIME}x` }).trim()],
  ['no log', line({ stream: 'stdout', time: TIME }).trim()],
  ['log 123', line({ log: 123, stream: 'stdout', time: TIME }).trim()],
  ['no stream', line({ log: 'a\n', time: TIME }).trim()],
  ['another stream', line({ log: 'a\n', stream: 'stdin', time: TIME }).trim()],
  ['a bad escape', `{"log":"\\x\\n","stream":"stdout","time":"${TIME}"}`],
  ['half a surrogate pair', `{"log":"\\ud800\\n","stream":"stdout","time":"${TIME}"}`],
  ['not closed', `{"log":"a\\n","stream":"stdout","time":"${TIME}"`],
  ['something behind it', `{"log":"a\\n","stream":"stdout","time":"${TIME}"}x`],
  ['an open member', `{"log":"a\\n","stream":"stdout","time":"${TIME}","x":[`],
  ['a comma at the end', `{"log":"a\\n","stream":"stdout","time":"${TIME}",`],
])('unparsed, no crash: %s', (_name, text) => {
  const [first, found, after] = read(`${TIME} stdout F before\n${text}\n${TIME} stdout F after\n`);
  expect(first!.body.message).toBe('before');
  expect(found!.body).toMatchObject({ message: text, '@timestamp': TIME, podferry: { unparsed: true } });
  expect(found!.body.stream).toBe(undefined);
  expect(after!.body.message).toBe('after');
});

test('without its line feed, then with: one record of the first one', () => {
  const later = '2026-11-20T01:02:04Z';
  const text =
    line({ log: 'part1 \u00e4', stream: 'stdout', time: TIME }) +
    line({ log: 'other\n', stream: 'stderr', time: later }) +
    line({ log: 'part2\n', stream: 'stdout', time: later });
  const found = read(text).map((d) => d.body);
  expect(found.map((body) => body.message)).toEqual(['other', 'part1 äpart2']);
  expect(found[1]).toMatchObject({ '@timestamp': TIME, log: { offset: 0 } });
});

test('16384 bytes without a line feed go on, 16383 with one are whole', () => {
  const text =
    line({ log: 'x'.repeat(16383) + '\n', stream: 'stdout', time: TIME }) +
    line({ log: 'y'.repeat(16384), stream: 'stdout', time: TIME }) +
    line({ log: 'z\n', stream: 'stdout', time: TIME });
  expect(read(text).map((d) => d.body.message.length)).toEqual([16383, 16385]);
});

test('lines of both kinds in one file, told apart one by one', () => {
  const text =
    `${TIME} stdout P cri \n` +
    line({ log: 'docker', stream: 'stdout', time: TIME }) +
    `${TIME} stdout F  cri\n` +
    line({ log: 'alone\n', stream: 'stdout', time: TIME });
  expect(read(text).map((d) => d.body.message)).toEqual(['cri docker cri', 'alone']);
});

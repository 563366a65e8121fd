import { expect, test } from 'vitest';
import { confirmedGaps, leastBytes, Stretch } from '../../src/verify/confirm.ts';

const TIME = '2026-11-26T01:02:03.000000001Z';
const document = (offset: number, message: string, more: object = {}) => ({
  '@timestamp': TIME,
  message,
  stream: 'stdout',
  log: { offset },
  ...more,
});
/** A line as the runtime writes it. */
const line = (content: string): string => `${TIME} stdout F ${content}\n`;

test.each<[string, object, string]>([
  ['a plain line', document(0, 'one'), line('one')],
  ['an empty one', document(0, ''), line('')],
  ['beyond ASCII', document(0, '한국어 😀'), line('한국어 😀')],
  ['cut', document(0, 'x', { podferry: { truncated: true, size: 5000 } }), line('x'.repeat(5000))],
  ['in no known format', document(0, 'raw', { stream: undefined, podferry: { unparsed: true } }), 'raw\n'],
])('%s has exactly as many bytes on disk', (_, given, onDisk) => {
  expect(leastBytes(given)).toBe(Buffer.byteLength(onDisk));
});

test.each<[string, object, string]>([
  ['a JSON line', document(0, 'a "b"', { json: { n: 1 } }), line('{"n":1,"msg":"a \\"b\\""}')],
  ['with white space', document(0, 'a', { json: { n: 1 } }), line('{ "n": 1, "message": "a" }')],
  ['without a message', document(0, '', { json: { n: 1 } }), line('{"n":1}')],
  ['without a message', document(0, '{"n":1}', { json: { n: 1 } }), line('{"n":1}')],
  [
    'with a part left out',
    document(0, '{"n":1,"a":[1,{}]}', { json: { n: 1 }, podferry: { partial_json: true } }),
    line('{"n":1,"a":[1,{}]}'),
  ],
  ['with a message that looks like one', document(0, '{"n"', { json: { n: 1 } }), line('{"n":1,"msg":"{\\"n\\""}')],
  ['a stack trace', document(0, 'E: no\n\tat a.b'), line('E: no') + line('\tat a.b')],
])('%s has at least as many bytes on disk', (_, given, onDisk) => {
  const bytes = Buffer.byteLength(onDisk);
  expect(leastBytes(given)).toBeLessThanOrEqual(bytes);
  expect(leastBytes(given)).toBeGreaterThan(bytes - 31);
});

/** Whether these lines cover a stretch that begins at 1000; a string is stored, a number is so many bytes that are not. */
function covers(...pieces: (string | number)[]): boolean {
  let at = 1000;
  const documents = pieces.flatMap((piece) => {
    const from = at;
    at += typeof piece === 'number' ? piece : Buffer.byteLength(line(piece));
    return typeof piece === 'number' ? [] : [document(from, piece)];
  });
  const stretch = new Stretch(1000, at);
  for (const each of documents) stretch.add(each);
  return stretch.isCovered;
}

test('a stretch is covered when no other line fits in between', () => {
  expect(covers('one', 'two', 'three')).toBe(true);
  expect(covers(1, 'one', 2, 'two', 30)).toBe(true);
  expect(covers('one', 31, 'three')).toBe(false);
  expect(covers(31, 'two')).toBe(false);
  expect(covers('one', 31)).toBe(false);
  expect(covers(31)).toBe(false);
});

test('two streams whose lines alternate cover it together', () => {
  const trace = [line('E: no'), line('\tat a.b')];
  const between = line('other').replace('stdout', 'stderr');
  const stretch = new Stretch(0, trace.join('').length + between.length);
  stretch.add(document(0, 'E: no\n\tat a.b'));
  stretch.add({ ...document(trace[0]!.length, 'other'), stream: 'stderr' });
  expect(stretch.isCovered).toBe(true);
});

test('only documents of the file of a gap count for it, though all files of a log have the same path', async () => {
  const gapOf = (fingerprint: string): string => fingerprint.replace('line', 'lost');
  const id = (source: string): string => `timetime${source}offsetof`;
  const gap = (source: string, bytes: number | undefined) => ({
    id: id(source),
    document: { log: { offset: 100 }, podferry: { lost_bytes: bytes, lost_unknown: bytes === undefined || undefined } },
  });
  const bytes = line('one').length;
  const gaps = [gap('lost-of-a___', bytes), gap('lost-of-b___', bytes), gap('lost-of-c___', undefined)];
  const asked: unknown[] = [];
  const documentsOf = async function* (what: 'lines' | 'gaps', path: string, from: number, to: number) {
    await Promise.resolve();
    if (what === 'gaps') {
      yield gaps;
      return;
    }
    asked.push([path, from, to]);
    yield [{ id: id('line-of-a___'), document: document(100, 'one') }];
  };
  expect(await confirmedGaps(['/0.log'], documentsOf, gapOf)).toBe(1);
  expect(asked).toEqual([
    ['/0.log', 100, 100 + bytes],
    ['/0.log', 100, 100 + bytes],
  ]);
});

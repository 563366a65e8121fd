/** Which records `include` and `exclude` keep. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { TextSet } from '../../../src/record/encode/text-set.ts';
import { ALL, makeRecords, random, read } from '../helpers.ts';

const isIn = (text: string, ...texts: string[]): boolean => {
  const bytes = Buffer.from(`GET${text}GET`);
  return new TextSet(texts).isIn(bytes, 3, bytes.length - 3);
};

test.each([
  ['', ['a'], false],
  ['a', ['a'], true],
  ['xGE', ['GET'], false],
  ['GET /healthz', ['GET /healthz'], true],
  ['get /healthz', ['GET /healthz'], false],
  ['aab', ['ab'], true],
  ['aaab', ['aab'], true],
  ['abcd', ['abce', 'bcd'], true],
  ['she', ['he', 'his'], true],
  ['abab', ['ababc', 'bab'], true],
  ['주문 완료', ['완료'], true],
  ['주문', ['완료', '주\u0000'], false],
] as const)('%j has one of %j: %s', (text, texts, expected) => expect(isIn(text, ...texts)).toBe(expected));

test('finds what includes() finds, in texts of three letters (seed 7)', () => {
  const rnd = random(7);
  const some = (n: number): string => Array.from({ length: n }, () => 'abc'[rnd(3)]).join('');
  for (let i = 0; i < 2000; i++) {
    const texts = Array.from({ length: 1 + rnd(5) }, () => some(1 + rnd(6)));
    const text = some(rnd(20));
    expect(isIn(text, ...texts), `${text} ${texts.join()}`).toBe(texts.some((each) => text.includes(each)));
  }
});

describe('records', () => {
  const LOG = [
    'GET /healthz 200',
    'GET /cart 200',
    'ERROR java.lang.IllegalStateException: no cart',
    '\tat shop.Cart.get(Cart.java:17)',
    '\tat shop.Main.main(Main.java:3)',
    'POST /cart bob@example.com',
  ].map((line, i) => `2026-11-20T01:02:03.${i}Z stdout F ${line}\n`);
  const kept = (overrides: object): string[] =>
    read(LOG.join(''), { overrides: { ...ALL, ...overrides } }).map(({ body }) =>
      body.message.split('\n')[0]!.slice(0, 9),
    );

  test.each([
    [{ exclude: ['GET /healthz'] }, ['GET /cart', 'ERROR jav', 'POST /car']],
    [{ include: ['/cart'] }, ['GET /cart', 'POST /car']],
    [{ include: ['GET'], exclude: ['healthz'] }, ['GET /cart']],
    // A stack trace is one record: a text of any of its lines counts.
    [{ exclude: ['Main.java'] }, ['GET /heal', 'GET /cart', 'POST /car']],
    [{ include: ['Main.java'] }, ['ERROR jav']],
    [{ exclude: ['no cart'] }, ['GET /heal', 'GET /cart', 'POST /car']],
    // What was redacted is not there any more.
    [{ exclude: ['bob@'], redact: ['email'] }, ['GET /heal', 'GET /cart', 'ERROR jav', 'POST /car']],
  ] as const)('%j', (overrides, expected) => expect(kept(overrides)).toEqual(expected));

  test('that are dropped are counted by rule, and are acknowledged as if they were stored', () => {
    const one = makeRecords({ overrides: { ...ALL, include: ['GET', 'ERROR'], exclude: ['healthz'] } });
    one.read(LOG.join(''));
    one.finish();
    expect([...one.records.counts.dropped].toSorted()).toEqual([
      ['exclude', 1],
      ['include', 1],
    ]);
    expect(one.position()!.out).toBe(Buffer.byteLength(LOG.join('')));
    expect(one.losses).toEqual([]);
  });

  test('of no known format count too', () => {
    expect(read('GET /healthz\nGET /cart\n', { overrides: { ...ALL, exclude: ['healthz'] } })).toHaveLength(1);
  });
});

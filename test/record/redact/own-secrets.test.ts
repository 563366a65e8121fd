/** Secrets that the operator's own patterns find: what becomes of the content. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { maskOf } from '../../../src/record/redact/kinds.ts';
import { CUT_OFF, Redactor, UNENDED, WHOLE } from '../../../src/record/redact/redactor.ts';
import type { Preset } from '../../../src/types.ts';
import { TextPattern, withPatterns } from '../../../src/util/text-pattern.ts';

await withPatterns(() => TextPattern.of('a'));

const MAX_BYTES = 4096;
const redactor = new Redactor(MAX_BYTES);

function shown(text: string, patterns: readonly string[], presets: readonly Preset[] = [], ending = WHOLE): string {
  const bytes = Buffer.from(` ${text} `);
  const secrets = patterns.map((source, k) => {
    const pattern = TextPattern.of(source);
    if (typeof pattern === 'string') throw new Error(pattern);
    return { name: `s${k}`, pattern };
  });
  const found = redactor.redact(bytes, 1, bytes.length - 1, { redact: maskOf(presets), secrets }, false, ending);
  return found ? redactor.bytes.toString('utf8', 0, redactor.length) : text;
}

describe('in a record', () => {
  test.each([
    ['nothing is found', 'a b', ['c'], [], 'a b'],
    ['all of a match', 'order A-20417 paid', ['A-\\d+'], [], 'order [redacted:s0] paid'],
    ['its first group', 'pin=1234 pin=99', ['pin=(\\d+)'], [], 'pin=[redacted:s0] pin=[redacted:s0]'],
    ['several patterns', 'a=1 b=2', ['b=(.)', 'a=(.)'], [], 'a=[redacted:s1] b=[redacted:s0]'],
    ['what overlaps', 'abcdef', ['bcd', 'def'], [], 'a[redacted:s0]'],
    ['beside a preset', 'bob@example.com id=7', ['id=(\\d)'], ['email'], '[redacted:email] id=[redacted:s0]'],
    ['over a preset: neither hides less', 'x bob@example.com', ['@example'], ['email'], 'x [redacted:email]'],
    ['around a preset', 'u=bob@example.com!', ['u=.*!'], ['email'], '[redacted:s0]'],
    ['a text of JSON', '{"a":"k-7"}', ['k-\\d'], [], '{"a":"[redacted:s0]"}'],
    ['a number of JSON', '{"pin":-12.5e3,"b":1}', ['"pin":([^,]+)'], [], '{"pin":"[redacted:s0]","b":1}'],
    ['an escape', '{"a":"tok\\u0065n=x\\u0079z"}', ['token=(\\w+)'], [], '{"a":"token=[redacted:s0]"}'.replace('token', 'tok\\u0065n')],
    ['escaped Korean', '{"a":"\\ube44\\ubc00 abc"}', ['비밀 (\\w+)'], [], '{"a":"\\ube44\\ubc00 [redacted:s0]"}'],
    ['a pattern for the escapes themselves', '{"a":"x\\"y","p":"1\\"2"}', ['"p":"((?:[^"\\\\]|\\\\.)*)"'], [], '{"a":"x\\"y","p":"[redacted:s0]"}'],
    ['a colour between', 'tok\u001b[1men=abc', ['token=(\\w+)'], [], 'tok\u001b[1men=[redacted:s0]'],
    ['in JSON in JSON', '{"a":"{\\"pw\\":\\"x1\\"}"}', ['"pw":"(\\w+)"'], [], '{"a":"{\\"pw\\":\\"[redacted:s0]\\"}"}'],
    ['over lines', 'BEGIN x\ny END z', ['(?s)BEGIN.*END'], [], '[redacted:s0] z'],
  ] as const)('%s', (_, text, patterns, presets, expected) => {
    expect(shown(text, patterns, presets)).toBe(expected);
  }); // prettier-ignore

  test.each([
    ['whose end was cut off', CUT_OFF],
    ['whose end did not come', UNENDED],
  ])('%s: what the rest could complete', (_, ending) => {
    expect(shown('say phrase <a b', ['phrase <([^>]*)>'], [], ending)).toBe('say phrase <[redacted:s0]');
    expect(shown('say phrase <a b', ['phrase <([^>]*)>'])).toBe('say phrase <a b');
  });
});

test('many short matches do not make a document that is too long: all of it is hidden', () => {
  expect(shown('a1'.repeat(100), ['\\d'])).toBe('a[redacted:s0]'.repeat(100));
  expect(shown('a1'.repeat(MAX_BYTES / 2), ['\\d'])).toBe('[redacted:s0]');
});

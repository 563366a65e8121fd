import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { characterEnd, escape, escapedLength, escapeLossy } from '../../../src/record/encode/escape.ts';
import { random } from '../helpers.ts';

/** Escapes content that has other things before and behind it. */
function f(content: Buffer, how: typeof escape): string {
  const bytes = Buffer.concat([Buffer.from('"\\'), content, Buffer.from([0x22, 0x80, 0x0a])]);
  const out = Buffer.alloc(16 + content.length * 6, '#');
  const end = how(bytes, 2, 2 + content.length, out, 1);
  expect(out[0]).toBe(0x23);
  return out.toString('utf8', 1, end);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

test('text comes out as JSON has it', () => {
  const every = Array.from({ length: 0x80 }, (_, i) => String.fromCharCode(i)).join('');
  for (const text of [
    '',
    'a',
    'abc',
    'abcd',
    'abcde',
    '"',
    '""""',
    'a"b\\c',
    every,
    `${every}한국어 😀`,
    '\u2028\u007f\u0080',
  ]) {
    const content = Buffer.from(text);
    for (const how of [escape, escapeLossy]) {
      const escaped = f(content, how);
      expect(JSON.parse(`"${escaped}"`)).toBe(text);
      expect(escaped).toBe(JSON.stringify(text).slice(1, -1));
      expect(Buffer.byteLength(escaped)).toBe(escapedLength(content, 0, content.length, true));
    }
  }
});

test('random text at every length and place', () => {
  const seed = 11;
  const rnd = random(seed);
  const letters = [
    'a',
    'b',
    ' ',
    '"',
    '\\',
    '\n',
    '\t',
    '\u0000',
    '\u001f',
    '\u007f',
    'é',
    '한',
    '😀',
    '!',
    '#',
    '[',
    ']',
    '\u0020',
  ];
  for (let i = 0; i < 5000; i++) {
    const text = Array.from({ length: rnd(24) }, () => letters[rnd(letters.length)]).join('');
    expect(JSON.parse(`"${f(Buffer.from(text), escape)}"`), `seed ${seed} program ${i}`).toBe(text);
  }
});

test.each([
  ['a lone continuation byte', [0x61, 0x80, 0x62]],
  ['an overlong form', [0xc0, 0xaf]],
  ['a lead without its rest', [0xe2, 0x82, 0x61]],
  ['a lead at the end', [0x61, 0xf0, 0x9f, 0x98]],
  ['half a surrogate pair', [0xed, 0xa0, 0x80]],
  ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ['no lead at all', [0xf5, 0xff, 0xfe]],
  ['overlong in three bytes', [0xe0, 0x9f, 0xbf]],
  ['overlong in four bytes', [0xf0, 0x8f, 0xbf, 0xbf]],
  ['a quote within', [0xe2, 0x22, 0x82]],
  ['two leads', [0xe2, 0xe2, 0x82, 0xac]],
])('ill-formed: %s', (_name, bytes) => {
  const content = Buffer.from(bytes);
  expect(JSON.parse(`"${f(content, escapeLossy)}"`)).toBe(decoder.decode(content));
});

test('whatever the bytes, the text is the one TextDecoder reads', () => {
  const seed = 12;
  const rnd = random(seed);
  const interesting = [
    0x00, 0x22, 0x41, 0x5c, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4,
    0xf5, 0xff,
  ];
  for (let i = 0; i < 20_000; i++) {
    const content = Buffer.from(Array.from({ length: rnd(10) }, () => interesting[rnd(interesting.length)]!));
    const escaped = f(content, escapeLossy);
    expect(JSON.parse(`"${escaped}"`), `seed ${seed} ${content.toString('hex')}`).toBe(decoder.decode(content));
    expect(Buffer.byteLength(escaped)).toBeLessThanOrEqual(escapedLength(content, 0, content.length, false));
  }
});

test('a cut never leaves a part of a character', () => {
  const bytes = Buffer.from('aé한😀b');
  const ends = new Set([0, 1, 3, 6, 10, 11]);
  for (let to = 0; to <= bytes.length; to++) {
    const end = characterEnd(bytes, 0, to);
    expect(ends.has(end)).toBe(true);
    expect(to - end).toBeLessThan(4);
  }
  // what is no character is cut where it is
  expect(characterEnd(Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80]), 0, 5)).toBe(5);
  expect(characterEnd(Buffer.from([0xff, 0xff]), 0, 2)).toBe(2);
  expect(characterEnd(Buffer.from([0xe2, 0x82]), 1, 2)).toBe(2);
});

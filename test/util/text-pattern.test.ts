/** Patterns: what they find is what the library finds, in linear time whatever pattern and content are. */
import { Buffer } from 'node:buffer';
import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { PatternSpans, type Step } from '../../src/util/pattern-spans.ts';
import { TextPattern, withPatterns } from '../../src/util/text-pattern.ts';
import { length } from '../helpers/length.ts';
import { random } from '../record/helpers.ts';

const SEED = Number(process.env['PODFERRY_TEST_SEED'] ?? 1);
const PROGRAMS = length(3000, 100_000, 'PODFERRY_TEST_PROGRAMS');

await withPatterns(() => TextPattern.of('a'));

function pattern(source: string): TextPattern {
  const made = TextPattern.of(source);
  if (typeof made === 'string') throw new Error(`${source}: ${made}`);
  return made;
}

function found(source: string, text: string | Buffer, goesOn = false): string[] {
  const bytes = Buffer.from(text);
  const texts: string[] = [];
  pattern(source).find(bytes, 0, bytes.length, goesOn, (from, to) => texts.push(bytes.toString('utf8', from, to)));
  return texts;
}

describe('a pattern is refused', () => {
  test.each([
    ['look-around', 'a(?=b)', 'invalid or unsupported Perl syntax: "(?="; it takes the syntax of RE2, without look-around and references back'],
    ['a reference back', '(a)\\1', 'invalid escape sequence: "\\1"; it takes the syntax of RE2, without look-around and references back'],
    ['a bracket that is open', '(a', 'missing closing ): "(a"'],
    ['a thousand times a thousand', '(a{1000}){1000}', 'invalid repeat count: "{1000}"'],
    ['a thousand steps', '\\pL{1000}', 'it takes 1002 steps, and 300 are the most; repeat less: {1000} counts a thousand times'],
    ['many times a thousand', 'a{1000}'.repeat(100), 'it takes 100002 steps, and 300 are the most; repeat less: {1000} counts a thousand times'],
    ['a text that is long', 'a'.repeat(1001), 'it has 1001 characters; 1000 are the most'],
  ])('%s', (_, source, why) => {
    expect(TextPattern.of(source)).toBe(why);
  }); // prettier-ignore

  test.each([
    ['what matches the empty text', 'a*', 'it matches the empty text'],
    ['the end of a word', '\\b', 'it matches the empty text'],
    ['many loops of what may be empty', 'x' + '(?:a*|b*)*'.repeat(9), 'it repeats too often what may be empty, such as (a*)*'],
    ['nothing else', 'x(?:a*|b*)*', undefined],
  ])('for finding: %s', (_, source, why) => {
    expect(pattern(source).whyNoFind).toBe(why);
  }); // prettier-ignore
});

describe('a pattern finds', () => {
  test.each([
    ['all of each match', 'to\\w+', 'token and tomato', ['token', 'tomato']],
    ['its first group', 'token=(\\S+)', 'token=a1 token=b2;', ['a1', 'b2;']],
    ['all of a match that its group has no part in', 'id-(\\d+)|key-\\w+', 'id-7 key-x', ['7', 'key-x']],
    ['the last time of a group that comes again', '(?:(\\w)-)+', 'a-b-c-', ['c']],
    ['what the first choice leads to', 'a|ab', 'ab', ['a']],
    ['as much as it can', '<.+>', '<a><b>', ['<a><b>']],
    ['as little as it can', '<.+?>', '<a><b>', ['<a>', '<b>']],
    ['characters of several bytes', '주민(.)', '주민번호 주민😀', ['번', '😀']],
    ['in any case', '(?i)secret', 'SeCreT', ['SeCreT']],
    ['what stands at the ends of words', '\\bkey\\b', 'keys key monkey', ['key']],
    ['the beginning of the content', '^a', 'aa\na', ['a']],
    ['the beginnings of lines', '(?m)^a', 'aa\na', ['a', 'a']],
    ['bytes that are no character', 'a.b', Buffer.from([0x61, 0xff, 0x62, 0x61, 0x80, 0x62]), ['a\ufffdb', 'a\ufffdb']],
    ['nothing in what is over', 'ab$', 'abc', []],
  ] as const)('%s', (_, source, text, texts) => {
    expect(found(source, text)).toEqual(texts);
  });

  test.each([
    ['what the rest could complete', '\\d{6}-\\d{7}', 'no 900101-12', ['900101-12']],
    ['a group that goes on', 'token=(\\w+);', 'my token=ab', ['ab']],
    ['nothing where the group has not begun', 'token=(\\w+);', 'my token=', []],
    ['what is whole before it', '<a>(.*?)</a>', '<a>x</a> <a>y', ['x', 'y']],
    ['what stands before a word that is not whole', 'foo\\B', 'foo', ['foo']],
  ] as const)('%s, where the content is cut', (_, source, text, texts) => {
    expect(found(source, text, true)).toEqual(texts);
  });
});

const ATOMS = ['a', 'b', 'c', '.', '[ab]', '[^a]', '\\w', '\\s', '\\b', '^', '$', '한', '(?i)A', '\\d', '(?s).'];
type Random = (below: number) => number;

function anyPattern(rnd: Random, depth: number): string {
  const kind = depth === 0 ? 0 : rnd(7);
  const inner = () => anyPattern(rnd, depth - 1);
  switch (kind) {
    case 1:
      return inner() + inner();
    case 2:
      return `(?:${inner()}|${inner()})`;
    case 3:
      return `(${inner()})`;
    case 4:
      return `(?:${inner()})${['*', '+', '?', '*?', '+?', '??', '{2}', '{1,3}', '{0,2}?'][rnd(9)]!}`;
    case 5:
      return inner() + inner() + inner();
    default:
      return ATOMS[rnd(ATOMS.length)]!;
  }
}

test(`any pattern finds what the library finds, one match after another (seed ${SEED})`, () => {
  const texts = ['a', 'b', 'c', ' ', '\n', '1', '한', '_', '\u{1f600}'];
  for (let seed = SEED; seed < SEED + PROGRAMS; seed++) {
    const rnd = random(seed);
    const source = anyPattern(rnd, 4);
    const made = TextPattern.of(source);
    if (typeof made === 'string' || made.whyNoFind !== undefined) continue;
    let bytes = Buffer.from(Array.from({ length: rnd(12) }, () => texts[rnd(texts.length)]!).join(''));
    if (rnd(5) === 0) bytes = Buffer.concat([bytes, Buffer.from([0x61, 0xed, 0x95]), bytes]);
    const ours: number[][] = [];
    made.find(bytes, 0, bytes.length, false, (from, to) => ours.push([from, to]));
    const what = `seed ${seed}: ${source} in ${JSON.stringify(bytes.toString())}`;
    if (roundsOf(source) === 0) expect(ours, what).toEqual(theirs(source, bytes));
    else if (theirs(source, bytes).length > 0) expect(ours.length, what).toBeGreaterThan(0);
    const isIn = RE2JS.compile(source).test(bytes);
    expect(made.isIn(Buffer.concat([Buffer.from('한'), bytes, Buffer.from('z')]), 3, 3 + bytes.length)).toBe(isIn);
  }
});

test.each([
  ['a match at each place, and one that could go on to the end', '가.*다|가', '가'],
  ['what goes on in many ways', '(?:가+가+)+나|가', '가'],
  ['loops in loops', '다(?:(?:가*|나)*|(?:가|나*)*)*', '다가나'],
  ['a count', '[가나]{1,100}', '가나'],
])('twice the content is looked at twice as often: %s', (_, source, piece) => {
  const { prog } = RE2JS.compile(source).re2() as unknown as { prog: { inst: Step[]; start: number } };
  let looks = 0;
  const counted = prog.inst.map((step) => ({
    op: step.op,
    out: step.out,
    arg: step.arg,
    matchRune: (rune: number) => (looks++, step.matchRune(rune)),
  }));
  const spans = new PatternSpans(counted, prog.start);
  const looksAt = (pieces: number): number => {
    looks = 0;
    const bytes = Buffer.from(piece.repeat(pieces));
    spans.find(bytes, 0, bytes.length, false, () => {});
    return looks;
  };
  expect(looksAt(4000) / looksAt(1000)).toBeLessThan(4.1);
});

/** How often what repeats may be empty: ours is the longest match then, and theirs the first. */
function roundsOf(source: string): number {
  const { prog } = RE2JS.compile(source).re2() as unknown as { prog: { inst: Step[]; start: number } };
  return new PatternSpans(prog.inst, prog.start).rounds;
}

/** Matches that are not empty, or their first groups, as a search after another finds them. */
function theirs(source: string, bytes: Buffer): number[][] {
  const m = RE2JS.compile(source).matcher(bytes);
  const has = m.groupCount() > 0;
  const all: number[][] = [];
  for (let pos = 0; pos <= bytes.length && m.find(pos);) {
    if (m.end() === m.start()) {
      // The next place where a character begins.
      pos = m.end() + 1;
      while (pos < bytes.length && (bytes[pos]! & 0xc0) === 0x80) pos++;
      continue;
    }
    const span = has && m.start(1) >= 0 ? [m.start(1), m.end(1)] : [m.start(), m.end()];
    if (span[0]! < span[1]!) all.push(span);
    pos = m.end();
  }
  return all;
}

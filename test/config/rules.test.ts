import { describe, expect, it } from 'vitest';
import { readInline } from '../../src/config/file.ts';
import { glob, matches, resolveRules, rules, type Rule } from '../../src/config/rules.ts';

function read(yaml: string): { value: readonly Rule[] | undefined; complaints: string[] } {
  const complaints: string[] = [];
  const complain = (_: string, text: string) => void complaints.push(text);
  const given = readInline(yaml, 'here', 'rules', complain)!;
  return { value: rules('').read(given, 'rules', complain), complaints };
}

const shop = { namespace: 'shop', pod: 'web-7d9f8b-abcde', container: 'web', labels: new Map([['app', 'web']]) };

describe('a pattern', () => {
  it.each([
    ['web', 'web', true],
    ['web', 'web2', false],
    ['', '', true],
    ['*', '', true],
    ['*', 'anything', true],
    ['web-*', 'web-1', true],
    ['web-*', 'web-', true],
    ['web-*', 'web', false],
    ['*-web', 'my-web', true],
    ['*-web', 'my-web-1', false],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'acb', false],
    ['a*b*c', 'a-c-b', false],
    ['ab*ab', 'ab', false],
    ['ab*ab', 'abab', true],
    ['*a*', 'bab', true],
    ['a*bc*c', 'abc', false],
    ['a**b', 'ab', true],
    ['*aa*aa*', 'aaa', false],
    ['*aa*aa', 'aaaa', true],
    ['web.', 'webx', false],
    ['[w]eb', 'web', false],
  ])('%j against %j: %s', (pattern, text, expected) => expect(glob(pattern, text)).toBe(expected));

  it('cannot be made to hang', () => {
    expect(glob('*a'.repeat(128) + 'b', 'a'.repeat(10_000))).toBe(false);
  });
});

describe('rules', () => {
  it('become typed', () => {
    expect(
      read(`[
        {match: {namespace: dev-*}, min_level: info, structured: off},
        {match: {pod: load*, container: app}, sample: 100},
        {match: {labels: {app.kubernetes.io/name: noisy}}, drop: true, multiline: auto}]`),
    ).toEqual({
      complaints: [],
      value: [
        { match: { namespace: 'dev-*', labels: new Map() }, minLevel: 'info', structured: false },
        { match: { pod: 'load*', container: 'app', labels: new Map() }, sample: 100 },
        { match: { labels: new Map([['app.kubernetes.io/name', 'noisy']]) }, drop: true, multiline: true },
      ],
    });
  });

  it.each([
    ['{a: b}', 'rules takes a list such as [{match: {namespace: dev-*}, drop: true}], not a map'],
    ['[x]', 'rules[0] takes a map with match and what to do, not "x"'],
    ['[{match: {pod: a}}]', 'rules[0] asks for nothing; give one of drop, min_level, sample, multiline, structured'],
    ['[{drop: true}]', 'rules[0].match takes a map such as {namespace: shop, pod: web-*}, not ""'],
    ['[{match: {}, drop: true}]', 'rules[0].match takes a map such as {namespace: shop, pod: web-*}, not a map'],
    ['[{match: {pod: a}, drop: yes}]', 'rules[0].drop takes true, not "yes"'],
    [
      '[{match: {pod: a}, min_level: loud}]',
      'rules[0].min_level takes trace, debug, info, warn, error or fatal, not "loud"',
    ],
    [
      '[{match: {pod: a}, sample: 0}]',
      'rules[0].sample takes a whole number such as 10, to keep one record in 10, not "0"',
    ],
    ['[{match: {pod: a}, multiline: on}]', 'rules[0].multiline takes auto or off, not "on"'],
    ['[{match: {pod: a}, min_levle: info, drop: true}]', 'rules[0] has no member min_levle; did you mean min_level?'],
    [
      '[{match: {pod: a, node: b}, drop: true}]',
      'rules[0].match has no member node; it may hold namespace, pod, container, labels',
    ],
    ['[{match: {pod: [a]}, drop: true}]', 'rules[0].match.pod takes a name, with * for any text, not a list'],
    ['[{match: {pod: ""}, drop: true}]', 'rules[0].match.pod takes a name, with * for any text, not ""'],
    ['[{match: {labels: a}, drop: true}]', 'rules[0].match.labels takes a map such as {app: web}, not "a"'],
    [
      '[{match: {labels: {a: [b]}}, drop: true}]',
      'rules[0].match.labels.a takes a name, with * for any text, not a list',
    ],
  ])('%s is a mistake', (yaml, complaint) => expect(read(yaml).complaints).toEqual([complaint]));

  it('match when all that is given does', () => {
    const none = new Map<string, string>();
    expect(matches({ namespace: 'shop', pod: 'web-*', labels: new Map([['app', 'w*']]) }, shop)).toBe(true);
    expect(matches({ namespace: 'other', pod: 'web-*', labels: none }, shop)).toBe(false);
    expect(matches({ container: 'app', labels: none }, shop)).toBe(false);
    expect(matches({ labels: new Map([['tier', '*']]) }, shop)).toBe(false);
  });

  it('are read from first to last, the later over the earlier', () => {
    const { value } = read(`[
      {match: {namespace: "*"}, sample: 10, min_level: info},
      {match: {namespace: shop}, sample: 1},
      {match: {namespace: other}, drop: true}]`);
    expect(resolveRules(value!, shop)).toEqual({ sample: 1, minLevel: 'info' });
    expect(resolveRules([], shop)).toEqual({});
  });
});

import { expect, test } from 'vitest';
import { asArray, asObject, asText, isObject, parseJson, stringMembers, textMember } from '../../src/util/json.ts';

test.each([
  ['an object', { a: 1 }, [true, { a: 1 }, [], undefined]],
  ['an array', [1], [false, {}, [1], undefined]],
  ['a text', 'a', [false, {}, [], 'a']],
  ['an empty text', '', [false, {}, [], undefined]],
  ['a number', 1, [false, {}, [], undefined]],
  ['null', null, [false, {}, [], undefined]],
  ['nothing', undefined, [false, {}, [], undefined]],
])('%s reads as what it is, and as absent in every other type', (_, value, expected) => {
  expect([isObject(value), asObject(value), asArray(value), asText(value)]).toEqual(expected);
});

test('a text that is not JSON has no value', () => {
  expect(parseJson('{"a":[1,null]}')).toEqual({ a: [1, null] });
  expect(parseJson('null')).toBe(null);
  for (const text of ['', '{', 'nul', '{} {}']) expect(parseJson(text)).toBe(undefined);
});

test('only the own members of a map are read, and only texts', () => {
  expect(textMember({ a: 'x', b: '' }, 'a')).toBe('x');
  for (const key of ['b', 'c', 'constructor', '__proto__']) expect(textMember({ a: 'x', b: '' }, key)).toBe(undefined);
  const map: unknown = JSON.parse('{"a":"x","b":1,"c":null,"__proto__":"y","d":"z"}');
  expect(Object.entries(stringMembers(map, (key) => key !== 'd'))).toEqual([
    ['a', 'x'],
    ['__proto__', 'y'],
  ]);
  expect(stringMembers(['a'])).toEqual({});
});

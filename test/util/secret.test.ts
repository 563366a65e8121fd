import { expect, test } from 'vitest';
import { secretIn, secretMistake, type Use } from '../../src/util/secret.ts';

const trouble = (text: string, use: Use): string | undefined => secretMistake(secretIn(text, use), use);

test.each<[text: string, header: string | undefined, password: string | undefined]>([
  ['aWQ6a2V5', undefined, undefined],
  ['aWQ6a2V5\n', undefined, undefined],
  ['aWQ6a2V5\r\n', undefined, undefined],
  ['  aWQ6a2V5  \n\n', undefined, undefined],
  ['\ufeffaWQ6a2V5\n', undefined, undefined],
  ['id:key', undefined, undefined],
  ['ApiKey aWQ6a2V5', undefined, undefined],
  ['Bearer aWQ6a2V5', 'has a space in it', undefined],
  ['', 'is empty', 'is empty'],
  ['\n', 'is empty', 'is empty'],
  ['one\ntwo', 'has more than one line', 'has more than one line'],
  ['one\rtwo', 'has more than one line', 'has more than one line'],
  ['# the key\naWQ6a2V5\n', 'has more than one line', 'has more than one line'],
  ['a b', 'has a space in it', undefined],
  ['a\tb', 'has a space in it', undefined],
  ['schlüssel', 'has a character that cannot stand in an HTTP header', undefined],
  ['a\u200bb', 'has a character that cannot stand in an HTTP header', undefined],
  ['a\x07b', 'has a character that cannot stand in an HTTP header', undefined],
  ['a\0b', 'is not text in UTF-8', 'is not text in UTF-8'],
  [Buffer.from('\ufeffaWQ6', 'utf16le').toString('utf8'), 'is not text in UTF-8', 'is not text in UTF-8'],
])('%j', (text, header, password) => {
  expect(trouble(text, 'key')).toBe(header);
  expect(trouble(text, 'password')).toBe(password);
});

test('what people copy along from a header is no part of the secret', () => {
  expect(secretIn('ApiKey abc\n', 'key')).toBe('abc');
  expect(secretIn('bearer abc\n', 'token')).toBe('abc');
  expect(trouble('Bearer abc', 'token')).toBeUndefined();
});

test('a secret is what is left without what editors add; spaces belong to a password', () => {
  expect(secretIn('\ufeff key \r\n', 'key')).toBe('key');
  expect(secretIn('\ufeff pass word \r\n', 'password')).toBe(' pass word ');
});

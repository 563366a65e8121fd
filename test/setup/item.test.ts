/** How what is wanted is compared with what a server has. */
import { describe, expect, test } from 'vitest';
import { compare, isNewer, madeBy, type Item } from '../../src/setup/item.ts';

const item = (body: object, more: Partial<Item> = {}): Item => ({
  kind: 'thing',
  name: 'a',
  path: 'things/a',
  body: body as Item['body'],
  read: (answer) => answer,
  ...more,
});

test.each([
  ['1.0.0', '0.9.9', true],
  ['0.10.0', '0.9.0', true],
  ['0.1.0', '0.1.0', false],
  ['0.1.0-dev', '0.1.0', false],
  ['1', '1.0.0', false],
  ['999', '0.1.0', true],
  ['0.1', '0.1.1', false],
  ['garbage', '0.1.0', false],
])('version %s is newer than %s: %s', (a, b, expected) => expect(isNewer(a, b)).toBe(expected));

test.each([
  [{ _meta: { managed_by: 'podferry', version: '1.2.3' } }, '1.2.3'],
  [{ _meta: { managed_by: 'podferry', version: 7 } }, '7'],
  [{ policy: { _meta: { managed_by: 'podferry', version: '1.2.3' } } }, '1.2.3'],
  [{ policy: { description: 'Made by podferry 1.2.3.' } }, '1.2.3'],
  [{ description: 'Made by podferry 1.2.3 (0a1b).' }, '1.2.3'],
  [{ _meta: { managed_by: 'fleet' } }, undefined],
  [{ _meta: 1, description: 'mine' }, undefined],
  [{}, undefined],
])('%j was made by podferry %s', (body, expected) => expect(madeBy(body)).toBe(expected));

describe('compare', () => {
  test('what is not there is made', () => {
    expect(compare(item({ a: { b: 1 }, c: ['x'] }), undefined)).toMatchObject({
      change: 'create',
      diff: ['+ a.b: 1', '+ c: ["x"]'],
    });
  });

  test('another spelling is no difference', () => {
    const step = compare(item({ 'index.limit': '1000', flag: true }), { index: { limit: 1000 }, flag: 'true' });
    expect(step.change).toBe('none');
  });

  test('what differs, what is new and what is left over', () => {
    expect(compare(item({ a: 1, b: [{ c: 2 }] }), { a: 2, b: [{ c: 2, d: 3 }] })).toMatchObject({
      change: 'update',
      diff: ['- a: 2', '+ a: 1', '- b.0.d: 3'],
    });
  });

  test('what a server adds of its own', () => {
    expect(compare(item({ a: 1 }, { adds: true }), { a: 1, modified: 5 }).change).toBe('none');
  });

  test("the operator's own is never looked into", () => {
    expect(compare(item({ template: {} }, { once: true }), { template: { settings: 1 } }).change).toBe('none');
  });
});

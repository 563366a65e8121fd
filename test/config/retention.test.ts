/** `setup.retention`: what it takes, and what a complaint says. */
import { describe, expect, test } from 'vitest';
import { retention } from '../../src/config/retention.ts';
import type { Given } from '../../src/util/given.ts';

const DAY = 86_400_000;

function read(value: Given['value']) {
  const complaints: string[] = [];
  const found = retention('').read({ at: 'here', value }, 'setup.retention', (_, text) => void complaints.push(text));
  return { found, complaints };
}

test.each([
  ['30d', { all: 30 * DAY, others: [] }],
  ['off', { all: null, others: [] }],
  ['12h', { all: DAY / 2, others: [] }],
  ['7d, podferry-payments=90d', { all: 7 * DAY, others: [{ streams: 'podferry-payments', keep: 90 * DAY }] }],
  ['audit-* = off', { all: 30 * DAY, others: [{ streams: 'audit-*', keep: null }] }],
  ['7d, shop.web-dev_1*=1d', { all: 7 * DAY, others: [{ streams: 'shop.web-dev_1*', keep: DAY }] }],
])('%s', (text, expected) => expect(read(text)).toEqual({ found: expected, complaints: [] }));

test('a list of YAML', () => {
  const items = ['7d', 'audit-*=365d'].map((value) => ({ at: 'file:3', value }));
  expect(read(items).found).toEqual({ all: 7 * DAY, others: [{ streams: 'audit-*', keep: 365 * DAY }] });
});

describe('a mistake', () => {
  test.each([
    ['', 'takes a time such as 30d'],
    ['30', 'takes a time such as 30d'],
    ['1m', 'from 1h to 36500d'],
    ['99999d', 'from 1h to 36500d'],
    ['7d, 8d', 'two times for all: "8d" is the second'],
    ['payments=7d', 'podferry-payments or audit-*, before the =, not "payments=7d"'],
    ['*-payments=7d', 'before the =, not "*-payments=7d"'],
    ['Audit-x=7d', 'before the =, not "Audit-x=7d"'],
    ['a-b-c=7d', 'before the =, not "a-b-c=7d"'],
    ['a-=7d', 'before the =, not "a-=7d"'],
    ['a-b=x', 'takes a time such as 30d'],
  ])('%j', (text, complaint) => expect(read(text).complaints.join()).toContain(complaint));
  test('a map', () => expect(read(new Map()).complaints.join()).toContain('not a map'));
});

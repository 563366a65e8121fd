import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../src/util/nearest.ts';
import { withoutCredentials } from '../../src/util/redact.ts';

describe('the nearest name', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['replay', 'relpay', 1],
    ['a', 'b', 1],
  ])('%j to %j: %d', (a, b, distance) => expect(editDistance(a, b)).toBe(distance));

  const names = ['elasticsearch.id', 'elasticsearch.nodes', 'batch.max_age', 'batch.max_bytes', 'sink'];
  it.each([
    ['elasticsearch.node', 'elasticsearch.nodes'],
    ['elasticsearh.nodes', 'elasticsearch.nodes'],
    ['elasticsearch.url', undefined],
    ['batch.max-bytes', 'batch.max_bytes'],
    ['batch.maxBytes', 'batch.max_bytes'],
    ['BATCH.MAX_AGE', 'batch.max_age'],
    ['sinc', 'sink'],
    ['bin', undefined],
    ['', undefined],
    ['x'.repeat(100_000), undefined],
  ])('to %j', (name, expected) => expect(nearest(name, names)).toBe(expected));
});

describe('credentials in addresses', () => {
  it.each([
    ['https://user:pass@host:9200/x', 'https://…@host:9200/x'],
    ['a https://u:p@h, https://u@h b', 'a https://…@h, https://…@h b'],
    ['https://u:p@ss@host', 'https://…@host'],
    ['https://host/path@2', 'https://host/path@2'],
    ['mail@example.com', 'mail@example.com'],
  ])('%s', (text, clean) => expect(withoutCredentials(text)).toBe(clean));
});

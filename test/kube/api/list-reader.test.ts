import { describe, expect, it } from 'vitest';
import { ListReader, type ListMeta } from '../../../src/kube/api/list-reader.ts';

function read(json: string, chunk = Infinity): { items: unknown[]; meta: ListMeta } {
  const items: unknown[] = [];
  const reader = new ListReader((item) => items.push(item));
  const bytes = Buffer.from(json);
  const size = Math.min(chunk, bytes.length);
  // One buffer for all chunks, as a socket has it: what is kept must have been copied.
  const shared = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(shared, 0, at);
    reader.write(shared.subarray(0, Math.min(length, bytes.length - at)));
    shared.fill(0);
  }
  return { items, meta: reader.end() };
}

const TRICKY = [
  { a: '}]{[,"\\', b: [[1, 2], [{ c: [] }]] },
  { 'k"ey': '한국어 🐳 \\" ] } , {' },
  {},
  { metadata: { resourceVersion: 'not this one' }, items: [{ x: 1 }] },
];

describe('a list read as it arrives', () => {
  const list = { kind: 'PodList', metadata: { resourceVersion: '42', continue: 'more' }, items: TRICKY };

  it.each([
    ['as the API server writes it', JSON.stringify(list)],
    ['with white space', JSON.stringify(list, null, 2)],
    ['with its metadata at the end', JSON.stringify({ items: TRICKY, metadata: list.metadata })],
  ])('%s, however it is cut: also within a character', (_, json) => {
    for (const chunk of [1, 2, 3, 5, 7, 64, 1000, Infinity]) {
      expect(read(json, chunk)).toEqual({ items: TRICKY, meta: { resourceVersion: '42', continue: 'more' } });
    }
  });

  it.each([
    ['no items', '{"metadata":{"resourceVersion":"7"},"items":[]}'],
    ['items: null', '{"metadata":{"resourceVersion":"7"},"items":null}'],
    ['no items member', '{"metadata":{"resourceVersion":"7"}}'],
    ['arrays elsewhere', '{"metadata":{"resourceVersion":"7","x":[{"y":[]}]},"items":[]}'],
  ])('with %s', (_, json) => {
    expect(read(json)).toEqual({ items: [], meta: { resourceVersion: '7', continue: undefined } });
  });

  it.each([['<html>gone</html>'], ['{"items":[{"a":1},{"b"'], ['{"items":[{"a":1}]'], [''], ['{"items":[{a}]}']])(
    'refuses what is not all of a list: %s',
    (text) => {
      expect(() => read(text)).toThrow(/not a list in JSON/);
    },
  );
});

import { expect, test } from 'vitest';
import { documentTexts, Ndjson } from '../../../src/sinks/batch/documents.ts';
import { batchOf, documents } from '../../helpers/bulk-batch.ts';

const lines = (count: number, first = 0): string[] => documents(count, first).map(({ source }) => `${source}\n`);

test('NDJSON holds every document of the batch and nothing of the slab behind it, batch after batch', () => {
  const ndjson = new Ndjson();
  for (const count of [3, 1, 5, 0]) expect(ndjson.of(batchOf(documents(count))).toString()).toBe(lines(count).join(''));
});

test('the memory is used again: a batch that is no larger than the one before needs none', () => {
  const ndjson = new Ndjson();
  const { buffer } = ndjson.of(batchOf(documents(5)));
  expect(ndjson.of(batchOf(documents(4, 7))).buffer).toBe(buffer);
});

test('the texts are those of the documents, without action lines', () => {
  expect(documentTexts(batchOf(documents(3)))).toEqual(lines(3));
});

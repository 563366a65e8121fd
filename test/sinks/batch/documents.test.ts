import { expect, test } from 'vitest';
import { documentTexts, ndjson } from '../../../src/sinks/batch/documents.ts';
import { documents, plainBatchOf } from '../../helpers/bulk-batch.ts';

const lines = (count: number): string[] => documents(count).map(({ source }) => `${source}\n`);

test('NDJSON holds every document of the batch and nothing of the slab behind it', () => {
  for (const count of [3, 1, 5, 0])
    expect(ndjson(plainBatchOf(documents(count))).toString()).toBe(lines(count).join(''));
});

test('the texts are those of the documents', () => {
  expect(documentTexts(plainBatchOf(documents(3)))).toEqual(lines(3));
});

import { expect, test } from 'vitest';
import { newBatch, newSlab, NO_FRAME } from '../../src/ship/batch.ts';
import { Ledger } from '../../src/ship/ledger.ts';
import type { Batch, Source } from '../../src/types.ts';
import { sourceOf } from '../helpers/source.ts';

function batchWith(seq: number, source: Source, offset: number): Batch {
  const batch = newBatch(seq, newSlab(1, 1), NO_FRAME);
  batch.positions.set(source, { out: offset, err: offset, time: '' });
  return batch;
}

test.each([
  [
    [1, 2, 3],
    [[10], [20], [30]],
  ],
  [
    [3, 2, 1],
    [[], [], [10, 20, 30]],
  ],
  [
    [2, 1, 3],
    [[], [10, 20], [30]],
  ],
  [
    [1, 3, 2],
    [[10], [], [20, 30]],
  ],
])('acknowledged in the order %j, positions are released in the order of reading', (order, released) => {
  const source = sourceOf();
  const commits: number[] = [];
  const ledger = new Ledger((_source, position) => commits.push(position.out));
  const batches = [1, 2, 3].map((seq) => batchWith(seq, source, seq * 10));
  for (const batch of batches) ledger.sealed(batch);
  const seen = order.map((seq) => {
    ledger.acknowledged(batches[seq - 1]!);
    return commits.splice(0);
  });
  expect(seen).toEqual(released);
  expect(source.committed.out).toBe(30);
});

import { expect, test } from 'vitest';
import { Batcher } from '../../src/ship/batcher.ts';
import type { Batch } from '../../src/types.ts';
import { until } from '../helpers/until.ts';
import { sourceOf, START } from '../helpers/source.ts';

/** A batcher whose batches are settled by hand, in any order. */
function rig(options: { inFlight?: number; maxAgeMs?: number; slabBytes?: number } = {}) {
  const sealed: number[] = [];
  const settled: number[] = [];
  const sent: { seq: number; text: string; settle: () => void; fail: (error: Error) => void }[] = [];
  const batcher = new Batcher({
    slabBytes: options.slabBytes ?? 16,
    maxDocuments: 8,
    actionBytes: 0,
    inFlight: options.inFlight ?? 2,
    maxAgeMs: options.maxAgeMs ?? 3_600_000,
    sealed: (batch) => sealed.push(batch.seq),
    settled: (batch) => settled.push(batch.seq),
    send: (batch) =>
      new Promise<void>((settle, fail) =>
        sent.push({ seq: batch.seq, text: batch.bytes.toString('latin1', 0, batch.length), settle, fail }),
      ),
  });
  return { batcher, sealed, settled, sent };
}

/** Writes documents of one byte each as far as the batch has room. */
function writer(text: string): (batch: Batch) => boolean {
  let from = 0;
  return (batch) => {
    while (from < text.length && batch.length < batch.bytes.length && batch.count < batch.ends.length) {
      batch.bytes[batch.length++] = text.charCodeAt(from++);
      batch.ends[batch.count++] = batch.length;
    }
    return from === text.length;
  };
}

test('a full batch leaves at once and the rest goes into the next', async () => {
  const { batcher, sent } = rig();
  await batcher.fill(writer('abcdefghij'));
  expect(sent.map((batch) => batch.text)).toEqual(['abcdefgh']);
  expect(batcher.openBytes).toBe(2);
});

test('with K batches on their way a reader waits, and goes on when one is settled', async () => {
  const { batcher, sent } = rig({ inFlight: 2 });
  let done = false;
  const filling = batcher.fill(writer('x'.repeat(8 * 3 + 1))).then(() => (done = true));
  await until(() => sent.length === 2, 'two batches on their way');
  await new Promise(setImmediate);
  expect(done).toBe(false);
  expect(sent.length).toBe(2);
  sent[1]!.settle();
  await filling;
  expect(sent.map((batch) => batch.seq)).toEqual([1, 2, 3]);
});

test('a batch that is not full leaves when it is old enough', async () => {
  const { batcher, sent } = rig({ maxAgeMs: 1 });
  await batcher.fill(writer('ab'));
  await until(() => sent.length === 1, 'the batch left by age');
  expect(sent[0]!.text).toBe('ab');
});

test('an old batch without a free place leaves as soon as there is one', async () => {
  const { batcher, sent } = rig({ inFlight: 1, maxAgeMs: 1 });
  await batcher.fill(writer('ab'));
  await until(() => sent.length === 1, 'the first left');
  await batcher.fill(writer('cd'));
  await new Promise((wake) => setTimeout(wake, 10));
  await batcher.fill(writer('ef'));
  expect(sent.length).toBe(1);
  sent[0]!.settle();
  await until(() => sent.length === 2, 'the second left');
  expect(sent[1]!.text).toBe('cdef');
});

test('marks without documents are settled without being sent', async () => {
  const { batcher, sent, settled } = rig({ maxAgeMs: 1 });
  await batcher.fill((batch) => {
    batch.marks.set(sourceOf(), START);
    return true;
  });
  await until(() => settled.length === 1, 'the marks are settled');
  expect(sent).toEqual([]);
});

test('drain sends what is there and waits for all of it', async () => {
  const { batcher, sent, settled } = rig();
  await batcher.fill(writer('abcdefghij'));
  const drained = batcher.drain();
  await until(() => sent.length === 2, 'both left');
  sent[1]!.settle();
  sent[0]!.settle();
  await drained;
  expect(settled.sort()).toEqual([1, 2]);
});

test('stop lets the waiting go with an error', async () => {
  const { batcher, sent } = rig({ inFlight: 1 });
  const filling = batcher.fill(writer('x'.repeat(20)));
  await until(() => sent.length === 1, 'one on its way');
  batcher.stop();
  await expect(filling).rejects.toThrow('stopped');
});

test('slabs are used again: memory is K + 1 slabs however much passes', async () => {
  const slabs = new Set<Buffer>();
  const batcher = new Batcher({
    slabBytes: 4,
    maxDocuments: 4,
    actionBytes: 0,
    inFlight: 2,
    maxAgeMs: 1000,
    sealed: (batch) => slabs.add(batch.bytes),
    settled: () => undefined,
    send: () => Promise.resolve(),
  });
  await batcher.fill(writer('x'.repeat(1000)));
  await batcher.drain();
  expect(slabs.size).toBeLessThanOrEqual(3);
});

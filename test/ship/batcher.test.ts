import { afterEach, describe, expect, test, vi } from 'vitest';
import { NO_FRAME } from '../../src/ship/batch.ts';
import { Batcher } from '../../src/ship/batcher.ts';
import type { Batch } from '../../src/types.ts';
import { until } from '../helpers/until.ts';
import { sourceOf, START } from '../helpers/source.ts';

/** A batcher whose batches are acknowledged by hand, in any order. */
function rig(options: { inFlight?: number; maxAgeMs?: number; slabBytes?: number } = {}) {
  const sealed: number[] = [];
  const acknowledged: number[] = [];
  /** All that was told and done, in order. */
  const events: string[] = [];
  const sent: { seq: number; text: string; acknowledge: () => void; fail: (error: Error) => void }[] = [];
  const batcher = new Batcher({
    slabBytes: options.slabBytes ?? 16,
    maxDocuments: 8,
    frame: NO_FRAME,
    inFlight: options.inFlight ?? 2,
    maxAgeMs: options.maxAgeMs ?? 3_600_000,
    sealed: (batch) => {
      sealed.push(batch.seq);
      events.push(`sealed ${batch.seq}`);
    },
    acknowledged: (batch) => {
      acknowledged.push(batch.seq);
      events.push(`acknowledged ${batch.seq}`);
    },
    send: (batch) => {
      events.push(`sent ${batch.seq}`);
      return new Promise<void>((acknowledge, fail) =>
        sent.push({ seq: batch.seq, text: batch.bytes.toString('latin1', 0, batch.length), acknowledge, fail }),
      );
    },
  });
  return { batcher, sealed, acknowledged, sent, events };
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

test('with K batches on their way a reader waits, and goes on when one is acknowledged', async () => {
  const { batcher, sent } = rig({ inFlight: 2 });
  let done = false;
  const filling = batcher.fill(writer('x'.repeat(8 * 3 + 1))).then(() => (done = true));
  await until(() => sent.length === 2, 'two batches on their way');
  await new Promise(setImmediate);
  expect(done).toBe(false);
  expect(sent.length).toBe(2);
  sent[1]!.acknowledge();
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
  sent[0]!.acknowledge();
  await until(() => sent.length === 2, 'the second left');
  expect(sent[1]!.text).toBe('cdef');
});

test('positions without documents are acknowledged without being sent', async () => {
  const { batcher, sent, acknowledged } = rig({ maxAgeMs: 1 });
  await batcher.fill((batch) => {
    batch.positions.set(sourceOf(), START);
    return true;
  });
  await until(() => acknowledged.length === 1, 'the positions are acknowledged');
  expect(sent).toEqual([]);
});

test('drain sends what is there and waits for all of it', async () => {
  const { batcher, sent, acknowledged } = rig();
  await batcher.fill(writer('abcdefghij'));
  let done = false;
  const drained = batcher.drain().then(() => (done = true));
  await until(() => sent.length === 2, 'both left');
  sent[1]!.acknowledge();
  await until(() => acknowledged.length === 1, 'the second is acknowledged');
  expect(done).toBe(false);
  sent[0]!.acknowledge();
  await drained;
  expect(acknowledged.sort()).toEqual([1, 2]);
});

test('stop lets the waiting go with an error', async () => {
  const { batcher, sent } = rig({ inFlight: 1 });
  const filling = batcher.fill(writer('x'.repeat(20)));
  await until(() => sent.length === 1, 'one on its way');
  batcher.stop();
  await expect(filling).rejects.toThrow('stopped');
});

test('a batch is sealed before it is sent, and acknowledged when it has been sent, not before', async () => {
  const { batcher, sent, acknowledged, events } = rig();
  await batcher.fill(writer('x'.repeat(8 * 2 + 1)));
  await until(() => sent.length === 2, 'two are on their way');
  expect(events).toEqual(['sealed 1', 'sent 1', 'sealed 2', 'sent 2']);
  sent[1]!.acknowledge();
  await until(() => acknowledged.length === 1, 'one is acknowledged');
  expect(events.slice(4)).toEqual(['acknowledged 2']);
});

test('drain gives up when stopped', async () => {
  const { batcher, sent } = rig({ inFlight: 1 });
  await batcher.fill(writer('x'.repeat(9)));
  await until(() => sent.length === 1, 'one on its way');
  const drained = batcher.drain();
  batcher.stop();
  await expect(drained).rejects.toThrow('stopped');
});

test('a batch that cannot be sent although nobody stops is our own mistake, and ends the process', async () => {
  const { batcher, sent, acknowledged } = rig();
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  try {
    const ended = new Promise<unknown>((resolve) => process.once('unhandledRejection', resolve));
    await batcher.fill(writer('x'.repeat(9)));
    sent[0]!.fail(new Error('a bug'));
    expect(await ended).toMatchObject({ message: 'a bug' });
  } finally {
    for (const each of others) process.on('unhandledRejection', each);
  }
  expect(acknowledged).toEqual([]);
});

describe('by the clock', () => {
  afterEach(() => void vi.useRealTimers());
  /** As rig(), one second old at most; `after` lets so much time pass. */
  const clocked = (inFlight = 1) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const after = async (ms: number): Promise<void> => {
      vi.advanceTimersByTime(ms);
      await new Promise(setImmediate);
    };
    return { ...rig({ inFlight, maxAgeMs: 1000 }), after };
  };

  test('the age of a batch is that of its first document', async () => {
    const { batcher, sent, after } = clocked(2);
    await batcher.fill(writer('ab'));
    await after(900);
    await batcher.fill(writer('cd'));
    await after(99);
    expect(sent).toEqual([]);
    await after(1);
    expect(sent.map((batch) => batch.text)).toEqual(['abcd']);
  });

  test('a batch that leaves full does not make the next one old', async () => {
    const { batcher, sent, after } = clocked(2);
    await batcher.fill(writer('ab'));
    await after(900);
    await batcher.fill(writer('cdefghij'));
    expect(sent.map((batch) => batch.text)).toEqual(['abcdefgh']);
    await after(999);
    expect(sent).toHaveLength(1);
    await after(1);
    expect(sent.map((batch) => batch.text)).toEqual(['abcdefgh', 'ij']);
  });

  test('nothing is no batch', async () => {
    const { batcher, sealed, after } = clocked();
    await batcher.fill(writer(''));
    await after(10_000);
    expect(sealed).toEqual([]);
  });

  test('after one that had to wait for a free place the next one gets its whole time again', async () => {
    const { batcher, sent, after } = clocked();
    await batcher.fill(writer('ab'));
    await after(1000);
    await batcher.fill(writer('cd'));
    await after(5000);
    expect(sent).toHaveLength(1);
    sent[0]!.acknowledge();
    await after(0);
    expect(sent.map((batch) => batch.text)).toEqual(['ab', 'cd']);
    await batcher.fill(writer('ef'));
    sent[1]!.acknowledge();
    await after(999);
    expect(sent).toHaveLength(2);
    await after(1);
    expect(sent.map((batch) => batch.text)).toEqual(['ab', 'cd', 'ef']);
  });

  test('once stopped nothing leaves any more, whatever is old and whatever is acknowledged', async () => {
    for (const old of [false, true]) {
      const { batcher, sent, sealed, after } = clocked();
      await batcher.fill(writer('ab'));
      await after(1000);
      await batcher.fill(writer('cd'));
      if (old) await after(1000);
      batcher.stop();
      sent[0]!.acknowledge();
      await after(0);
      await after(10_000);
      expect([sent.length, sealed]).toEqual([1, [1]]);
    }
  });
});

test('slabs are used again: memory is K + 1 slabs however much passes', async () => {
  const slabs = new Set<Buffer>();
  const allocated = vi.spyOn(Buffer, 'allocUnsafeSlow');
  const batcher = new Batcher({
    slabBytes: 4,
    maxDocuments: 4,
    frame: NO_FRAME,
    inFlight: 2,
    maxAgeMs: 1000,
    sealed: (batch) => slabs.add(batch.bytes),
    acknowledged: () => undefined,
    send: () => Promise.resolve(),
  });
  await batcher.fill(writer('x'.repeat(1000)));
  await batcher.drain();
  expect(slabs.size).toBeLessThanOrEqual(3);
  expect(allocated).toHaveBeenCalledTimes(3);
  allocated.mockRestore();
});

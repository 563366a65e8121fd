import { expect, test } from 'vitest';
import { loadConfig } from '../src/config/config.ts';
import { newPath } from '../src/path.ts';
import { bulkFrame } from '../src/sinks/elasticsearch/frame.ts';
import type { DataStream, Sink } from '../src/types.ts';
import { containerLog, sourceOf } from './helpers/source.ts';

const { config } = loadConfig({
  purpose: 'replay',
  sets: ['batch.max_bytes=64KiB', 'batch.in_flight=1', 'records.max_bytes=1KiB'],
  env: {},
  hostname: 'test',
  defaultFile: '/nonexistent/podferry.yaml',
});
const stuck: Sink = { send: () => new Promise(() => {}), close: () => Promise.resolve() };
const meta = {
  constant: Buffer.from(',"a":1'),
  partial: false,
  overrides: { multiline: true, structured: true, sample: 1, minLevel: undefined },
};
const head = Buffer.from('2026-11-20T01:02:03.000000001Z stderr F panic: oh no\n');
const text = Buffer.from(`2026-11-20T01:02:03.000000001Z stdout F ${'x'.repeat(500)}\n`.repeat(400));

test('documents of several data streams share batches, each behind its own action line, and no batch grows too long', async () => {
  const long = { dataset: 'd'.repeat(100), namespace: 'n'.repeat(100) };
  const streams = new Map<string, DataStream | undefined>([
    ['most', undefined],
    ['some', { dataset: 'payments', namespace: 'eu' }],
    ['long', long],
  ]);
  const batches: string[] = [];
  const sink: Sink = {
    frame: (idBytes, stream) => bulkFrame(idBytes, stream && `logs-${stream.dataset}-${stream.namespace}`),
    send: ({ bytes, length }) => {
      batches.push(bytes.toString('utf8', 0, length));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const path = newPath(config, {
    meta: ({ pod }) => ({ ...meta, stream: streams.get(pod) }),
    sink,
    giveUp: new AbortController().signal,
    commit() {},
    lost() {},
  });
  for (const [i, pod] of [...streams.keys()].entries()) {
    const lines = { bytes: text, end: text.length, at: 0, goesOn: false, last: false };
    await path.take(sourceOf(`${i}AAAAAAAAAAA`, { ...containerLog(pod), pod }), lines);
  }
  await path.batcher.drain();
  const actions = batches.flatMap((batch) => batch.split('\n').filter((line) => line.startsWith('{"create"')));
  const indices = actions.map((action) => (JSON.parse(action) as { create: { _index?: string } }).create._index);
  expect(indices).toEqual(
    [undefined, 'logs-payments-eu', `logs-${long.dataset}-${long.namespace}`].flatMap((index) =>
      Array.from({ length: 400 }, () => index),
    ),
  );
  expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(64 * 1024);
});

test('while the sink is stuck, looking for held records does not pile up one waiting call a time', async () => {
  const path = newPath(config, {
    meta: () => meta,
    sink: stuck,
    giveUp: new AbortController().signal,
    commit() {},
    lost() {},
  });
  const lines = { at: 0, goesOn: false, last: false };
  await path.take(sourceOf('BBBBBBBBBBBB', containerLog('held')), { bytes: head, end: head.length, ...lines });
  const waits = path.take(sourceOf('AAAAAAAAAAAA', containerLog('loud')), { bytes: text, end: text.length, ...lines });
  waits.catch(() => {});
  await new Promise(setImmediate);
  expect(path.batcher.inFlight).toBe(1);

  let calls = 0;
  const fill = path.batcher.fill.bind(path.batcher);
  path.batcher.fill = (write) => {
    calls++;
    return fill(write);
  };
  const emptyAt = (): number => Number.MAX_SAFE_INTEGER;
  for (let i = 0; i < 100; i++) path.expire(emptyAt).catch(() => {});
  await new Promise(setImmediate);
  expect(calls).toBe(1);
  path.batcher.stop();
});

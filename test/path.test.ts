import { expect, test } from 'vitest';
import { loadConfig } from '../src/config/config.ts';
import { newPath } from '../src/path.ts';
import type { Sink } from '../src/types.ts';
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

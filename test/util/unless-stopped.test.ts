import { expect, test } from 'vitest';
import { unlessStopped } from '../../src/util/unless-stopped.ts';

test('what is done in time gives its value, or its error', async () => {
  const { signal } = new AbortController();
  expect(await unlessStopped(Promise.resolve(7), signal)).toBe(7);
  await expect(unlessStopped(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
});

test('a stop ends the waiting, also one that came before', async () => {
  const stop = new AbortController();
  const waiting = unlessStopped(new Promise(() => {}), stop.signal);
  stop.abort(new Error('time to go'));
  await expect(waiting).rejects.toThrow('time to go');
  await expect(unlessStopped(new Promise(() => {}), stop.signal)).rejects.toThrow('time to go');
});

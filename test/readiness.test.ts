// When logs flow, as /readyz tells it. What a real agent says is in readiness.slow.test.ts.
import { expect, test } from 'vitest';
import { Readiness } from '../src/readiness.ts';
import { newSaid } from './helpers/said.ts';

const said = newSaid();
const stop = new AbortController();
const place = 'logs at es';

test('a document on its way is no document acknowledged, whatever the server says when asked', async () => {
  let isWaiting = true;
  const looks: (string | undefined)[] = [];
  const readiness: Readiness = new Readiness({
    sink: { obstacle: () => Promise.resolve(undefined) },
    place,
    isWaiting: () => isWaiting,
    log: said,
    wait: () => {
      looks.push(readiness.obstacle);
      if (looks.length === 2) isWaiting = false;
      if (looks.length === 3) readiness.acknowledged({ stored: 0, duplicate: 0, rejected: 1 });
      return Promise.resolve();
    },
  });
  expect(readiness.obstacle).toMatch(/not known yet/);
  await readiness.watch(stop.signal);
  expect(looks).toEqual([expect.stringMatching(/on their way/), expect.stringMatching(/on their way/), undefined]);
  expect(readiness.obstacle).toBeUndefined();
  readiness.acknowledged({ stored: 2, duplicate: 1, rejected: 0 });
  readiness.acknowledged({ stored: 2, duplicate: 1, rejected: 0 });
  expect(said.lines).toEqual(['info: the first documents (3) are stored in logs at es']);
});

test('a stop ends the watch while the sink does not answer', async () => {
  const obstacle = (signal: AbortSignal): Promise<never> =>
    new Promise((_, refuse) => signal.addEventListener('abort', () => refuse(signal.reason as Error)));
  const readiness = new Readiness({ sink: { obstacle }, place, isWaiting: () => false, log: said });
  const watching = readiness.watch(stop.signal);
  stop.abort(new Error('time to go'));
  await watching;
});

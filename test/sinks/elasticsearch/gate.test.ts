/** Requests wait until the server can take them, and stop at once. */
import { expect, test } from 'vitest';
import type { Reply } from '../../../src/sinks/elasticsearch/endpoint.ts';
import { Gate } from '../../../src/sinks/elasticsearch/gate.ts';
import type { Verdict } from '../../../src/sinks/elasticsearch/verdict.ts';

const STORED: Reply['verdict'] = { kind: 'stored' };
const REFUSED: Verdict = { kind: 'again', reason: 'http_429', detail: '429' };

/** A gate before an endpoint that answers when it is told to. Requests are named by their number of documents. */
function gateOf(most: number) {
  const posted: number[] = [];
  const answers = new Map<number, (verdict: Reply['verdict']) => void>();
  const gate = new Gate(
    {
      post: async (_, count, stop) => {
        posted.push(count);
        stop.throwIfAborted();
        return new Promise((resolve, reject) => {
          answers.set(count, (verdict) => resolve({ verdict, retryAfter: undefined }));
          stop.addEventListener('abort', () => reject(stop.reason as Error));
        });
      },
    },
    most,
  );
  const stop = new AbortController();
  const post = (name: number, signal = stop.signal): Promise<Reply> => gate.post(Buffer.alloc(0), name, signal);
  /** The turns that requests are given have been taken. */
  const settled = (): Promise<void> => new Promise(setImmediate);
  const answer = async (name: number, verdict: Reply['verdict']): Promise<void> => {
    await settled();
    answers.get(name)!(verdict);
    await settled();
  };
  return { gate, post, posted, answers, answer, settled, stop };
}

test('as many go at a time as may, the others in the order in which they came', async () => {
  const { post, posted, answer, settled } = gateOf(2);
  const all = [1, 2, 3, 4].map((name) => post(name));
  await settled();
  expect(posted).toEqual([1, 2]);
  await answer(2, STORED);
  expect(posted).toEqual([1, 2, 3]);
  await answer(1, STORED);
  await answer(3, STORED);
  await answer(4, STORED);
  expect((await Promise.all(all)).map(({ verdict }) => verdict.kind)).toEqual(Array(4).fill('stored'));
});

test('after a refusal fewer go, and with success more again', async () => {
  const { gate, post, posted, answer } = gateOf(4);
  const all = [1, 2, 3, 4, 5, 6, 7, 8].map((name) => post(name));
  for (const name of [1, 2, 3]) await answer(name, REFUSED);
  // One is on its way, two may be.
  expect([gate.limit, posted]).toEqual([2, [1, 2, 3, 4, 5]]);
  await answer(4, STORED);
  await answer(5, STORED);
  await answer(6, STORED);
  expect([gate.limit, posted]).toEqual([3, [1, 2, 3, 4, 5, 6, 7, 8]]);
  await answer(7, STORED);
  await answer(8, STORED);
  await Promise.all(all);
});

test('one that waits stops at once, and the next one has its turn', async () => {
  const { post, posted, answer } = gateOf(1);
  const first = post(1);
  const impatient = new AbortController();
  const second = post(2, impatient.signal);
  const third = post(3);
  impatient.abort(new Error('time to go'));
  await expect(second).rejects.toThrow('time to go');
  await answer(1, STORED);
  expect(posted).toEqual([1, 3]);
  await answer(3, STORED);
  await Promise.all([first, third]);
});

test.each([0, 1, 2, 3, 4, 5, 6, 8, 10])(
  'one that is stopped in the moment of its turn gives it to the next (%i promises later)',
  async (later) => {
    const { post, posted, answers, answer, settled } = gateOf(1);
    const impatient = new AbortController();
    const [first, second, third] = [post(1), post(2, impatient.signal), post(3)];
    await settled();
    const stopped = expect(second).rejects.toThrow('time to go');
    answers.get(1)!(STORED);
    for (let i = 0; i < later; i++) await Promise.resolve();
    impatient.abort(new Error('time to go'));
    await stopped;
    await answer(3, STORED);
    await Promise.all([first, third]);
    expect(posted.filter((name) => name !== 2)).toEqual([1, 3]);
  },
);

test('a request that is stopped on its way makes room', async () => {
  const { post, posted, settled, stop } = gateOf(1);
  const other = new AbortController();
  const [first, second] = [post(1), post(2, other.signal)];
  await settled();
  stop.abort(new Error('stopped'));
  await expect(first).rejects.toThrow('stopped');
  await settled();
  expect(posted).toEqual([1, 2]);
  other.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
});

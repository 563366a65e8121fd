/** Answers that are kept: how often they are made, and what becomes of one that cannot be made. */
import { expect, test } from 'vitest';
import { FRESH_MS, Kept, words } from '../../src/observe/answer.ts';
import { until } from '../helpers/until.ts';

test('however many ask, it is made at most once in a while, and all get the same bytes', async () => {
  let [now, made] = [1000, 0];
  const kept = new Kept(
    () => Promise.resolve(words(200, String(++made))),
    () => now,
  );
  const first = await Promise.all(Array.from({ length: 100 }, () => kept.get()));
  expect(new Set(first.map((each) => each.body)).size).toBe(1);
  now += FRESH_MS - 1;
  expect((await kept.get()).body).toBe(first[0]!.body);
  now += 1;
  expect((await kept.get()).body.toString()).toBe('2');
  expect(made).toBe(2);
  expect(FRESH_MS).toBeLessThanOrEqual(500);
});

test('while it is being made nobody begins to make another, however long it takes', async () => {
  let [now, made] = [1000, 0];
  let finish = (): void => {};
  const kept = new Kept(
    async () => {
      made++;
      await new Promise<void>((resolve) => (finish = resolve));
      return words(200, '');
    },
    () => now,
  );
  const first = kept.get();
  now += 10 * FRESH_MS;
  const second = kept.get();
  finish();
  expect(await first).toBe(await second);
  expect(made).toBe(1);
});

test('nobody keeps it when nobody asks: the next one is made anew, even by a clock that stands still', async () => {
  let made = 0;
  const kept = new Kept(
    () => Promise.resolve(words(200, String(++made))),
    () => 1000,
  );
  await until(async () => (await kept.get()).body.toString() === '2', 'the first is forgotten');
});

test('what the system refuses is told, and is no reason to end', async () => {
  const emfile = Object.assign(new Error('EMFILE: too many open files'), {
    code: 'EMFILE',
    errno: -24,
    syscall: 'uptime',
  });
  const answer = await new Kept(() => Promise.reject(emfile)).get();
  expect([answer.status, answer.body.toString(), answer.headers]).toEqual([
    503,
    'cannot be told now: EMFILE\n',
    { 'retry-after': '1' },
  ]);
});

test('our own bug is not hidden', async () => {
  await expect(new Kept(() => Promise.reject(new TypeError('x is undefined'))).get()).rejects.toThrow(TypeError);
});

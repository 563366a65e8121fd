import { expect, test } from 'vitest';
import { Losses } from '../../src/observe/losses.ts';
import type { ContainerLog } from '../../src/types.ts';

const log = (uid: string): ContainerLog => ({
  key: `${uid}/web/2`,
  namespace: 'shop',
  pod: 'web-1',
  uid,
  container: 'web',
  restart: 2,
  path: `/var/log/pods/shop_web-1_${uid}/web/2.log`,
  containerId: undefined,
});

test('sums by container log and reason, the latest first', () => {
  let now = Date.parse('2026-11-20T01:00:00Z');
  const losses = new Losses(() => now);
  losses.add('truncated', 10, log('a'));
  losses.add('over_cap', 5, log('b'));
  now += 1000;
  losses.add('truncated', 7, log('a'));
  losses.add('over_cap', 1, log('a'));
  const { key, namespace, pod, container, restart, path } = log('a');
  expect(losses.list()).toEqual([
    {
      key,
      namespace,
      pod,
      container,
      restart,
      path,
      bytes: { truncated: 17, over_cap: 1 },
      unseen_gaps: 0,
      last: '2026-11-20T01:00:01.000Z',
    },
    expect.objectContaining({ key: 'b/web/2', bytes: { over_cap: 5 }, last: '2026-11-20T01:00:00.000Z' }),
  ]);
});

test('remembers a bounded number of container logs: those that lost something last', () => {
  const losses = new Losses();
  for (let i = 0; i < 1000; i++) losses.add('truncated', 1, log(`uid-${i}`));
  expect(losses.list()).toHaveLength(500);
  expect(losses.list()[0]!.key).toBe('uid-999/web/2');
});

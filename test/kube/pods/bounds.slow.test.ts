/** Thousands of huge pods that come and go. */
import { expect, test } from 'vitest';
import { PodStore } from '../../../src/kube/pods/pod-store.ts';
import { RefusedClaims } from '../../../src/kube/pods/refused-claims.ts';
import { containerLog, nothingForbidden, podJson } from '../fixtures.ts';

test('a pod that its author made huge is forgotten when it is gone, and makes nobody else be forgotten', () => {
  const store = new PodStore({
    node: 'node-1',
    annotations: [],
    forbiddenBy: nothingForbidden,
    refused: new RefusedClaims(() => {}),
    wrong() {},
    changed() {},
    now: () => 0,
  });
  const labels = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`label${i}`, 'x'.repeat(63)]));
  store.seen(podJson());
  store.deleted(podJson());
  for (let i = 0; i < 600; i++) {
    const huge = podJson((p) => Object.assign(p.metadata, { name: `p${i}`, uid: `u${i}`, labels }));
    store.seen(huge);
    store.deleted(huge);
  }
  expect(store.find(containerLog())).toBeDefined();
  expect(store.find(containerLog({ pod: 'p599', uid: 'u599' }))).toBeUndefined();
  expect(store.texts()).toHaveLength(1);
});

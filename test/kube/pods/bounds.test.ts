import { describe, expect, it } from 'vitest';
import { DeletedPods } from '../../../src/kube/pods/deleted-pods.ts';
import { podFacts } from '../../../src/kube/pods/pod-facts.ts';
import { RefusedClaims } from '../../../src/kube/pods/refused-claims.ts';
import type { StoredPod } from '../../../src/kube/pods/stored-pod.ts';
import { PodStore } from '../../../src/kube/pods/pod-store.ts';
import { annotationOverrides } from '../../../src/kube/pods/pod-overrides.ts';
import { nothingForbidden, containerLog, podJson } from '../fixtures.ts';

const many = (count: number, key: string, value: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${key}${i}`, value]));

/** As much of everything as an author can write, and more. */
const HUGE = podJson((p) => {
  p.metadata.labels = { first: 'kept', ...many(20_000, 'label', 'x'.repeat(63)), app: 'shop' };
  p.metadata.annotations = {
    ...many(10_000, 'podferry.io/unknown', 'x'.repeat(100)),
    'podferry.io/sample': '9'.repeat(1_000_000),
    'podferry.io/min-level': 'warn',
    'example.com/chosen': 'y'.repeat(1_000_000),
    'kubernetes.io/config.mirror': 'z'.repeat(1_000_000),
  };
  p.spec.containers = Array.from({ length: 20_000 }, (_, i) => ({ name: `c${i}` }));
  p.spec.containers[0].image = 'i'.repeat(1_000_000);
});

describe('what is kept of a pod that its author made huge', () => {
  const facts = podFacts(HUGE, ['example.com/chosen'])!;

  it('is little, and what means something is among it', () => {
    expect(JSON.stringify(facts).length).toBeLessThan(200 * 1024);
    expect(facts.labels).toMatchObject({ first: 'kept', app: 'shop' });
    expect(facts.containers[0]).toMatchObject({ name: 'c0', image: 'i'.repeat(1024) });
    const { asked, bad } = annotationOverrides(facts, nothingForbidden);
    expect(asked).toEqual({ minLevel: 'warn' });
    expect(bad).toHaveLength(8);
  });

  it('is forgotten when it is gone, and makes nobody else be forgotten', () => {
    const store = new PodStore({
      node: 'node-1',
      annotations: [],
      forbiddenBy: nothingForbidden,
      refused: new RefusedClaims(() => {}),
      changed() {},
      now: () => 0,
    });
    const labels = many(2_000, 'label', 'x'.repeat(63));
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

  it('or that is one of thousands, makes nobody of another namespace be forgotten', () => {
    let now = 0;
    const gone = new DeletedPods(() => now);
    const entry = (namespace: string, i: number): StoredPod => {
      const pod = podFacts(
        podJson((p) => Object.assign(p.metadata, { namespace, uid: `u${i}` })),
        [],
      )!;
      return {
        pod,
        text: JSON.stringify(pod),
        overrides: annotationOverrides(pod, nothingForbidden),
        directory: `${namespace}/${i}`,
      };
    };
    gone.add(entry('shop', 0));
    for (let i = 0; i < 2_000; i++) gone.add(entry('evil', i));
    for (let i = 1; i < 200; i++) gone.add(entry('shop', i));
    expect(gone.size).toBe(500);
    expect(gone.values().filter(({ pod }) => pod.namespace === 'shop')).toHaveLength(200);
    expect([gone.get('evil/1699'), gone.get('evil/1700')?.pod.uid]).toEqual([undefined, 'u1700']);
    now = 3_599_999;
    gone.add(entry('late', 0));
    expect(gone.get('shop/0')).toBeDefined();
    now = 3_600_000;
    expect([gone.get('shop/0'), gone.size]).toEqual([undefined, 1]);
  });
});

import { describe, expect, it } from 'vitest';
import { DeletedPods } from '../../../src/kube/pods/deleted-pods.ts';
import { podFacts } from '../../../src/kube/pods/pod-facts.ts';
import type { StoredPod } from '../../../src/kube/pods/stored-pod.ts';
import { annotationOverrides } from '../../../src/kube/pods/pod-overrides.ts';
import { nothingForbidden, podJson } from '../fixtures.ts';

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

  it('that is one of thousands makes nobody of another namespace be forgotten', () => {
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

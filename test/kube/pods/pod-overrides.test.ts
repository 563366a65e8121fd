import { describe, expect, it } from 'vitest';
import { podFacts } from '../../../src/kube/pods/pod-facts.ts';
import { annotationOverrides } from '../../../src/kube/pods/pod-overrides.ts';
import { nothingForbidden, podJson } from '../fixtures.ts';

function overrides(
  annotations: Record<string, string>,
  forbiddenBy = nothingForbidden,
): ReturnType<typeof annotationOverrides> {
  const pod = podFacts(
    podJson((p) => {
      p.metadata.annotations = annotations;
      p.spec.containers.push({ name: 'sidecar' });
    }),
    [],
  );
  return annotationOverrides(pod!, forbiddenBy);
}

describe('pod overrides by annotation', () => {
  it('are none where the pod says nothing', () => {
    expect(overrides({})).toEqual({ asked: {}, excluded: undefined, bad: [] });
  });

  it.each([
    ['multiline', 'off', { multiline: false }],
    ['multiline', 'auto', { multiline: true }],
    ['multiline', 'false', { multiline: false }],
    ['structured', 'off', { structured: false }],
    ['structured', ' True ', { structured: true }],
    ['sample', '10', { sample: 10 }],
    ['min-level', 'warn', { minLevel: 'warn' }],
    ['min-level', 'WARNING', { minLevel: 'warn' }],
  ])('podferry.io/%s: %s', (key, value, expected) => {
    expect(overrides({ [`podferry.io/${key}`]: value })).toEqual({
      asked: expected,
      excluded: undefined,
      bad: [],
    });
  });

  it.each([
    ['multiline', '^(a+)+$'],
    ['structured', ''],
    ['sample', '0'],
    ['sample', '-1'],
    ['sample', '1.5'],
    ['sample', '1e9'],
    ['sample', '9'.repeat(100_000)],
    ['min-level', 'loud'],
    ['min-level', 'constructor'],
    ['exclude', 'yes please'],
    ['exclude-containers', 'nosuch'],
    ['path', '/etc/shadow'],
    ['exlude', 'true'],
  ])('ignores and reports the bad value podferry.io/%s: %.20s', (key, value) => {
    const { asked, excluded, bad } = overrides({ [`podferry.io/${key}`]: value });
    expect(asked).toEqual({});
    expect(excluded === undefined || (excluded !== 'all' && excluded.size === 0)).toBe(true);
    expect(bad).toHaveLength(1);
    expect(bad[0]).toMatchObject({ pod: 'shop/web-7d9f8b-abcde', annotation: `podferry.io/${key}` });
    expect(bad[0]!.value.length).toBeLessThanOrEqual(80);
  });

  it('exclude the pod, or some of its containers', () => {
    expect(overrides({ 'podferry.io/exclude': 'true' }).excluded).toBe('all');
    expect(overrides({ 'podferry.io/exclude': 'false' }).excluded).toBeUndefined();
    expect(overrides({ 'podferry.io/exclude-containers': 'web, sidecar' }).excluded).toEqual(
      new Set(['web', 'sidecar']),
    );
    const both = { 'podferry.io/exclude': 'true', 'podferry.io/exclude-containers': 'web' };
    expect(overrides(both).excluded).toBe('all');
  });

  it('exclude the containers that exist even if another name is misspelt', () => {
    const { excluded, bad } = overrides({ 'podferry.io/exclude-containers': 'sidecar,wbe' });
    expect(excluded).toEqual(new Set(['sidecar']));
    expect(bad).toHaveLength(1);
  });

  it('report a bounded number of bad values', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`podferry.io/x${i}`, 'y']));
    expect(overrides(many).bad.length).toBeLessThanOrEqual(8);
  });

  const EVERYTHING = {
    'podferry.io/exclude': 'true',
    'podferry.io/exclude-containers': 'web',
    'podferry.io/multiline': 'off',
    'podferry.io/structured': 'off',
    'podferry.io/sample': '10',
    'podferry.io/min-level': 'error',
  };

  it('are ignored and reported where the operator forbids them', () => {
    const { asked, excluded, bad } = overrides(EVERYTHING, () => 'kubernetes.pod_overrides');
    expect([asked, excluded]).toEqual([{}, undefined]);
    expect(bad.map(({ annotation }) => annotation)).toEqual(Object.keys(EVERYTHING));
    expect(new Set(bad.map(({ expected }) => expected))).toEqual(
      new Set(['nothing: the operator does not allow it here (kubernetes.pod_overrides)']),
    );
  });

  it('are met as far as the operator allows them', () => {
    const { asked, excluded, bad } = overrides(EVERYTHING, (namespace, override) =>
      namespace === 'shop' && (override === 'sample' || override === 'exclude-containers') ? undefined : 'x',
    );
    expect([asked, excluded]).toEqual([{ sample: 10 }, new Set(['web'])]);
    expect(bad).toHaveLength(4);
  });

  it('that do not exist are reported as such, whatever the operator allows', () => {
    const { bad } = overrides({ 'podferry.io/constructor': 'x' }, () => 'x');
    expect(bad).toEqual([expect.objectContaining({ expected: expect.stringContaining('exclude-containers') })]);
  });
});

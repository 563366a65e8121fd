import { describe, expect, it } from 'vitest';
import { podFacts } from '../../../src/kube/pods/pod-facts.ts';
import { annotationOverrides, overridesFor } from '../../../src/kube/pods/pod-overrides.ts';
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
    ['multiline', 'Python', { multiline: true, traces: 'python' }],
    ['redact', 'card, email', { redact: ['email', 'card'] }],
    ['rate', 'records=100', { rate: { records: 100, bytes: Infinity, burst: 10 } }],
    ['rate', ' bytes = 1MiB,burst=1s, records=5', { rate: { records: 5, bytes: 1024 * 1024, burst: 1 } }],
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
    ['multiline', '{first_line: a}'],
    ['multiline', 'constructor'],
    ['redact', ''],
    ['redact', 'all'],
    ['redact', 'x,'.repeat(100_000)],
    ['rate', '100'],
    ['rate', 'records=0'],
    ['rate', 'records=1000001'],
    ['rate', 'bytes=2GiB'],
    ['rate', 'records=1,burst=2m'],
    ['rate', 'burst=2s'],
    ['rate', 'records=1,records=2'],
    ['rate', 'bytes=1mib'],
    ['rate', `records=${'9'.repeat(100_000)}`],
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
    'podferry.io/redact': 'email',
    'podferry.io/rate': 'records=1',
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
    expect(bad).toHaveLength(6);
  });

  it('add to what the operator redacts, and only lower the rate; all else they change', () => {
    const operator = {
      overrides: {
        ...{ multiline: true, structured: true, sample: 1, minLevel: undefined },
        redact: ['email', 'jwt'] as const,
        rate: { records: 100, bytes: 1000, burst: 10 },
      },
      exclude: false,
    };
    const asked = overrides({
      'podferry.io/redact': 'card, emial',
      'podferry.io/rate': 'records=200, bytes=10, burst=20s',
      'podferry.io/multiline': 'go',
    });
    expect(overridesFor(operator, { overrides: asked })).toMatchObject({
      redact: ['email', 'card', 'jwt'],
      rate: { records: 100, bytes: 10, burst: 10 },
      traces: 'go',
    });
    expect(asked.bad).toHaveLength(1);
    const none = { ...operator, overrides: { ...operator.overrides, redact: undefined, rate: undefined } };
    expect(overridesFor(none as never, { overrides: asked })).toMatchObject({
      redact: ['card'],
      rate: { records: 200 },
    });
    expect(overridesFor(operator, { overrides: overrides({}) })).toEqual(operator.overrides);
  });

  it('that are wrong are told apart from those that the operator forbids', () => {
    expect(overrides(EVERYTHING, () => 'kubernetes.pod_overrides').wrong).toBeUndefined();
    const { wrong } = overrides({ ...EVERYTHING, 'podferry.io/sample': 'ten', 'podferry.io/x': '' });
    expect(wrong).toMatchObject({ annotation: 'podferry.io/sample', value: 'ten' });
  });

  it('that do not exist are reported as such, whatever the operator allows', () => {
    const { bad } = overrides({ 'podferry.io/constructor': 'x' }, () => 'x');
    expect(bad).toEqual([expect.objectContaining({ expected: expect.stringContaining('exclude-containers') })]);
  });
});

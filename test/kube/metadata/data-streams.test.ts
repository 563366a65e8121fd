import { describe, expect, test } from 'vitest';
import { DataStreams } from '../../../src/kube/metadata/data-streams.ts';
import { podFacts } from '../../../src/kube/pods/pod-facts.ts';
import { annotationOverrides } from '../../../src/kube/pods/pod-overrides.ts';
import type { StreamParts } from '../../../src/kube/pods/pod-overrides.ts';
import { readPart } from '../../../src/util/stream-name.ts';
import { containerLog, nothingForbidden, podJson } from '../fixtures.ts';
import { Said } from '../harness.ts';

const HOUR = 3_600_000;

function parts(dataset: string, namespace = 'default'): StreamParts {
  return { dataset: readPart(dataset)!, namespace: readPart(namespace)! };
}

function known(labels: Record<string, string>, annotations: Record<string, string> = {}) {
  const pod = podFacts(
    podJson(({ metadata }) => Object.assign(metadata, { labels, annotations })),
    [],
  )!;
  return { pod, overrides: annotationOverrides(pod, nothingForbidden) };
}

function newStreams(base = { dataset: 'podferry', namespace: 'default' }) {
  const said = new Said();
  const clock = { now: 0 };
  return { said, clock, streams: new DataStreams({ base, log: said, now: () => clock.now }) };
}

describe('the data stream of a container log', () => {
  test.each([
    ['podferry', 'default', {}, undefined],
    ['podferry', '{kubernetes.namespace}', {}, 'podferry-shop'],
    ['{label:team}', 'default', { team: 'Pay/ments' }, 'pay_ments-default'],
    ['{label:team|podferry}', 'default', {}, undefined],
    ['{label:constructor|podferry}', 'default', {}, undefined],
    ['{label:toString|podferry}', 'default', {}, undefined],
    ['{kubernetes.container.name}', '{kubernetes.namespace}', {}, 'web-shop'],
  ])('%s, %s, labels %j: %s', (dataset, namespace, labels, expected) => {
    const found = newStreams().streams.choose(containerLog(), parts(dataset, namespace), known(labels));
    expect(found && `${found.dataset}-${found.namespace}`).toBe(expected);
  });

  test('an annotation goes before what the operator set, labels of a pod that is not known are missing', () => {
    const { streams } = newStreams();
    const asked = known({ team: 'a' }, { 'podferry.io/dataset': 'payments' });
    expect(streams.choose(containerLog(), parts('{label:team}'), asked)?.dataset).toBe('payments');
    expect(streams.choose(containerLog(), parts('{label:team|lost}'), undefined)?.dataset).toBe('lost');
    expect(streams.choose(containerLog(), parts('{kubernetes.namespace}'), undefined)?.dataset).toBe('shop');
  });
});

describe('labels without end', () => {
  test('get a hundred data streams; further logs are counted once, and told once', () => {
    const { streams, said } = newStreams();
    const logs = Array.from({ length: 300 }, (_, i) => ({ log: containerLog(), pod: known({ team: `t${i}` }) }));
    const choose = () => logs.map(({ log, pod }) => streams.choose(log, parts('{label:team}'), pod)?.dataset);
    const first = choose();
    expect([new Set(first).size, first[99], first[100]]).toEqual([101, 't99', undefined]);
    expect(choose()).toEqual(first);
    expect(streams.refused).toBe(200);
    expect(said.lines).toHaveLength(1);
    expect(said.lines[0]).toContain('more than 100 data streams within 1 d');
  });

  test('do not take those that the settings name in full', () => {
    const { streams } = newStreams();
    for (let i = 0; i < 300; i++) streams.choose(containerLog(), parts('{label:team}'), known({ team: `t${i}` }));
    expect(streams.choose(containerLog(), parts('payments'), known({}))?.dataset).toBe('payments');
    expect(streams.choose(containerLog(), parts('{label:team}'), known({ team: 't5' }))?.dataset).toBe('t5');
  });

  test('make room a day later', () => {
    const { streams, clock } = newStreams();
    const choose = (team: string) => streams.choose(containerLog(), parts('{label:team}'), known({ team }))?.dataset;
    for (let i = 0; i < 100; i++) choose(`t${i}`);
    clock.now = 23 * HOUR;
    choose('t0');
    expect(choose('new')).toBeUndefined();
    clock.now = 25 * HOUR;
    expect([choose('new'), choose('t0')]).toEqual(['new', 't0']);
  });
});

import { expect, test } from 'vitest';
import { covers, examplesOf, namesOf } from '../../../src/sinks/elasticsearch/stream-names.ts';
import { readPart } from '../../../src/util/stream-name.ts';

test.each([
  [['podferry'], [], ['default'], ['logs-podferry-default']],
  [['podferry', 'podferry'], [], ['default', 'default'], ['logs-podferry-default']],
  [['a', 'b'], [], ['x', 'y'], ['logs-a-x', 'logs-a-y', 'logs-b-x', 'logs-b-y']],
  [['{label:a}', 'b'], ['c'], ['x'], ['logs-*-x']],
  [['a.{label:a}', 'a.{label:b}', 'a.b', 'b'], [], ['x'], ['logs-a.*-x', 'logs-b-x']],
  [['a'], ['b', 'team_*'], ['{kubernetes.namespace}'], ['logs-a-*', 'logs-b-*', 'logs-team_*-*']],
  [['a{label:a}{label:b}', 'a{label:c}'], ['a**'], ['x'], ['logs-a*-x']],
])('datasets %j, of pods %j, namespaces %j: %j', (datasets, podDatasets, namespaces, expected) => {
  const part = (text: string) => readPart(text)!;
  expect(namesOf({ datasets: datasets.map(part), podDatasets, namespaces: namespaces.map(part) })).toEqual(expected);
});

test('the server is asked about the one of most documents, those named in full, and one of each other pattern', () => {
  const target = 'logs-podferry-default';
  expect(examplesOf({ target, streams: [target] })).toEqual([target]);
  expect(examplesOf({ target, streams: ['logs-*-default', 'logs-payments-eu', 'logs-team.*-eu'] })).toEqual([
    target,
    'logs-payments-eu',
    'logs-team.other-eu',
  ]);
  expect(examplesOf({ target, streams: Array.from({ length: 99 }, (_, i) => `logs-a-${i}`) })).toHaveLength(10);
});

test('a data stream is covered by its name, or by a pattern', () => {
  expect(covers(['logs-a-x', 'logs-team.*-x'], { dataset: 'a', namespace: 'x' })).toBe(true);
  expect(covers(['logs-a-x', 'logs-team.*-x'], { dataset: 'team.b', namespace: 'x' })).toBe(true);
  expect(covers(['logs-a-x', 'logs-team.*-x'], { dataset: 'team.b', namespace: 'y' })).toBe(false);
});

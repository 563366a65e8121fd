import { describe, expect, it } from 'vitest';
import { readPods } from '../../../src/kube/pods/pod-list.ts';
import { OperatorError } from '../../../src/util/errors.ts';
import { podJson, UID } from '../fixtures.ts';

describe('the pods in a file', () => {
  it.each([
    ['a List', { kind: 'List', items: [podJson()] }],
    ['a PodList, whose items carry no kind', { kind: 'PodList', items: [podJson((p) => delete p.kind)] }],
    ['a single Pod', podJson()],
    ['a List of many kinds', { kind: 'List', items: [{ kind: 'Service', metadata: podJson().metadata }, podJson()] }],
  ])('reads %s', (_, json) => {
    expect(readPods(JSON.stringify(json)).map(({ uid }) => uid)).toEqual([UID]);
  });

  it('reads an empty list, and a byte order mark', () => {
    expect(readPods('\ufeff{"kind":"List","items":[]}')).toEqual([]);
  });

  it.each([
    ['not json'],
    [''],
    ['[]'],
    ['{}'],
    ['{"kind":"Service"}'],
    ['{"kind":"List","items":[{"kind":"Service"}]}'],
  ])('refuses %s with one sentence that names the setting', (json) => {
    expect(() => readPods(json)).toThrow(OperatorError);
    expect(() => readPods(json)).toThrow(/^--pods: .*kubectl get pods/);
  });
});

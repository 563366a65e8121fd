import { describe, expect, it } from 'vitest';
import { owners, podFacts } from '../../../src/kube/pods/pod-facts.ts';
import { DIGEST, ID, podJson } from '../fixtures.ts';

describe('what is kept of a pod', () => {
  it('drops managedFields, conditions and annotations nobody chose', () => {
    const text = JSON.stringify(podFacts(podJson(), []));
    for (const word of ['managedFields', 'kubelet', 'Ready', 'checkout']) expect(text).not.toContain(word);
    expect(podFacts(podJson(), ['example.com/team'])?.annotations).toEqual({ 'example.com/team': 'checkout' });
  });

  it('does not change with a heartbeat', () => {
    const later = podJson((p) => {
      p.metadata.resourceVersion = '99';
      p.metadata.managedFields.push({ time: 'now' });
      p.status.conditions[0].lastProbeTime = '2026-11-20T01:02:03Z';
      p.status.containerStatuses[0].ready = false;
    });
    expect(podFacts(later, [])).toEqual(podFacts(podJson(), []));
  });

  it('knows init, sidecar and ephemeral containers, whose statuses are in lists of their own', () => {
    const status = (name: string): object => ({ name, containerID: `cri-o://${name}`, restartCount: 2 });
    const facts = podFacts(
      podJson((p) => {
        p.spec.initContainers = [
          { name: 'setup', image: 's' },
          { name: 'proxy', image: 'x', restartPolicy: 'Always' },
        ];
        p.spec.ephemeralContainers = [{ name: 'debug', image: 'd' }];
        p.status.initContainerStatuses = [status('setup'), status('proxy')];
        p.status.ephemeralContainerStatuses = [status('debug')];
      }),
      [],
    );
    expect(facts?.containers.map((c) => [c.name, c.id, c.restart, c.runtime])).toEqual([
      ['setup', 'setup', 2, 'cri-o'],
      ['proxy', 'proxy', 2, 'cri-o'],
      ['web', ID, 0, 'containerd'],
      ['debug', 'debug', 2, 'cri-o'],
    ]);
  });

  it.each([
    ['f'.repeat(32), 'file', 'f'.repeat(32), 'file'],
    ['', undefined, '', undefined],
    ['x'.repeat(100_000), 'y'.repeat(100_000), 'x'.repeat(64), 'y'.repeat(64)],
    [7, ['api'], undefined, undefined],
  ])('keeps the beginning of what kubelet notes on static pods: %.20s, %.20s', (mirror, source, kept, from) => {
    const facts = podFacts(
      podJson((p) => {
        p.metadata.annotations = { 'kubernetes.io/config.mirror': mirror, 'kubernetes.io/config.source': source };
      }),
      [],
    );
    expect([facts?.mirror, facts?.source]).toEqual([kept, from]);
  });

  it('takes labels and annotations with the names of what every object has for what they are', () => {
    const hostile = JSON.parse('{"__proto__":"a","constructor":"b","hasOwnProperty":"c"}');
    const facts = podFacts(
      podJson((p) => Object.assign(p.metadata, { labels: hostile, annotations: hostile })),
      ['__proto__'],
    );
    expect(JSON.stringify(facts?.labels)).toBe(JSON.stringify(hostile));
    expect(JSON.stringify(facts?.annotations)).toBe('{"__proto__":"a"}');
    expect(Object.getPrototypeOf(facts?.labels)).toBe(Object.prototype);
    expect(facts?.mirror).toBeUndefined();
  });

  it.each([
    ['ReplicaSet', 'web-7d9f8b', { 'pod-template-hash': '7d9f8b' }, ['deployment=web', 'replicaset=web-7d9f8b']],
    ['ReplicaSet', 'bare', {}, ['replicaset=bare']],
    ['ReplicaSet', 'web-7d9f8b', { 'pod-template-hash': 'other' }, ['replicaset=web-7d9f8b']],
    ['StatefulSet', 'db', {}, ['statefulset=db']],
    ['DaemonSet', 'agent', {}, ['daemonset=agent']],
    ['Job', 'migrate-2', {}, ['job=migrate-2']],
    ['Job', 'backup-20261120', {}, ['job=backup-20261120']],
    ['Job', 'backup-29912345', {}, ['cronjob=backup', 'job=backup-29912345']],
    ['Job', 'backup-1605839640', {}, ['cronjob=backup', 'job=backup-1605839640']],
    ['DaemonSet', 'agent-29912345', {}, ['daemonset=agent-29912345']],
    ['Node', 'node-1', {}, []],
  ])('a pod of %s %s belongs to what its name and labels tell', (kind, name, labels, expected) => {
    const facts = podFacts(
      podJson((p) => {
        p.metadata.ownerReferences = [
          { kind: 'Other', name: 'x' },
          { kind, name, controller: true },
        ];
        p.metadata.labels = labels;
      }),
      [],
    );
    expect(facts && Object.entries(owners(facts)).map((pair) => pair.join('='))).toEqual(expected);
  });

  it.each([
    [`registry/web@${DIGEST}`, DIGEST],
    [`docker-pullable://registry/web@${DIGEST}`, DIGEST],
    [`docker://${DIGEST}`, DIGEST],
    [DIGEST, DIGEST],
    ['registry/web:latest', undefined],
    ['', undefined],
  ])('image id %s', (imageID, digest) => {
    const facts = podFacts(
      podJson((p) => (p.status.containerStatuses[0].imageID = imageID)),
      [],
    );
    expect(facts?.containers[0]?.digest).toBe(digest);
  });

  it('lets nothing that is not a pod in, and survives any shape', () => {
    for (const value of [null, undefined, 1, 'x', [], {}, { metadata: { name: 'a' } }, { metadata: [] }]) {
      expect(podFacts(value, [])).toBeUndefined();
    }
    const odd = podFacts(
      {
        metadata: { uid: 'u', name: 'n', namespace: 's', labels: [1], annotations: 'x', ownerReferences: {} },
        spec: { containers: [null, { name: 3 }, { name: 'constructor' }] },
        status: { containerStatuses: [null, 7, { name: 'constructor', restartCount: 'x', containerID: 5 }] },
      },
      [],
    );
    expect(odd).toMatchObject({ labels: {}, annotations: {}, containers: [{ name: 'constructor' }] });
  });
});

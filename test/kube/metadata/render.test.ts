import { describe, expect, it } from 'vitest';
import { podFacts } from '../../../src/kube/pods/pod-facts.ts';
import { META_BYTES, renderMeta, type AgentIdentity } from '../../../src/kube/metadata/render.ts';
import { OPTIONAL_FIELDS } from '../../../src/util/optional-fields.ts';
import { AGENT, containerLog, DIGEST, FORMER_ID, ID, podJson, UID, OVERRIDES, type Pod } from '../fixtures.ts';

function render(
  log = containerLog(),
  pod: Pod | undefined = podJson(),
  agent: AgentIdentity = AGENT,
  namespaceLabels?: Record<string, string>,
): { document: Pod; bytes: Buffer } {
  const facts = podFacts(pod, agent.annotations);
  const meta = renderMeta(log, facts, agent, {
    partial: facts === undefined,
    overrides: OVERRIDES,
    namespaceLabels,
  });
  return { document: JSON.parse(`{"a":0${meta.constant}}`), bytes: meta.constant };
}

/** Takes a member out, and every object that becomes empty by that. */
function remove(from: Pod, [name, ...rest]: string[]): void {
  if (rest.length > 0) remove(from[name!], rest);
  if (rest.length === 0 || Object.keys(from[name!]).length === 0) delete from[name!];
}

describe('the constant part of a document', () => {
  it('names everything a developer filters by', () => {
    const { a, ...document } = render(containerLog(), podJson(), { ...AGENT, clusterName: 'prod' }).document;
    expect(a).toBe(0);
    expect(document).toEqual({
      kubernetes: {
        namespace: 'shop',
        pod: { name: 'web-7d9f8b-abcde', uid: UID, ip: '10.1.2.3' },
        container: { name: 'web', restart: 0 },
        node: { name: 'node-1' },
        labels: {
          app: 'shop',
          'app_kubernetes_io/name': 'web',
          'app_kubernetes_io/version': '1.2.3',
          'pod-template-hash': '7d9f8b',
        },
        deployment: { name: 'web' },
        replicaset: { name: 'web-7d9f8b' },
      },
      container: {
        id: ID,
        name: 'web',
        image: { name: 'registry/web:1.2.3', hash: { all: [DIGEST] } },
        runtime: 'containerd',
      },
      host: { name: 'node-1' },
      service: { name: 'web', version: '1.2.3' },
      orchestrator: { cluster: { name: 'prod' } },
      data_stream: { type: 'logs', dataset: 'podferry', namespace: 'default' },
      ecs: { version: '8.11.0' },
      agent: { type: 'podferry', version: '0.1.0' },
    });
  });

  it.each(OPTIONAL_FIELDS)('goes without %s where that is dropped, and keeps all else', (field) => {
    const { document: whole } = render();
    const { document } = render(containerLog(), podJson(), { ...AGENT, dropped: [field] });
    const path = field.split('.');
    const isIn = (from: Pod): boolean => path.reduce((at, part) => at?.[part], from) !== undefined;
    expect([isIn(whole), isIn(document)]).toEqual([true, false]);
    remove(whole, path);
    expect(document).toEqual(whole);
  });

  it('holds no more than what is searched where all that can be is dropped', () => {
    const { a, ...document } = render(containerLog(), podJson(), { ...AGENT, dropped: OPTIONAL_FIELDS }).document;
    expect(a).toBe(0);
    expect(document).toEqual({
      kubernetes: {
        namespace: 'shop',
        pod: { name: 'web-7d9f8b-abcde' },
        container: { name: 'web', restart: 0 },
        labels: {
          app: 'shop',
          'app_kubernetes_io/name': 'web',
          'app_kubernetes_io/version': '1.2.3',
          'pod-template-hash': '7d9f8b',
        },
        deployment: { name: 'web' },
      },
      host: { name: 'node-1' },
      service: { name: 'web' },
      data_stream: { type: 'logs', dataset: 'podferry', namespace: 'default' },
    });
  });

  it('is what the path says where the pod is unknown; absent things are absent', () => {
    const { a, ...document } = render(containerLog({ containerId: ID }), null).document;
    expect(a).toBe(0);
    expect(document).toEqual({
      kubernetes: {
        namespace: 'shop',
        pod: { name: 'web-7d9f8b-abcde', uid: UID },
        container: { name: 'web', restart: 0 },
        node: { name: 'node-1' },
      },
      container: { id: ID, name: 'web' },
      host: { name: 'node-1' },
      service: { name: 'web' },
      data_stream: { type: 'logs', dataset: 'podferry', namespace: 'default' },
      ecs: { version: '8.11.0' },
      agent: { type: 'podferry', version: '0.1.0' },
    });
  });

  it('has no empty object for a log that comes from nowhere', () => {
    const log = containerLog({ namespace: '', pod: '', uid: '', container: '' });
    const { document } = render(log, null, { ...AGENT, node: '' });
    expect(document.kubernetes).toEqual({ container: { restart: 0 } });
    expect(document).not.toHaveProperty('host');
    expect(document).not.toHaveProperty('service');
    expect(document).not.toHaveProperty('container');
  });

  it.each([
    ['app.kubernetes.io/name first', { app: 'a', 'app.kubernetes.io/name': 'b' }, 'b'],
    ['then app', { app: 'a' }, 'a'],
    ['then the container', {}, 'web'],
    ['an empty label is none', { app: '' }, 'web'],
    ['a prototype is no label', { 'x.y/z': 'q' }, 'web'],
  ])('service.name: %s', (_, labels, name) => {
    expect(
      render(
        containerLog(),
        podJson((p) => (p.metadata.labels = labels)),
      ).document.service.name,
    ).toBe(name);
  });

  it.each([
    ['this instance', 0, undefined, ID],
    ['the link knows best', 0, FORMER_ID, FORMER_ID],
    ['the instance before', -1, undefined, FORMER_ID],
    ['one the status does not know yet', 1, undefined, undefined],
    ['one it has forgotten', -2, undefined, undefined],
  ])('container.id of %s', (_, step, link, id) => {
    const pod = podJson((p) => {
      p.status.containerStatuses[0].restartCount = 5;
      p.status.containerStatuses[0].lastState = { terminated: { containerID: `containerd://${FORMER_ID}` } };
    });
    expect(render(containerLog({ restart: 5 + step, containerId: link }), pod).document.container.id).toBe(id);
  });

  it('escapes hostile names, labels and annotations', () => {
    const evil = '"},"@timestamp":"x\n{"create":{}}\u0001\u2028\ud800';
    const pod = podJson((p) => {
      p.metadata.labels = { [evil]: evil, constructor: 'c', 'a.b': '1', a_b: '2', __proto__x: 'p' };
      p.metadata.annotations = { note: evil };
    });
    const { document, bytes } = render(containerLog({ pod: evil, container: evil }), pod, {
      ...AGENT,
      annotations: ['note'],
    });
    const tamed = evil.replace('\ud800', '\ufffd');
    expect(bytes.every((byte) => byte >= 0x20)).toBe(true);
    expect(bytes.toString()).not.toContain('\\ud800');
    expect(document).not.toHaveProperty('@timestamp');
    expect(document.kubernetes.labels[tamed]).toBe(tamed);
    expect(document.kubernetes.labels.constructor).toBe('c');
    expect(document.kubernetes.annotations.note).toBe(tamed);
    expect(document.container.name).toBe(tamed);
  });

  it('never gives one object two equal keys: of keys that become one by de-dotting the first stays', () => {
    const { document, bytes } = render(
      containerLog(),
      podJson((p) => (p.metadata.labels = { 'a.b': '1', a_b: '2' })),
    );
    expect(document.kubernetes.labels).toEqual({ a_b: '1' });
    expect(bytes.toString().split('"a_b"')).toHaveLength(2);
  });

  it('carries the chosen annotations only, and namespace labels when there are some', () => {
    const pod = podJson((p) => (p.metadata.annotations['other'] = 'x'));
    const agent = { ...AGENT, annotations: ['example.com/team'] };
    const { document } = render(containerLog(), pod, agent, { 'team.name': 'shop' });
    expect(document.kubernetes.annotations).toEqual({ 'example_com/team': 'checkout' });
    expect(document.kubernetes.namespace_labels).toEqual({ team_name: 'shop' });
  });

  it('is bounded: annotations go first, then labels, and it says so', () => {
    const many = (prefix: string): Record<string, string> =>
      Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`${prefix}-${i}`, 'v'.repeat(630)]));
    const agent = { ...AGENT, annotations: Object.keys(many('note')) };
    const annotated = render(
      containerLog(),
      podJson((p) => (p.metadata.annotations = many('note'))),
      agent,
    );
    expect(annotated.bytes.length).toBeLessThanOrEqual(META_BYTES);
    expect(annotated.document.kubernetes).toMatchObject({ truncated: true, labels: { app: 'shop' } });
    expect(annotated.document.kubernetes).not.toHaveProperty('annotations');

    const labelled = render(
      containerLog(),
      podJson((p) => (p.metadata.labels = { ...many('label'), app: 'shop' })),
    );
    expect(labelled.bytes.length).toBeLessThanOrEqual(META_BYTES);
    expect(labelled.document.kubernetes.truncated).toBe(true);
    expect(labelled.document.kubernetes).not.toHaveProperty('labels');
    expect(labelled.document.service.name).toBe('shop');
  });

  it('has 64 labels of a pod at most, and says so', () => {
    const labels = (n: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: n }, (_, i) => [`label-${i}`, 'v']));
    const kubernetes = (n: number) =>
      render(
        containerLog(),
        podJson((p) => (p.metadata.labels = labels(n))),
      ).document.kubernetes;
    expect(kubernetes(64)).toMatchObject({ labels: labels(64) });
    expect(kubernetes(64).truncated).toBe(undefined);
    expect(kubernetes(65)).toMatchObject({ labels: labels(64), truncated: true });
    expect(kubernetes(65).labels['label-64']).toBe(undefined);
  });

  it('has no blank names', () => {
    const pod = podJson((p) => (p.metadata.labels = { ' ': 'a', '': 'b', '\u3000': 'c', '.': 'd', app: 'shop' }));
    expect(render(containerLog(), pod).document.kubernetes.labels).toEqual({ app: 'shop', _: 'd' });
  });

  it('is bounded for names and single values, too', () => {
    const pod = podJson((p) => {
      p.metadata.name = '가'.repeat(100_000);
      p.metadata.annotations = { note: '나'.repeat(50_000) };
      p.spec.containers[0].image = 'i'.repeat(100_000);
      p.metadata.ownerReferences[0].name = 'o'.repeat(100_000);
    });
    const { document, bytes } = render(containerLog(), pod, { ...AGENT, annotations: ['note'] });
    expect(bytes.length).toBeLessThanOrEqual(META_BYTES);
    expect(Buffer.byteLength(document.kubernetes.annotations.note)).toBeLessThan(32_766);
  });
});

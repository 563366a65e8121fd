import { describe, expect, it } from 'vitest';
import { until } from '../../helpers/until.ts';
import { containerLog, podJson } from '../fixtures.ts';
import { becomes, document, said, serve, server, started, time, useRig } from '../rig.ts';

useRig();

describe('namespace labels', () => {
  it('are not asked for unless the operator wants them', async () => {
    await serve();
    server.put(podJson());
    await started();
    expect(server.count('get')).toBe(0);
  });

  it('are fetched once per namespace, when its first pod is seen', async () => {
    await serve();
    server.cluster.putNamespace('shop', { 'team.name': 'checkout' });
    for (let i = 0; i < 5; i++) server.put(podJson((p) => Object.assign(p.metadata, { name: `p${i}`, uid: `u${i}` })));
    const made = await started({ namespaceLabels: true, saveMs: 5 });
    const log = containerLog({ pod: 'p3', uid: 'u3' });
    await until(() => made.admit(log) === 'read', 'they are there');
    expect(document(made.meta(log)).kubernetes.namespace_labels).toEqual({ team_name: 'checkout' });
    server.put(podJson((p) => Object.assign(p.metadata, { name: 'last', uid: 'last' })));
    await until(() => made.counts.pods === 6, 'all of it has come');
    expect(server.count('get')).toBe(1);
    expect(server.last('get')).toMatchObject({ path: '/api/v1/namespaces/shop', query: { resourceVersion: '0' } });
  });

  it('are refreshed after their time to live; a change reaches later lines', async () => {
    await serve();
    server.cluster.putNamespace('shop', { tier: 'one' });
    server.put(podJson());
    const made = await started({ namespaceLabels: true, namespaceTtlMs: 60_000, saveMs: 5 });
    const log = containerLog();
    await becomes(made, log, ({ kubernetes }) => kubernetes.namespace_labels?.tier === 'one', 'they are there');
    const meta = made.meta(log);
    time.ms += 59_000;
    expect(made.meta(log)).toBe(meta);
    expect(server.count('get')).toBe(1);
    time.ms += 20_000;
    await until(() => server.count('get') === 2, 'they are refreshed');
    expect(made.meta(log)).toBe(meta);
    server.cluster.putNamespace('shop', { tier: 'two' });
    time.ms += 80_000;
    await becomes(made, log, ({ kubernetes }) => kubernetes.namespace_labels?.tier === 'two', 'the change has come');
  });

  it('are as old as their time to live at most, however long the server takes to answer', async () => {
    await serve();
    server.cluster.putNamespace('shop', {
      get tier() {
        time.ms += 50_000;
        return 'one';
      },
    });
    server.put(podJson());
    time.dice = 0;
    const made = await started({ namespaceLabels: true, namespaceTtlMs: 60_000, saveMs: 5 });
    const log = containerLog();
    await becomes(made, log, ({ kubernetes }) => kubernetes.namespace_labels?.tier === 'one', 'they are there');
    server.cluster.putNamespace('shop', { tier: 'two' });
    time.ms += 10_000;
    await becomes(made, log, ({ kubernetes }) => kubernetes.namespace_labels?.tier === 'two', 'the change has come');
  });

  it('403: pods are enriched all the same, with one warning', async () => {
    await serve();
    server.denied.add('get namespaces');
    server.put(podJson());
    server.put(podJson((p) => Object.assign(p.metadata, { name: 'x', uid: 'x', namespace: 'other' })));
    const made = await started({ namespaceLabels: true, saveMs: 5 });
    const log = containerLog();
    await until(() => made.admit(log) === 'read', 'it does not wait for them');
    await until(() => server.count('get') === 2, 'both were asked for');
    expect(document(made.meta(log)).kubernetes.labels.app).toBe('shop');
    expect(said.matching(/Missing permission: .*get on namespaces/)).toHaveLength(1);
    time.ms += 200_000;
    server.denied.clear();
    server.cluster.putNamespace('shop', { tier: 'one' });
    await becomes(made, log, ({ kubernetes }) => kubernetes.namespace_labels?.tier === 'one', 'they are there');
  });

  it('a failed refresh keeps what was known', async () => {
    await serve();
    server.cluster.putNamespace('shop', { tier: 'one' });
    server.put(podJson());
    const made = await started({ namespaceLabels: true, namespaceTtlMs: 1_000, saveMs: 5 });
    const log = containerLog();
    await becomes(made, log, ({ kubernetes }) => kubernetes.namespace_labels?.tier === 'one', 'they are there');
    server.fail(1, 'get', { status: 500 });
    time.ms += 2_000;
    await until(() => server.count('get') === 2, 'the refresh has failed');
    await until(() => said.matching(/labels of the namespace shop cannot be read/).length === 1, 'it is said');
    expect(document(made.meta(log)).kubernetes.namespace_labels.tier).toBe('one');
  });
});

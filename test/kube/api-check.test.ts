import { describe, expect, it } from 'vitest';
import { podJson } from './fixtures.ts';
import { podMetadata, serve, server, useRig } from './rig.ts';

useRig();

describe('podferry check', () => {
  it('shows each permission and the number of pods', async () => {
    await serve();
    server.put(podJson());
    server.put(podJson((p) => Object.assign(p.metadata, { name: 'x', uid: 'x' })));
    const { ok, lines } = await podMetadata({ namespaceLabels: true }).check();
    expect(lines).toEqual(['may list pods', 'may watch pods', 'may get namespaces', '2 pods on node node-1']);
    expect(ok).toBe(true);
    const reviews = server.seen.filter(({ kind }) => kind === 'review');
    expect(reviews).toHaveLength(3);
  });

  it('names the missing permission', async () => {
    await serve();
    server.denied.add('watch pods');
    const { ok, lines } = await podMetadata().check();
    expect(ok).toBe(false);
    expect(lines[1]).toMatch(/^may not watch pods \(no RBAC policy matched\)/);
  });

  it('asks whether the name of the node is right when it has no pods', async () => {
    await serve();
    expect((await podMetadata().check()).lines.at(-1)).toMatch(/no pods on node node-1.*node_name/);
  });

  it('says what is wrong when the API is away', async () => {
    await serve();
    await server.stop();
    const { ok, lines } = await podMetadata().check();
    expect(ok).toBe(false);
    expect(lines.at(-1)).toMatch(/ECONNREFUSED/);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ownContainer } from '../src/ownpod.ts';
import { startAgent } from './helpers/agent.ts';
import { FakeKubelet } from './helpers/kubelet.ts';
import { containerLog } from './helpers/source.ts';
import { until } from './helpers/until.ts';

const dir = mkdtempSync(join(tmpdir(), 'podferry-own-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** A directory of a service account whose `namespace` holds this; undefined: there is none. */
function account(namespace: string | undefined): string {
  const files = mkdtempSync(join(dir, 'account-'));
  if (namespace !== undefined) writeFileSync(join(files, 'namespace'), namespace);
  return join(files, 'token');
}

describe("podferry's own log", () => {
  it.each([
    ['logging', 'logging', 'podferry-x1', true],
    ['logging\n', 'logging', 'podferry-x1', true],
    ['logging', 'evil', 'podferry-x1', false],
    ['logging', 'logging', 'podferry-x2', false],
    ['logging', '', '', false],
    [undefined, 'anywhere', 'podferry-x1', true],
    [' \n', 'anywhere', 'podferry-x1', true],
    [undefined, 'anywhere', 'podferry-x2', false],
  ])('namespace file %j: is that of %s/%s: %s', (file, namespace, pod, expected) => {
    expect(ownContainer('podferry-x1', account(file))({ ...containerLog(), namespace, pod })).toBe(expected);
  });

  it('is known without the namespace when its file cannot be read', () => {
    const token = account(undefined);
    mkdirSync(join(token, '..', 'namespace'));
    expect(ownContainer('podferry-x1', token)({ ...containerLog(), pod: 'podferry-x1' })).toBe(true);
  });

  it('is left out, and that of a pod of the same name in another namespace is not', async () => {
    const kubelet = new FakeKubelet();
    kubelet.start({ namespace: 'logging', pod: hostname(), uid: '00000000-0000-4000-8000-000000000001' }).say('mine');
    kubelet.start({ namespace: 'evil', pod: hostname(), uid: '00000000-0000-4000-8000-000000000002' }).say('hidden');
    const node = { ...kubelet, dir: kubelet.root, stateDir: join(kubelet.root, 'state'), remove: () => {} };
    const agent = await startAgent(node, { sink: 'stdout', 'kubernetes.token_file': account('logging') });
    try {
      await until(() => agent.stdout().includes('hidden'), 'the line of the other');
      const { sources } = (await agent.status()) as { sources: { namespace: string; state: string }[] };
      expect(sources).toContainEqual(expect.objectContaining({ namespace: 'logging', state: 'excluded' }));
      expect(agent.stdout()).not.toContain('mine');
    } finally {
      expect(await agent.end()).toBe(0);
      kubelet.remove();
    }
  });
});

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { podFacts } from '../../../src/kube/pods/pod-facts.ts';
import { snapshotFacts } from '../../../src/kube/pods/snapshot-facts.ts';
import { until } from '../../helpers/until.ts';
import { containerLog, podJson, UID } from '../fixtures.ts';
import { dir, podMetadata, said, serve, server, started, time, useRig } from '../rig.ts';

useRig();

/** A snapshot with another body, and the checksum of that. */
function summed(snapshot: string, body: string): string {
  const [magic, version, , node] = snapshot.split('\n')[0]!.split(' ');
  return `${magic} ${version} ${crc32(body).toString(16)} ${node}\n${body}`;
}

describe('the snapshot', () => {
  it('enriches after a restart while the API is away', async () => {
    await serve();
    server.put(podJson());
    const first = await started();
    const before = first.meta(containerLog());
    await first.stop();
    const { port } = server;
    await server.stop();
    const second = podMetadata();
    await second.start();
    const log = containerLog();
    expect(second.admit(log)).toBe('read');
    expect(second.meta(log).constant).toEqual(before.constant);
    expect(second.status().synced).toBe(false);
    await until(() => time.pauses.length > 2, 'some attempts have failed');
    await second.stop();
    const third = podMetadata();
    await third.start();
    expect(third.meta(containerLog()).partial).toBe(false);
    await server.listen(port);
    await until(() => third.status().synced, 'the API is back');
    expect(third.counts.rendered).toBe(1);
  });

  it('is written while running: a kill loses little', async () => {
    await serve();
    const made = await started({ saveMs: 5 });
    server.put(podJson());
    await until(async () => (await readFile(join(dir, 'pods'), 'utf8').catch(() => '')).includes(UID), 'it is saved');
    expect(made.counts.pods).toBe(1);
  });

  it('gives way to the list: what it does not name is gone', async () => {
    await serve();
    server.put(podJson());
    server.put(podJson((p) => Object.assign(p.metadata, { name: 'other', uid: 'other' })));
    await (await started()).stop();
    server.delete('shop', 'other');
    const made = await started();
    expect(made.counts.pods).toBe(1);
    expect(made.status().gone).toBe(1);
    expect(made.meta(containerLog({ pod: 'other', uid: 'other' })).partial).toBe(false);
  });

  it.each([
    ['cut', (text: string) => text.slice(0, -20), true],
    ['empty', () => '', true],
    ['changed', (text: string) => text.replace('"shop"', '"shOp"'), true],
    ['not a snapshot', () => 'hello\nworld\n', true],
    ['of another node', (text: string) => text.replace(/ node-1\n/, ' node-2\n'), false],
    ['of another version', (text: string) => text.replace(/ 2 /, ' 3 '), false],
    ['of the version that believed every mirror', (text: string) => text.replace(/ 2 /, ' 1 '), false],
    ['well summed up and not JSON', (text: string) => summed(text, '{"uid":\n'), true],
    ['well summed up and senseless', (text: string) => summed(text, `${text.split('\n')[1]}\n{"uid":"u"}\n`), true],
  ])('is not used when it is %s, and replaced', async (_, damage, warned) => {
    await serve();
    server.put(podJson());
    await (await started()).stop();
    const path = join(dir, 'pods');
    const sound = await readFile(path, 'utf8');
    await writeFile(path, damage(sound));
    const { port } = server;
    await server.stop();
    const made = podMetadata();
    await made.start();
    expect(made.meta(containerLog()).partial).toBe(true);
    expect(said.matching(/^warn .* not used/)).toHaveLength(warned ? 1 : 0);
    await server.listen(port);
    await until(() => made.status().synced, 'the API is back');
    await made.stop();
    expect(await readFile(path, 'utf8')).toBe(sound);
  });

  it.each([
    'null',
    '[]',
    '"x"',
    '{}',
    ...[
      { uid: '' },
      { uid: 7 },
      { name: null },
      { labels: null },
      { labels: { a: 1 } },
      { labels: ['a'] },
      { annotations: undefined },
      { mirror: {} },
      { owner: 'x' },
      { owner: { kind: 'Node', name: 'n' } },
      { containers: {} },
      { containers: [null] },
      { containers: [{ name: '' }] },
      { containers: [{ name: 'a', restart: '1' }] },
      { containers: [{ name: 'a', id: 1 }] },
      { containers: [{ name: 'a', ended: 'yes' }] },
    ].map((wrong) => JSON.stringify({ ...podFacts(podJson(), []), ...wrong })),
  ])('holds no facts of a pod in %s', (line) => {
    const sound = JSON.stringify(podFacts(podJson(), []));
    expect(snapshotFacts(`${sound}\n`)).toEqual([JSON.parse(sound)]);
    expect(snapshotFacts(`${sound}\n${line}\n`)).toBeUndefined();
  });

  it('that cannot be written is said, costs nothing else, and is tried again', async () => {
    await serve();
    server.put(podJson());
    const stateDir = join(dir, 'nowhere');
    const made = await started({ stateDir, saveMs: 5 });
    await until(() => said.matching(/cannot be saved/).length > 0, 'it is said');
    expect(made.meta(containerLog()).partial).toBe(false);
    await mkdir(stateDir);
    await until(async () => (await readdir(stateDir)).includes('pods'), 'it is saved when that is possible again');
  });
});

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { podFacts } from '../../src/kube/pods/pod-facts.ts';
import { PodMetadata, type PodMetadataOptions } from '../../src/kube/pod-metadata.ts';
import { snapshotFacts } from '../../src/kube/pods/snapshot-facts.ts';
import type { ContainerLog, Meta } from '../../src/types.ts';
import { OperatorError } from '../../src/util/errors.ts';
import { ApiServer, type ApiServerOptions } from '../helpers/apiserver.ts';
import { authority } from '../helpers/certificate.ts';
import { until } from '../helpers/until.ts';
import {
  nothingForbidden,
  AGENT,
  containerLog,
  FORMER_ID,
  ID,
  podJson,
  STATIC,
  staticPod,
  settingsOf,
  UID,
  OVERRIDES,
  type Pod,
} from './fixtures.ts';
import { Said, Time } from './harness.ts';

let dir: string;
let server: ApiServer;
let time: Time;
let said: Said;
const running: PodMetadata[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'podferry-kube-'));
  time = new Time();
  said = new Said();
});
afterEach(async () => {
  for (const podMetadata of running.splice(0)) await podMetadata.stop();
  await server.stop();
  await rm(dir, { recursive: true });
});

async function serve(options?: ApiServerOptions): Promise<void> {
  server = await ApiServer.start(options);
}

function podMetadata(over: Partial<PodMetadataOptions> = {}): PodMetadata {
  const options: PodMetadataOptions = {
    ...{ kubeconfig: '', url: server.url, tokenFile: join(dir, 'token'), caFile: join(dir, 'ca.crt') },
    ...{
      agent: AGENT,
      settingsOf: settingsOf(),
      forbiddenBy: nothingForbidden,
      waitMs: 5_000,
      namespaceLabels: false,
      stateDir: dir,
      log: said,
    },
    ...time,
    ...over,
  };
  const made = new PodMetadata(options);
  running.push(made);
  return made;
}

async function started(over: Partial<PodMetadataOptions> = {}): Promise<PodMetadata> {
  const made = podMetadata(over);
  await made.start();
  await until(() => made.status().synced && server.watches > 0, 'the pods are listed and watched');
  return made;
}

function document({ constant }: Meta): Pod {
  return JSON.parse(`{"a":0${constant}}`);
}

/** A snapshot with another body, and the checksum of that. */
function summed(snapshot: string, body: string): string {
  const [magic, version, , node] = snapshot.split('\n')[0]!.split(' ');
  return `${magic} ${version} ${crc32(body).toString(16)} ${node}\n${body}`;
}

const becomes = (
  made: PodMetadata,
  log: ContainerLog,
  expected: (document: Pod) => unknown,
  what: string,
): Promise<void> => until(() => expected(document(made.meta(log))), what);

describe('matching', () => {
  it('finds a pod by the uid in the path', async () => {
    await serve();
    server.put(podJson());
    const made = await started();
    const meta = made.meta(containerLog());
    expect(meta.partial).toBe(false);
    expect(document(meta)).toMatchObject({
      kubernetes: { labels: { app: 'shop' }, deployment: { name: 'web' }, pod: { uid: UID, ip: '10.1.2.3' } },
      container: { id: ID, runtime: 'containerd' },
    });
  });

  it('finds a static pod through kubernetes.io/config.mirror, and its mirror made anew before the old one is gone', async () => {
    await serve();
    server.put(staticPod());
    const made = await started();
    const log = containerLog(STATIC);
    const { uid } = staticPod().metadata;
    expect(document(made.meta(log)).kubernetes).toMatchObject({
      labels: { component: 'kube-scheduler' },
      pod: { uid },
    });
    // The mirror is made anew with another uid: the news of the old one's end come late.
    server.put(staticPod((p) => (p.metadata.uid = 'second')));
    server.sendRaw(`${JSON.stringify({ type: 'DELETED', object: staticPod() })}\n`);
    server.put(podJson((p) => Object.assign(p.metadata, { name: 'last', uid: 'last' })));
    await until(() => made.admit(containerLog({ pod: 'last', uid: 'last' })) === 'read', 'all of it has come');
    expect(document(made.meta(containerLog(STATIC))).kubernetes.pod).toMatchObject({ uid: 'second' });
    expect(made.counts).toMatchObject({ pods: 2, refusedClaims: 0 });
    expect(made.status().gone).toBe(0);
    server.delete(STATIC.namespace, STATIC.pod);
    await until(() => made.status().gone === 1, 'the static pod is gone');
    expect(document(made.meta(containerLog(STATIC))).kubernetes.pod).toMatchObject({ uid: 'second' });
  });

  it.each([
    ['init', 'initContainer'] as const,
    ['sidecar', 'initContainer'] as const,
    ['debug', 'ephemeralContainer'] as const,
  ])('knows the %s container', async (name, list) => {
    await serve();
    server.put(
      podJson((p) => {
        p.spec[`${list}s`] = [
          { name, image: `image-of-${name}`, ...(name === 'sidecar' && { restartPolicy: 'Always' }) },
        ];
        p.status[`${list}Statuses`] = [{ name, restartCount: 0, containerID: `containerd://${FORMER_ID}` }];
      }),
    );
    const made = await started();
    expect(document(made.meta(containerLog({ container: name }))).container).toMatchObject({
      id: FORMER_ID,
      name,
      image: { name: `image-of-${name}` },
    });
  });

  it('a StatefulSet pod made anew under its name: old labels on old lines, new labels on new lines', async () => {
    const db = (uid: string, version: string): Pod =>
      podJson((p) => {
        Object.assign(p.metadata, { name: 'db-0', uid, labels: { version } });
        p.metadata.ownerReferences = [{ kind: 'StatefulSet', name: 'db', controller: true }];
      });
    await serve();
    server.put(db('one', 'old'));
    const made = await started();
    const [before, after] = [containerLog({ pod: 'db-0', uid: 'one' }), containerLog({ pod: 'db-0', uid: 'two' })];
    server.delete('shop', 'db-0');
    server.put(db('two', 'new'));
    await becomes(made, after, ({ kubernetes }) => kubernetes.labels?.version === 'new', 'the new pod is known');
    expect(document(made.meta(before)).kubernetes).toMatchObject({
      labels: { version: 'old' },
      statefulset: { name: 'db' },
    });
  });

  it('does not take a pod for another of the same name', async () => {
    await serve();
    server.put(podJson());
    const made = await started();
    const stranger = made.meta(containerLog({ uid: 'another-uid' }));
    expect(stranger.partial).toBe(true);
    expect(document(stranger).kubernetes.labels).toBeUndefined();
  });
});

describe('a file waits for its pod', () => {
  it('until it is known, and then it is read with all there is', async () => {
    await serve();
    const made = await started();
    const log = containerLog();
    expect(made.admit(log)).toBe('wait');
    server.put(podJson());
    await until(() => made.admit(log) === 'read', 'it is admitted');
    expect(made.meta(log).partial).toBe(false);
    expect(made.counts.partial).toBe(0);
  });

  it('no longer than kubernetes.wait; later lines are full as soon as the pod is known', async () => {
    await serve();
    const made = await started();
    const log = containerLog();
    expect(made.admit(log)).toBe('wait');
    time.ms += 4_999;
    expect(made.admit(log)).toBe('wait');
    time.ms += 1;
    expect(made.admit(log)).toBe('read');
    expect(made.meta(log).partial).toBe(true);
    expect(document(made.meta(log)).kubernetes.pod.name).toBe(log.pod);
    expect(made.counts.partial).toBe(1);
    server.put(podJson());
    await until(() => !made.meta(log).partial, 'it is full');
    expect(made.counts.partial).toBe(1);
  });

  it('each file from when it was first asked for', async () => {
    await serve();
    const made = await started();
    const [first, second] = [containerLog(), containerLog({ restart: 1 })];
    made.admit(first);
    time.ms += 5_000;
    expect(made.admit(second)).toBe('wait');
    expect(made.admit(first)).toBe('read');
  });

  it('a container that has just started waits a second for its id, no longer', async () => {
    await serve();
    server.put(podJson((p) => delete p.status.containerStatuses));
    const made = await started();
    const log = containerLog();
    expect(made.admit(log)).toBe('wait');
    time.ms += 1_000;
    expect(made.admit(log)).toBe('read');
    expect(made.meta(log).partial).toBe(false);
    expect(document(made.meta(log)).container.image.name).toBe('registry/web:1.2.3');

    const restarted = containerLog({ restart: 1 });
    expect(made.admit(restarted)).toBe('wait');
    server.put(podJson((p) => (p.status.containerStatuses[0].restartCount = 1)));
    await until(() => made.admit(restarted) === 'read', 'its status is there');
  });

  it('the API away from the start: waits, goes with the path, is full later', async () => {
    await serve();
    const { port } = server;
    await server.stop();
    const made = podMetadata();
    await made.start();
    const log = containerLog();
    await until(() => time.pauses.length > 2, 'some tries in vain');
    expect(made.admit(log)).toBe('wait');
    time.ms += 5_000;
    expect(made.admit(log)).toBe('read');
    expect(made.meta(log).partial).toBe(true);
    server.put(podJson());
    await server.listen(port);
    await until(() => !made.meta(log).partial, 'it is full');
  });

  it('does not wait where no answer is to be expected: 403', async () => {
    await serve();
    server.denied.add('list pods');
    const made = podMetadata();
    await made.start();
    await until(() => made.status().trouble !== undefined, 'it is refused');
    expect(made.admit(containerLog())).toBe('read');
    expect(made.status().trouble).toMatch(/cannot list resource "pods"/);
  });
});

describe('gone pods', () => {
  it('keep their metadata for lines still to come', async () => {
    await serve();
    server.put(podJson());
    const made = await started();
    server.delete('shop', 'web-7d9f8b-abcde');
    await until(() => made.counts.pods === 0, 'it is gone');
    expect(made.status().gone).toBe(1);
    const late = containerLog();
    expect(made.admit(late)).toBe('read');
    expect(document(made.meta(late)).kubernetes.labels.app).toBe('shop');
  });

  it('keep what their last event said', async () => {
    await serve();
    server.put(podJson());
    const made = await started();
    const log = containerLog({ restart: 3 });
    expect(document(made.meta(log)).container.id).toBeUndefined();
    const last = podJson((p) => (p.status.containerStatuses[0].restartCount = 3));
    server.sendRaw(`${JSON.stringify({ type: 'DELETED', object: last })}\n`);
    await until(() => made.counts.pods === 0, 'it is gone');
    expect(document(made.meta(log)).container.id).toBe(ID);
  });

  it('are forgotten by count and by time, but never by a log that is still open', async () => {
    await serve();
    server.put(podJson());
    const made = await started();
    const open = containerLog();
    made.meta(open);
    server.delete('shop', 'web-7d9f8b-abcde');
    for (let i = 0; i < 600; i++) {
      server.put(podJson((p) => Object.assign(p.metadata, { name: `p${i}`, uid: `u${i}` })));
      server.delete('shop', `p${i}`);
    }
    server.put(podJson((p) => Object.assign(p.metadata, { name: 'last', uid: 'last' })));
    await until(() => made.admit(containerLog({ pod: 'last', uid: 'last' })) === 'read', 'all of it has come');
    expect(made.status().gone).toBeLessThanOrEqual(500);
    expect(made.meta(containerLog()).partial).toBe(true);
    expect(document(made.meta(open)).kubernetes.labels.app).toBe('shop');
    expect(made.meta(containerLog({ pod: 'p599', uid: 'u599' })).partial).toBe(false);
    time.ms += 3_600_001;
    expect(made.meta(containerLog({ pod: 'p599', uid: 'u599' })).partial).toBe(true);
  });
});

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
    await until(() => time.pauses.length > 2, 'some tries in vain');
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

describe('pod overrides', () => {
  const annotate = (annotations: object): void => server.put(podJson((p) => (p.metadata.annotations = annotations)));

  it('an excluded pod is never read, once that is known', async () => {
    await serve();
    const made = await started();
    const log = containerLog();
    expect(made.admit(log)).toBe('wait');
    annotate({ 'podferry.io/exclude': 'true' });
    await until(() => made.admit(log) === 'never', 'it is excluded');
  });

  it('a container can be excluded alone', async () => {
    await serve();
    annotate({ 'podferry.io/exclude-containers': 'web' });
    const made = await started();
    expect(made.admit(containerLog())).toBe('never');
    expect(made.admit(containerLog({ container: 'sidecar' }))).not.toBe('never');
  });

  it('what the operator excludes is not read, whether its pod is known or not, and no pod can change that', async () => {
    await serve();
    annotate({ 'podferry.io/exclude': 'false' });
    const made = await started({
      settingsOf: (log, pod) => ({
        overrides: OVERRIDES,
        exclude: log.container === 'noisy' || pod?.labels['app'] === 'shop',
      }),
    });
    expect(made.admit(containerLog({ container: 'noisy', uid: 'unknown' }))).toBe('never');
    expect(made.admit(containerLog({ uid: 'unknown' }))).toBe('wait');
    expect(made.admit(containerLog())).toBe('never');
  });

  it('are part of the metadata, over the defaults', async () => {
    await serve();
    annotate({ 'podferry.io/min-level': 'warn' });
    const made = await started({ settingsOf: settingsOf({ ...OVERRIDES, multiline: false }) });
    const log = containerLog();
    expect(made.meta(log).overrides).toEqual({ ...OVERRIDES, multiline: false, minLevel: 'warn' });
    expect(made.meta(containerLog({ uid: 'unknown' })).overrides).toEqual({ ...OVERRIDES, multiline: false });
    const before = made.meta(log);
    annotate({ 'podferry.io/min-level': 'error' });
    await until(() => made.meta(log).overrides.minLevel === 'error', 'the change has come');
    expect(made.meta(log)).not.toBe(before);
  });

  it('a bad value is ignored, counted, and visible in the status', async () => {
    await serve();
    annotate({ 'podferry.io/sample': 'often', 'podferry.io/multiline': 'off' });
    const made = await started();
    expect(made.meta(containerLog()).overrides).toEqual({ ...OVERRIDES, multiline: false });
    expect(made.counts.badAnnotations).toBe(1);
    expect(made.status().bad_annotations).toEqual([
      {
        pod: 'shop/web-7d9f8b-abcde',
        annotation: 'podferry.io/sample',
        value: 'often',
        expected: expect.stringContaining('1 to 999999'),
      },
    ]);
  });
});

describe('pod overrides that the operator forbids', () => {
  it('are ignored, counted, and visible in the status with what forbids them', async () => {
    await serve();
    server.put(podJson((p) => (p.metadata.annotations = { 'podferry.io/exclude': 'true', 'podferry.io/sample': '9' })));
    const forbiddenBy = (namespace: string, override: string): string | undefined =>
      namespace === 'shop' && override === 'exclude' ? 'kubernetes.pod_overrides' : undefined;
    const made = await started({ forbiddenBy: forbiddenBy });
    expect(made.admit(containerLog())).toBe('read');
    expect(made.meta(containerLog()).overrides).toEqual({ ...OVERRIDES, sample: 9 });
    expect(made.counts.badAnnotations).toBe(1);
    expect(made.status().bad_annotations).toEqual([
      {
        pod: 'shop/web-7d9f8b-abcde',
        annotation: 'podferry.io/exclude',
        value: 'true',
        expected: 'nothing: the operator does not allow it here (kubernetes.pod_overrides)',
      },
    ]);
  });
});

describe('claims that are refused', () => {
  it('are counted, told once with who and why, and listed in the status, also after the pod is gone', async () => {
    await serve();
    server.put(podJson());
    const made = await started();
    expect([made.counts.refusedClaims, made.status().refused_claims]).toEqual([0, []]);
    const attacker = podJson((p) => {
      Object.assign(p.metadata, { namespace: 'evil', name: 'x', uid: 'x' });
      p.metadata.annotations = { 'kubernetes.io/config.mirror': UID, 'podferry.io/exclude': 'true' };
    });
    server.put(attacker);
    await until(() => made.counts.refusedClaims === 1, 'it is refused');
    server.put({ ...attacker, metadata: { ...attacker.metadata, name: 'y', uid: 'y' } });
    server.delete('evil', 'x');
    await until(() => made.counts.refusedClaims === 2 && made.status().gone === 1, 'all of it has come');
    expect(said.matching(/^throttled a pod claims a log that is not its own/)).toHaveLength(1);
    const expected = {
      claim: `kubernetes.io/config.mirror: ${UID}`,
      reason: 'kubernetes.io/config.mirror is not the hash of a manifest: 32 characters of 0-9 and a-f',
    };
    expect(made.status().refused_claims).toEqual([
      { pod: 'evil/y', ...expected },
      { pod: 'evil/x', ...expected },
    ]);
    expect(made.admit(containerLog())).toBe('read');
  });
});

describe('rendering', () => {
  it('happens only on a change of something rendered, not on every heartbeat', async () => {
    await serve();
    server.put(podJson());
    const made = await started();
    const log = containerLog();
    const meta = made.meta(log);
    for (let i = 0; i < 10; i++) {
      server.put(podJson((p) => (p.status.conditions = [{ type: 'Ready', lastProbeTime: i }])));
    }
    server.put(podJson((p) => Object.assign(p.metadata, { name: 'last', uid: 'last' })));
    await until(() => made.counts.pods === 2, 'all of it has come');
    expect(made.meta(log)).toBe(meta);
    expect(made.counts.rendered).toBe(1);
    server.put(podJson((p) => (p.metadata.labels.app = 'new')));
    await becomes(made, log, ({ kubernetes }) => kubernetes.labels.app === 'new', 'the new label');
    expect(made.counts.rendered).toBe(2);
  });

  it('gives the same object to a container whose neighbour was restarted', async () => {
    const pair = (restarts: number): Pod =>
      podJson((p) => {
        p.spec.containers.push({ name: 'side' });
        p.status.containerStatuses.push({
          name: 'side',
          restartCount: restarts,
          containerID: `containerd://${restarts}`,
        });
      });
    await serve();
    server.put(pair(0));
    const made = await started();
    const [web, side] = [containerLog(), containerLog({ container: 'side', restart: 1 })];
    const meta = made.meta(web);
    made.meta(side);
    server.put(pair(1));
    await becomes(made, side, ({ container }) => container.id === '1', 'the restart');
    expect(made.meta(web)).toBe(meta);
  });

  it('follows the container id the link tells', async () => {
    await serve();
    const made = await started();
    const log = containerLog();
    const meta = made.meta(log);
    log.containerId = ID;
    expect(made.meta(log)).not.toBe(meta);
    expect(document(made.meta(log)).container.id).toBe(ID);
  });
});

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

describe('credentials in use', () => {
  it('a rotated token is taken up at once on a 401, a new CA as well, with no pod missed', async () => {
    const [ca, other] = [authority('one'), authority('two')];
    const tokens = new Set(['old']);
    await serve({ tls: ca.issue('api', ['127.0.0.1']), tokens });
    await writeFile(join(dir, 'token'), 'old');
    await writeFile(join(dir, 'ca.crt'), ca.cert);
    server.put(podJson());
    const made = await started();
    tokens.clear();
    tokens.add('new');
    await writeFile(join(dir, 'token'), 'new');
    await writeFile(join(dir, 'ca.crt'), other.cert);
    server.setCertificate(other.issue('api', ['127.0.0.1']));
    server.cut();
    server.put(podJson((p) => Object.assign(p.metadata, { name: 'late', uid: 'late' })));
    await until(() => made.counts.pods === 2, 'the pod of after the change');
    expect(made.counts.lists).toBe(1);
  });

  it('a wrong token is said, and the right one is taken up when it comes', async () => {
    const tokens = new Set(['right']);
    await serve({ tokens });
    await writeFile(join(dir, 'token'), 'wrong');
    server.put(podJson());
    const made = podMetadata();
    await made.start();
    await until(() => said.matching(/token is not accepted/).length === 1, 'it is said');
    expect(made.admit(containerLog())).toBe('read');
    await writeFile(join(dir, 'token'), 'right');
    await until(() => made.counts.pods === 1, 'the pod is known');
    expect(said.lines.join('\n')).not.toMatch(/right\b.*Bearer|wrong$/);
  });
});

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

describe('PodMetadata', () => {
  it('needs the name of the node', async () => {
    await serve();
    expect(() => podMetadata({ agent: { ...AGENT, node: '' } })).toThrow(OperatorError);
    expect(() => podMetadata({ agent: { ...AGENT, node: '' } })).toThrow(/^node_name/);
  });

  it('can be stopped before it was started, and twice', async () => {
    await serve();
    const made = podMetadata();
    await made.stop();
    const other = await started();
    await other.stop();
    await other.stop();
  });

  it('churn: 200 pods that come and go, with the watch cut now and then: all are known, none but by its own labels', async () => {
    await serve({ pagesCached: true, largestPage: 10 });
    const made = await started();
    const logs = Array.from({ length: 200 }, (_, i) => containerLog({ pod: `p${i % 20}`, uid: `u${i}` }));
    for (const [i, log] of logs.entries()) {
      server.put(
        podJson((p) => {
          Object.assign(p.metadata, { name: log.pod, uid: log.uid, labels: { number: String(i) } });
        }),
      );
      if (i % 37 === 11) server.cut();
      if (i % 50 === 20) server.sendError({ code: 410, reason: 'Expired' });
      await until(() => made.admit(log) === 'read', `pod ${i} is known`);
      server.delete('shop', log.pod);
    }
    await until(() => made.counts.pods === 0, 'all are gone');
    for (const [i, log] of logs.entries()) {
      expect(document(made.meta(log)).kubernetes.labels).toEqual({ number: String(i) });
    }
    expect(made.counts.partial).toBe(0);
  });
});

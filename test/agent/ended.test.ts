/**
 * The last line of a container that has ended, whose pod stays: a real agent ships it when the API says so, the same under the same
 * id whenever it is shipped, and whatever is written later is a record of its own. A container that runs is waited for.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BUNDLE, startAgent, type Agent, type Node } from '../helpers/agent.ts';
import { ApiServer } from '../helpers/apiserver.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet, type FakeContainer } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { HASH, podJson, STATIC, staticPod, UID, type Pod } from '../kube/fixtures.ts';
import { nodeOf } from './nodes.ts';

let kubelet: FakeKubelet;
let es: FakeElasticsearch;
let api: ApiServer;
let node: Node;
let agent: Agent | undefined;

beforeEach(async () => {
  kubelet = new FakeKubelet();
  es = await startElasticsearch();
  api = await ApiServer.start();
  node = nodeOf(kubelet);
  writeFileSync(join(node.dir, 'token'), 'secret');
});

afterEach(async () => {
  await agent?.end('SIGKILL');
  agent = undefined;
  await Promise.all([es.stop(), api.stop()]);
  kubelet.remove();
});

async function start(withApi = true): Promise<void> {
  const kubernetes = { 'kubernetes.url': api.url, 'kubernetes.token_file': join(node.dir, 'token') };
  const settings = withApi ? { 'kubernetes.enabled': 'true', ...kubernetes } : {};
  agent = await startAgent(node, { 'elasticsearch.nodes': es.url, ...settings });
}

async function end(signal: NodeJS.Signals): Promise<void> {
  await agent!.end(signal);
  agent = undefined;
}

/** What the API says of a container, from now on. */
function tell(web: FakeContainer, state: string, change: (pod: Pod) => void = () => undefined): void {
  const pod = podJson((p) => {
    const status = { name: 'web', restartCount: web.restart, containerID: `containerd://${web.containerId}` };
    p.status.containerStatuses = [{ ...status, state: { [state]: {} } }];
    change(p);
  });
  api.put(pod);
}

interface Body {
  readonly message: string;
  readonly log: { readonly offset: number; readonly file: { readonly path: string } };
  readonly podferry?: Record<string, unknown>;
}

/** Documents in the order in which they were stored, by id. */
function stored(): { id: string; body: Body }[] {
  return [...es.docs].map(([id, { source }]) => ({ id, body: JSON.parse(source) as Body }));
}
const messages = (): string[] => stored().map(({ body }) => body.message);
const says = (...said: string[]): Promise<void> =>
  until(() => messages().length >= said.length, `${said.join()} (there are ${messages().join()})`, 30_000).then(() =>
    expect(messages()).toEqual(said),
  );

async function verified(): Promise<string> {
  const sets = [`elasticsearch.nodes=${es.url}`, `state.dir=${join(node.dir, 'verify')}`].flatMap((set) => [
    '--set',
    set,
  ]);
  const run = promisify(execFile)(process.execPath, [BUNDLE, 'verify', node.podsDir, '--older-than', '0s', ...sets]);
  return (await run).stdout.trim().split('\n').at(-1)!;
}

const partial = (text: string): string => `${kubelet.time()} stdout P ${text}\n`;
const inDocker = (log: string): string => `${JSON.stringify({ log, stream: 'stderr', time: kubelet.time() })}\n`;

describe.each<[what: string, last: () => string, rest: () => string, message: string]>([
  ['a partial line of CRI', () => partial('FATAL: '), () => `${kubelet.time()} stdout F gone\n`, 'gone'],
  ["Docker's text without a line feed", () => inDocker('FATAL: '), () => inDocker('gone\n'), 'gone'],
  ['a line that the file cuts', () => `${kubelet.time()} stdout F FATAL: `, () => 'gone\n', 'gone'],
])('%s', (_, last, rest, message) => {
  test('is shipped when its container has ended, once; a rest that comes late is of its own, also for the next agent', async () => {
    const web = kubelet.start({ uid: UID });
    web.say('one');
    web.write(last());
    tell(web, 'running');
    await start();
    await says('one');
    expect(await verified()).toMatch(/1 stored, 0 missing, .* 1 still open/);
    tell(web, 'terminated', (pod) => (pod.status.phase = 'Failed'));
    await says('one', 'FATAL: ');
    const [, fatal] = stored();
    expect(fatal!.body.podferry).toEqual({ unfinished: true });
    expect(await verified()).toMatch(/2 stored, 0 missing, 0 rejected, 0 extra in/);
    // At once, with the position not acknowledged on disk, or hardly.
    await end('SIGKILL');
    web.write(rest());
    await start();
    await says('one', 'FATAL: ', message);
    await end('SIGTERM');
    web.say('late');
    await start();
    await says('one', 'FATAL: ', message, 'late');
    expect(await verified()).toMatch(/3 stored, 0 missing, 0 rejected, 1 extra in/);
    expect(await agent!.metric('podferry_lost_bytes_total')).toBe(0);
  }, 60_000);

  test('has the same id when it was shipped with nothing known of it', async () => {
    const web = kubelet.start({ uid: UID });
    web.say('one');
    web.write(last());
    tell(web, 'terminated');
    await start();
    await says('one', 'FATAL: ');
    const before = stored();
    await end('SIGKILL');
    es.docs.clear();
    for (const file of ['checkpoints', 'pods']) writeFileSync(join(node.stateDir, file), '');
    await start();
    await says('one', 'FATAL: ');
    expect(stored().map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  }, 60_000);
});

test('a sink that is away when it ends: killed, and with a rest that came late, each is stored once', async () => {
  const web = kubelet.start({ uid: UID });
  web.say('one');
  web.write(partial('FATAL: '));
  tell(web, 'running');
  await start();
  await says('one');
  es.manners.always = { status: 503 };
  tell(web, 'terminated');
  const checkpoints = join(node.stateDir, 'checkpoints');
  await until(
    () => existsSync(checkpoints) && readFileSync(checkpoints, 'utf8').includes('"endsAt"'),
    'its end is noted',
    20_000,
  );
  await end('SIGKILL');
  web.say('and more');
  es.manners.always = undefined;
  await start();
  await says('one', 'FATAL: ', 'and more');
}, 60_000);

test('a prompt of a container that runs is not torn apart, whatever ended before it', async () => {
  const web = kubelet.start({ uid: UID });
  web.say('one');
  web.restartContainer();
  web.write(partial('Password: '));
  // Written later, by another container of the pod, which has ended.
  const job = kubelet.start({ uid: UID, container: 'job' });
  job.write(partial('FATAL: '));
  const state = { terminated: {} };
  const ended = { name: 'job', restartCount: 0, containerID: `containerd://${job.containerId}`, state };
  api.put(
    podJson((p) => {
      p.spec.containers.push({ name: 'job' });
      // The status of the other one is that of the instance before.
      p.status.containerStatuses = [{ name: 'web', restartCount: 0, containerID: `containerd://${UID}`, state }, ended];
    }),
  );
  await start();
  await says('one', 'FATAL: ');
  tell(web, 'running', (pod) => (pod.status.phase = 'Failed'));
  web.write(`${kubelet.time()} stdout F xyzzy\n`);
  await says('one', 'FATAL: ', 'Password: xyzzy');
}, 60_000);

test('init, sidecar and ephemeral containers and static pods end too', async () => {
  const names = ['setup', 'proxy', 'debug'];
  const logs = names.map((container) => kubelet.start({ uid: UID, container }));
  const scheduler = kubelet.start({ ...STATIC, container: 'web' });
  for (const log of [...logs, scheduler]) log.write(partial(`FATAL: ${log.key}`));
  const status = (i: number) => ({
    name: names[i],
    restartCount: 0,
    containerID: `containerd://${logs[i]!.containerId}`,
    state: { terminated: {} },
  });
  api.put(
    podJson((p) => {
      p.spec.initContainers = [{ name: 'setup' }, { name: 'proxy', restartPolicy: 'Always' }];
      p.spec.ephemeralContainers = [{ name: 'debug' }];
      p.status.initContainerStatuses = [status(0), status(1)];
      p.status.ephemeralContainerStatuses = [status(2)];
    }),
  );
  api.put(
    staticPod((p) => {
      const containerID = `containerd://${scheduler.containerId}`;
      p.status.containerStatuses = [{ name: 'web', restartCount: 0, containerID, state: { terminated: {} } }];
    }),
  );
  await start();
  await until(() => messages().length === 4, 'their last lines', 20_000);
  expect(messages().toSorted()).toEqual([...logs, scheduler].map(({ key }) => `FATAL: ${key}`).toSorted());
  expect(scheduler.uid).toBe(HASH);
}, 60_000);

describe('without an API', () => {
  test('the next instance ends it, and so does the removal of its pod; a prompt waits', async () => {
    const [web, job, shell] = ['web', 'job', 'shell'].map((container, i) =>
      kubelet.start({ pod: container, container, uid: `${i}f6e4a52-1111-4222-8333-944444444444` }),
    );
    for (const each of [web!, job!, shell!]) each.write(partial(`last of ${each.key}`));
    const keys = [web!.key, job!.key];
    await start(false);
    await until(async () => (await agent!.metric('podferry_read_bytes_total'))! > 200, 'all is read');
    expect(messages()).toEqual([]);
    web!.restartContainer();
    job!.removePod();
    await until(() => messages().length === 2, 'their last lines', 20_000);
    expect(messages().toSorted()).toEqual(keys.map((key) => `last of ${key}`));
    expect(stored().map(({ body }) => body.podferry)).toEqual([{ unfinished: true }, { unfinished: true }]);
    shell!.say(' goes on');
    await until(() => messages().length === 3, 'the prompt');
    expect(messages().at(-1)).toBe(`last of ${shell!.key} goes on`);
  }, 60_000);
});

/** `podferry verify` where something was down: the server, or the agent. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { OperatorError } from '../../src/util/errors.ts';
import { verify } from '../../src/verify/verify.ts';
import { freePort, startAgent } from '../helpers/agent.ts';
import { startElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { memoryLog } from '../helpers/source.ts';
import { until } from '../helpers/until.ts';

test('a server that is down is one sentence, after a few tries', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'podferry-verify-'));
  const kubelet = new FakeKubelet();
  try {
    kubelet.start().say('one');
    const sets = [`elasticsearch.nodes=http://127.0.0.1:${await freePort()}`, `state.dir=${dir}`];
    const from = { env: {}, hostname: 'laptop', defaultFile: join(dir, 'none') };
    const nowhere = { write: () => true };
    const complaint: unknown = await verify(loadConfig({ purpose: 'verify', sets, ...from }).config, {
      ...{ paths: [kubelet.podsDir], podsFile: undefined, against: undefined, olderThan: 0, stdin: Readable.from([]) },
      ...{ stdout: nowhere, stderr: nowhere, colour: false, version: '0', signal: new AbortController().signal },
      ...{ log: memoryLog(), now: Date.now },
    }).catch((error: unknown) => error);
    expect(complaint).toBeInstanceOf(OperatorError);
    expect((complaint as OperatorError).message).toMatch(
      /^http:\S+ does not say what it holds \(.*ECONNREFUSED.*\); check elasticsearch\.nodes\.$/,
    );
  } finally {
    kubelet.remove();
    rmSync(dir, { recursive: true });
  }
}, 60_000);

test('stored, not confirmed, the agent killed and the file rotated away: counted as lost, and verify tells that it is stored', async () => {
  const kubelet = new FakeKubelet();
  const { root: dir, podsDir, containersDir } = kubelet;
  const stateDir = join(dir, 'state');
  mkdirSync(stateDir);
  const es = await startElasticsearch();
  const settings = { 'elasticsearch.nodes': es.url };
  const start = () =>
    startAgent({ dir, podsDir, containersDir, stateDir, remove: () => undefined }, settings, { ready: false });
  const verified = async (): Promise<string> => {
    const sets = [`elasticsearch.nodes=${es.url}`, `state.dir=${stateDir}`];
    const from = { env: {}, hostname: 'laptop', defaultFile: join(dir, 'none') };
    const said: string[] = [];
    await verify(loadConfig({ purpose: 'verify', sets, ...from }).config, {
      ...{ paths: [podsDir], podsFile: undefined, against: undefined, olderThan: 0, stdin: Readable.from([]) },
      ...{ stdout: { write: (bytes: Buffer | string) => said.push(bytes.toString()) }, stderr: { write: () => true } },
      ...{ colour: false, version: '0', signal: new AbortController().signal, log: memoryLog(), now: Date.now },
    });
    return said.join('');
  };
  const web = kubelet.start({ maxFiles: 2 });
  web.say('one');
  let agent = await start();
  try {
    await until(() => es.docs.size === 1, 'the first line is stored');
    es.manners.always = { stall: 10 };
    web.say(
      'two',
      '{"level":"info","msg":"three","order":"A-20417"}',
      'java.io.IOException: no',
      '\tat a.b(C.java:1)',
      'five',
    );
    await until(() => es.docs.size === 5, 'the others are stored, and nothing says so');
    const { size } = statSync(web.path);
    const path = join(stateDir, 'checkpoints');
    const saved = (): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
    await until(() => saved().includes(`"size":${size}`), 'its size is kept');
    await agent.end('SIGKILL');
    for (const message of ['six', 'seven']) {
      web.rotate();
      web.say(message);
    }
    es.manners.always = undefined;
    agent = await start();
    await until(() => es.docs.size >= 8, 'a gap and two lines');
    expect(await agent.metric('podferry_lost_bytes_total')).toBeGreaterThan(100);
    const gap = [...es.docs.values()].find(({ source }) => source.includes('pipeline_error'))!.source;
    expect(gap).toContain('they are not confirmed as stored');
    expect(agent.stderr()).toContain('count as lost');
    expect(await verified()).toContain('1 gap marked at the sink, 1 of them stored as far as they were seen');
    const [two] = [...es.docs].find(([, { source }]) => source.includes('"two"'))!;
    es.docs.delete(two);
    expect(await verified()).not.toContain('stored as far as');
  } finally {
    await agent.end('SIGKILL');
    await es.stop();
    kubelet.remove();
  }
}, 60_000);

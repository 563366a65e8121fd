/**
 * What a user sees of one tenant who would silence another: `podferry run` beside pods that claim the logs of an ordinary pod
 * and of a static one, and ask that they be excluded. All lines of the victims arrive, with their own labels: while these pods
 * exist, after they are deleted, and after a restart without the API; and the operator is told.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import { podFacts } from '../../src/kube/pods/pod-facts.ts';
import { startAgent, type Agent } from '../helpers/agent.ts';
import { ApiServer } from '../helpers/apiserver.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { HASH, podJson, STATIC, staticPod, UID, type Pod } from './fixtures.ts';

const LINES = 50;

let kubelet: FakeKubelet;
let api: ApiServer;
let elasticsearch: FakeElasticsearch;
let agent: Agent | undefined;
afterEach(async () => {
  await agent?.end('SIGKILL');
  await Promise.all([api.stop(), elasticsearch.stop()]);
  kubelet.remove();
});

function attacker(name: string, claimed: string): Pod {
  return podJson((p) => {
    p.metadata = { name, namespace: 'evil', uid: `uid-of-${name}`, labels: { app: 'evil' } };
    p.metadata.annotations = {
      'kubernetes.io/config.mirror': claimed,
      'podferry.io/exclude': 'true',
      'podferry.io/min-level': 'fatal',
    };
  });
}

it('a pod that claims the log of another and asks for silence: every line of the other arrives, and the claim is told', async () => {
  kubelet = new FakeKubelet();
  api = await ApiServer.start();
  elasticsearch = await startElasticsearch({});
  const early = [attacker('of-a-uid', UID), attacker('of-a-hash', HASH)];
  const late = [attacker('late-of-a-uid', UID), attacker('late-of-a-hash', HASH)];
  const node = { ...kubelet, dir: kubelet.root, stateDir: join(kubelet.root, 'state'), remove: () => {} };
  // What an older podferry believed and kept.
  mkdirSync(node.stateDir);
  const body = early.map((pod) => `${JSON.stringify(podFacts(pod, []))}\n`).join('');
  writeFileSync(join(node.stateDir, 'pods'), `podferry-pods 1 ${crc32(body).toString(16)} node-1\n${body}`);
  for (const pod of early) api.put(pod);
  api.put(podJson());
  api.put(staticPod());

  const victims = [
    kubelet.start({ namespace: 'shop', pod: 'web-7d9f8b-abcde', uid: UID }),
    kubelet.start({ ...STATIC, container: 'web' }),
  ];
  let said = 0;
  const say = (): void => {
    victims.forEach((victim, v) => {
      victim.say(...Array.from({ length: LINES }, (_, i) => `level=debug victim=${v} line=${said + i}`));
    });
    said += LINES;
  };
  const arrived = (when: string): Promise<void> =>
    until(() => elasticsearch.docs.size === said * 2, `all lines said ${when}`, 20_000);
  const run = (): Promise<Agent> =>
    startAgent(node, {
      'kubernetes.enabled': 'true',
      'kubernetes.url': api.url,
      'elasticsearch.nodes': elasticsearch.url,
    });

  say();
  agent = await run();
  await arrived('before the start');
  say();
  await arrived('beside attackers that were there first');
  for (const pod of late) api.put(pod);
  await until(async () => (await agent!.metric('podferry_refused_pod_claims_total')) === 4, 'all claims are refused');
  say();
  await arrived('beside attackers that came later');
  for (const { metadata } of [...early, ...late]) api.delete(metadata.namespace, metadata.name);
  const gone = async (): Promise<boolean> => {
    const { kubernetes } = (await agent!.status()) as { kubernetes: { gone: number } };
    return kubernetes.gone === 4;
  };
  await until(gone, 'the attackers are gone');
  say();
  await arrived('after the attackers were deleted');

  const { kubernetes } = (await agent.status()) as { kubernetes: { refused_claims: object[] } };
  expect(kubernetes.refused_claims).toHaveLength(4);
  expect(JSON.stringify(kubernetes.refused_claims)).toContain(`"kubernetes.io/config.mirror: ${UID}"`);
  expect(JSON.stringify(kubernetes.refused_claims)).toContain(`"kubernetes.io/config.mirror: ${HASH}"`);
  const warnings = agent.stderr().match(/a pod claims a log that is not its own/g);
  expect(warnings).toHaveLength(1);
  expect(await agent.metric('podferry_dropped_records_total')).toBe(0);
  expect(await agent.end()).toBe(0);

  await api.stop();
  say();
  agent = await run();
  await arrived('while podferry and the API were away');
  expect(await agent.end()).toBe(0);

  const wrong = [...elasticsearch.docs.values()].filter(({ source }) => {
    const { message, kubernetes: of } = JSON.parse(source);
    const labels = message.includes('victim=0') ? of.labels?.app === 'shop' : of.labels?.component === 'kube-scheduler';
    return !labels || of.namespace === 'evil';
  });
  expect(wrong).toEqual([]);
}, 60_000);

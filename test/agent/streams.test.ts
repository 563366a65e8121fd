/**
 * Data streams by pod: a real agent with pods of three namespaces, whose labels and annotations may say anything. Every document is in
 * the data stream that it names, and none is lost, refused or there twice.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type Agent, type Node } from '../helpers/agent.ts';
import { ApiServer } from '../helpers/apiserver.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet, type FakeContainer } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { podJson } from '../kube/fixtures.ts';
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

let made = 0;

/** A pod that the API knows, and its container. */
function pod(
  namespace: string,
  labels: Record<string, string>,
  annotations: Record<string, string> = {},
): FakeContainer {
  tell(++made, namespace, labels, annotations);
  return kubelet.start({ namespace, pod: nameOf(made), uid: uidOf(made), container: 'web' });
}

/** What the API says of a pod from now on. */
function tell(i: number, namespace: string, labels: Record<string, string>, annotations: Record<string, string>): void {
  const names = { namespace, name: nameOf(i), uid: uidOf(i) };
  api.put(podJson(({ metadata }) => Object.assign(metadata, { ...names, labels, annotations })));
}

const nameOf = (i: number): string => `pod-${i}`;
const uidOf = (i: number): string => `${String(i).padStart(8, '0')}-0000-4000-8000-000000000000`;

async function start(settings: Record<string, string>): Promise<void> {
  agent = await startAgent(node, {
    'elasticsearch.nodes': es.url,
    'kubernetes.enabled': 'true',
    'kubernetes.url': api.url,
    'kubernetes.token_file': join(node.dir, 'token'),
    ...settings,
  });
}

/** Which messages are in which data stream. */
function stored(): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { index, source } of es.docs.values())
    (found[index] ??= []).push((JSON.parse(source) as { message: string }).message);
  return found;
}

test('documents of three namespaces go to the data streams that settings, rules, labels and annotations name', async () => {
  const asks = (dataset: string) => ({ 'podferry.io/dataset': dataset });
  const hostile = 'a/../*?"<>|,#:-\\ \u0000é'.repeat(20);
  const pods: [FakeContainer, string][] = [
    [pod('shop-eu', { team: 'Cart' }), 'logs-cart-shop_eu'],
    [pod('shop-us', { team: 'Cart' }), 'logs-cart-shop_us'],
    [pod('payments', { team: 'Cart' }), 'logs-audit-payments'],
    [pod('shop-eu', {}), 'logs-shared-shop_eu'],
    [pod('shop-eu', { team: hostile }), `logs-${hostile.slice(0, 100).replaceAll(/[^a-z.]/g, '_')}-shop_eu`],
    [pod('shop-eu', { team: 'Cart' }, asks('own.web')), 'logs-own.web-shop_eu'],
    [pod('shop-eu', { team: 'Cart' }, asks('audit')), 'logs-cart-shop_eu'],
    [pod('shop-eu', { team: 'Cart' }, asks('own.*')), 'logs-cart-shop_eu'],
  ];
  await start({
    'elasticsearch.dataset': '{label:team|shared}',
    'elasticsearch.namespace': '{kubernetes.namespace}',
    'elasticsearch.pod_datasets': 'own.*',
    rules: '[{match: {namespace: payments}, dataset: audit}]',
  });
  const expected: Record<string, string[]> = {};
  for (const [i, [container, index]] of pods.entries()) {
    container.say(`first of ${i}`, `second of ${i}`);
    (expected[index] ??= []).push(`first of ${i}`, `second of ${i}`);
  }
  await until(() => es.docs.size === 2 * pods.length, 'everything is stored', 30_000);
  expect(stored()).toEqual(expected);
  expect(await agent!.metric('podferry_settled_records_total')).toBe(2 * pods.length);
  expect(await agent!.status()).toMatchObject({
    kubernetes: { bad_annotations: [{ value: 'audit' }, { value: 'own.*' }] },
  });
  // Few requests: documents of several data streams go together.
  expect(es.bulks().length).toBeLessThan(2 * pods.length);
});

test('of three hundred labels a hundred get a data stream, the others go to that of the sink, and that is told', async () => {
  await start({ 'elasticsearch.dataset': '{label:team}' });
  for (let i = 0; i < 300; i++) pod('shop', { team: `team${i}` }).say(`line of ${i}`);
  await until(() => es.docs.size === 300, 'everything is stored', 60_000);
  const found = stored();
  expect(Object.keys(found)).toHaveLength(101);
  expect(found['logs-other-default']).toHaveLength(200);
  expect(await agent!.metric('podferry_refused_data_streams_total')).toBe(200);
  expect(agent!.stderr().match(/more than 100 data streams/g)).toHaveLength(1);
}, 120_000);

test('a document that is refused for a field goes mended to its own data stream, and one refused for good says it', async () => {
  es.manners.item = (source) => {
    if (source.includes('"bad"')) return { status: 400, type: 'document_parsing_exception', reason: 'no' };
    const isMended = source.includes('"repaired"') || !source.includes('"json":');
    return isMended
      ? undefined
      : { status: 400, type: 'document_parsing_exception', reason: 'failed to parse [json.a]' };
  };
  await start({ 'elasticsearch.namespace': '{kubernetes.namespace}' });
  pod('shop', {}).say('{"msg":"m","a":1}', 'bad');
  await until(() => es.docs.size === 1, 'the mended one is stored', 30_000);
  expect(Object.keys(stored())).toEqual(['logs-podferry-shop']);
  await until(async () => (await agent!.metric('podferry_deadletter_bytes'))! > 0, 'the other one is kept', 30_000);
});

test('when the labels of a pod change, its lines go to the other data stream from then on', async () => {
  await start({ 'elasticsearch.dataset': '{label:team}' });
  const web = pod('shop', { team: 'cart' });
  web.say('before');
  await until(() => es.docs.size === 1, 'the first line is stored', 30_000);
  tell(made, 'shop', { team: 'search' }, {});
  let said = 1;
  await until(
    () => {
      if (es.docs.size === said) web.say(`line ${said++}`);
      return stored()['logs-search-default'] !== undefined;
    },
    'a line is stored in the other one',
    30_000,
  );
  await until(() => es.docs.size === said, 'everything is stored', 30_000);
  const { 'logs-cart-default': before, 'logs-search-default': after } = stored();
  expect([...before!, ...after!]).toEqual(['before', ...Array.from({ length: said - 1 }, (_, i) => `line ${i + 1}`)]);
});

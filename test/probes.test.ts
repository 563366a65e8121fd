import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, type Config } from '../src/config/config.ts';
import { probeKubernetes } from '../src/probes.ts';
import { probeSink } from '../src/sink.ts';
import { ApiServer } from './helpers/apiserver.ts';
import { startElasticsearch, type FakeElasticsearch } from './helpers/elasticsearch.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-probes-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function config(...sets: string[]): Config {
  const base = [`state.dir=${dir}`, 'node_name=node-1', 'http.listen=off'];
  const defaultFile = join(dir, 'none.yaml');
  return loadConfig({ purpose: 'check', sets: [...base, ...sets], env: {}, hostname: 'h', defaultFile }).config;
}

describe('what check asks Elasticsearch', () => {
  let server: FakeElasticsearch;
  beforeEach(async () => {
    server = await startElasticsearch({ apiKeys: ['a2V5OmdlaGVpbQ=='] });
  });
  afterEach(() => server.stop());
  const probe = async (...sets: string[]) =>
    (await probeSink(config('kubernetes.enabled=false', `elasticsearch.nodes=${server.url}`, ...sets)))!;

  it('with a good key: server, privilege and data stream', async () => {
    const { ok, lines } = await probe('elasticsearch.api_key=a2V5OmdlaGVpbQ==', 'elasticsearch.dataset=shop');
    expect(ok).toBe(true);
    expect(lines.join('\n')).toMatch(/Elasticsearch 9\.5\.0/);
    expect(lines.join('\n')).toContain('logs-shop-default');
  });

  it('with a bad key: which settings to look at, and not the key', async () => {
    const { ok, lines } = await probe('elasticsearch.api_key=ZmFsc2NoOmZhbHNjaA==');
    expect(ok).toBe(false);
    expect(lines.join('\n')).toContain('elasticsearch.api_key');
    expect(lines.join('\n')).not.toContain('ZmFsc2NoOmZhbHNjaA');
  });

  it('when nobody is there', async () => {
    await server.stop();
    const { ok, lines } = await probe();
    expect(ok).toBe(false);
    expect(lines.join('\n')).toContain('cannot be reached');
  });
});

describe('what check asks Kubernetes', () => {
  let server: ApiServer;
  beforeEach(async () => {
    server = await ApiServer.start({ tokens: new Set(['right']) });
  });
  afterEach(() => server.stop());
  const probe = (token: string, ...sets: string[]) => {
    writeFileSync(join(dir, 'token'), token);
    const api = ['sink=stdout', `kubernetes.url=${server.url}`, `kubernetes.token_file=${dir}/token`];
    return probeKubernetes(config(...api, ...sets), '1.2.3');
  };

  it('with all permissions: each of them, and the pods of the node', async () => {
    const { ok, lines } = await probe('right');
    expect(ok).toBe(true);
    expect(lines).toEqual(['may list pods', 'may watch pods', expect.stringContaining('no pods on node node-1')]);
  });

  it('with one missing: which', async () => {
    server.denied.add('watch pods');
    const { ok, lines } = await probe('right', 'kubernetes.namespace_labels=true');
    expect(ok).toBe(false);
    expect(lines.join('\n')).toMatch(/may not watch pods/);
    expect(lines.join('\n')).toMatch(/may get namespaces/);
  });

  it('with a wrong token, and when nobody is there', async () => {
    const refused = await probe('wrong');
    expect(refused.ok).toBe(false);
    expect(refused.lines.join()).toContain('401');
    await server.stop();
    expect((await probe('right')).ok).toBe(false);
    await server.listen(0);
  });

  it('with a kubeconfig that cannot be used: one sentence', async () => {
    const kubeconfig = join(dir, 'kubeconfig');
    writeFileSync(kubeconfig, 'nothing: here\n');
    const { ok, lines } = await probeKubernetes(config('sink=stdout', `kubernetes.kubeconfig=${kubeconfig}`), '1.2.3');
    expect(ok).toBe(false);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(kubeconfig);
  });
});

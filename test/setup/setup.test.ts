/** `podferry setup` against servers that keep what they are given: made once, changed when needed, never over something newer. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { setup, type SetupOptions } from '../../src/setup/setup.ts';
import { startElasticsearch, type FakeElasticsearch, type FakeOptions } from '../helpers/elasticsearch.ts';
import { at, keepsTemplates, startKibana, type FakeKibana, type Has, type Store } from './servers.ts';

let server: FakeElasticsearch | undefined;
let kibana: FakeKibana | undefined;
let store: Store;
let dir: string;

beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'podferry-setup-'))));
afterEach(async () => {
  await server?.stop();
  await kibana?.stop();
  server = kibana = undefined;
  rmSync(dir, { recursive: true });
});

async function start(options: FakeOptions = {}, has: Has = { stack: true }): Promise<void> {
  server = await startElasticsearch(options);
  store = keepsTemplates(server, has);
}

/** What it printed. */
async function run(sets: readonly string[] = [], options: Partial<SetupOptions> = {}): Promise<string[]> {
  const printed: string[] = [];
  const nodes = server ? [`elasticsearch.nodes=${server.url}`] : [];
  const all = [...nodes, ...(kibana ? [`setup.kibana_url=${kibana.url}`] : []), ...sets];
  const { config } = loadConfig({ purpose: 'setup', sets: all, env: {}, hostname: 'laptop', defaultFile: '/none' });
  const print = (line: string) => void printed.push(line);
  await setup(config, { dryRun: false, out: undefined, apiKey: false, version: '1.2.3', print, ...options });
  return printed;
}

const changes = () =>
  server!.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);

describe.each([
  ['Elasticsearch 9', {}, { stack: true }],
  ['Elasticsearch Serverless', { serverless: true }, { stack: true }],
  ['Elasticsearch 8.10', { version: '8.10.0' }, {}],
  ['OpenSearch', { flavor: 'opensearch' }, { ism: true }],
  ['OpenSearch 2 without ISM', { flavor: 'opensearch', version: '2.19.0' }, {}],
] as const)('%s', (_, options, has) => {
  test('the first run makes everything, the second changes nothing', async () => {
    await start(options, has);
    const first = await run();
    expect(first.filter((line) => line.endsWith(': made')).length).toBeGreaterThanOrEqual(3);
    const made = changes().length;
    const second = await run();
    expect(second.filter((line) => /: (made|changed)$/.test(line))).toEqual([]);
    expect(changes()).toHaveLength(made);
  });

  test('--dry-run prints what would change and changes nothing', async () => {
    await start(options, has);
    const printed = await run([], { dryRun: true });
    expect(printed).toContain('index template logs-podferry: would be made');
    expect(printed).toContain('  + index_patterns: ["logs-podferry-*"]');
    expect(changes()).toEqual([]);
  });

  test('another retention is one change', async () => {
    await start(options, has);
    await run();
    const before = changes().length;
    const printed = await run(['setup.retention=7d'], { dryRun: true });
    const differing = printed.filter((line) => line.startsWith('  '));
    const retains = !printed.some((line) => line.includes('nothing deletes'));
    expect(differing.some((line) => /\+ .*(retention|min_age|min_rollover_age): 7d/.test(line))).toBe(retains);
    await run(['setup.retention=7d']);
    expect(changes().length).toBe(before + (retains ? 1 : 0));
  });
});

test('every output on a server is set up there, Kibana for the first one alone', async () => {
  await start();
  kibana = await startKibana();
  const audit = await startElasticsearch();
  const there = keepsTemplates(audit, { stack: true });
  const sets = ['outputs.audit.sink=elasticsearch', `outputs.audit.elasticsearch.nodes=${audit.url}`];
  sets.push('outputs.audit.elasticsearch.dataset=audit', 'outputs.disk.sink=file', 'outputs.disk.file.dir=/x');
  // Other documents on the first server, under the same template.
  sets.push('outputs.more.sink=elasticsearch', 'outputs.more.elasticsearch.namespace=eu');
  const printed = await run(sets);
  expect(printed.filter((line) => /^(sink|outputs)/.test(line))).toEqual([
    `sink: ${server!.url}`,
    `outputs.audit: ${audit.url}`,
  ]);
  expect(store.get('_index_template/logs-podferry')).toBeDefined();
  expect(there.get('_index_template/logs-audit')).toBeDefined();
  expect(there.get('_index_template/logs-podferry')).toBeUndefined();
  expect(printed.filter((line) => /no saved search/.test(line))).toHaveLength(1);
  await run(sets, { out: dir });
  expect(readdirSync(dir)).toEqual(['audit', 'default']);
  await audit.stop();
});

test.each(['999', '1.10.0'])('what podferry %s made is not changed, nor anything else', async (version) => {
  await start();
  await run([], { version });
  const before = changes().length;
  const expected = /was made by podferry .*, which is newer than this one, 1\.2\.3\. Nothing is changed/;
  await expect(run(['setup.retention=1d'])).rejects.toThrow(expected);
  await expect(run(['setup.retention=1d'], { dryRun: true })).rejects.toThrow(expected);
  expect(changes()).toHaveLength(before);
});

test('the template of an exception that is no longer asked for is removed', async () => {
  await start();
  await run(['setup.retention=30d, podferry-payments=90d, audit-*=365d']);
  const dry = await run(['setup.retention=30d, audit-*=365d'], { dryRun: true });
  expect(dry).toContain('index template logs-podferry-for-podferry-payments: would be removed');
  expect(dry).toContain('  - priority: 251');
  expect(await run(['setup.retention=30d, audit-*=365d'])).toContain(
    'index template logs-podferry-for-podferry-payments: removed',
  );
  expect([...store.keys()].filter((path) => path.includes('-for-'))).toEqual([
    '_index_template/logs-podferry-for-audit-any',
  ]);
});

test('what somebody else made is not overwritten', async () => {
  await start();
  store.set('_index_template/logs-podferry', {
    index_templates: [{ name: 'logs-podferry', index_template: { priority: 1 } }],
  });
  await expect(run()).rejects.toThrow('index template logs-podferry was not made by podferry setup');
  expect(changes()).toEqual([]);
});

test("the operator's own component is made once where it must be there, and left alone", async () => {
  await start({ flavor: 'opensearch' }, {});
  await run();
  const path = '_component_template/logs-podferry@custom';
  const mine = {
    component_templates: [
      { name: 'x', component_template: { template: { settings: { 'index.refresh_interval': '9s' } } } },
    ],
  };
  store.set(path, mine);
  await run(['setup.index=sorted']);
  expect(store.get(path)).toBe(mine);
});

test('streams that are there get the retention, and are told to roll over', async () => {
  const stream = {
    name: 'logs-podferry-default',
    template: 'logs-podferry',
    lifecycle: { enabled: true, data_retention: '9d' },
  };
  await start({}, { stack: true, streams: [stream, { name: 'logs-podferry-other', template: 'mine' }] });
  const printed = await run();
  expect(printed).toContain('data stream logs-podferry-default: changed');
  expect(changes()).toContain('PUT /_data_stream/logs-podferry-default/_lifecycle');
  expect(changes().join()).not.toContain('logs-podferry-other/');
  expect(printed.join('\n')).toContain('POST /logs-podferry-default/_rollover');
});

describe('a sentence says what keeps it from being done', () => {
  test('no privilege', async () => {
    await start({}, { stack: true, readOnly: true });
    await expect(run()).rejects.toThrow(
      /component template .* is refused \(PUT .*: 403 security_exception .*manage_index_templates/,
    );
  });
  test('wrong credentials', async () => {
    await start({ apiKeys: ['right'] });
    await expect(run(['elasticsearch.api_key=d3Jvbmc='])).rejects.toThrow('refuses the credentials (401)');
  });
  test('nobody there', async () => {
    await expect(run(['elasticsearch.nodes=http://127.0.0.1:1'])).rejects.toThrow('cannot be reached');
  });
  test('a server that does not say what it is', async () => {
    await start({ hideProduct: true, mayMonitor: false });
    await expect(run()).rejects.toThrow('set elasticsearch.flavor');
    expect((await run(['elasticsearch.flavor=elasticsearch'])).join()).toContain('logs-podferry: made');
  });
  test.each([
    ['setup.json=dynamic', 'setup.json dynamic works with Elasticsearch only'],
    ['setup.index=logsdb', 'setup.index logsdb works with Elasticsearch only'],
    ['setup.kibana_space=dev', 'setup.kibana_space works with Elasticsearch only'],
  ])('OpenSearch and %s', async (set, sentence) => {
    await start({ flavor: 'opensearch' }, {});
    await expect(run([set])).rejects.toThrow(sentence);
  });
  test('a sink that needs none', () =>
    expect(run(['sink=stdout'])).rejects.toThrow('sink is stdout, which needs no set-up'));
  test('no server', () => expect(run()).rejects.toThrow('elasticsearch.nodes is required'));
  test('no server, but one that is named', () =>
    expect(run(['elasticsearch.flavor=opensearch'])).rejects.toThrow('elasticsearch.nodes is required'));
});

describe('--api-key', () => {
  test('makes a key for these data streams and prints it', async () => {
    await start();
    expect((await run([], { apiKey: true })).at(-1)).toBe('API key podferry, shown only this once: aTpr');
    const { body } = server!.requests.find(({ path }) => path === '/_security/api_key')!;
    const sample = JSON.parse(readFileSync('manifests/samples/api-key.json', 'utf8')) as unknown;
    expect(JSON.parse(body.toString())).toEqual(sample);
  });
  test('not in a dry run, not with OpenSearch, not without the privilege', async () => {
    await start();
    expect((await run([], { apiKey: true, dryRun: true })).at(-1)).toBe('API key podferry: would be made');
    expect(changes()).toEqual([]);
    server!.manners.flavor = 'opensearch';
    await expect(run([], { apiKey: true })).rejects.toThrow('OpenSearch has no API keys');
  });
});

describe('--out', () => {
  const files = () =>
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.\w+$/.test(name))
      .toSorted();

  test('writes what it would make, for a server that is named, without asking any', async () => {
    await run(['elasticsearch.flavor=elasticsearch'], { out: dir, apiKey: true });
    expect(files()).toEqual([
      '_component_template/logs-podferry-mappings.json',
      '_component_template/logs-podferry-settings.json',
      '_index_template/logs-podferry.json',
      '_security/api_key.json',
      'kibana/podferry.ndjson',
    ]);
  });

  test('the same as goes to the server', async () => {
    await start({ flavor: 'opensearch' }, { ism: true });
    await run([], { out: dir });
    expect(changes()).toEqual([]);
    await run();
    for (const name of files().filter((each) => each.endsWith('.json'))) {
      const sent = server!.requests.find(({ method, path }) => method === 'PUT' && `${path.slice(1)}.json` === name)!;
      expect([name, JSON.parse(readFileSync(join(dir, name), 'utf8'))]).toEqual([
        name,
        JSON.parse(sent.body.toString()),
      ]);
    }
  });

  test('a directory that cannot be written', async () => {
    const file = join(dir, 'file');
    writeFileSync(file, '');
    await expect(run(['elasticsearch.flavor=elasticsearch'], { out: file })).rejects.toThrow(
      /^--out: .*\/file\/_component.* cannot be written \(/,
    );
  });
});

describe.each([
  ['Kibana', {}, 'kbn-xsrf'],
  ['OpenSearch Dashboards', { flavor: 'opensearch' }, 'osd-xsrf'],
] as const)('%s', (_, options, header) => {
  beforeEach(async () => {
    await start(options, { stack: true });
    kibana = await startKibana(header);
  });

  test('gets a data view, a saved search and a dashboard, once', async () => {
    const printed = await run();
    expect(printed).toEqual(
      expect.arrayContaining(['data view logs-podferry: made', 'saved search logs-podferry-lines: made']),
    );
    const search = kibana!.objects.get('/search/logs-podferry-lines');
    expect(at(search, 'attributes', 'sort')).toEqual([
      ['@timestamp', 'desc'],
      ['log.offset', 'desc'],
    ]);
    const before = new Map(kibana!.objects);
    expect((await run()).join('\n')).not.toMatch(/: (made|changed)/);
    expect([...kibana!.objects.values()].every((each, i) => each === [...before.values()][i])).toBe(true);
  });

  test('what people changed stays until another podferry comes', async () => {
    await run();
    Object.assign(at(kibana!.objects.get('/search/logs-podferry-lines'), 'attributes') as object, {
      columns: ['mine'],
    });
    await run();
    expect(at(kibana!.objects.get('/search/logs-podferry-lines'), 'attributes', 'columns')).toEqual(['mine']);
    expect(await run([], { version: '1.2.4' })).toContain('saved search logs-podferry-lines: changed');
    expect(at(kibana!.objects.get('/search/logs-podferry-lines'), 'attributes', 'columns')).toContain('log.level');
  });

  test('a newer one is left alone, and so is everything on the server', async () => {
    await run([], { version: '9.9.9' });
    store.clear();
    const before = changes().length;
    await expect(run()).rejects.toThrow('saved search logs-podferry-lines was made by podferry 9.9.9');
    expect(changes()).toHaveLength(before);
  });

  test('a refusal is a sentence', async () => {
    kibana!.answer = () => [403, 'Forbidden'];
    await expect(run()).rejects.toThrow(/Kibana refuses saved objects .*403 Forbidden.*Saved Objects Management/);
    kibana!.answer = (path) =>
      path.endsWith('_import') ? [200, '{"success":false,"errors":[{"id":"x"}]}'] : undefined;
    await expect(run()).rejects.toThrow('{"id":"x"}');
  });
});

test('a Kibana space gets its own', async () => {
  await start();
  kibana = await startKibana();
  await run(['setup.kibana_space=dev']);
  expect([...kibana.objects.keys()].every((key) => key.startsWith('dev/'))).toBe(true);
});

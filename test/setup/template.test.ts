/** The templates: every member of a document has a type, and each server gets what it knows. */
import { describe, expect, test } from 'vitest';
import { abilitiesOf, newest, type Abilities } from '../../src/setup/abilities.ts';
import { baseName, keptOf, templates, type Wanted } from '../../src/setup/template.ts';
import { allDocuments, membersOf } from '../helpers/documents.ts';
import { codeIn, rowsOf, section } from '../helpers/markdown.ts';

const DAY = 86_400_000;
const WANTED: Wanted = {
  version: '1.2.3',
  dataset: 'podferry',
  streams: ['logs-podferry-default'],
  retention: { all: 30 * DAY, others: [] },
  json: 'flattened',
  index: 'default',
};
const SERVERS: Record<string, Abilities> = {
  'Elasticsearch 9': newest('elasticsearch'),
  'Elasticsearch without the templates of the stack': { ...newest('elasticsearch'), stack: false },
  'Elasticsearch 8.0': { ...newest('elasticsearch'), stack: false, modern: false, retention: 'ilm' },
  'OpenSearch 3.8': newest('opensearch'),
  'OpenSearch 2': { ...newest('opensearch'), patterns: false },
};

interface Body {
  template: {
    mappings: { properties: Record<string, { type: string }>; dynamic_properties?: Record<string, unknown> };
    settings: Record<string, unknown>;
    lifecycle?: { data_retention: string };
  };
  index_patterns: string[];
  priority: number;
  composed_of: string[];
}

function made(abilities: Abilities, wanted: Partial<Wanted> = {}): Map<string, Body> {
  const items = templates(abilities, { ...WANTED, ...wanted });
  return new Map(items.map(({ path, body }) => [path, body as unknown as Body]));
}
const mappings = (abilities: Abilities, wanted: Partial<Wanted> = {}) =>
  made(abilities, wanted).get('_component_template/logs-podferry-mappings')!.template.mappings;
const settings = (abilities: Abilities, wanted: Partial<Wanted> = {}) =>
  made(abilities, wanted).get('_component_template/logs-podferry-settings')!.template.settings;

describe.each(Object.entries(SERVERS))('%s', (_, abilities) => {
  test('every member that a document can have is mapped', async () => {
    const { properties, dynamic_properties: patterns = {} } = mappings(abilities);
    // The names of the data stream are mapped by the stack.
    const known = [...Object.keys(properties), ...Object.keys(patterns).map((pattern) => pattern.replace('.*', ''))];
    const told = rowsOf(section('docs/design.md', 'The document')).flatMap(([member]) => codeIn(member!));
    const found = (await allDocuments()).flatMap((document) => membersOf(document));
    const unmapped = [...new Set([...told, ...found])].filter((member) => !known.includes(member));
    expect(unmapped).toEqual(
      abilities.stack ? ['data_stream.type', 'data_stream.dataset', 'data_stream.namespace'] : [],
    );
  });

  test('what is made is marked', () => {
    for (const [path, body] of made(abilities))
      if (!path.endsWith('@custom'))
        expect([path, JSON.stringify(body)]).toEqual([path, expect.stringMatching(/podferry.*1\.2\.3/)]);
  });
});

test('what applications name takes one field, or none', () => {
  const { properties } = mappings(newest('elasticsearch'));
  expect(['json', 'kubernetes.labels', 'kubernetes.annotations'].map((name) => properties[name]!.type)).toEqual(
    Array(3).fill('flattened'),
  );
  const { properties: other, dynamic_properties: patterns } = mappings(newest('opensearch'));
  expect(other['json']).toEqual({ type: 'flat_object' });
  expect(patterns).toHaveProperty(['kubernetes.labels.*']);
});

test('setup.json dynamic: names with dots are fields of their own, and numbers of all kinds are one type', () => {
  expect(mappings(newest('elasticsearch'), { json: 'dynamic' }).properties['json']).toEqual({
    type: 'object',
    subobjects: false,
    dynamic: true,
  });
});

test('setup.index lays out indices', () => {
  const abilities = newest('elasticsearch');
  expect(settings(abilities)).not.toHaveProperty(['index.mode']);
  expect(settings(abilities, { index: 'logsdb' })).toHaveProperty(['index.mode'], 'logsdb');
  expect(settings(abilities, { index: 'sorted' })).toHaveProperty(['index.sort.field'], ['host.name', '@timestamp']);
});

test('the templates of the stack and the hooks of the operator are composed in, where some may be missing', () => {
  expect(made(newest('elasticsearch')).get('_index_template/logs-podferry')!.composed_of).toEqual([
    'logs@mappings',
    'logs@settings',
    'logs-podferry-mappings',
    'logs-podferry-settings',
    'logs@custom',
    'logs-podferry@custom',
    'ecs@mappings',
  ]);
  const old = made(newest('opensearch'));
  expect(old.get('_index_template/logs-podferry')!.composed_of).toContain('logs-podferry@custom');
  expect([...old.keys()]).toContain('_component_template/logs-podferry@custom');
});

test.each([
  [['logs-podferry-default'], ['logs-podferry-*'], 250],
  [['logs-podferry-*', 'logs-payments-eu', 'logs-payments-us'], ['logs-podferry-*', 'logs-payments-*'], 250],
  [['logs-k8s.*-default', 'logs-team_*-default'], ['logs-k8s.*-*', 'logs-team_*-*'], 250],
  // So are data streams of others, and theirs come first.
  [['logs-*-default'], ['logs-*-*'], 150],
])('of the data streams %j the template covers %j', (streams, patterns, priority) => {
  const { index_patterns, priority: found } = made(newest('elasticsearch'), { streams }).get(
    '_index_template/logs-podferry',
  )! as Body & { priority: number };
  expect([index_patterns, found]).toEqual([patterns, priority]);
});

describe('retention', () => {
  const wanted = {
    retention: {
      all: 30 * DAY,
      others: [
        { streams: 'podferry-payments', keep: 90 * DAY },
        { streams: 'audit-*', keep: null },
      ],
    },
  };

  test('an exception is a template of its own above the others', () => {
    const all = made(newest('elasticsearch'), wanted);
    const found = [...all].filter(([path]) => path.startsWith('_index_template/'));
    expect(
      found.map(([path, { index_patterns, priority, template }]) => [
        path,
        index_patterns,
        priority,
        template.lifecycle?.data_retention,
      ]),
    ).toEqual([
      ['_index_template/logs-podferry', ['logs-podferry-*'], 250, '30d'],
      ['_index_template/logs-podferry-for-podferry-payments', ['logs-podferry-payments'], 251, '90d'],
      ['_index_template/logs-podferry-for-audit-any', ['logs-audit-*'], 252, undefined],
    ]);
  });

  test.each([
    ['ilm', '_ilm/policy/logs-podferry', { min_age: '30d' }],
    ['ism', '_plugins/_ism/policies/logs-podferry', { min_rollover_age: '30d' }],
  ] as const)('%s: a policy that rolls over and deletes', (retention, path, age) => {
    const flavor = retention === 'ism' ? 'opensearch' : 'elasticsearch';
    const policy = made({ ...newest(flavor), retention }).get(path);
    expect(JSON.stringify(policy)).toContain(JSON.stringify(age).slice(1, -1));
    expect(JSON.stringify(policy)).toMatch(/"(max_age|min_index_age)":"7d"/);
  });

  test('off: nothing is deleted, and nothing is made for it', () => {
    for (const abilities of Object.values(SERVERS))
      expect(JSON.stringify([...made(abilities, { retention: { all: null, others: [] } })])).not.toMatch(
        /lifecycle|_ilm|_ism/,
      );
  });

  test('the streams of an exception have its name', () => {
    const names = keptOf({ ...WANTED, ...wanted }).map(({ name }) => name);
    expect(names).toEqual(['logs-podferry', 'logs-podferry-for-podferry-payments', 'logs-podferry-for-audit-any']);
    expect(baseName({ ...WANTED, dataset: 'shop' })).toBe('logs-shop');
  });
});

describe('what a server can hold', () => {
  const said = (
    flavor: 'elasticsearch' | 'opensearch',
    version: string | undefined,
    statuses: Record<string, number> = {},
  ) => abilitiesOf({ flavor, version, serverless: false, has: (path) => Promise.resolve(statuses[path] ?? 404) });
  const STACK = { '_component_template/logs@mappings': 200 };

  test.each([
    ['elasticsearch', '9.5.3', STACK, { stack: true, modern: true, retention: 'lifecycle' }],
    ['elasticsearch', '8.14.0', {}, { stack: false, modern: true, retention: 'lifecycle' }],
    ['elasticsearch', '8.13.4', STACK, { stack: false, modern: false, retention: 'ilm' }],
    ['elasticsearch', undefined, STACK, { stack: true, modern: true, retention: 'lifecycle' }],
    ['opensearch', '3.8.0', {}, { patterns: true, retention: 'ism' }],
    ['opensearch', '2.19.1', {}, { patterns: false, retention: 'ism' }],
    ['opensearch', '3.8.0', { '_plugins/_ism/policies/podferry': 400 }, { patterns: true, retention: 'none' }],
  ] as const)('%s %s', async (flavor, version, statuses, expected) => {
    expect(await said(flavor, version, statuses)).toMatchObject(expected);
  });
});

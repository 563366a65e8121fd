/** What is said of a server's templates and mappings: good ones, guessed ones, and none. */
import { describe, expect, test } from 'vitest';
import type { Answer, Ask } from '../../../src/sinks/elasticsearch/answer.ts';
import { standingSentence } from '../../../src/sinks/elasticsearch/sentences.ts';
import { checkServer } from '../../../src/sinks/elasticsearch/server-check.ts';
import { standingOf, type Standing } from '../../../src/sinks/elasticsearch/standing.ts';

const TARGET = 'logs-podferry-default';
const PLACE = { target: TARGET, streams: [TARGET], nodes: 'http://es:9200' };
const OURS = { _meta: { managed_by: 'podferry', version: '1' } };
/** As logs@template of Elasticsearch maps them. */
const STACK = { date_detection: false, properties: { '@timestamp': { type: 'date' } } };
const GOOD = { properties: { '@timestamp': { type: 'date_nanos' }, json: { type: 'flattened' } } };

/** Answers by path; what is not there is 404. */
function server(answers: Record<string, [number, object]>): Ask {
  return (path, sent) => {
    // A body would be the template to simulate.
    const isRefused = path.includes('_simulate_index') && sent !== null;
    const [status, body] = isRefused ? [400, {}] : (answers[path] ?? [404, {}]);
    const answer: Answer = {
      status,
      chunks: [Buffer.from(JSON.stringify(body))],
      retryAfter: undefined,
      product: 'Elasticsearch',
    };
    return Promise.resolve(answer);
  };
}
const template = (patterns: string[], priority: number, more: object = {}) => ({
  name: 'x',
  index_template: { index_patterns: patterns, priority, ...more },
});
const listed = (...templates: object[]): [number, object] => [200, { index_templates: templates }];
const mapping = `/${TARGET}/_mapping`;
const simulate = `/_index_template/_simulate_index/${TARGET}`;

test.each([
  ['a stream of ours', { [mapping]: [200, { '.ds-x-000001': { mappings: OURS } }] }, 'stream', 0],
  [
    'a stream as the stack makes it',
    { [mapping]: [200, { '.ds-x-2026.11.20-000001': { mappings: STACK } }] },
    'stream',
    3,
  ],
  ['a stream of somebody who thought of it', { [mapping]: [200, { '.ds-x-000001': { mappings: GOOD } }] }, 'stream', 0],
  [
    'a stream that was rolled over since: its newest index counts',
    { [mapping]: [200, { '.ds-x-000009': { mappings: STACK }, '.ds-x-000010': { mappings: OURS } }] },
    'stream',
    0,
  ],
  ['a server of another kind that answers everything with {}', { [mapping]: [200, {}] }, 'unsaid', 0],
  ['one that answers everything with its name', { [mapping]: [200, { version: { number: '9.0.0' } }] }, 'unsaid', 0],
  ['one that knows no templates', { '/_index_template': [200, {}] }, 'unsaid', 0],
  ['a plain index', { [mapping]: [200, { [TARGET]: { mappings: {} } }] }, 'index', 3],
  [
    'a mapping that takes nothing new',
    { [mapping]: [200, { '.ds-x-000001': { mappings: { ...STACK, dynamic: 'false' } } }] },
    'stream',
    1,
  ],
  [
    'json without objects in it',
    { [mapping]: [200, { '.ds-x-000001': { mappings: { properties: { json: { subobjects: false } } } } }] },
    'stream',
    1,
  ],
  ['nothing, and no template', { '/_index_template': listed() }, 'none', 0],
  [
    'nothing, and a template of others',
    { '/_index_template': listed(template(['metrics-*'], 1, { data_stream: {} })) },
    'none',
    0,
  ],
  [
    'nothing, and a template that makes a plain index',
    { '/_index_template': listed(template(['logs-*'], 1)) },
    'none',
    0,
  ],
  [
    'nothing, and two templates: the higher one counts',
    {
      '/_index_template': listed(template(['logs-podferry-*'], 9, { data_stream: {} }), template(['*'], 1)),
      [simulate]: [200, { template: { mappings: STACK } }],
    },
    'template',
    3,
  ],
  [
    'nothing, and ours',
    {
      '/_index_template': listed(template(['logs-podferry-*'], 250, { data_stream: {} })),
      [simulate]: [200, { template: { mappings: OURS } }],
    },
    'template',
    0,
  ],
  ['a key that may only ship', { [mapping]: [403, {}] }, 'unsaid', 0],
  ['a key that may not see templates', { '/_index_template': [403, {}] }, 'unsaid', 0],
] as [string, Record<string, [number, object]>, Standing['holder'], number][])(
  '%s',
  async (_, answers, holder, lacks) => {
    const standing = await standingOf(server(answers), TARGET);
    expect([standing.holder, standing.lacks.length]).toEqual([holder, lacks]);
  },
);

describe('the log says', () => {
  const LACKS = ['one thing'];
  test.each([
    ['elasticsearch', 'stream', [], undefined],
    ['elasticsearch', 'stream', LACKS, 'but one thing. podferry setup mends it'],
    ['opensearch', 'template', LACKS, 'but one thing. podferry setup mends it'],
    ['opensearch', 'none', [], 'No index template covers'],
    ['opensearch', 'index', LACKS, 'is a plain index'],
    ['unknown', 'none', [], 'No index template covers'],
    // It refuses them, and a sentence about that follows.
    ['elasticsearch', 'none', [], undefined],
    ['elasticsearch', 'index', LACKS, undefined],
    ['opensearch', 'unsaid', [], undefined],
  ] as const)('%s, %s, %j', (flavor, holder, lacks, said) => {
    const sentence = standingSentence({ holder, lacks }, flavor, TARGET, PLACE);
    if (said === undefined) expect(sentence).toBeUndefined();
    else expect(sentence).toContain(said);
  });
});

describe('check says', () => {
  const root = (number: string, distribution?: string): [number, object] => [
    200,
    { version: { number, distribution } },
  ];
  test.each([
    [
      'a good stream',
      { '/': root('9.5.0'), [mapping]: [200, { '.ds-x-000001': { mappings: OURS } }] },
      'ok',
      'the data stream exists',
    ],
    [
      'a guessed mapping',
      { '/': root('9.5.0'), [mapping]: [200, { '.ds-x-000001': { mappings: STACK } }] },
      'warn',
      'podferry setup mends it',
    ],
    ['no template', { '/': root('9.5.0'), '/_index_template': listed() }, 'fail', 'every document is refused'],
    [
      'a plain index',
      { '/': root('9.5.0'), [mapping]: [200, { [TARGET]: { mappings: {} } }] },
      'fail',
      'is a plain index',
    ],
    [
      'no template, and one that cannot refuse',
      { '/': root('8.12.0'), '/_index_template': listed() },
      'warn',
      'no index template makes',
    ],
    [
      'no template of OpenSearch',
      { '/': root('3.8.0', 'opensearch'), '/_index_template': listed() },
      'warn',
      'a plain index would be made',
    ],
  ] as [string, Record<string, [number, object]>, string, string][])('%s', async (_, answers, verdict, sentence) => {
    const { ok, warn, detail } = await checkServer(server(answers), PLACE);
    expect([!ok ? 'fail' : warn ? 'warn' : 'ok', detail]).toEqual([verdict, expect.stringContaining(sentence)]);
  });
});

describe('of several data streams check', () => {
  const streams = [TARGET, 'logs-*-eu', 'logs-payments-us'];
  const place = { ...PLACE, streams };
  const rights = (lacking: string, privilege: string): [number, object] => {
    const all = { create_doc: true, auto_configure: true };
    const index = streams.map((name) => [name, name === lacking ? { ...all, [privilege]: false } : all]);
    return [200, { index: Object.fromEntries(index) as object }];
  };
  const root: [number, object] = [200, { version: { number: '9.5.0' } }];
  const good: [number, object] = [200, { '.ds-x-000001': { mappings: OURS } }];
  const answers = {
    '/': root,
    [mapping]: good,
    '/logs-other-eu/_mapping': good,
    '/logs-payments-us/_mapping': good,
    '/_security/user/_has_privileges': rights('', ''),
  };

  test('says that all is well', async () => {
    const { ok, warn, detail } = await checkServer(server(answers), place);
    expect([ok, warn]).toEqual([true, false]);
    expect(detail).toContain(`documents may be created in ${streams.join(', ')}; the data stream exists.`);
  });

  test('names the one that may not be written to', async () => {
    const refused = { ...answers, '/_security/user/_has_privileges': rights('logs-*-eu', 'create_doc') };
    const { ok, detail } = await checkServer(server(refused), place);
    expect([ok, detail]).toEqual([false, expect.stringContaining('grant create_doc on logs-*-eu')]);
  });

  test('names the one that would be a plain index', async () => {
    const others = {
      ...answers,
      '/logs-payments-us/_mapping': [404, {}] as [number, object],
      '/_index_template': listed(),
    };
    const { ok, detail } = await checkServer(server(others), place);
    expect([ok, detail]).toEqual([false, expect.stringContaining('makes logs-payments-us a data stream')]);
  });

  test('names the one whose mapping is worse', async () => {
    const worse: [number, object] = [200, { '.ds-x-000001': { mappings: STACK } }];
    const { ok, warn, detail } = await checkServer(server({ ...answers, '/logs-other-eu/_mapping': worse }), place);
    expect([ok, warn, detail]).toEqual([true, true, expect.stringContaining('logs-other-eu: @timestamp keeps')]);
  });
});

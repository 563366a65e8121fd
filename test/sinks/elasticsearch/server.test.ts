import { expect, test } from 'vitest';
import { bulkQuery, recognise, refusedParameters } from '../../../src/sinks/elasticsearch/server.ts';

const elasticsearch = { version: { number: '9.5.0', build_flavor: 'default' }, tagline: 'You Know, for Search' };
const opensearch = { version: { number: '3.8.0', distribution: 'opensearch' } };

test.each<[string, number, unknown, string | undefined, object]>([
  ['Elasticsearch', 200, elasticsearch, 'Elasticsearch', { flavor: 'elasticsearch', version: '9.5.0' }],
  ['Elasticsearch behind a proxy that strips headers', 200, elasticsearch, undefined, { flavor: 'elasticsearch' }],
  [
    'Elasticsearch that does not let us ask',
    403,
    { error: {} },
    'Elasticsearch',
    { flavor: 'elasticsearch', version: undefined },
  ],
  ['OpenSearch', 200, opensearch, undefined, { flavor: 'opensearch', version: '3.8.0' }],
  [
    'Elasticsearch Serverless, which always calls itself 8.11.0',
    200,
    { version: { number: '8.11.0', build_flavor: 'serverless' }, tagline: 'You Know, for Search' },
    'Elasticsearch',
    { flavor: 'elasticsearch', version: undefined, serverless: true },
  ],
  ['something else', 200, '<html>', undefined, { flavor: 'unknown', version: undefined }],
  ['nothing', 404, 'null', undefined, { flavor: 'unknown', version: undefined }],
])('recognises %s', (_, status, body, product, server) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  expect(recognise({ status, chunks: [Buffer.from(text)], product, retryAfter: undefined })).toMatchObject(server);
});

test('only Elasticsearch is asked what only Elasticsearch knows', () => {
  const filter = 'filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.failure_store';
  expect(bulkQuery('unknown', [])).toBe(filter);
  expect(bulkQuery('opensearch', [])).toBe(filter);
  expect(bulkQuery('elasticsearch', [])).toBe(`${filter}&require_data_stream=true&include_source_on_error=false`);
});

test('what it does not know is left out', () => {
  const refused = refusedParameters('request [/x/_bulk] contains unrecognized parameter: [include_source_on_error]');
  expect(bulkQuery('elasticsearch', refused)).toMatch(/require_data_stream=true$/);
  expect(bulkQuery('elasticsearch', refusedParameters('something unreadable'))).not.toMatch(/require|include/);
});

import { expect, test } from 'vitest';
import {
  authorization,
  bareNode,
  type ElasticsearchCredentials,
} from '../../../src/sinks/elasticsearch/credentials.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each<[string, ElasticsearchCredentials, string | undefined]>([
  ['nothing', {}, undefined],
  ['an encoded key', { apiKey: () => 'aWQ6a2V5' }, 'ApiKey aWQ6a2V5'],
  ['a key file with a newline', { apiKey: () => 'aWQ6a2V5\n' }, 'ApiKey aWQ6a2V5'],
  ['id and key', { apiKey: () => 'id:key' }, `ApiKey ${base64('id:key')}`],
  ['a whole header pasted', { apiKey: () => 'ApiKey aWQ6a2V5' }, 'ApiKey aWQ6a2V5'],
  ['a whole header pasted, of id and key', { apiKey: () => 'ApiKey id:key' }, `ApiKey ${base64('id:key')}`],
  ['a key no header can hold', { apiKey: () => 'aWQ6\r\nx' }, undefined],
  [
    'a key that is gone falls back to the user',
    { apiKey: () => undefined, username: 'u', password: () => 'p' },
    `Basic ${base64('u:p')}`,
  ],
  ['user and password', { username: 'elastic', password: () => 'pässword\n' }, `Basic ${base64('elastic:pässword')}`],
  ['spaces belong to a password', { username: 'u', password: () => ' p ' }, `Basic ${base64('u: p ')}`],
  ['the key wins', { apiKey: () => 'k', username: 'u', password: () => 'p' }, 'ApiKey k'],
])('%s', (_, credentials, header) => {
  expect(authorization(credentials, ['https://es:9200'])).toBe(header);
});

test('user and password of a node address come last', () => {
  const nodes = ['https://a:9200', 'https://u%40x:p%2Fw@b:9200'];
  expect(authorization({}, nodes)).toBe(`Basic ${base64('u@x:p/w')}`);
  expect(authorization({ apiKey: () => 'k' }, nodes)).toBe('ApiKey k');
  expect(authorization({}, ['https://u:100%@b:9200'])).toBe(`Basic ${base64('u:100%')}`);
});

test.each([
  ['https://user:secret@es.example:9200', 'https://es.example:9200'],
  ['http://es:9200/', 'http://es:9200'],
  ['https://proxy/es/', 'https://proxy/es'],
  ['https://es:443', 'https://es'],
  ['http://es:9200/?token=x#y', 'http://es:9200'],
])('bare %s', (node, bare) => {
  expect(bareNode(node)).toBe(bare);
});

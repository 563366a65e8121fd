/**
 * What software writes as plain text, and its documents: test/corpus/text has a line and below it `=> ` and what its document has besides
 * the members of every document. Empty lines and those with `# ` divide. Lines that only look alike have what any text has.
 */
import { Buffer } from 'node:buffer';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Parse } from '../../../../src/types.ts';
import { PARSES } from '../../../../src/util/text-presets.ts';
import { ALL, read } from '../../helpers.ts';
import { one } from './one.ts';

const DIR = 'test/corpus/text';

describe.each(readdirSync(DIR).toSorted())('%s', (name) => {
  const cases = readFileSync(`${DIR}/${name}`, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('# '));
  const pairs = cases.flatMap((line, i) => (i % 2 === 0 ? [[line, cases[i + 1] ?? ''] as const] : []));

  test.each(pairs)('%s', (line, expected) => {
    expect(expected).toMatch(/^=> /);
    expect(one(line)).toEqual(JSON.parse(expected.slice(3)));
  });
});

test('a value is escaped as a JSON string, and bytes that are no text become U+FFFD', () => {
  expect(one('10.1.2.3 - - [20/Nov/2026:01:02:03 +0000] "GET /\\" \t\u0001 HTTP/1.1" 200 1 "-" "a\\\\"')).toEqual({
    client: { ip: '10.1.2.3' },
    http: { request: { method: 'GET' }, response: { body: { bytes: 1 }, status_code: 200 }, version: '1.1' },
    url: { original: '/\\" \t\u0001' },
    user_agent: { original: 'a\\\\' },
  });
  const line = Buffer.from('10.1.2.3 - - [20/Nov/2026:01:02:03 +0000] "GET /\u00ff HTTP/1.1" 200 1', 'latin1');
  const [found] = read(Buffer.concat([Buffer.from('2026-11-20T01:02:03Z stdout F '), line, Buffer.from('\n')]), {
    overrides: ALL,
  });
  expect(found!.body).toMatchObject({ url: { original: '/\ufffd' } });
});

test('parse: off takes nothing apart, and a preset only what its software writes', () => {
  const access = '10.1.2.3 - - [20/Nov/2026:01:02:03 +0000] "GET / HTTP/1.1" 200 1';
  const klog = 'I1120 01:02:03.456789       1 controller.go:88] text';
  const taken = (line: string, parse: Parse) =>
    'client' in one(line, { ...ALL, parse }) || 'process' in one(line, { ...ALL, parse });
  expect(PARSES.filter((parse) => taken(access, parse))).toEqual(['auto', 'access', 'apache', 'nginx', 'traefik']);
  expect(PARSES.filter((parse) => taken(klog, parse))).toEqual(['auto', 'klog']);
});

// Nothing is sent that a server must refuse: each document is the first one that an index sees.
import { Buffer } from 'node:buffer';
import { env } from 'node:process';
import { afterAll, beforeAll, beforeEach, expect, test, type TestContext } from 'vitest';
import { ALL, read } from '../record/helpers.ts';
import { oddLines, REFUSED } from './odd-json.ts';
import { startOpenSearch, whyNot, type OpenSearch } from './opensearch.ts';

const SEED = Number(env['PODFERRY_TEST_SEED'] ?? Date.now() % 1e9);
/** More fields in one index make the server slow. */
const IN_ONE_INDEX = 100;
const INDEXES = 8;

const why = whyNot();
let server: OpenSearch;

beforeAll(async () => {
  if (why === undefined) server = await startOpenSearch();
}, 600_000);
afterAll(async () => {
  if (why === undefined) await server.remove();
});
beforeEach((context: TestContext) => {
  if (why !== undefined) context.skip(`a real OpenSearch cannot be run: ${why}`);
});

/** The reasons why the server refuses some of the objects. It has not seen a field of any of them, as the name of each is new. */
async function refusals(index: string, objects: string[]): Promise<Map<string, string>> {
  await server.ask('PUT', `/${index}`, { settings: { number_of_replicas: 0, 'mapping.total_fields.limit': 100_000 } });
  const body = objects.map((object, i) => `{"create":{"_id":"${i}"}}\n{"json${i}":${object}}\n`).join('');
  const headers = { 'content-type': 'application/x-ndjson' };
  const response = await fetch(`${server.url}/${index}/_bulk`, { method: 'POST', headers, body: Buffer.from(body) });
  const { items } = (await response.json()) as { items: { create: { _id: string; error?: { reason: string } } }[] };
  expect(items).toHaveLength(objects.length);
  await server.ask('DELETE', `/${index}`);
  return new Map(
    items.flatMap(({ create: { _id, error } }) => (error ? [[objects[Number(_id)]!, error.reason] as const] : [])),
  );
}

/** The JSON of the documents that are made of the lines, as it is sent. */
function sent(lines: readonly string[]): string[] {
  const content = lines
    .map((line, i) => `2026-11-20T01:00:00.${String(i).padStart(3, '0')}Z stdout F ${line}\n`)
    .join('');
  const documents = read(content, { overrides: ALL });
  expect(documents).toHaveLength(lines.length);
  return documents.flatMap(({ text, body }) => {
    const from = text.indexOf(',"json":');
    return body.json === undefined ? [] : [text.slice(from + 8, text.indexOf(',"kubernetes":', from))];
  });
}

test(`no JSON is sent that the server refuses (seed ${SEED})`, { timeout: 300_000 }, async () => {
  const odd = oddLines(SEED);
  const [raw, ours] = [[...REFUSED], [...REFUSED]];
  for (let n = 0; n < INDEXES; n++) {
    const lines = Array.from({ length: IN_ONE_INDEX }, odd);
    if (n === 0) raw.push(...lines);
    const objects = sent(n === 0 ? [...REFUSED, ...lines] : lines);
    expect(objects.length).toBeGreaterThan(IN_ONE_INDEX / 2);
    ours.push(...objects);
    expect(await refusals(`ours-${n}`, objects)).toEqual(new Map());
  }
  // Without podferry between them much of it is refused: else this test would show nothing.
  expect((await refusals('raw', raw)).size).toBeGreaterThan(IN_ONE_INDEX / 2);
});

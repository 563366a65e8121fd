/** Nothing is sent that a server must refuse: of each document an index sees every member for the first time. */
import { Buffer } from 'node:buffer';
import { env } from 'node:process';
import { afterAll, beforeAll, beforeEach, describe, expect, test, type TestContext } from 'vitest';
import { ALL, read } from '../record/helpers.ts';
import { oddLines, REFUSED } from './odd-json.ts';
import type { RealServer, Tested } from './server.ts';

const SEED = Number(env['PODFERRY_TEST_SEED'] ?? Date.now() % 1e9);
/** More fields in one index make the server slow. */
const IN_ONE_INDEX = 60;
const INDEXES = 3;
const INDEX = 'podferry-test-refusing';

/** `flat`: the type that takes a whole object as one field. */
export function refusing(tested: Tested, flat: 'flattened' | 'flat_object'): void {
  const all = (mapping: object) => ({ dynamic_templates: [{ all: { match_mapping_type: 'object', ...mapping } }] });
  const mappings = {
    'no mapping': {},
    'a mapping of json as a whole': all({ match: 'json*', mapping: { type: flat } }),
    // As in the templates of Elastic's stack.
    'a date wanted': { dynamic_templates: [{ time: { match: '@timestamp', mapping: { type: 'date' } } }] },
  };

  describe('refusing', () => {
    const why = tested.whyNot();
    let server: RealServer;

    beforeAll(async () => {
      if (why === undefined) server = await tested.open();
    }, 600_000);
    afterAll(async () => {
      if (why === undefined) await server.remove();
    });
    beforeEach((context: TestContext) => {
      if (why !== undefined) context.skip(`it cannot be run: ${why}`);
    });

    /** The reasons why some of the objects are refused. The index has seen no field of any of them, as each has a new name. */
    async function refusals(objects: readonly string[], mapping: object): Promise<Map<string, string>> {
      const settings = { number_of_replicas: 0, 'mapping.total_fields.limit': 100_000 };
      await server.ask('PUT', `/${INDEX}`, { settings, mappings: mapping });
      const body = objects.map((object, i) => `{"create":{"_id":"${i}"}}\n{"json${i}":${object}}\n`).join('');
      const { items } = (await server.askLines(`/${INDEX}/_bulk`, body)) as {
        items: { create: { _id: string; error?: { reason: string } } }[];
      };
      expect(items).toHaveLength(objects.length);
      await server.ask('DELETE', `/${INDEX}`);
      return new Map(
        items.flatMap(({ create: { _id, error } }) => (error ? [[objects[Number(_id)]!, error.reason] as const] : [])),
      );
    }

    test.each(Object.entries(mappings))(
      `no JSON line is refused: %s (seed ${SEED})`,
      { timeout: 300_000 },
      async (_name, mapping) => {
        const odd = oddLines(SEED);
        const raw = [...REFUSED, ...Array.from({ length: IN_ONE_INDEX }, odd)];
        expect(await refusals(sent(raw), mapping)).toEqual(new Map());
        for (let n = 1; n < INDEXES; n++)
          expect(await refusals(sent(Array.from({ length: IN_ONE_INDEX }, odd)), mapping)).toEqual(new Map());
        // Without podferry between them much of it is refused: else this would show nothing.
        expect((await refusals(raw, mapping)).size).toBeGreaterThan(IN_ONE_INDEX / 5);
      },
    );
  });
}

/** The JSON of the documents that are made of the lines, as it is sent. */
function sent(lines: readonly string[]): string[] {
  const content = lines.map((line, i) => `2026-11-20T01:00:00.${String(i).padStart(3, '0')}Z stdout F ${line}\n`);
  const documents = read(Buffer.from(content.join('')), { overrides: ALL });
  expect(documents).toHaveLength(lines.length);
  const found = documents.flatMap(({ text, body }) => {
    const from = text.indexOf(',"json":');
    return body.json === undefined ? [] : [text.slice(from + 8, text.indexOf(',"kubernetes":', from))];
  });
  expect(found.length).toBeGreaterThan(IN_ONE_INDEX / 2);
  return found;
}

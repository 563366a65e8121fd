/**
 * The saved objects, against the schemas that Kibana 8.19 and 9 check on import: `schema_search`, `dashboardAttributesSchema` (v1, the
 * one that later versions migrate from), data views and visualizations, in `src/platform/plugins/shared/…/saved_objects` of Kibana.
 * No Kibana and no OpenSearch Dashboards is on a registry that tests reach: the shape is checked, and nothing is drawn.
 */
import { describe, expect, test } from 'vitest';
import { ndjson, savedObjects, type Product } from '../../src/setup/saved-objects.ts';
import { templates } from '../../src/setup/template.ts';
import { newest } from '../../src/setup/abilities.ts';
import { parseJson, type Json } from '../../src/util/json.ts';

/** The attributes a type may have, and those it must have. */
const SCHEMA: Record<string, { must: string[]; may: string[] }> = {
  'index-pattern': {
    must: ['title'],
    may: [
      'name',
      'timeFieldName',
      'type',
      'typeMeta',
      'fields',
      'sourceFilters',
      'fieldFormatMap',
      'fieldAttrs',
      'runtimeFieldMap',
      'allowNoIndex',
      'allowHidden',
    ],
  },
  search: {
    must: ['title', 'kibanaSavedObjectMeta'],
    may: [
      'description',
      'columns',
      'sort',
      'grid',
      'hideChart',
      'isTextBasedQuery',
      'usesAdHocDataView',
      'timeRestore',
      'timeRange',
      'refreshInterval',
      'viewMode',
      'rowHeight',
      'rowsPerPage',
      'breakdownField',
      'hits',
      'version',
      'sampleSize',
    ],
  },
  visualization: {
    must: ['title', 'visState', 'kibanaSavedObjectMeta'],
    may: ['description', 'uiStateJSON', 'version', 'savedSearchRefName'],
  },
  dashboard: {
    must: ['title', 'panelsJSON'],
    may: [
      'description',
      'kibanaSavedObjectMeta',
      'timeRestore',
      'timeFrom',
      'timeTo',
      'refreshInterval',
      'controlGroupInput',
      'optionsJSON',
      'hits',
      'version',
    ],
  },
};

interface Parsed {
  type: string;
  id: string;
  attributes: Json;
  references: { name: string; type: string; id: string }[];
  [member: string]: unknown;
}
const parsed = (product: Product) =>
  ndjson(product, savedObjects(product, 'logs-podferry', 'logs-podferry-*', '1.2.3'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Parsed);

describe.each(['elasticsearch', 'opensearch'] as const)('for %s', (product) => {
  const objects = parsed(product);

  test('every object has the attributes of its schema and no others', () => {
    for (const { type, id, attributes } of objects) {
      const { must, may } = SCHEMA[type]!;
      expect([id, must.filter((name) => !(name in attributes))]).toEqual([id, []]);
      expect([id, Object.keys(attributes).filter((name) => ![...must, ...may].includes(name))]).toEqual([id, []]);
    }
  });

  test('every reference is to an object of the file, and every name of one is a reference', () => {
    for (const { id, attributes, references } of objects) {
      for (const each of references) expect(objects.some((o) => o.id === each.id && o.type === each.type)).toBe(true);
      const texts = JSON.stringify(attributes);
      const names = [...texts.matchAll(/(?:indexRefName|panelRefName)\\":\\"([^\\]+)/g)].map(([, name]) => name!);
      const declared = references.map(({ name }) => name.replace(/^\d+:/, ''));
      expect([id, names]).toEqual([id, declared]);
    }
  });

  test('texts that hold JSON hold JSON', () => {
    for (const { attributes } of objects)
      for (const [name, value] of Object.entries({ ...attributes, ...(attributes['kibanaSavedObjectMeta'] as Json) }))
        if (name.endsWith('JSON') || name === 'visState')
          expect([name, parseJson(value as string)]).not.toEqual([name, undefined]);
  });

  test('panels do not overlap, and fill the width', () => {
    const panels = JSON.parse(objects.at(-1)!.attributes['panelsJSON'] as string) as {
      gridData: Record<'x' | 'y' | 'w' | 'h', number>;
    }[];
    const taken = new Set<string>();
    for (const {
      gridData: { x, y, w, h },
    } of panels)
      for (let i = x; i < x + w; i++)
        for (let j = y; j < y + h; j++) {
          expect(i).toBeLessThan(48);
          expect(taken.has(`${i},${j}`)).toBe(false);
          taken.add(`${i},${j}`);
        }
    expect(taken.size).toBe(48 * Math.max(...panels.map(({ gridData: { y, h } }) => y + h)));
  });

  test('aggregations are over fields that are mapped to be aggregated', () => {
    const wanted = {
      version: '1',
      dataset: 'podferry',
      streams: ['logs-podferry-default'],
      retention: { all: null, others: [] },
      json: 'flattened',
      index: 'default',
    } as const;
    const [mappings] = templates(newest(product), wanted);
    const types = (mappings!.body['template'] as { mappings: { properties: Record<string, { type: string }> } })
      .mappings.properties;
    const fields = objects.flatMap(({ attributes }) =>
      [...String(attributes['visState']).matchAll(/"field":"([^"]+)"/g)].map(([, f]) => f!),
    );
    expect(new Set(fields)).toEqual(
      new Set(['@timestamp', 'log.level', 'kubernetes.namespace', 'kubernetes.pod.name', 'service.name', 'host.name']),
    );
    for (const field of fields)
      expect([field, ['keyword', 'date_nanos'].includes(types[field]!.type)]).toEqual([field, true]);
  });

  test('versions say which migrations are behind it', () => {
    for (const object of objects)
      if (product === 'elasticsearch')
        expect(object).toMatchObject({
          coreMigrationVersion: '8.8.0',
          typeMigrationVersion: expect.stringMatching(/^8\./) as string,
        });
      else expect(object['migrationVersion']).toEqual({ [object.type]: expect.stringMatching(/^7\./) as string });
  });
});

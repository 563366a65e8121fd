/**
 * What Kibana and OpenSearch Dashboards get: a data view, a saved search in the order in which containers wrote, and a dashboard.
 * As saved objects of the oldest Kibana that is supported, which newer ones migrate; and with visualizations that are made of
 * aggregations, since both products draw those.
 */
import { createHash } from 'node:crypto';
import type { Json } from '../util/json.ts';
import { histogram, markdown, newest, table, terms, times, filters, type Drawing } from './visualization.ts';

/** A line of an export, as far as it is ours. */
export interface SavedObject {
  readonly type: 'index-pattern' | 'search' | 'visualization' | 'dashboard';
  readonly id: string;
  readonly attributes: Json;
  readonly references: readonly { readonly name: string; readonly type: string; readonly id: string }[];
}

/** What it is for people. */
export const KIND: Readonly<Record<SavedObject['type'], string>> = {
  'index-pattern': 'data view',
  search: 'saved search',
  visualization: 'visualization',
  dashboard: 'dashboard',
};

/**
 * Which migrations an object has behind it: without these every migration since version 6 would be run on it. Those of Kibana are of
 * 8.9 (`kibana/src/…/saved_objects`), those of OpenSearch Dashboards of the version they have in common, 7.10.
 */
const MIGRATED = {
  elasticsearch: { 'index-pattern': '8.0.0', search: '8.0.0', visualization: '8.5.0', dashboard: '8.9.0' },
  opensearch: { 'index-pattern': '7.6.0', search: '7.9.3', visualization: '7.10.0', dashboard: '7.9.3' },
} as const;
export type Product = keyof typeof MIGRATED;

const ERRORS = 'log.level : ("error" or "fatal")';
const GAPS = 'event.kind : "pipeline_error"';
/** Label, query. */
const TROUBLE: readonly (readonly [string, string])[] = [
  ['gaps: lines that were lost', GAPS],
  ['gaps of unknown size', 'podferry.lost_unknown : true'],
  ['cut lines', 'podferry.truncated : true'],
  ['lines in no known format', 'podferry.unparsed : true'],
  ['lines without the labels of their pod', 'podferry.partial_metadata : true'],
  ['lines with a member that is not indexed', '_ignored : *'],
];
const REJECTS =
  'Documents that the server **refused** are not here. Each agent keeps them in `rejected.ndjson` in its state directory, with the ' +
  'reason, and counts them in `podferry_settled_records_total{outcome="rejected"}`.';

/** Each with its place on the dashboard: 48 columns wide. */
const PANELS: readonly { name: string; at: readonly [x: number, y: number, w: number, h: number]; drawing: Drawing }[] =
  [
    {
      name: 'Volume by level',
      at: [0, 0, 48, 12],
      drawing: histogram([times('2'), terms('3', 'log.level', 'group', 8)]),
    },
    {
      name: 'Noisiest pods',
      at: [0, 12, 24, 14],
      drawing: table([
        terms('2', 'kubernetes.namespace', 'bucket', 10),
        terms('3', 'kubernetes.pod.name', 'bucket', 10),
      ]),
    },
    {
      name: 'Errors by service',
      at: [24, 12, 24, 14],
      drawing: histogram([times('2'), terms('3', 'service.name', 'group', 10)], ERRORS),
    },
    { name: 'Gaps and rejects', at: [0, 26, 24, 10], drawing: table([filters('2', TROUBLE)]) },
    { name: 'Rejects', at: [0, 36, 24, 6], drawing: markdown(REJECTS) },
    // The agent that is furthest behind comes first.
    {
      name: 'Agent lag: the newest line of each node',
      at: [24, 26, 24, 16],
      drawing: table([newest('2', 'host.name')], '', 'max'),
    },
  ];

/** `base`: `logs-podferry`. `pattern`: of the data streams. In the order of their references. */
export function savedObjects(product: Product, base: string, pattern: string, version: string): SavedObject[] {
  const view = { name: 'kibanaSavedObjectMeta.searchSourceJSON.index', type: 'index-pattern', id: base };
  const source = (query: string): Json => ({
    searchSourceJSON: JSON.stringify({
      query: { query, language: 'kuery' },
      filter: [],
      indexRefName: view.name,
    }),
  });
  const object = (type: SavedObject['type'], id: string, attributes: Json, references: SavedObject['references']) => ({
    type,
    id,
    attributes: { ...attributes, description: `Made by podferry ${version} (${hash(attributes)}).` },
    references,
  });
  const search = object(
    'search',
    `${base}-lines`,
    {
      title: `${base}: lines in order`,
      columns: ['log.level', 'kubernetes.pod.name', 'message'],
      sort: [
        ['@timestamp', 'desc'],
        ['log.offset', 'desc'],
      ],
      grid: {},
      hideChart: false,
      kibanaSavedObjectMeta: source(''),
    },
    [view],
  );
  const drawn = PANELS.map(({ name, drawing }, i) => {
    const title = `${base}: ${name}`;
    const attributes = {
      title,
      visState: JSON.stringify({ title, type: drawing.type, aggs: drawing.aggs, params: drawing.params }),
      uiStateJSON: '{}',
      version: 1,
      kibanaSavedObjectMeta: drawing.type === 'markdown' ? { searchSourceJSON: '{}' } : source(drawing.query),
    };
    return object('visualization', `${base}-panel-${i + 1}`, attributes, drawing.type === 'markdown' ? [] : [view]);
  });
  const { title, grid } = { title: `${base}: logs of Kubernetes`, grid: PANELS.map(({ at }) => at) };
  const shown = [...drawn, search];
  const places = [...grid, [0, 42, 48, 20] as const];
  const panels = shown.map(({ type }, i) => {
    const [x, y, w, h] = places[i]!;
    const panelIndex = String(i + 1);
    const panelRefName = `panel_${panelIndex}`;
    return {
      version: MIGRATED[product].dashboard,
      type,
      gridData: { x, y, w, h, i: panelIndex },
      panelIndex,
      embeddableConfig: {},
      panelRefName,
    };
  });
  const dashboard = object(
    'dashboard',
    `${base}-dashboard`,
    {
      title,
      panelsJSON: JSON.stringify(panels),
      optionsJSON: JSON.stringify({ useMargins: true, hidePanelTitles: false }),
      timeRestore: false,
      version: 1,
      kibanaSavedObjectMeta: {
        searchSourceJSON: JSON.stringify({ query: { query: '', language: 'kuery' }, filter: [] }),
      },
    },
    // Kibana names the panel before the reference.
    panels.map(({ panelIndex, panelRefName }, i) => ({
      name: product === 'elasticsearch' ? `${panelIndex}:${panelRefName}` : panelRefName,
      type: shown[i]!.type,
      id: shown[i]!.id,
    })),
  );
  // A data view has no description.
  const attributes = {
    title: pattern,
    timeFieldName: '@timestamp',
    ...(product === 'elasticsearch' ? { name: base } : {}),
  };
  return [{ type: 'index-pattern', id: base, attributes, references: [] }, search, ...drawn, dashboard];
}

/** As a file to import: an object a line. */
export function ndjson(product: Product, objects: readonly SavedObject[]): string {
  const migrated = ({ type }: SavedObject): Json =>
    product === 'elasticsearch'
      ? { coreMigrationVersion: '8.8.0', typeMigrationVersion: MIGRATED.elasticsearch[type] }
      : { migrationVersion: { [type]: MIGRATED.opensearch[type] } };
  return objects.map((object) => `${JSON.stringify({ ...object, ...migrated(object) })}\n`).join('');
}

function hash(attributes: Json): string {
  return createHash('sha256').update(JSON.stringify(attributes)).digest('hex').slice(0, 8);
}

/** Visualizations that are made of aggregations, as both Kibana and OpenSearch Dashboards have them. */
import type { Json } from '../util/json.ts';

export interface Drawing {
  readonly type: 'histogram' | 'table' | 'markdown';
  readonly aggs: readonly Json[];
  readonly params: Json;
  /** In the query language of Kibana. */
  readonly query: string;
}

const METRICS = {
  count: { id: '1', enabled: true, type: 'count', schema: 'metric', params: {} },
  max: {
    id: '1',
    enabled: true,
    type: 'max',
    schema: 'metric',
    params: { field: '@timestamp', customLabel: 'newest line' },
  },
};

export function histogram(buckets: readonly Json[], query = ''): Drawing {
  const labels = { show: true, filter: true, truncate: 100 };
  return {
    type: 'histogram',
    query,
    aggs: [METRICS.count, ...buckets],
    params: {
      type: 'histogram',
      grid: { categoryLines: false },
      categoryAxes: [
        {
          id: 'CategoryAxis-1',
          type: 'category',
          position: 'bottom',
          show: true,
          scale: { type: 'linear' },
          labels,
          title: {},
        },
      ],
      valueAxes: [
        {
          ...{ id: 'ValueAxis-1', name: 'LeftAxis-1', type: 'value', position: 'left', show: true, labels },
          ...{ scale: { type: 'linear', mode: 'normal' }, title: { text: 'lines' } },
        },
      ],
      seriesParams: [
        { show: true, type: 'histogram', mode: 'stacked', data: { label: 'lines', id: '1' }, valueAxis: 'ValueAxis-1' },
      ],
      ...{ addTooltip: true, addLegend: true, legendPosition: 'right', times: [], addTimeMarker: false },
    },
  };
}

export function table(buckets: readonly Json[], query = '', metric: keyof typeof METRICS = 'count'): Drawing {
  const params = {
    perPage: 10,
    showPartialRows: false,
    showMetricsAtAllLevels: false,
    showTotal: false,
    totalFunc: 'sum',
  };
  return { type: 'table', query, aggs: [METRICS[metric], ...buckets], params };
}

export function markdown(text: string): Drawing {
  return { type: 'markdown', query: '', aggs: [], params: { markdown: text, fontSize: 12, openLinksInNewTab: false } };
}

/** The buckets. `schema`: `bucket` is a row of a table, `group` a colour, `segment` the axis. */
export function times(id: string): Json {
  const params = { field: '@timestamp', interval: 'auto', min_doc_count: 1, drop_partials: false, extended_bounds: {} };
  return { id, enabled: true, type: 'date_histogram', schema: 'segment', params };
}

export function terms(id: string, field: string, schema: 'bucket' | 'group', size: number, order = 'desc'): Json {
  const missing = { otherBucket: false, missingBucket: false };
  return { id, enabled: true, type: 'terms', schema, params: { field, orderBy: '1', order, size, ...missing } };
}

/** The values of a field, the one with the oldest metric first. */
export const newest = (id: string, field: string): Json => terms(id, field, 'bucket', 500, 'asc');

export function filters(id: string, rows: readonly (readonly [label: string, query: string])[]): Json {
  const each = rows.map(([label, query]) => ({ label, input: { query, language: 'kuery' } }));
  return { id, enabled: true, type: 'filters', schema: 'bucket', params: { filters: each } };
}

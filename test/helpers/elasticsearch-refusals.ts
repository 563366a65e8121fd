/** What the fake Elasticsearch refuses by itself: media types, credentials, size, query parameters, what serverless lacks. */
import type { FakeRequest, Manners } from './elasticsearch.ts';
import type { Refused } from './elasticsearch-bulk.ts';

/** What stops a request before its body is looked at. */
export function refusalOf(request: FakeRequest, manners: Manners): Refused | undefined {
  return refusedMediaType(request, manners) ?? refusedCredentials(request, manners) ?? refusedRequest(request, manners);
}

/** Vendor types ("compatible-with") came with 7.11; each major takes its own and the one before. OpenSearch takes none. */
export function refusedMediaType({ headers, body }: FakeRequest, { flavor, version }: Manners): Refused | undefined {
  const [type = '', accept = ''] = [headers['content-type'], headers.accept];
  const vendor = [type, accept].map((value) => /vnd\.elasticsearch\+.*compatible-with=(\d+)/.exec(value)?.[1]);
  const major = Number(version.split('.')[0]);
  if (vendor.some((value) => value !== undefined)) {
    if (flavor === 'opensearch' || major < 8)
      return { status: 406, type: '', reason: `Content-Type header [${type}] is not supported` };
    const known = vendor.every((value) => value !== undefined && [major, major - 1].includes(Number(value)));
    if (!known)
      return {
        status: 400,
        type: 'media_type_header_exception',
        reason: `Invalid media-type value on headers [Content-Type, Accept]`,
      };
  }
  if (body.length > 0 && !/^application\/(vnd\.elasticsearch\+)?(x-ndjson|json)/.test(type))
    return { status: 406, type: '', reason: `Content-Type header [${type}] is not supported` };
  return undefined;
}

export function refusedCredentials({ headers, path }: FakeRequest, { apiKeys, users }: Manners): Refused | undefined {
  if (apiKeys === undefined && users === undefined) return undefined;
  const [scheme, value = ''] = (headers.authorization ?? '').split(' ');
  if (scheme === 'ApiKey' && apiKeys?.includes(value)) return undefined;
  const [user = '', password] = Buffer.from(value, 'base64').toString().split(/:(.*)/s);
  if (scheme === 'Basic' && users?.[user] === password && password !== undefined) return undefined;
  const reason =
    scheme === ''
      ? `missing authentication credentials for REST request [${path}]`
      : 'unable to authenticate with provided credentials';
  return { status: 401, type: 'security_exception', reason };
}

/** What serverless has not: elasticsearch-specification marks these APIs so, as its issues 2278 and 2281 report. */
const NOT_SERVERLESS =
  /^\/(_cluster|_nodes|_ilm|_slm|_snapshot|_tasks|_template|_stats|_segments|_plugins)(\/|$)|_forcemerge$/;
/** Index settings that are not marked `ServerlessPublic` in Elasticsearch 9.5. */
const NOT_SERVERLESS_SETTINGS =
  /^index\.(lifecycle|number_of|routing|auto_expand|merge|translog|blocks|mapping\.nested)/;

export function refusedByServerless({ method, path, body }: FakeRequest, { serverless }: Manners): Refused | undefined {
  if (!serverless) return undefined;
  const words = 'not available when running in serverless mode';
  if (NOT_SERVERLESS.test(path)) {
    const reason = `Request for uri [${path}] with method [${method}] exists but is ${words}`;
    return { status: 410, type: 'api_not_available_exception', reason };
  }
  if (method !== 'PUT' || !/_template\//.test(path)) return undefined;
  const { template = {} } = JSON.parse(body.toString()) as { template?: { settings?: object } };
  const settings = Object.keys(template.settings ?? {}).filter((name) => NOT_SERVERLESS_SETTINGS.test(name));
  if (settings.length === 0) return undefined;
  const reason = `Settings [${settings.join()}] are ${words}`;
  return { status: 400, type: 'illegal_argument_exception', reason };
}

const PARAMETERS = [
  'filter_path',
  'error_trace',
  'human',
  'pretty',
  'pipeline',
  'refresh',
  'routing',
  'timeout',
  'wait_for_active_shards',
  'require_alias',
];

function refusedRequest(
  { path, query, body }: FakeRequest,
  { flavor, version, maxBytes }: Manners,
): Refused | undefined {
  if (body.length > maxBytes) return { status: 413, type: '', reason: 'Request Entity Too Large' };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const since = (wantedMajor: number, wantedMinor: number): boolean =>
    flavor === 'elasticsearch' && (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor));
  const known = [
    ...PARAMETERS,
    ...(since(8, 13) ? ['require_data_stream'] : []),
    ...(since(8, 18) ? ['include_source_on_error'] : []),
  ];
  const unknown = [...query.keys()].find((key) => !known.includes(key));
  if (unknown === undefined) return undefined;
  return {
    status: 400,
    type: 'illegal_argument_exception',
    reason: `request [${path}] contains unrecognized parameter: [${unknown}]`,
  };
}

export function errorBody({ status, type, reason }: Refused, { flavor }: Manners): unknown {
  // Refused before any handler saw it: a bare string. A body too large gets none at all.
  if (status === 413) return '';
  if (type === '') return { error: reason, status };
  const error = { root_cause: [{ type, reason }], type, reason };
  return flavor === 'opensearch' && status === 401 ? 'Unauthorized' : { error, status };
}

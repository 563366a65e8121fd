/** The settings of the Elasticsearch sink, what follows from them, and what is wrong with them together. */
import { freshBytes } from '../../util/fresh-file.ts';
import { unusableCertificate, unusableKey } from '../../util/named-file.ts';
import type { Complain } from '../../util/given.ts';
import { datasets, duration, oneOf, path, secret, single, text, url, urls } from '../../util/setting-kinds.ts';
import { fallbackOf, PART_TAKES, readPart, type StreamPart } from '../../util/stream-name.ts';
import { addressInCloudId } from './cloud-id.ts';
import { namesOf, type StreamRule } from './stream-names.ts';
import type { DataStream } from '../../types.ts';
import type { SecretKind, Section, Settings, SettingsLook, ValuesOf } from '../../util/setting.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** One part of a data stream's name. */
const streamPart = (fallback: string, help: string) => single('name', fallback, help, { takes: PART_TAKES }, readPart);

export const SETTINGS = {
  'elasticsearch.nodes': urls(
    '',
    'Addresses of the cluster. Required when sink is elasticsearch, unless there is a Cloud ID.',
  ),
  'elasticsearch.api_key': secret('API key, as Elasticsearch encoded it in base64.'),
  'elasticsearch.api_key_file': path('', 'File that holds the API key. Read again when it changes.'),
  'elasticsearch.username': text('', 'User, where there is no API key.', 'none'),
  'elasticsearch.password': secret('Password of the user.'),
  'elasticsearch.password_file': path('', 'File that holds the password. Read again when it changes.'),
  'elasticsearch.ca_file': path('', 'CA certificate of the cluster (PEM), where the system does not know it.'),
  'elasticsearch.cert_file': path(
    '',
    'Client certificate (PEM), where the cluster wants one. Read again when it changes.',
  ),
  'elasticsearch.key_file': path('', 'Key of the client certificate (PEM, not encrypted). Read again when it changes.'),
  'elasticsearch.cloud_id': text('', 'Cloud ID of a deployment in Elastic Cloud, in place of addresses.', 'none'),
  'elasticsearch.proxy': url('', 'HTTP proxy on the way to the cluster; may hold user:password@.', 'none'),
  'elasticsearch.dataset': streamPart(
    'podferry',
    'Middle part of the data stream logs-<dataset>-<namespace>; may be filled in from the pod (see Data streams by pod).',
  ),
  'elasticsearch.namespace': streamPart(
    'default',
    'Last part of the data stream logs-<dataset>-<namespace>; may be filled in from the pod too.',
  ),
  'elasticsearch.pod_datasets': datasets(
    '',
    'The datasets that pods may choose by the annotation podferry.io/dataset: names in which * stands for any text. Without any ' +
      'they may choose none.',
  ),
  'elasticsearch.id': oneOf(
    ['deterministic', 'auto'],
    'deterministic',
    'Document ids. deterministic: a line sent twice is stored once. auto: Elasticsearch makes them, a little faster, and a ' +
      'lost answer may store lines twice.',
  ),
  'elasticsearch.compression': oneOf(['gzip', 'none'], 'gzip', 'Compression of what is sent.'),
  'elasticsearch.flavor': oneOf(
    ['auto', 'elasticsearch', 'opensearch'],
    'auto',
    'What the server is. auto: it is asked.',
  ),
  'elasticsearch.timeout': duration('90s', SECOND, HOUR, 'How long one request may take before it is sent again.'),
} as const satisfies Settings;

export const SECRETS = {
  'elasticsearch.api_key': {
    use: 'key',
    takes: 'one API key on one line, as Elasticsearch shows it under encoded, or id:api_key',
  },
  'elasticsearch.password': { use: 'password', takes: 'one password on one line' },
} as const satisfies Record<string, SecretKind>;

/** A key or a password is for the addresses beside which it stands, and a certificate has one key. */
export const TOGETHER = [
  [
    'elasticsearch.nodes',
    'elasticsearch.cloud_id',
    'elasticsearch.api_key',
    'elasticsearch.api_key_file',
    'elasticsearch.username',
    'elasticsearch.password',
    'elasticsearch.password_file',
  ],
  ['elasticsearch.cert_file', 'elasticsearch.key_file'],
] as const satisfies readonly (readonly (keyof typeof SETTINGS)[])[];

/** `rules`: those of all containers, for the data streams that they name. */
type Values = ValuesOf<typeof SETTINGS> & { rules: readonly StreamRule[] };

/** The settings that make the sink, nested as they are named, and what follows from them. */
export interface ElasticsearchConfig extends ReturnType<typeof derive> {
  readonly elasticsearch: Section<typeof SETTINGS, 'elasticsearch'>;
  readonly batch: { readonly in_flight: number };
  readonly state: { readonly dir: string };
  readonly limits: { readonly deadletter_bytes: number };
  /** What is wrong with a secret whose file was changed, in a sentence: the one before it is still used. */
  readonly secret_trouble: () => string | undefined;
}

/** Takes credentials out of the addresses, so that no message can show them. */
export function derive({ values, at, complain }: SettingsLook<Values>) {
  nodeFromCloudId(values, at, complain);
  credentialsFromNodes(values, at, complain);
  const ofRules = (part: (rule: StreamRule) => StreamPart | undefined): StreamPart[] =>
    (values.rules ?? []).map(part).filter((each) => each !== undefined);
  const fresh = (file: string | undefined) => (file ? freshBytes(file) : undefined);
  return {
    /** The files of TLS, each read again when it changes; undefined where none is named. */
    elasticsearch_tls: {
      ca: fresh(values['elasticsearch.ca_file']),
      cert: fresh(values['elasticsearch.cert_file']),
      key: fresh(values['elasticsearch.key_file']),
    },
    /** The data stream of all documents that nothing sends elsewhere. */
    data_stream: {
      dataset: fallbackOf(values['elasticsearch.dataset'] ?? []),
      namespace: fallbackOf(values['elasticsearch.namespace'] ?? []),
    } satisfies DataStream as DataStream,
    /** All that documents may go to: names, and patterns of names. */
    data_streams: namesOf({
      datasets: [values['elasticsearch.dataset'] ?? [], ...ofRules(({ dataset }) => dataset)],
      podDatasets: values['elasticsearch.pod_datasets'] ?? [],
      namespaces: [values['elasticsearch.namespace'] ?? [], ...ofRules(({ namespace }) => namespace)],
    }),
  };
}

/** Who we are to the cluster, and the way there. */
export function accessOf({
  elasticsearch,
  elasticsearch_tls,
}: Pick<ElasticsearchConfig, 'elasticsearch' | 'elasticsearch_tls'>) {
  const { api_key: apiKey, username, password, proxy } = elasticsearch;
  return { apiKey, username, password, ...elasticsearch_tls, proxy: proxy || undefined };
}

export function check(look: SettingsLook<Values>): void {
  const { purpose, values, wrong, at, complain, warn } = look;
  // Files for a server that is named need no server.
  const needsNone = purpose === 'setup' && values['elasticsearch.flavor'] !== 'auto';
  if (!needsNone && !wrong.has('elasticsearch.nodes') && values['elasticsearch.nodes'].length === 0) {
    complain(
      at('elasticsearch.nodes'),
      'elasticsearch.nodes is required when sink is elasticsearch, e.g. https://elasticsearch.example.com:9200',
    );
  }
  const hasCredentials = checkCredentials(look);
  const ca = values['elasticsearch.ca_file'];
  const trouble = ca ? unusableCertificate(ca) : undefined;
  if (trouble !== undefined) complain(at('elasticsearch.ca_file'), `elasticsearch.ca_file ${ca} ${trouble}`);
  checkClientCertificate(look);
  const inTheOpen = (values['elasticsearch.nodes'] ?? []).filter(
    (node) => /^http:/i.test(node) && !isLocal(new URL(node).hostname),
  );
  if (hasCredentials && inTheOpen.length > 0) {
    warn(`elasticsearch.nodes has ${inTheOpen[0]}: over http the credentials can be read on the way`);
  }
}

function checkClientCertificate({ values, at, complain }: SettingsLook<Values>): void {
  const [cert, key] = [values['elasticsearch.cert_file'], values['elasticsearch.key_file']];
  if (!cert && !key) return;
  if (!cert || !key) {
    const [there, absent] = cert
      ? (['elasticsearch.cert_file', 'elasticsearch.key_file'] as const)
      : (['elasticsearch.key_file', 'elasticsearch.cert_file'] as const);
    return complain(at(there), `${there} is set without ${absent}`);
  }
  const wrongCert = unusableCertificate(cert);
  if (wrongCert !== undefined) complain(at('elasticsearch.cert_file'), `elasticsearch.cert_file ${cert} ${wrongCert}`);
  const wrongKey = unusableKey(key);
  if (wrongKey !== undefined) complain(at('elasticsearch.key_file'), `elasticsearch.key_file ${key} ${wrongKey}`);
}

/** Whether there are any. */
function checkCredentials({ values, wrong, at, complain }: SettingsLook<Values>): boolean {
  if (values['elasticsearch.username']?.includes(':')) {
    complain(at('elasticsearch.username'), 'elasticsearch.username has a colon in it, which ends a user name in HTTP');
  }
  const apiKey = values['elasticsearch.api_key']?.() !== undefined || Boolean(values['elasticsearch.api_key_file']);
  const user = Boolean(values['elasticsearch.username']);
  const password = values['elasticsearch.password']?.() !== undefined || Boolean(values['elasticsearch.password_file']);
  if (apiKey && user) {
    complain(at('elasticsearch.username'), 'elasticsearch.api_key and elasticsearch.username are both set; keep one');
  } else if (user && !password && !wrong.has('elasticsearch.password')) {
    complain(
      at('elasticsearch.username'),
      'elasticsearch.username is set without elasticsearch.password or password_file',
    );
  } else if (password && !user && !wrong.has('elasticsearch.username')) {
    complain(at('elasticsearch.password'), 'elasticsearch.password is set without elasticsearch.username');
  }
  return apiKey || password;
}

function nodeFromCloudId(values: Values, at: SettingsLook<Values>['at'], complain: Complain): void {
  const id = values['elasticsearch.cloud_id'];
  if (!id) return;
  const place = at('elasticsearch.cloud_id');
  const address = addressInCloudId(id);
  if (address === undefined)
    return complain(
      place,
      'elasticsearch.cloud_id takes what Elastic Cloud shows as Cloud ID, such as logs:ZXUtd2VzdC0x…',
    );
  if (values['elasticsearch.nodes']?.length > 0)
    return complain(place, 'elasticsearch.cloud_id and elasticsearch.nodes are both set; keep one');
  values['elasticsearch.nodes'] = [address];
}

/** `https://user:password@host` becomes a user and a password, and an address that may be printed. */
function credentialsFromNodes(values: Values, at: SettingsLook<Values>['at'], complain: Complain): void {
  const nodes = values['elasticsearch.nodes'];
  if (nodes === undefined || !nodes.some((node) => node.includes('@'))) return;
  const found = new Set<string>();
  values['elasticsearch.nodes'] = nodes.map((node) => {
    const url = new URL(node);
    if (url.username === '' && url.password === '') return node;
    found.add(JSON.stringify([unescaped(url.username), unescaped(url.password)]));
    url.username = '';
    url.password = '';
    return url.href.replace(/\/+$/, '');
  });
  if (found.size === 0) return;
  const place = at('elasticsearch.nodes');
  if (found.size > 1)
    return complain(place, 'elasticsearch.nodes holds different users; set elasticsearch.username and password');
  if (values['elasticsearch.username']) {
    return complain(place, 'elasticsearch.nodes holds a user, and elasticsearch.username is set too; keep one');
  }
  const [username, password] = JSON.parse([...found][0]!) as [string, string];
  values['elasticsearch.username'] = username;
  values['elasticsearch.password'] = () => password;
}

/** A URL may hold a bare `%`, which stands for itself. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]';
}

/**
 * Every setting podferry has. This table is the whole truth: names, environment names, checks, types, `--help config` and
 * docs/configuration.md come from it. The settings of a sink are declared in its folder, and come in through the index of the
 * sinks. A setting nobody reads does not belong here.
 */
import { SINK_NAMES, SINK_SETTINGS } from '../sinks/index.ts';
import {
  bool,
  duration,
  int,
  list,
  listen,
  namespaces,
  oneOf,
  path,
  paths,
  size,
  text,
  url,
} from '../util/setting-kinds.ts';
import { OPTIONAL_FIELDS } from '../util/optional-fields.ts';
import type { Setting, ValuesOf } from '../util/setting.ts';
import { overrides } from './overrides.ts';
import { retention } from './retention.ts';
import { rules } from './rules.ts';
import { someOf } from './some-of.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const TiB = 1024 * GiB;
const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export const TABLE = {
  node_name: text(
    '',
    'Name of this node as Kubernetes knows it: which pods are asked for, and host.name in every document. ' +
      'Set NODE_NAME from spec.nodeName.',
    '$NODE_NAME, else the host name; none for replay',
  ),
  cluster_name: text('', 'Name of the cluster, orchestrator.cluster.name in every document.', 'none'),

  'logs.containers_dir': path(
    '/var/log/containers',
    'Directory of links the kubelet keeps: watched, to hear of new containers at once.',
  ),
  'logs.pods_dir': path(
    '/var/log/pods',
    'Directory of the log files themselves: swept, which is how no file is ever missed.',
  ),
  'logs.allowed_roots': paths(
    '/var/lib/docker/containers',
    "Where else a log link may lead: Docker's directories. Only files named *-json.log, and what Docker rotated of them, are " +
      'read there; a link that leads anywhere else is not followed.',
  ),
  'logs.backlog': oneOf(
    ['all', 'current', 'none'],
    'all',
    'What the very first start reads of logs that are already there: all of it, rotated files too; only the current file of ' +
      'each container; or none. Later starts always go on where the last one stopped.',
  ),
  'logs.sweep': duration('1s', 50, HOUR, 'How often the directories and files are looked at without being told to.'),

  'state.dir': path(
    '/var/lib/podferry',
    'Directory for positions and rejected documents. Must survive a restart of the pod. A replay has no positions, and ' +
      'puts rejected documents into the current directory unless this is set.',
  ),

  'kubernetes.enabled': oneOf(
    ['auto', 'true', 'false'],
    'auto',
    'Ask the API server about pods. auto: if there is a service account token, a kubernetes.url or a kubernetes.kubeconfig.',
  ),
  'kubernetes.url': url('', 'Address of the API server.', 'the in-cluster address'),
  'kubernetes.token_file': path(
    `${SERVICE_ACCOUNT}/token`,
    'Bearer token for the API server. Read again when it changes.',
  ),
  'kubernetes.ca_file': path(
    `${SERVICE_ACCOUNT}/ca.crt`,
    'CA certificate of the API server. Read again when it changes.',
  ),
  'kubernetes.kubeconfig': path('', 'A kubeconfig whose current context is used instead of address, token and CA.'),
  'kubernetes.wait': duration(
    '5s',
    0,
    HOUR,
    'How long a new log waits for its pod to be known before it is shipped with what its path tells.',
  ),
  'kubernetes.annotations': list('', 'Pod annotations to copy into every document.'),
  'kubernetes.namespace_labels': bool(
    'false',
    'Also add the labels of the namespace. Needs permission to get namespaces.',
  ),
  'kubernetes.pod_overrides': overrides(
    'What the authors of pods may ask for by annotation: all, none, or a list of exclude, exclude-containers, multiline, ' +
      'structured, sample, min-level, redact, rate, dataset. What is not in it is ignored, and shown in /status.',
  ),
  'kubernetes.pod_override_namespaces': namespaces(
    '*',
    'In which namespaces they may: names in which * stands for any text, ! in front for all others. Elsewhere pods may ask for nothing.',
  ),

  sink: oneOf(SINK_NAMES, 'elasticsearch', 'Where documents go.', 'elasticsearch; stdout for replay'),

  ...SINK_SETTINGS,

  'setup.retention': retention(
    'How long podferry setup has the server keep documents, or off for ever. Exceptions follow: 30d, podferry-payments=90d, ' +
      'audit-*=365d; before the = stands the name of a data stream without logs-, and the last one that fits counts.',
  ),
  'setup.json': oneOf(
    ['flattened', 'dynamic'],
    'flattened',
    'How the members of JSON lines are indexed. flattened: all as texts under one field, so that no two applications can disagree. ' +
      'dynamic: numbers as numbers, so that ranges count right; members beyond the limit of fields are not searchable. ' +
      'Elasticsearch only.',
  ),
  'setup.index': oneOf(
    ['default', 'sorted', 'logsdb'],
    'default',
    'How indices are laid out. default: as the server does for logs. sorted: by host.name and time. logsdb: that, and smaller; ' +
      'Elasticsearch 8.17 or newer.',
  ),
  'setup.kibana_url': url('', 'Address of Kibana or OpenSearch Dashboards, for the saved search and the dashboard.'),
  'setup.kibana_space': text('', 'The Kibana space that gets them.', 'the default space'),

  'batch.max_bytes': size('4MiB', 64 * KiB, 90 * MiB, 'Size of a request, before compression.'),
  'batch.max_age': duration('1s', 10, HOUR, 'Longest time a document waits for a request to fill.'),
  'batch.in_flight': int(
    '2',
    1,
    32,
    'The most requests at the same time, for each output; fewer while the server has too much to do.',
  ),

  'records.multiline': oneOf(['auto', 'off'], 'auto', 'Join the lines of a stack trace into one document.'),
  'records.structured': oneOf(
    ['auto', 'off'],
    'auto',
    'Put the members of a JSON line under json, so that they can be searched.',
  ),
  'records.parse': oneOf(
    ['auto', 'off'],
    'auto',
    'Take lines of plain text apart whose format is known, such as those of access logs, so that their parts can be searched.',
  ),
  'records.max_bytes': size('1MiB', KiB, 16 * MiB, 'Longest message. What is beyond is cut, marked and counted.'),

  'documents.drop_fields': someOf({
    names: OPTIONAL_FIELDS,
    fallback: 'container.image.hash.all, kubernetes.replicaset.name',
    help: `Fields that documents go without: all, none, or a list of ${OPTIONAL_FIELDS.join(', ')}. Nothing else can be dropped.`,
    isNone: 'no field that can be dropped',
  }),

  'limits.pinned_bytes': size(
    '1GiB',
    0,
    1024 * TiB,
    'What rotated files may occupy on the disk that are kept open until read though the kubelet has deleted them.',
  ),
  'limits.pinned_age': duration('1h', 0, 365 * DAY, 'How long a deleted file is kept open until read.'),
  'limits.open_bytes': size('32MiB', MiB, GiB, 'Memory for records whose end has not come yet, for each output.'),
  'limits.deadletter_bytes': size(
    '100MiB',
    0,
    TiB,
    'Disk space for documents the server refused for good, for each output.',
  ),
  'limits.deadletter_age': duration(
    '0s',
    0,
    3650 * DAY,
    'How long they are kept: so long at least, and twice as long at most. 0s: until there is no room for newer ones.',
  ),

  'stop.grace': duration(
    '25s',
    0,
    HOUR,
    "How long a stop may take to deliver what was read. Less than the pod's grace period.",
  ),

  'http.listen': listen('0.0.0.0:9464', 'Address of /metrics, /livez, /readyz and /status; off for none.'),
  'http.probes': listen(
    'off',
    'A second address of /livez and /readyz, for the kubelet alone: whoever floods http.listen does not reach it. The ' +
      'DaemonSet sets 0.0.0.0:9465.',
  ),
  'http.status': oneOf(
    ['loopback', 'anywhere'],
    'loopback',
    'Who is answered at /status, which names every pod. loopback: who asks from within the pod or through kubectl ' +
      'port-forward, and calls it localhost. anywhere: everybody the network lets through.',
  ),
  'log.level': oneOf(['debug', 'info', 'warn', 'error'], 'info', 'How much podferry says about itself, on stderr.'),

  rules: rules(
    'What to do with some containers: a list of {match: {namespace, pod, container, labels}, …} with drop: true, min_level, ' +
      'sample (keep one in so many), multiline, structured, parse, redact, include, exclude, rate, add, output, or dataset and namespace of the data ' +
      'stream. * stands for any text; a later rule overrides an earlier one.',
  ),
} as const satisfies Record<string, Setting<unknown>>;

export type Key = keyof typeof TABLE;
export const KEYS = Object.keys(TABLE) as Key[];

/** `batch.max_bytes` → `PODFERRY_BATCH_MAX_BYTES`. */
export function envName(key: string): string {
  return `PODFERRY_${key.replaceAll('.', '_').toUpperCase()}`;
}

/** The default as the reference shows it. */
export function shownDefault(key: Key): string {
  const { shown, fallback }: Setting<unknown> = TABLE[key];
  return shown ?? (fallback === '' ? 'none' : fallback);
}

/** The help of a setting. It ends with the default. */
export function helpText(key: Key): string {
  return `${TABLE[key].help} Default: ${shownDefault(key)}.`;
}

/** The typed value of each setting. */
export type Values = ValuesOf<typeof TABLE>;

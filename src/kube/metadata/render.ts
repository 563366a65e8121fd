/**
 * Renders what is known of the container behind a log, as the bytes that end every document of it. The field names are those of
 * ECS and of Elastic's Kubernetes integration (docs/design.md).
 *
 * The values come from paths, labels and annotations, which others write. So they are escaped, and their length is limited.
 */
import { Buffer } from 'node:buffer';
import type { ContainerLog, DataStream, Meta, PodOverrides } from '../../types.ts';
import { textMember } from '../../util/json.ts';
import type { OptionalField } from '../../util/optional-fields.ts';
import { owners, type ContainerFacts, type PodFacts } from '../pods/pod-facts.ts';

/** What is the same in the documents of every container of this agent. */
export interface AgentIdentity {
  /** The node where the agent runs; '' = unknown. If a pod names its node, that one counts. */
  readonly node: string;
  readonly clusterName?: string | undefined;
  /** Of documents that nothing sends elsewhere. */
  readonly stream: DataStream;
  /** podferry's version. */
  readonly version: string;
  /** Keys of the pod annotations that documents carry. */
  readonly annotations: readonly string[];
  /** Fields that documents go without. */
  readonly dropped: readonly OptionalField[];
}

/** What a rendering needs besides log, pod and agent. */
export interface RenderExtra {
  /** The pod was not known in time. */
  readonly partial: boolean;
  readonly overrides: PodOverrides;
  readonly namespaceLabels?: Readonly<Record<string, string>> | undefined;
  /** Undefined: `base`. */
  readonly stream?: DataStream | undefined;
  /** Of documents of the same output that nothing sends elsewhere. Undefined: that of the agent. */
  readonly base?: DataStream | undefined;
  readonly output?: string | undefined;
}

/**
 * The most bytes of Meta.constant. If there are more, first the annotations are left out, then the labels of the namespace, then
 * those of the pod, and `kubernetes.truncated: true` says so. 30 labels of the longest kind that Kubernetes allows fit.
 */
export const META_BYTES = 32 * 1024;
/**
 * The most labels, and annotations, of a kind; `kubernetes.truncated` too. With them, the 256 paths of a JSON line and all other
 * members, a document stays below the 1000 fields of an index without a template, which makes two of a text.
 */
const MAP_ENTRIES = 64;
/** Elasticsearch refuses a document if one flattened value has over 32766 bytes. An annotation may have 256 KiB. */
const VALUE_CHARS = 4096;
/** The file system limits names in paths. Nothing limits names in a file of pods. */
const NAME_CHARS = 512;

/** Renders the metadata of a log, as a new object. @param pod undefined: only what the path says */
export function renderMeta(
  log: ContainerLog,
  pod: PodFacts | undefined,
  agent: AgentIdentity,
  extra: RenderExtra,
): Meta {
  const all: [string, [string, string][]][] = [
    ['labels', dedotted(Object.entries(pod?.labels ?? {}))],
    ['namespace_labels', dedotted(Object.entries(extra.namespaceLabels ?? {}))],
    ['annotations', dedotted(chosen(pod?.annotations ?? {}, agent.annotations))],
  ];
  const isCut = all.some(([, entries]) => entries.length > MAP_ENTRIES);
  const maps = all.map(([field, entries]) => [field, Object.fromEntries(entries.slice(0, MAP_ENTRIES))] as const);
  for (let dropped = 0; ; dropped++) {
    const kept = maps.slice(0, maps.length - dropped);
    const text = document(
      log,
      pod,
      agent,
      extra.stream ?? extra.base ?? agent.stream,
      kept,
      isCut || dropped > 0,
      extra.overrides.add,
    );
    const constant = Buffer.from(text.slice(1, -1));
    // Without the maps only names are left, and their length is limited.
    if (constant.length < META_BYTES || kept.length === 0) {
      const { stream, output, partial, overrides } = extra;
      return { constant: Buffer.concat([COMMA, constant]), stream, output, partial, overrides };
    }
  }
}

const COMMA = Buffer.from(',');

/** The members as one JSON object. JSON.stringify leaves out members that are undefined. */
function document(
  log: ContainerLog,
  pod: PodFacts | undefined,
  agent: AgentIdentity,
  { dataset, namespace }: DataStream,
  maps: (readonly [string, Record<string, string>])[],
  truncated: boolean,
  added: PodOverrides['add'],
): string {
  const container = pod?.containers.find((c) => c.name === log.container);
  const node = name(pod?.node ?? agent.node);
  const service = pod && (textMember(pod.labels, 'app.kubernetes.io/name') ?? textMember(pod.labels, 'app'));
  const optional = <T>(field: OptionalField, value: T) => (agent.dropped.includes(field) ? undefined : value);
  const { replicaset, ...otherOwners } = pod ? owners(pod) : {};
  const owned = { ...otherOwners, replicaset: optional('kubernetes.replicaset.name', replicaset) };
  const digest = optional('container.image.hash.all', name(container?.digest));
  return JSON.stringify({
    kubernetes: {
      namespace: name(pod?.namespace ?? log.namespace),
      pod: some({
        name: name(pod?.name ?? log.pod),
        uid: optional('kubernetes.pod.uid', name(pod?.uid ?? log.uid)),
        ip: optional('kubernetes.pod.ip', name(pod?.ip)),
      }),
      container: { name: name(log.container), restart: log.restart },
      node: some({ name: optional('kubernetes.node.name', node) }),
      ...Object.fromEntries(maps.filter(([, map]) => Object.keys(map).length > 0)),
      ...Object.fromEntries(Object.entries(owned).map(([field, owner]) => [field, some({ name: name(owner) })])),
      truncated: truncated || undefined,
    },
    container: some({
      id: optional('container.id', name(containerId(log, container))),
      name: optional('container.name', name(log.container)),
      image: some({
        name: optional('container.image.name', name(container?.image)),
        hash: digest && { all: [digest] },
      }),
      runtime: optional('container.runtime', name(container?.runtime)),
    }),
    host: some({ name: node }),
    service: some({
      name: name(service ?? log.container),
      version: optional('service.version', name(pod && textMember(pod.labels, 'app.kubernetes.io/version'))),
    }),
    orchestrator: some({ cluster: some({ name: name(agent.clusterName) }) }),
    labels: added,
    // Elasticsearch fills none of these from the name of the stream: a constant_keyword without a value finds nothing.
    data_stream: { type: 'logs', dataset, namespace },
    ecs: some({ version: optional('ecs.version', '8.11.0') }),
    agent: some({ type: optional('agent.type', 'podferry'), version: optional('agent.version', agent.version) }),
  });
}

/**
 * The id of the container that wrote the log; undefined if it is not known. The link in containers_dir is the best source. The
 * status of a pod names the newest instance and the one before it, by restart count.
 */
function containerId(log: ContainerLog, container: ContainerFacts | undefined): string | undefined {
  if (log.containerId !== undefined || container?.restart === undefined) return log.containerId;
  if (container.restart === log.restart) return container.id;
  return container.restart === log.restart + 1 ? container.formerId : undefined;
}

function chosen(annotations: Readonly<Record<string, string>>, keys: readonly string[]): [string, string][] {
  return Object.entries(annotations).filter(([key]) => keys.includes(key));
}

/**
 * `app.kubernetes.io/name` → `app_kubernetes_io/name`, since Elasticsearch takes a dot for a path into an object. If two keys become
 * one, the first stays: Elasticsearch refuses a document with a duplicate key, and one with a blank key.
 */
function dedotted(entries: [string, string][]): [string, string][] {
  const found = new Map<string, string>();
  for (const [key, value] of entries) {
    const flat = wellFormed(key.slice(0, NAME_CHARS).replaceAll('.', '_').replaceAll('\0', ''));
    if (flat.trim() !== '' && !found.has(flat)) found.set(flat, short(value, VALUE_CHARS));
  }
  return [...found];
}

/** The object; undefined if all its members are. */
function some<T extends object>(members: T): T | undefined {
  return Object.values(members).some((value) => value !== undefined) ? members : undefined;
}

/** A name of limited length; '' becomes undefined. */
function name(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : short(value, NAME_CHARS);
}

function short(value: string, chars: number): string {
  return wellFormed(value.length > chars ? `${value.slice(0, chars - 1)}…` : value);
}

/** Half of a surrogate pair cannot be written in UTF-8. */
function wellFormed(value: string): string {
  return value.replace(/\p{Surrogate}/gu, '\ufffd');
}

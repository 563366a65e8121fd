/**
 * What is known of the container behind a log, as the bytes that end every document of it. Rendered once per container and
 * again when something in it changed; names are ECS and those of Elastic's Kubernetes integration (docs/design.md).
 *
 * Everything here comes from paths, labels and annotations, which others write: it is escaped, and bounded.
 */
import { Buffer } from 'node:buffer';
import type { ContainerLog, Meta, PodOverrides } from '../../types.ts';
import { textMember } from '../../util/json.ts';
import { owners, type ContainerFacts, type PodFacts } from '../pods/podfacts.ts';

/** What is the same for every container of this agent. */
export interface Constants {
  /** Where the agent runs; a pod that says where it runs knows better ('' = unknown). */
  readonly node: string;
  readonly clusterName?: string | undefined;
  /** Data stream `logs-<dataset>-<namespace>`. */
  readonly dataset: string;
  readonly namespace: string;
  /** Of podferry. */
  readonly version: string;
  /** Keys of the pod annotations that documents carry. */
  readonly annotations: readonly string[];
}

export interface Extra {
  /** The API did not know the pod in time. */
  readonly partial: boolean;
  readonly overrides: PodOverrides;
  readonly namespaceLabels?: Readonly<Record<string, string>> | undefined;
}

/**
 * The most bytes of Meta.constant. What is over goes: first the annotations, then the namespace's labels, then the pod's,
 * and `kubernetes.truncated: true` says so. 30 labels of the longest kind Kubernetes allows fit.
 */
export const META_BYTES = 32 * 1024;
/** Elasticsearch refuses a document for one flattened value over 32766 bytes; an annotation may have 256 KiB. */
const VALUE_CHARS = 4096;
/** Names in paths are bounded by the file system; those in a file of pods by nothing. */
const NAME_CHARS = 512;

/** @param pod undefined: only what the path says */
export function renderMeta(log: ContainerLog, pod: PodFacts | undefined, constants: Constants, extra: Extra): Meta {
  const maps: [string, Record<string, string>][] = [
    ['labels', dedotted(Object.entries(pod?.labels ?? {}))],
    ['namespace_labels', dedotted(Object.entries(extra.namespaceLabels ?? {}))],
    ['annotations', dedotted(chosen(pod?.annotations ?? {}, constants.annotations))],
  ];
  for (let dropped = 0; ; dropped++) {
    const kept = maps.slice(0, maps.length - dropped);
    const constant = Buffer.from(document(log, pod, constants, kept, dropped > 0).slice(1, -1));
    // With all maps gone only bounded names are left.
    if (constant.length < META_BYTES || kept.length === 0) {
      return { constant: Buffer.concat([COMMA, constant]), partial: extra.partial, overrides: extra.overrides };
    }
  }
}

const COMMA = Buffer.from(',');

/** The members as one JSON object. JSON.stringify leaves out what is undefined: absent things are absent fields. */
function document(
  log: ContainerLog,
  pod: PodFacts | undefined,
  constants: Constants,
  maps: [string, Record<string, string>][],
  truncated: boolean,
): string {
  const container = pod?.containers.find((c) => c.name === log.container);
  const node = name(pod?.node ?? constants.node);
  const service = pod && (textMember(pod.labels, 'app.kubernetes.io/name') ?? textMember(pod.labels, 'app'));
  return JSON.stringify({
    kubernetes: {
      namespace: name(pod?.namespace ?? log.namespace),
      pod: some({ name: name(pod?.name ?? log.pod), uid: name(pod?.uid ?? log.uid), ip: name(pod?.ip) }),
      container: { name: name(log.container), restart: log.restart },
      node: some({ name: node }),
      ...Object.fromEntries(maps.filter(([, map]) => Object.keys(map).length > 0)),
      ...Object.fromEntries((pod ? owners(pod) : []).map(([field, owner]) => [field, { name: name(owner) }])),
      truncated: truncated || undefined,
    },
    container: some({
      id: name(containerId(log, container)),
      name: name(log.container),
      image: some({
        name: name(container?.image),
        hash: container?.digest ? { all: [name(container.digest)] } : undefined,
      }),
      runtime: name(container?.runtime),
    }),
    host: some({ name: node }),
    service: some({
      name: name(service ?? log.container),
      version: name(pod && textMember(pod.labels, 'app.kubernetes.io/version')),
    }),
    orchestrator: some({ cluster: some({ name: name(constants.clusterName) }) }),
    data_stream: { type: 'logs', dataset: constants.dataset, namespace: constants.namespace },
    ecs: { version: '8.11.0' },
    agent: { type: 'podferry', version: constants.version },
  });
}

/** The link in containers_dir knows best. A status tells of the newest instance and of the one before it, by restart count. */
function containerId(log: ContainerLog, container: ContainerFacts | undefined): string | undefined {
  if (log.containerId !== undefined || container?.restart === undefined) return log.containerId;
  if (container.restart === log.restart) return container.id;
  return container.restart === log.restart + 1 ? container.formerId : undefined;
}

function chosen(annotations: Readonly<Record<string, string>>, keys: readonly string[]): [string, string][] {
  return Object.entries(annotations).filter(([key]) => keys.includes(key));
}

/**
 * `app.kubernetes.io/name` → `app_kubernetes_io/name`: no label can be taken for a path into an object. Two keys that become
 * one would be a duplicate key, for which Elasticsearch refuses the document: the first stays.
 */
function dedotted(entries: [string, string][]): Record<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of entries) {
    const flat = wellFormed(key.slice(0, NAME_CHARS).replaceAll('.', '_').replaceAll('\0', ''));
    if (flat !== '' && !found.has(flat)) found.set(flat, short(value, VALUE_CHARS));
  }
  return Object.fromEntries(found);
}

/** The object, unless all of it is absent. */
function some<T extends object>(members: T): T | undefined {
  return Object.values(members).some((value) => value !== undefined) ? members : undefined;
}

/** A name, bounded; '' and undefined are absent. */
function name(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : short(value, NAME_CHARS);
}

function short(value: string, chars: number): string {
  return wellFormed(value.length > chars ? `${value.slice(0, chars - 1)}…` : value);
}

/** Half of a surrogate pair has no UTF-8. */
function wellFormed(value: string): string {
  return value.replace(/\p{Surrogate}/gu, '\ufffd');
}

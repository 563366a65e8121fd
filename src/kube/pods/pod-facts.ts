/**
 * What podferry keeps of a pod: only what documents carry, or what decides about them. A pod is about 8 kB of JSON. Most of it is
 * managedFields and conditions, which change with every heartbeat. What is kept here changes only when documents change, or when
 * a container ends.
 */
import { beginning, keptAnnotations, keptLabels } from './bounds.ts';
import { asArray, asObject, asText, isObject, type Json, textMember } from '../../util/json.ts';

/** What is kept of a pod. Plain data: replaced, never changed. */
export interface PodFacts {
  /** The uid that the API server gave. */
  readonly uid: string;
  /** The annotation that kubelet writes on the mirror of a static pod. Anybody may write it on a pod of theirs: see claim.ts. */
  readonly mirror?: string | undefined;
  /** The annotation that says where kubelet has the pod from: `file`, `http`, `api`. */
  readonly source?: string | undefined;
  readonly namespace: string;
  readonly name: string;
  readonly node?: string | undefined;
  readonly ip?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Those that the operator chose, and podferry's own. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The controller of the pod; without one, the first of its ownerReferences. */
  readonly owner?: { readonly kind: string; readonly name: string; readonly controller: boolean } | undefined;
  /** Ordinary, init, sidecar and ephemeral containers. Names are unique in a pod. */
  readonly containers: readonly ContainerFacts[];
}

/** What is kept of a container of a pod. */
export interface ContainerFacts {
  readonly name: string;
  /** As the pod's author wrote it. */
  readonly image?: string | undefined;
  /** `sha256:…` of the image that runs. */
  readonly digest?: string | undefined;
  /** containerd, cri-o, docker. */
  readonly runtime?: string | undefined;
  /** Id of the newest instance that the API knows, and its restart count. */
  readonly id?: string | undefined;
  readonly restart?: number | undefined;
  /** Id of the instance before it. */
  readonly formerId?: string | undefined;
  /** That newest instance has ended. */
  readonly ended?: true | undefined;
}

/** Annotations of kubelet (pkg/kubelet/types). */
export const MIRROR = 'kubernetes.io/config.mirror';
const SOURCE = 'kubernetes.io/config.source';
/** Of such an annotation: longer than any value with a meaning. */
const NOTE_CHARS = 64;
/** Of a name or an image: more than documents carry. */
const NAME_CHARS = 1024;
const MOST_CONTAINERS = 1000;

/**
 * The facts of a pod. Never throws.
 * @param pod a Pod as the API gives it
 * @param annotations the keys to keep besides podferry's own
 * @returns undefined for anything that is not a pod with a name, a namespace and a uid
 */
export function podFacts(pod: unknown, annotations: readonly string[]): PodFacts | undefined {
  const { metadata, spec, status } = asObject(pod);
  const meta = asObject(metadata);
  const uid = asText(meta['uid']);
  const namespace = asText(meta['namespace']);
  const name = asText(meta['name']);
  if (uid === undefined || namespace === undefined || name === undefined) return undefined;
  return {
    uid,
    mirror: note(meta, MIRROR),
    source: note(meta, SOURCE),
    namespace,
    name,
    node: asText(asObject(spec)['nodeName']),
    ip: asText(asObject(status)['podIP']),
    labels: keptLabels(meta['labels']),
    annotations: keptAnnotations(meta['annotations'], annotations),
    owner: owner(asArray(meta['ownerReferences'])),
    containers: containers(asObject(spec), asObject(status)),
  };
}

/** The names of what owns the pod, by the field names of Elastic's Kubernetes integration: `deployment`, `replicaset` … */
export function owners(pod: PodFacts): Readonly<Record<string, string>> {
  if (pod.owner === undefined) return {};
  const { kind, name } = pod.owner;
  switch (kind) {
    case 'ReplicaSet': {
      // A Deployment names its ReplicaSet <deployment>-<hash> and gives the pods that hash as a label. So its name is exact
      // without a question about the ReplicaSet.
      const hash = textMember(pod.labels, 'pod-template-hash');
      const deployment = hash !== undefined && name.endsWith(`-${hash}`) ? name.slice(0, -hash.length - 1) : '';
      return deployment === '' ? { replicaset: name } : { deployment, replicaset: name };
    }
    case 'StatefulSet':
    case 'DaemonSet':
      return { [kind.toLowerCase()]: name };
    case 'Job': {
      const cronjob = cronJobOf(name);
      return cronjob === undefined ? { job: name } : { cronjob, job: name };
    }
    default:
      return {};
  }
}

/**
 * The CronJob of a Job; undefined if it has none. A CronJob names its Jobs <cronjob>-<minutes since 1970> (before Kubernetes 1.21:
 * seconds). `backup-2` and `backup-20261120` are names that people give to Jobs of their own.
 */
function cronJobOf(job: string): string | undefined {
  const [, cronJob, time] = /^(.+)-(\d{8,10})$/.exec(job) ?? [];
  return time === undefined || /^20\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])$/.test(time) ? undefined : cronJob;
}

function owner(references: unknown[]): PodFacts['owner'] {
  const controlling = references.find((r) => asObject(r)['controller'] === true);
  const reference = asObject(controlling ?? references[0]);
  const kind = asText(reference['kind']);
  const name = asText(reference['name']);
  return kind === undefined || name === undefined ? undefined : { kind, name, controller: controlling !== undefined };
}

/** An annotation of kubelet. An empty value counts: kubelet takes such a pod for a mirror too. */
function note(meta: Json, key: string): string | undefined {
  const annotations = asObject(meta['annotations']);
  const value = Object.hasOwn(annotations, key) ? annotations[key] : undefined;
  return typeof value === 'string' ? beginning(value, NOTE_CHARS) : undefined;
}

/** Each container of the spec with its status. The API has three lists of both. */
function containers(spec: Json, status: Json): ContainerFacts[] {
  const statuses = new Map<string, Json>();
  for (const list of ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses']) {
    for (const each of asArray(status[list])) statuses.set(String(asObject(each)['name']), asObject(each));
  }
  const isPodOver = status['phase'] === 'Succeeded' || status['phase'] === 'Failed';
  const found = new Map<string, ContainerFacts>();
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    for (const each of asArray(spec[list])) {
      const name = asText(asObject(each)['name']);
      if (name !== undefined && found.size < MOST_CONTAINERS)
        found.set(name, container(name, asObject(each), statuses.get(name) ?? {}, isPodOver));
    }
  }
  return [...found.values()];
}

function container(name: string, spec: Json, status: Json, isPodOver: boolean): ContainerFacts {
  const [runtime, id] = runtimeAndId(status['containerID']);
  const [, formerId] = runtimeAndId(asObject(asObject(status['lastState'])['terminated'])['containerID']);
  const restart = status['restartCount'];
  const state = asObject(status['state']);
  // Between two tries (CrashLoopBackOff) the newest instance is the one that ended last.
  const isBetween = isObject(state['waiting']) && id !== undefined && id === formerId;
  const isOver = isObject(state['terminated']) || isBetween || (isPodOver && !isObject(state['running']));
  return {
    name,
    image: short(spec['image']) ?? short(status['image']),
    // `docker.io/library/nginx@sha256:…`, `docker-pullable://…@sha256:…` or a bare `sha256:…`.
    digest: /(?:^|@|\/\/)(sha\d+:[0-9a-f]+)$/.exec(short(status['imageID']) ?? '')?.[1],
    runtime,
    id,
    restart: typeof restart === 'number' ? restart : undefined,
    formerId,
    ended: isOver ? true : undefined,
  };
}

function short(value: unknown): string | undefined {
  const given = asText(value);
  return given === undefined ? undefined : beginning(given, NAME_CHARS);
}

/** The parts of `containerd://<64 hex>`. */
function runtimeAndId(value: unknown): [runtime?: string, id?: string] {
  const [, runtime, id] = /^([\w.-]+):\/\/([\w.-]+)$/.exec(short(value) ?? '') ?? [];
  return [runtime, id];
}

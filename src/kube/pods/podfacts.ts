/**
 * What podferry keeps of a pod: only what ends up in documents or decides about them. A pod is some 8 kB of JSON, most of it
 * managedFields and conditions that change with every heartbeat; what is kept here changes only when a document would.
 */
import { beginning, keptAnnotations, keptLabels } from './bounds.ts';
import { asArray, asObject, asText, type Json, textMember } from '../../util/json.ts';

export interface PodFacts {
  /** The uid the API knows. */
  readonly uid: string;
  /** What kubelet writes on the mirror of a static pod, and anybody may write on a pod of their own: see claim.ts. */
  readonly mirror?: string | undefined;
  /** Where kubelet says that the pod comes from: `file`, `http`, `api`. */
  readonly source?: string | undefined;
  readonly namespace: string;
  readonly name: string;
  readonly node?: string | undefined;
  readonly ip?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Those chosen by the operator, and podferry's own. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The controller of the pod; without one, the first that is said to own it. */
  readonly owner?: { readonly kind: string; readonly name: string; readonly controller: boolean } | undefined;
  /** Ordinary, init, sidecar and ephemeral ones: names are unique in a pod. */
  readonly containers: readonly ContainerFacts[];
}

export interface ContainerFacts {
  readonly name: string;
  /** As the pod's author wrote it. */
  readonly image?: string | undefined;
  /** `sha256:…` of the image that really runs. */
  readonly digest?: string | undefined;
  /** containerd, cri-o, docker. */
  readonly runtime?: string | undefined;
  /** Id and restart count of the newest instance the API knows. */
  readonly id?: string | undefined;
  readonly restart?: number | undefined;
  /** Id of the instance before it. */
  readonly formerId?: string | undefined;
}

/** Both from kubelet's pkg/kubelet/types. */
export const MIRROR = 'kubernetes.io/config.mirror';
const SOURCE = 'kubernetes.io/config.source';
/** Longer than any value that means something. */
const NOTE_CHARS = 64;
/** Of a name or image that is kept: more than documents carry. */
const NAME_CHARS = 1024;
const MOST_CONTAINERS = 1000;

/**
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

/** What owns the pod, in the field names of Elastic's Kubernetes integration: [`deployment`, name] … */
export function owners(pod: PodFacts): [field: string, name: string][] {
  if (pod.owner === undefined) return [];
  const { kind, name } = pod.owner;
  switch (kind) {
    case 'ReplicaSet': {
      // A Deployment names its ReplicaSet <deployment>-<hash> and gives the pods that hash as a label: exact, and no
      // ReplicaSet need ever be asked for.
      const hash = textMember(pod.labels, 'pod-template-hash');
      const deployment = hash !== undefined && name.endsWith(`-${hash}`) ? name.slice(0, -hash.length - 1) : '';
      return deployment === ''
        ? [['replicaset', name]]
        : [
            ['deployment', deployment],
            ['replicaset', name],
          ];
    }
    case 'StatefulSet':
      return [['statefulset', name]];
    case 'DaemonSet':
      return [['daemonset', name]];
    case 'Job': {
      const cronJob = cronJobOf(name);
      return cronJob === undefined
        ? [['job', name]]
        : [
            ['cronjob', cronJob],
            ['job', name],
          ];
    }
    default:
      return [];
  }
}

/**
 * A CronJob names its Jobs <cronjob>-<minutes since 1970> (before Kubernetes 1.21: seconds). A Job of one's own called
 * `backup-2` or `backup-20261120` is not one of those.
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

/** An annotation of kubelet's. An empty one is one all the same: it makes a mirror of the pod. */
function note(meta: Json, key: string): string | undefined {
  const annotations = asObject(meta['annotations']);
  const value = Object.hasOwn(annotations, key) ? annotations[key] : undefined;
  return typeof value === 'string' ? beginning(value, NOTE_CHARS) : undefined;
}

/** Each container of the spec with what its status says of it; the API keeps three lists of each. */
function containers(spec: Json, status: Json): ContainerFacts[] {
  const statuses = new Map<string, Json>();
  for (const list of ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses']) {
    for (const each of asArray(status[list])) statuses.set(String(asObject(each)['name']), asObject(each));
  }
  const found = new Map<string, ContainerFacts>();
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    for (const each of asArray(spec[list])) {
      const name = asText(asObject(each)['name']);
      if (name !== undefined && found.size < MOST_CONTAINERS)
        found.set(name, container(name, asObject(each), statuses.get(name) ?? {}));
    }
  }
  return [...found.values()];
}

function container(name: string, spec: Json, status: Json): ContainerFacts {
  const [runtime, id] = runtimeAndId(status['containerID']);
  const [, formerId] = runtimeAndId(asObject(asObject(status['lastState'])['terminated'])['containerID']);
  const restart = status['restartCount'];
  return {
    name,
    image: short(spec['image']) ?? short(status['image']),
    // `docker.io/library/nginx@sha256:…`, `docker-pullable://…@sha256:…` or a bare `sha256:…`.
    digest: /(?:^|@|\/\/)(sha\d+:[0-9a-f]+)$/.exec(short(status['imageID']) ?? '')?.[1],
    runtime,
    id,
    restart: typeof restart === 'number' ? restart : undefined,
    formerId,
  };
}

function short(value: unknown): string | undefined {
  const given = asText(value);
  return given === undefined ? undefined : beginning(given, NAME_CHARS);
}

/** `containerd://<64 hex>` */
function runtimeAndId(value: unknown): [runtime?: string, id?: string] {
  const [, runtime, id] = /^([\w.-]+):\/\/([\w.-]+)$/.exec(short(value) ?? '') ?? [];
  return [runtime, id];
}

/**
 * The metadata of container logs as the Kubernetes API tells it: joins the watch of the pods of this node, the store of what is
 * known of them, and the cache of what is rendered from that.
 */
import { pause as sleep } from '../util/backoff.ts';
import { OperatorError } from '../util/errors.ts';
import type { ContainerLog, Log, Meta } from '../types.ts';
import { Admission } from './admission.ts';
import { Api } from './api/api.ts';
import type { ApiErrorKind } from './api/api-error.ts';
import { apiCredentials, type ApiCredentialOptions } from './api/credentials.ts';
import { checkApi, type ApiCheck } from './api-check.ts';
import { DataStreams } from './metadata/data-streams.ts';
import { MetadataCache } from './metadata/metadata-cache.ts';
import { NamespaceLabels } from './metadata/namespace-labels.ts';
import type { AgentIdentity } from './metadata/render.ts';
import { hasEnded } from './pods/ended.ts';
import type { PodFacts } from './pods/pod-facts.ts';
import { WRONG_ANNOTATION, type BadAnnotation, type ForbiddenBy, type LogSettingsOf } from './pods/pod-overrides.ts';
import { PodSnapshot } from './pods/pod-snapshot.ts';
import { PodStore } from './pods/pod-store.ts';
import { RefusedClaims, type RefusedClaim } from './pods/refused-claims.ts';
import { PodWatch } from './watch/pod-watch.ts';

export interface PodMetadataOptions extends ApiCredentialOptions {
  /** `node` must be the name by which the API knows this node. */
  readonly agent: AgentIdentity;
  /** What the operator set for a container log. */
  readonly settingsOf: LogSettingsOf;
  /** Which overrides the operator does not allow pods to ask for. */
  readonly forbiddenBy: ForbiddenBy;
  /** kubernetes.wait, milliseconds. */
  readonly waitMs: number;
  /** kubernetes.namespace_labels */
  readonly namespaceLabels: boolean;
  /** state.dir */
  readonly stateDir: string;
  readonly log: Log;
  /** Milliseconds, monotonic. */
  readonly now?: (() => number) | undefined;
  /** In [0, 1). */
  readonly random?: (() => number) | undefined;
  /** Waits between two attempts; rejects when aborted. */
  readonly pause?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** Milliseconds that only tests change: see PodWatchOptions, ApiOptions, NamespaceLabelsOptions; between two snapshots. */
  readonly silenceMs?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly namespaceTtlMs?: number | undefined;
  readonly saveMs?: number | undefined;
}

/** The member `kubernetes` of /status. */
export interface KubernetesStatus {
  readonly url: string;
  /** Pods of this node. */
  readonly pods: number;
  /** Pods that were deleted and whose last lines may still be on disk. */
  readonly gone: number;
  /** The API has told of all pods. If false, what is known is from the last run. */
  readonly synced: boolean;
  /** What is wrong with the API at the moment. */
  readonly trouble: string | undefined;
  readonly bad_annotations: readonly BadAnnotation[];
  /** The latest claims of pods on logs that are not theirs. */
  readonly refused_claims: readonly RefusedClaim[];
}

/** Plain numbers, read by the metrics. */
export interface PodMetadataCounts {
  readonly pods: number;
  readonly watchRestarts: ReadonlyMap<ApiErrorKind, number>;
  /** Complete lists: one per run, and one per `expired`. */
  readonly lists: number;
  readonly rendered: number;
  readonly partial: number;
  readonly badAnnotations: number;
  readonly refusedClaims: number;
}

const SAVE_MS = 5_000;
const REFUSED =
  'a pod claims a log that is not its own. The claim is refused, and that log keeps the metadata of its own pod. It may be a ' +
  'copied manifest, or somebody who wants to hide the logs of another: ask who made the pod. /status lists such pods under ' +
  'kubernetes.refused_claims.';

export class PodMetadata {
  readonly #options: PodMetadataOptions;
  readonly #api: Api;
  readonly #watch: PodWatch;
  readonly #refused: RefusedClaims;
  readonly #store: PodStore;
  readonly #streams: DataStreams;
  readonly #cache: MetadataCache;
  readonly #admission: Admission;
  readonly #namespaces: NamespaceLabels | undefined;
  readonly #snapshot: PodSnapshot;
  #timer: NodeJS.Timeout | undefined;

  /** @throws OperatorError if node_name is empty, or the settings of the API cannot be used */
  constructor(options: PodMetadataOptions) {
    const { agent, settingsOf, forbiddenBy, waitMs, log, timeoutMs, silenceMs } = options;
    const { now = () => performance.now(), random = Math.random, pause = sleep } = options;
    const { node, version, annotations } = agent;
    if (node === '')
      throw new OperatorError('node_name must be set: the API is asked for pods by the name of their node.');
    this.#options = options;
    this.#api = new Api({ credentials: apiCredentials(options), version, timeoutMs });
    const find = (one: ContainerLog) => this.#store.find(one);
    const namespaceLabels = (namespace: string) => this.#namespaces?.labels(namespace);
    this.#streams = new DataStreams({ base: agent.stream, log, now });
    this.#cache = new MetadataCache({ agent, settingsOf, streams: this.#streams, find, namespaceLabels });
    const changed = (pod: PodFacts): void => this.#podChanged(pod);
    this.#refused = new RefusedClaims((claim) => log.throttled('refused pod claims', REFUSED, { ...claim }));
    const wrong = (annotation: BadAnnotation) =>
      log.throttled('wrong annotations', WRONG_ANNOTATION, { ...annotation });
    this.#store = new PodStore({ node, annotations, forbiddenBy, refused: this.#refused, wrong, changed, now });
    this.#watch = new PodWatch({ api: this.#api, node, events: this.#store, log, silenceMs, now, random, pause });
    this.#admission = new Admission({
      find,
      settingsOf,
      watch: this.#watch,
      labelsAnswered: (namespace) => this.#namespaces?.answered(namespace) ?? true,
      waitMs,
      now,
    });
    this.#snapshot = new PodSnapshot(options.stateDir, node, log);
    if (options.namespaceLabels) {
      const changed = (): void => this.#cache.changed();
      const ttlMs = options.namespaceTtlMs;
      this.#namespaces = new NamespaceLabels({ api: this.#api, log, changed, ttlMs, now, random });
    }
  }

  /** Loads what the last run knew, and begins to watch the API. Does not wait for its answer. */
  async start(): Promise<void> {
    for (const pod of await this.#snapshot.load()) this.#store.podKnown(pod);
    this.#snapshot.loadedAs(this.#cache.generation);
    this.#watch.start();
    this.#timer = setInterval(() => {
      void this.#save();
      this.#namespaces?.want(this.#store.namespaces());
    }, this.#options.saveMs ?? SAVE_MS).unref();
  }

  /** Ends the watch and writes the last snapshot. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#watch.stop(), this.#namespaces?.stop(), this.#save()]);
    this.#api.close();
    // What was still told during the save before.
    await this.#save();
  }

  /** The metadata of a log: the same object until something in it changes. */
  meta(log: ContainerLog): Meta {
    return this.#cache.meta(log);
  }

  /** May this log be read now? See Admission. */
  admit(log: ContainerLog): 'read' | 'wait' | 'never' {
    return this.#admission.admit(log);
  }

  /** Has the container instance that wrote this log ended? Undefined: nobody knows. */
  hasEnded(log: ContainerLog): boolean | undefined {
    const stored = this.#store.find(log);
    return stored && hasEnded(stored.pod, log);
  }

  /** Container logs that had to go to the data stream of the sink. */
  get refusedStreams(): number {
    return this.#streams.refused;
  }

  get counts(): PodMetadataCounts {
    return {
      pods: this.#store.pods,
      watchRestarts: this.#watch.restarts,
      lists: this.#watch.lists,
      rendered: this.#cache.rendered,
      partial: this.#cache.partial,
      badAnnotations: this.#store.badAnnotations,
      refusedClaims: this.#refused.count,
    };
  }

  status(): KubernetesStatus {
    return {
      url: this.#api.url,
      pods: this.#store.pods,
      gone: this.#store.deletedPods,
      synced: this.#watch.synced,
      trouble: this.#watch.outage?.message,
      bad_annotations: this.#store.badAnnotationList(),
      refused_claims: this.#refused.list(),
    };
  }

  /** For `podferry check`: asks the API for each permission and for the pods of the node. Needs no start(). Never throws. */
  async check(): Promise<ApiCheck> {
    return checkApi(this.#api, this.#options.agent.node, this.#options.namespaceLabels);
  }

  #podChanged(pod: PodFacts): void {
    this.#cache.changed();
    this.#namespaces?.want([pod.namespace]);
  }

  #save(): Promise<void> {
    return this.#snapshot.saveIfChanged(this.#cache.generation, () => this.#store.texts());
  }
}

/**
 * The book of pods: what the Kubernetes API knows of the pods of this node, as the metadata of their container logs.
 *
 * Nothing waits here and nothing is lost for want of metadata: admit() asks the reader to leave a young file alone for a
 * moment, and after that its lines go with what the path says.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../util/errors.ts';
import type { ContainerLog, Log, Meta } from '../types.ts';
import { Api } from './api/api.ts';
import type { ApiErrorKind } from './api/api-error.ts';
import { apiCredentials, type ApiCredentialOptions } from './api/credentials.ts';
import { NamespaceLabels } from './metadata/namespace-labels.ts';
import type { PodFacts } from './pods/pod-facts.ts';
import { checkApi, type ApiCheck } from './api-check.ts';
import { RefusedClaims, type RefusedClaim } from './pods/refused-claims.ts';
import { PodStore } from './pods/pod-store.ts';
import type { AgentIdentity } from './metadata/render.ts';
import { PodSnapshot } from './pods/pod-snapshot.ts';
import { MetadataCache } from './metadata/metadata-cache.ts';
import { PodWatch } from './watch/pod-watch.ts';
import { isExcluded, type BadAnnotation, type ForbiddenBy, type LogSettingsOf } from './pods/pod-overrides.ts';

export interface PodMetadataOptions extends ApiCredentialOptions {
  /** `node` must be the name by which the API knows this node. */
  readonly agent: AgentIdentity;
  /** What the operator wants of a container log. */
  readonly settingsOf: LogSettingsOf;
  /** What the operator does not let pods ask for. */
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
  /** Waits between tries; resolves early when aborted. */
  readonly pause?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** Milliseconds that only tests change: see WatchOptions, ApiOptions, NamespaceOptions; between two snapshots. */
  readonly silenceMs?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly namespaceTtlMs?: number | undefined;
  readonly saveMs?: number | undefined;
}

/** For /status. */
export interface KubernetesStatus {
  readonly url: string;
  /** Pods of this node. */
  readonly pods: number;
  /** Pods that are gone and whose lines may still come. */
  readonly gone: number;
  /** The API has told us of all pods; false: what is known is from the last run, if anything. */
  readonly synced: boolean;
  /** What goes wrong at the moment. */
  readonly trouble: string | undefined;
  readonly bad_annotations: readonly BadAnnotation[];
  /** The latest claims of pods on logs that are not theirs. */
  readonly refused_claims: readonly RefusedClaim[];
}

/** Plain numbers, read by the metrics. */
export interface PodMetadataCounts {
  readonly pods: number;
  readonly watchRestarts: ReadonlyMap<ApiErrorKind, number>;
  /** Lists from the start: one per run, and one per `expired`. */
  readonly lists: number;
  readonly rendered: number;
  readonly partial: number;
  readonly badAnnotations: number;
  readonly refusedClaims: number;
}

/** The status of a container comes about so long after its first line. */
const STATUS_MS = 1_000;
const SAVE_MS = 5_000;
const REFUSED =
  'a pod claims a log that is not its own: the claim is not believed, and that log keeps the metadata of its own pod. It may ' +
  'be a copied manifest, or somebody who wants to hide the logs of another: ask who made the pod. /status lists such pods ' +
  'under kubernetes.refused_claims.';

export class PodMetadata {
  readonly #options: PodMetadataOptions;
  readonly #now: () => number;
  readonly #api: Api;
  readonly #watch: PodWatch;
  readonly #refused: RefusedClaims;
  readonly #store: PodStore;
  readonly #cache: MetadataCache;
  readonly #namespaces: NamespaceLabels | undefined;
  readonly #snapshot: PodSnapshot;
  /** When a log was first asked for. */
  readonly #asked = new WeakMap<ContainerLog, number>();
  #timer: NodeJS.Timeout | undefined;
  #savedGeneration = 0;
  #saving: Promise<void> | undefined;

  /** @throws OperatorError */
  constructor(options: PodMetadataOptions) {
    const { agent, settingsOf, forbiddenBy, log, timeoutMs, silenceMs } = options;
    const { now = () => performance.now(), random = Math.random, pause = pauseFor } = options;
    const { node, version, annotations } = agent;
    if (node === '')
      throw new OperatorError('node_name must be set: the API is asked for pods by the name of their node.');
    this.#options = options;
    this.#now = now;
    this.#api = new Api({ credentials: apiCredentials(options), version, timeoutMs });
    this.#cache = new MetadataCache({
      agent,
      settingsOf,
      find: (one) => this.#store.find(one),
      namespaceLabels: (namespace) => this.#namespaces?.labels(namespace),
    });
    const changed = (pod: PodFacts): void => this.#changed(pod);
    this.#refused = new RefusedClaims((claim) => log.throttled('refused pod claims', REFUSED, { ...claim }));
    this.#store = new PodStore({ node, annotations, forbiddenBy, refused: this.#refused, changed, now });
    this.#watch = new PodWatch({ api: this.#api, node, events: this.#store, log, silenceMs, now, random, pause });
    this.#snapshot = new PodSnapshot(options.stateDir, node, log);
    if (options.namespaceLabels) {
      const changed = (): void => this.#cache.changed();
      this.#namespaces = new NamespaceLabels({
        api: this.#api,
        log,
        changed,
        ttlMs: options.namespaceTtlMs,
        now,
        random,
      });
    }
  }

  /** Takes up what the last run knew, and begins to ask the API. Does not wait for its answer. */
  async start(): Promise<void> {
    for (const pod of await this.#snapshot.load()) this.#store.know(pod);
    this.#savedGeneration = this.#cache.generation;
    this.#watch.start();
    this.#timer = setInterval(() => {
      this.#save();
      this.#namespaces?.want(this.#store.namespaces());
    }, this.#options.saveMs ?? SAVE_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#watch.stop(), this.#namespaces?.stop(), this.#saving]);
    this.#api.close();
    this.#save();
    await this.#saving;
  }

  /** The same object until something rendered changes. */
  meta(log: ContainerLog): Meta {
    return this.#cache.meta(log);
  }

  /**
   * May this log be read? 'wait': its pod is not known yet, or its container has just started; its lines stay on disk
   * meanwhile, and this is asked again. 'never': the operator or its pod does not want it to be read.
   */
  admit(log: ContainerLog): 'read' | 'wait' | 'never' {
    const stored = this.#store.find(log);
    if (isExcluded(log, stored, this.#options.settingsOf)) return 'never';
    let asked = this.#asked.get(log);
    if (asked === undefined) this.#asked.set(log, (asked = this.#now()));
    const waited = this.#now() - asked;
    const { waitMs } = this.#options;
    if (stored === undefined) return waited < waitMs && !this.#hopeless() ? 'wait' : 'read';
    if (this.#complete(stored.pod, log) || this.#watch.outage !== undefined) return 'read';
    return waited < Math.min(waitMs, STATUS_MS) ? 'wait' : 'read';
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
      gone: this.#store.gone,
      synced: this.#watch.synced,
      trouble: this.#watch.outage?.message,
      bad_annotations: this.#store.badAnnotationList(),
      refused_claims: this.#refused.list(),
    };
  }

  /** For `podferry check`: reaches the API, asks for each permission and for the pods. Needs no start(). */
  async check(): Promise<ApiCheck> {
    return checkApi(this.#api, this.#options.agent.node, this.#options.namespaceLabels);
  }

  /** The API will not tell us of any pod: to wait would only delay lines. */
  #hopeless(): boolean {
    const trouble = this.#watch.outage?.kind;
    return !this.#watch.synced && (trouble === 'forbidden' || trouble === 'unauthorized');
  }

  /** Nothing is missing of what the documents of this log could say. */
  #complete(pod: PodFacts, log: ContainerLog): boolean {
    const container = pod.containers.find(({ name }) => name === log.container);
    const started = container?.id !== undefined && (container.restart ?? 0) >= log.restart;
    return started && (this.#namespaces?.answered(pod.namespace) ?? true);
  }

  #changed(pod: PodFacts): void {
    this.#cache.changed();
    this.#namespaces?.want([pod.namespace]);
  }

  #save(): void {
    const { generation } = this.#cache;
    if (this.#saving !== undefined || generation === this.#savedGeneration) return;
    this.#saving = this.#snapshot.save(this.#store.texts()).then((saved) => {
      if (saved) this.#savedGeneration = generation;
      this.#saving = undefined;
    });
  }
}

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

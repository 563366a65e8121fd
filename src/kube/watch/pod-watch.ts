/**
 * Keeps up with the pods of one node for as long as podferry runs, whatever the API server does. This costs the server one open
 * watch per node and nothing periodic: a list is made at the start, and when the server says that its history no longer
 * reaches back to where we are (410, as a status or as an event).
 */
import type { Log } from '../../types.ts';
import type { Api } from '../api/api.ts';
import { ApiError, asApiError, type ApiErrorKind } from '../api/api-error.ts';
import { Backoff } from '../../util/backoff.ts';
import { listPods, watchPods, type PodEvents } from './list-watch.ts';

export interface PodWatchOptions {
  readonly api: Api;
  /** spec.nodeName of the pods. */
  readonly node: string;
  readonly events: PodEvents;
  readonly log: Log;
  /** Longest silence of a watch. Bookmarks come about every minute, also when nothing happens. Default 150 s. */
  readonly silenceMs?: number | undefined;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Waits; resolves early when the signal is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** How one try went. */
interface AttemptResult {
  /** The watch was accepted. */
  answered: boolean;
  /** An event came, if only a bookmark. */
  progressed: boolean;
  livedMs: number;
  error: ApiError;
}

const SILENCE_MS = 150_000;
/** A watch that lived so long was in order, whatever it ended with: the next one need not wait. */
const HEALTHY_MS = 60_000;
/** One that brought news may be shorter, though not much. */
const USEFUL_MS = 2_000;
/** After so many watches in a row that end without news, where we are is doubted, and the pods are listed again. */
const DOUBTFUL = 5;

export class PodWatch {
  /** How often a watch was begun again, by why. */
  readonly restarts = new Map<ApiErrorKind, number>();
  /** How often the pods were listed from the start. */
  lists = 0;
  /** One list was complete: a pod that is not known does not exist, or is very young. */
  synced = false;
  /** What went wrong last, until something goes well. */
  outage: ApiError | undefined;

  readonly #options: PodWatchOptions;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  /** Where the next watch begins; undefined: list first. */
  #version: string | undefined;
  /** Tries in a row that brought no news. */
  #fruitless = 0;
  /** The cache that was listed from is behind the one that is watched: ask for what is stored. */
  #distrustCache = false;

  constructor(options: PodWatchOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.random);
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const ended = await this.#once();
      if (signal.aborted) return;
      const restMs = this.#settle(ended);
      this.#say(ended);
      if (restMs > 0) await this.#options.pause(restMs, signal);
    }
  }

  /** Lists if need be, then watches until that ends, which it always does. */
  async #once(): Promise<AttemptResult> {
    const ended: AttemptResult = {
      answered: false,
      progressed: false,
      livedMs: 0,
      error: new ApiError('closed', 'closed the watch'),
    };
    let began = this.#options.now();
    try {
      this.#version ??= await this.#list();
      began = this.#options.now();
      await this.#watch(this.#version, ended);
    } catch (error) {
      ended.error = asApiError(error, ended.answered);
    }
    ended.livedMs = this.#options.now() - began;
    return ended;
  }

  async #list(): Promise<string> {
    const { api, node, events, log } = this.#options;
    this.lists++;
    const { version, pods } = await listPods({ api, node, events, signal: this.#stop.signal }, !this.#distrustCache);
    this.#well();
    if (!this.synced && pods > 0) log.info(`${api.url} knows ${pods} ${pods === 1 ? 'pod' : 'pods'} on node ${node}`);
    if (!this.synced && pods === 0) {
      log.warn(
        `${api.url} knows no pods on node ${node}: lines carry only what their path says. Usually node_name is not the name ` +
          'of the node as `kubectl get nodes` shows it: set NODE_NAME from spec.nodeName, as manifests/ do.',
      );
    }
    this.synced = true;
    return version;
  }

  async #watch(version: string, ended: AttemptResult): Promise<void> {
    const { api, node, events, random, silenceMs = SILENCE_MS } = this.#options;
    await watchPods(
      { api, node, events, signal: this.#stop.signal },
      {
        version,
        // 5 to 10 minutes, so that the agents of a cluster do not come back all at once.
        timeoutSeconds: 300 + Math.floor(random() * 300),
        silenceMs,
        accepted: () => {
          ended.answered = true;
        },
        reached: (reached) => {
          this.#version = reached;
          ended.progressed = true;
          this.#well();
        },
      },
    );
  }

  /** Decides what the next try begins with, and after how many milliseconds. */
  #settle({ answered, progressed, livedMs, error }: AttemptResult): number {
    this.restarts.set(error.kind, (this.restarts.get(error.kind) ?? 0) + 1);
    const healthy = answered && livedMs >= HEALTHY_MS;
    if (healthy || (progressed && livedMs >= USEFUL_MS)) this.#backoff.reset();
    this.#fruitless = healthy || progressed ? 0 : this.#fruitless + 1;
    if (progressed) this.#distrustCache = false;
    if (error.kind === 'expired') {
      this.#distrustCache = !progressed && this.#version !== undefined;
      this.#version = undefined;
    } else if (this.#fruitless >= DOUBTFUL && (answered || error.kind === 'garbled')) {
      this.#fruitless = 0;
      this.#version = undefined;
    }
    if (healthy && error.kind === 'closed') return 0;
    return error.retryAfterMs + this.#backoff.next();
  }

  #well(): void {
    if (this.outage !== undefined) this.#options.log.info(`${this.#options.api.url} answers again`);
    this.outage = undefined;
  }

  #say({ answered, error }: AttemptResult): void {
    const { api, log } = this.#options;
    if (error.kind === 'expired') {
      log.info(`${api.url} no longer knows what changed since we last heard of it: the pods are listed again`);
      return;
    }
    // That a watch ends is part of life. That it does so again and again is not.
    const usual = error.kind === 'closed' || error.kind === 'cut' || error.kind === 'silent';
    if (usual && answered && this.#fruitless < 2) return;
    this.outage = error;
    const known = this.synced ? 'pods known so far' : 'pods known from the last run';
    const cost = `${known} keep their metadata, lines of others carry what their path says (podferry.partial_metadata)`;
    log.throttled(`kubernetes ${error.kind}`, `${api.url} ${error.message}: ${cost}. ${remedy(error)}`);
  }
}

function remedy(error: ApiError): string {
  switch (error.kind) {
    case 'forbidden':
      return 'Missing permission: give the service account of podferry list and watch on pods, by a ClusterRole as in manifests/.';
    case 'unauthorized':
      return 'The token is not accepted: look at kubernetes.token_file, or at the user of the kubeconfig.';
    case 'connection':
      return 'podferry tries again; if this stays, look at kubernetes.url, kubernetes.ca_file and network policies.';
    default:
      return 'podferry tries again.';
  }
}

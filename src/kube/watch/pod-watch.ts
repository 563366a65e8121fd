/**
 * Follows the pods of one node for as long as podferry runs, whatever the API server does. It costs the server one open watch per
 * node and no periodic requests. The pods are listed only at the start, and when the server says that its history no longer
 * reaches back to our version (410, as a status or as an event).
 */
import { amount } from '../../util/human.ts';
import type { Log } from '../../types.ts';
import type { Api } from '../api/api.ts';
import { ApiError, asApiError, type ApiErrorKind } from '../api/api-error.ts';
import { Backoff } from '../../util/backoff.ts';
import { listPods, watchPods, type PodEvents } from './list-watch.ts';
import { outageSentence } from './outage.ts';

export interface PodWatchOptions {
  readonly api: Api;
  /** spec.nodeName of the pods. */
  readonly node: string;
  readonly events: PodEvents;
  readonly log: Log;
  /** Longest silence of a watch, in milliseconds. Bookmarks come about every minute even if nothing happens. Default 150 s. */
  readonly silenceMs?: number | undefined;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Waits; rejects when the signal is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** How one attempt went. */
interface AttemptResult {
  /** The server accepted the watch. */
  answered: boolean;
  /** An event came, possibly a bookmark. */
  progressed: boolean;
  /** How long the watch lasted. */
  livedMs: number;
  /** Why it ended. */
  error: ApiError;
}

const SILENCE_MS = 150_000;
/** A watch that lasted so long was fine, however it ended: the next one need not wait. */
const HEALTHY_MS = 60_000;
/** A watch that brought events may be shorter, but not much. */
const USEFUL_MS = 2_000;
/** After so many attempts in a row without events the pods are listed again: our version may be wrong. */
const DOUBTFUL = 5;

export class PodWatch {
  /** How often a watch was begun again, by the reason. Changed only here. */
  readonly restarts = new Map<ApiErrorKind, number>();
  /** How often a list was begun. Changed only here. */
  lists = 0;
  /** A list was complete: a pod that is not known does not exist, or is very new. Changed only here. */
  synced = false;
  /** The last error; undefined after the next success. Changed only here. */
  outage: ApiError | undefined;

  readonly #options: PodWatchOptions;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  /** Where the next watch begins; undefined: after a list. */
  #version: string | undefined;
  /** Attempts in a row that brought no event. */
  #fruitless = 0;
  /** The cache that answers lists is older than the one that serves watches: the next list goes past it. */
  #distrustCache = false;

  constructor(options: PodWatchOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.random);
  }

  /** Begins to list and watch, in the background. */
  start(): void {
    this.#running = this.#run();
  }

  /** Ends the watch, and resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const result = await this.#attempt();
      if (signal.aborted) return;
      const waitMs = this.#attemptEnded(result);
      this.#report(result);
      if (waitMs > 0) await this.#options.pause(waitMs, signal).catch(() => {});
    }
  }

  /** Lists if necessary, then watches until the watch ends. Never rejects. */
  async #attempt(): Promise<AttemptResult> {
    const result: AttemptResult = {
      answered: false,
      progressed: false,
      livedMs: 0,
      error: new ApiError('closed', 'closed the watch'),
    };
    let began = this.#options.now();
    try {
      this.#version ??= await this.#list();
      began = this.#options.now();
      await this.#watch(this.#version, result);
    } catch (error) {
      result.error = asApiError(error, result.answered);
    }
    result.livedMs = this.#options.now() - began;
    return result;
  }

  async #list(): Promise<string> {
    const { api, node, events, log } = this.#options;
    this.lists++;
    const { version, pods } = await listPods({ api, node, events, signal: this.#stop.signal }, !this.#distrustCache);
    this.#succeeded();
    if (!this.synced && pods > 0) log.info(`${api.url} knows ${amount(pods, 'pod')} on node ${node}`);
    if (!this.synced && pods === 0) {
      log.warn(
        `${api.url} knows no pods on node ${node}: lines carry only what their path says. Usually node_name is not the name ` +
          'of the node as `kubectl get nodes` shows it: set NODE_NAME from spec.nodeName, as manifests/ do.',
      );
    }
    this.synced = true;
    return version;
  }

  async #watch(version: string, result: AttemptResult): Promise<void> {
    const { api, node, events, random, silenceMs = SILENCE_MS } = this.#options;
    await watchPods(
      { api, node, events, signal: this.#stop.signal },
      {
        version,
        // 5 to 10 minutes, so that the agents of a cluster do not come back all at once.
        timeoutSeconds: 300 + Math.floor(random() * 300),
        silenceMs,
        accepted: () => {
          result.answered = true;
        },
        reached: (reached) => {
          this.#version = reached;
          result.progressed = true;
          this.#succeeded();
        },
      },
    );
  }

  /** Decides how the next attempt begins. @returns after how many milliseconds */
  #attemptEnded({ answered, progressed, livedMs, error }: AttemptResult): number {
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

  /** The API answered as it should. */
  #succeeded(): void {
    if (this.outage !== undefined) this.#options.log.info(`${this.#options.api.url} answers again`);
    this.outage = undefined;
  }

  #report({ answered, error }: AttemptResult): void {
    const { api, log } = this.#options;
    if (error.kind === 'expired') {
      log.info(`${api.url} no longer knows what changed since its last event: the pods are listed again`);
      return;
    }
    // Every watch ends some time. Only one that ends again and again is worth a warning.
    const usual = error.kind === 'closed' || error.kind === 'cut' || error.kind === 'silent';
    if (usual && answered && this.#fruitless < 2) return;
    this.outage = error;
    log.throttled(`kubernetes ${error.kind}`, outageSentence(api.url, error, this.synced));
  }
}

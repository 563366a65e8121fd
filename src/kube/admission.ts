/**
 * Whether a container log may be read now. The lines of a log whose pod is not known yet wait on disk for a moment, so that they
 * get the metadata of their pod. After that they are read with what is known: no line is lost for lack of metadata.
 */
import type { ContainerLog } from '../types.ts';
import { isExcluded, type LogSettingsOf } from './pods/pod-overrides.ts';
import type { PodFacts } from './pods/pod-facts.ts';
import type { StoredPod } from './pods/stored-pod.ts';
import type { PodWatch } from './watch/pod-watch.ts';

export interface AdmissionOptions {
  /** The pod that a log belongs to, if it is known. */
  readonly find: (log: ContainerLog) => StoredPod | undefined;
  readonly settingsOf: LogSettingsOf;
  readonly watch: Pick<PodWatch, 'synced' | 'outage'>;
  /** Whether the labels of a namespace were asked for, if documents carry them. */
  readonly labelsAnswered: (namespace: string) => boolean;
  /** kubernetes.wait, milliseconds: the longest wait for a pod. */
  readonly waitMs: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** The longest wait for the id of a container, in milliseconds: its status comes about so long after its first line. */
const STATUS_MS = 1_000;

export class Admission {
  readonly #options: AdmissionOptions;
  /** When a log was first asked for. */
  readonly #asked = new WeakMap<ContainerLog, number>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /**
   * 'read': now. 'wait': its pod is not known yet, or its container has just started; ask again later. 'never': the operator or
   * its pod excludes it.
   */
  admit(log: ContainerLog): 'read' | 'wait' | 'never' {
    const { find, settingsOf, watch, waitMs, now } = this.#options;
    const stored = find(log);
    if (isExcluded(log, stored, settingsOf)) return 'never';
    let asked = this.#asked.get(log);
    if (asked === undefined) this.#asked.set(log, (asked = now()));
    const waited = now() - asked;
    if (stored === undefined) return waited < waitMs && !this.#refused() ? 'wait' : 'read';
    if (this.#isComplete(stored.pod, log) || watch.outage !== undefined) return 'read';
    return waited < Math.min(waitMs, STATUS_MS) ? 'wait' : 'read';
  }

  /** The API refuses to tell of any pod: to wait would only delay lines. */
  #refused(): boolean {
    const { synced, outage } = this.#options.watch;
    return !synced && (outage?.kind === 'forbidden' || outage?.kind === 'unauthorized');
  }

  /** Everything is known that the documents of this log can carry. */
  #isComplete(pod: PodFacts, log: ContainerLog): boolean {
    const container = pod.containers.find(({ name }) => name === log.container);
    const started = container?.id !== undefined && (container.restart ?? 0) >= log.restart;
    return started && this.#options.labelsAnswered(pod.namespace);
  }
}

/**
 * Chooses the data stream of a container log: what the operator set, filled in from the pod, or what the pod's annotation asks for.
 *
 * Each data stream costs the cluster shards, and who writes pods can make up labels. So an agent uses so many that pods had a say in,
 * and no more: further logs go to the data stream of the sink. Those that the settings name in full are not counted.
 */
import type { ContainerLog, DataStream, Log } from '../../types.ts';
import { duration } from '../../util/human.ts';
import { filledIn, isFixed, nameOf, type PodField } from '../../util/stream-name.ts';
import type { PodFacts } from '../pods/pod-facts.ts';
import type { StreamParts } from '../pods/pod-overrides.ts';
import type { StoredPod } from '../pods/stored-pod.ts';

export interface DataStreamsOptions {
  /** Of documents that nothing sends elsewhere. */
  readonly base: DataStream;
  readonly log: Pick<Log, 'warn'>;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** More than the namespaces, or the teams, of one node: the kubelet runs 110 pods unless told otherwise. */
const MOST = 100;
/** One that no log was given for so long makes room for another. */
const FORGOTTEN_MS = 24 * 3600 * 1000;

export class DataStreams {
  /** Container logs that went to the data stream of the sink, since there were too many others. */
  refused = 0;

  readonly #options: DataStreamsOptions;
  /** By name, those that pods had a say in. In the order in which they were last given. */
  readonly #given = new Map<string, { readonly stream: DataStream; readonly at: number }>();
  /** Those of the settings alone. */
  readonly #fixed = new Map<string, DataStream>();
  readonly #refusedLogs = new WeakSet<ContainerLog>();

  constructor(options: DataStreamsOptions) {
    this.#options = options;
  }

  /** Undefined: that of the sink. */
  choose(
    log: ContainerLog,
    parts: StreamParts,
    known: Pick<StoredPod, 'pod' | 'overrides'> | undefined,
  ): DataStream | undefined {
    const { base = this.#options.base } = parts;
    const valueOf = (field: PodField): string | undefined => value(field, log, known?.pod);
    const asked = known?.overrides.dataset;
    const dataset = asked ?? filledIn(parts.dataset, valueOf);
    const namespace = filledIn(parts.namespace, valueOf);
    if (dataset === base.dataset && namespace === base.namespace) return undefined;
    const name = `${dataset}-${namespace}`;
    if (asked === undefined && isFixed(parts.dataset) && isFixed(parts.namespace)) {
      const stream = this.#fixed.get(name) ?? { dataset, namespace };
      this.#fixed.set(name, stream);
      return stream;
    }
    return this.#give(name, { dataset, namespace }) ?? this.#refuse(log, base);
  }

  #give(name: string, wanted: DataStream): DataStream | undefined {
    const now = this.#options.now();
    const known = this.#given.get(name);
    if (known === undefined && this.#given.size >= MOST) {
      const [[oldest, { at }] = ['', { at: now }]] = this.#given;
      if (now - at < FORGOTTEN_MS) return undefined;
      this.#given.delete(oldest);
    }
    const stream = known?.stream ?? wanted;
    this.#given.delete(name);
    this.#given.set(name, { stream, at: now });
    return stream;
  }

  #refuse(log: ContainerLog, base: DataStream): undefined {
    if (this.#refusedLogs.has(log)) return;
    this.#refusedLogs.add(log);
    if (this.refused++ > 0) return;
    this.#options.log.warn(
      `pods of this node asked for more than ${MOST} data streams within ${duration(FORGOTTEN_MS)}: the documents of further ones go to ` +
        `${nameOf(base)}, and podferry_refused_data_streams_total counts their container logs. Each data stream ` +
        'costs the cluster shards, so its number is bounded. Usually a label that elasticsearch.dataset or elasticsearch.namespace names ' +
        'has too many values: name one with few.',
    );
  }
}

function value(field: PodField, log: ContainerLog, pod: PodFacts | undefined): string | undefined {
  if (field === 'kubernetes.namespace') return pod?.namespace ?? log.namespace;
  if (field === 'kubernetes.container.name') return log.container;
  const label = field.slice('label:'.length);
  return pod && Object.hasOwn(pod.labels, label) ? pod.labels[label] : undefined;
}

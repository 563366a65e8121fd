/**
 * The rendered metadata of each container log: bytes that are made once, and again only when something in them changed. It is asked
 * once per chunk of lines, so the usual answer costs one look into a map and one comparison of numbers.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ContainerLog, Meta } from '../../types.ts';
import { isBare } from '../pods/claim.ts';
import type { StoredPod } from '../pods/stored-pod.ts';
import { renderMeta, type AgentIdentity } from './render.ts';
import type { DataStreams } from './data-streams.ts';
import { overridesFor, type LogSettingsOf } from '../pods/pod-overrides.ts';

type Labels = Readonly<Record<string, string>>;

export interface MetadataCacheOptions {
  readonly agent: AgentIdentity;
  readonly settingsOf: LogSettingsOf;
  readonly streams: DataStreams;
  /** The pod that a log belongs to, if it is known. */
  readonly find: (log: ContainerLog) => StoredPod | undefined;
  /** The labels of a namespace, if they are known. */
  readonly namespaceLabels: (namespace: string) => Labels | undefined;
  /** No pods are looked for: the path is all that can be known, and nothing is partial. */
  readonly pathsOnly?: boolean;
}

/** The metadata of a log, and what it was rendered from. */
interface CachedMetadata {
  readonly meta: Meta;
  readonly stored: StoredPod | undefined;
  readonly containerId: string | undefined;
  readonly namespaceLabels: Labels | undefined;
  /** The generation of the cache in which this was last compared with what is known. */
  generation: number;
}

export class MetadataCache {
  /** How often a log was rendered. */
  rendered = 0;
  /** Logs whose first lines were read before their pod was known. */
  partial = 0;

  readonly #options: MetadataCacheOptions;
  /** A log that is still open keeps its metadata, even long after its pod was deleted. */
  readonly #cached = new WeakMap<ContainerLog, CachedMetadata>();
  #generation = 0;

  constructor(options: MetadataCacheOptions) {
    this.#options = options;
  }

  /** Something that is rendered has changed: every log is compared again when it is next asked for. */
  changed(): void {
    this.#generation++;
  }

  /** Counts the calls of changed(). */
  get generation(): number {
    return this.#generation;
  }

  /** The metadata of a log: the same object until something in it changes. */
  meta(log: ContainerLog): Meta {
    const cached = this.#cached.get(log);
    if (cached === undefined || cached.generation !== this.#generation || cached.containerId !== log.containerId) {
      return this.#refresh(log, cached);
    }
    return cached.meta;
  }

  #refresh(log: ContainerLog, cached: CachedMetadata | undefined): Meta {
    const { find, agent, settingsOf, streams, pathsOnly = false } = this.#options;
    // A directory with a full name keeps its pod. One called by a bare uid has none from the moment there are two.
    const stored = find(log) ?? (isBare(log) ? undefined : cached?.stored);
    const namespaceLabels = stored && this.#options.namespaceLabels(stored.pod.namespace);
    const { containerId } = log;
    if (
      cached !== undefined &&
      cached.stored === stored &&
      cached.containerId === containerId &&
      cached.namespaceLabels === namespaceLabels
    ) {
      cached.generation = this.#generation;
      return cached.meta;
    }
    const settings = settingsOf(log, stored?.pod);
    const extra = {
      partial: stored === undefined && !pathsOnly,
      overrides: overridesFor(settings, stored),
      namespaceLabels,
      output: settings.output,
      base: settings.stream?.base,
      stream: settings.stream && streams.choose(log, settings.stream, stored),
    };
    const fresh = renderMeta(log, stored?.pod, agent, extra);
    this.rendered++;
    if (cached === undefined && fresh.partial) this.partial++;
    const meta = cached !== undefined && equal(cached.meta, fresh) ? cached.meta : fresh;
    this.#cached.set(log, { meta, stored, containerId, namespaceLabels, generation: this.#generation });
    return meta;
  }
}

/** Two renderings are often equal: a restart of one container changes nothing for the others of its pod. */
function equal(a: Meta, b: Meta): boolean {
  if (a.partial !== b.partial || a.output !== b.output || !a.constant.equals(b.constant)) return false;
  return isDeepStrictEqual(a.overrides, b.overrides);
}

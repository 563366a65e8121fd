/**
 * The rendered metadata of each container log: bytes made once, and made again only when something in them changed. Asked once
 * per chunk of lines, so the usual answer costs one look into a map and one comparison of numbers.
 */
import type { ContainerLog, Meta } from '../../types.ts';
import { isBare } from '../pods/claim.ts';
import type { StoredPod } from '../pods/stored-pod.ts';
import { renderMeta, type AgentIdentity } from './render.ts';
import { overridesFor, type LogSettingsOf } from '../pods/pod-overrides.ts';

type Labels = Readonly<Record<string, string>>;

export interface MetadataCacheOptions {
  readonly agent: AgentIdentity;
  readonly settingsOf: LogSettingsOf;
  /** The pod that speaks for a log. */
  readonly find: (log: ContainerLog) => StoredPod | undefined;
  readonly namespaceLabels: (namespace: string) => Labels | undefined;
}

/** A container log as it is rendered now, and from what. */
interface CachedMetadata {
  readonly meta: Meta;
  readonly stored: StoredPod | undefined;
  readonly containerId: string | undefined;
  readonly namespaceLabels: Labels | undefined;
  /** Of the views, when this was last compared with what is known. */
  generation: number;
}

export class MetadataCache {
  /** Times a container was rendered. */
  rendered = 0;
  /** Container logs whose first lines had to go before their pod was known. */
  partial = 0;

  readonly #options: MetadataCacheOptions;
  /** A log that is still open keeps its cached, however long its pod is gone. */
  readonly #cached = new WeakMap<ContainerLog, CachedMetadata>();
  #generation = 0;

  constructor(options: MetadataCacheOptions) {
    this.#options = options;
  }

  /** Something that is rendered has changed, somewhere. */
  changed(): void {
    this.#generation++;
  }

  get generation(): number {
    return this.#generation;
  }

  /** The same object until something rendered changes. */
  meta(log: ContainerLog): Meta {
    const cached = this.#cached.get(log);
    if (cached === undefined || cached.generation !== this.#generation || cached.containerId !== log.containerId) {
      return this.#look(log, cached);
    }
    return cached.meta;
  }

  #look(log: ContainerLog, cached: CachedMetadata | undefined): Meta {
    const { find, agent, settingsOf } = this.#options;
    // A directory called by a bare uid has no pod when it has two; one that has a full name has it for good.
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
    const extra = { partial: stored === undefined, overrides: overridesFor(log, stored, settingsOf), namespaceLabels };
    const fresh = renderMeta(log, stored?.pod, agent, extra);
    this.rendered++;
    if (cached === undefined && fresh.partial) this.partial++;
    const meta = cached !== undefined && equal(cached.meta, fresh) ? cached.meta : fresh;
    this.#cached.set(log, { meta, stored, containerId, namespaceLabels, generation: this.#generation });
    return meta;
  }
}

/** What one container sees of a change may be nothing: another container of its pod was restarted. */
function equal(a: Meta, b: Meta): boolean {
  return (
    a.partial === b.partial &&
    a.constant.equals(b.constant) &&
    a.overrides.multiline === b.overrides.multiline &&
    a.overrides.structured === b.overrides.structured &&
    a.overrides.sample === b.overrides.sample &&
    a.overrides.minLevel === b.overrides.minLevel
  );
}

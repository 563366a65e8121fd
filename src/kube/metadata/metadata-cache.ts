/**
 * The rendered metadata of each container log: bytes made once, and made again only when something in them changed. Asked once
 * per chunk of lines, so the usual answer costs one look into a map and one comparison of numbers.
 */
import type { ContainerLog, Meta } from '../../types.ts';
import { isBare } from '../pods/claim.ts';
import type { Entry } from '../pods/stored-pod.ts';
import { renderMeta, type Constants } from './render.ts';
import { wishesFor, type TermsOf } from '../pods/pod-overrides.ts';

type Labels = Readonly<Record<string, string>>;

export interface ViewOptions {
  readonly constants: Constants;
  readonly terms: TermsOf;
  /** The pod that speaks for a log. */
  readonly find: (log: ContainerLog) => Entry | undefined;
  readonly namespaceLabels: (namespace: string) => Labels | undefined;
}

/** A container log as it is rendered now, and from what. */
interface View {
  readonly meta: Meta;
  readonly entry: Entry | undefined;
  readonly containerId: string | undefined;
  readonly namespaceLabels: Labels | undefined;
  /** Of the views, when this was last compared with what is known. */
  generation: number;
}

export class Views {
  /** Times a container was rendered. */
  rendered = 0;
  /** Container logs whose first lines had to go before their pod was known. */
  partial = 0;

  readonly #options: ViewOptions;
  /** A log that is still open keeps its view, however long its pod is gone. */
  readonly #views = new WeakMap<ContainerLog, View>();
  #generation = 0;

  constructor(options: ViewOptions) {
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
    const view = this.#views.get(log);
    if (view === undefined || view.generation !== this.#generation || view.containerId !== log.containerId) {
      return this.#look(log, view);
    }
    return view.meta;
  }

  #look(log: ContainerLog, view: View | undefined): Meta {
    const { find, constants, terms } = this.#options;
    // A directory called by a bare uid has no pod when it has two; one that has a full name has it for good.
    const entry = find(log) ?? (isBare(log) ? undefined : view?.entry);
    const namespaceLabels = entry && this.#options.namespaceLabels(entry.pod.namespace);
    const { containerId } = log;
    if (
      view !== undefined &&
      view.entry === entry &&
      view.containerId === containerId &&
      view.namespaceLabels === namespaceLabels
    ) {
      view.generation = this.#generation;
      return view.meta;
    }
    const extra = { partial: entry === undefined, overrides: wishesFor(log, entry, terms), namespaceLabels };
    const fresh = renderMeta(log, entry?.pod, constants, extra);
    this.rendered++;
    if (view === undefined && fresh.partial) this.partial++;
    const meta = view !== undefined && equal(view.meta, fresh) ? view.meta : fresh;
    this.#views.set(log, { meta, entry, containerId, namespaceLabels, generation: this.#generation });
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

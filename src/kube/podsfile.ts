/**
 * Pods from a file, for replay: the output of `kubectl get pods -o json` stands in for the API, through the same facts and the
 * same rendering.
 */
import { OperatorError } from '../util/errors.ts';
import type { ContainerLog, Meta } from '../types.ts';
import { object } from './json.ts';
import { directoryUid, podFacts, type PodFacts } from './podfacts.ts';
import { renderMeta, type Constants } from './render.ts';
import { isExcluded, podWishes, wishesFor, type PodWishes, type TermsOf } from './wishes.ts';

/**
 * @param json a List, a PodList or a single Pod
 * @param annotations keys of the pod annotations to keep besides podferry's own
 * @returns pods by the uid in the name of their log directory: of a static pod the hash of its manifest
 * @throws OperatorError if it is not JSON, or not pods
 */
export function readPods(json: string, annotations: readonly string[] = []): Map<string, PodFacts> {
  const advice = 'give it the output of `kubectl get pods -A -o json`';
  let parsed: unknown;
  try {
    parsed = JSON.parse(json.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new OperatorError(`--pods: the file is not JSON (${(error as Error).message}); ${advice}.`);
  }
  const { items, kind } = object(parsed);
  if (!Array.isArray(items) && kind !== 'Pod') throw new OperatorError(`--pods: the file holds no pods; ${advice}.`);
  const pods = new Map<string, PodFacts>();
  for (const item of Array.isArray(items) ? items : [parsed]) {
    const kindOfItem = object(item)['kind'];
    // Items of a PodList carry no kind of their own.
    const pod = kindOfItem === undefined || kindOfItem === 'Pod' ? podFacts(item, annotations) : undefined;
    if (pod !== undefined) pods.set(directoryUid(pod), pod);
  }
  if (pods.size === 0 && Array.isArray(items) && items.length > 0) {
    throw new OperatorError(`--pods: the file holds ${items.length} things and none of them is a pod; ${advice}.`);
  }
  return pods;
}

interface View {
  readonly meta: Meta;
  readonly containerId: string | undefined;
}

/** Answers as the book of pods would, from a file. */
export class PodFile {
  readonly #pods: ReadonlyMap<string, PodFacts> | undefined;
  readonly #constants: Constants;
  readonly #terms: TermsOf;
  readonly #views = new WeakMap<ContainerLog, View>();

  /** @param pods undefined: documents carry what the path says, and that is all there is to it */
  constructor(pods: ReadonlyMap<string, PodFacts> | undefined, constants: Constants, terms: TermsOf) {
    this.#pods = pods;
    this.#constants = constants;
    this.#terms = terms;
  }

  /** The same object as long as the log says the same of itself. */
  meta(log: ContainerLog): Meta {
    const known = this.#views.get(log);
    if (known !== undefined && known.containerId === log.containerId) return known.meta;
    const found = this.#find(log);
    const wishes = wishesFor(log, found, this.#terms);
    const partial = this.#pods !== undefined && found === undefined;
    const meta = renderMeta(log, found?.pod, this.#constants, { partial, wishes });
    this.#views.set(log, { meta, containerId: log.containerId });
    return meta;
  }

  /** May this log be read? 'never': the operator or its pod does not want it to be. */
  admit(log: ContainerLog): 'read' | 'never' {
    return isExcluded(log, this.#find(log), this.#terms) ? 'never' : 'read';
  }

  #find(log: ContainerLog): { pod: PodFacts; wishes: PodWishes } | undefined {
    const pod = this.#pods?.get(log.uid);
    return pod && { pod, wishes: podWishes(pod) };
  }
}

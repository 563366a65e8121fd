/**
 * Pods from a file, for replay: the output of `kubectl get pods -o json` stands in for the API, through the same facts and the
 * same rendering.
 */
import { OperatorError } from '../util/errors.ts';
import type { ContainerLog, Log, Meta } from '../types.ts';
import { asObject } from '../util/json.ts';
import { podFacts, type PodFacts } from './pods/podfacts.ts';
import { RefusedClaims } from './pods/refused.ts';
import { Register } from './pods/pod-store.ts';
import { renderMeta, type Constants } from './metadata/render.ts';
import { isExcluded, wishesFor, type Forbids, type TermsOf } from './pods/pod-overrides.ts';

/**
 * @param json a List, a PodList or a single Pod
 * @param annotations keys of the pod annotations to keep besides podferry's own
 * @throws OperatorError if it is not JSON, or not pods
 */
export function readPods(json: string, annotations: readonly string[] = []): PodFacts[] {
  const advice = 'give it the output of `kubectl get pods -A -o json`';
  let parsed: unknown;
  try {
    parsed = JSON.parse(json.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new OperatorError(`--pods: the file is not JSON (${(error as Error).message}); ${advice}.`);
  }
  const { items, kind } = asObject(parsed);
  if (!Array.isArray(items) && kind !== 'Pod') throw new OperatorError(`--pods: the file holds no pods; ${advice}.`);
  const pods: PodFacts[] = [];
  for (const item of Array.isArray(items) ? items : [parsed]) {
    const kindOfItem = asObject(item)['kind'];
    // Items of a PodList carry no kind of their own.
    const pod = kindOfItem === undefined || kindOfItem === 'Pod' ? podFacts(item, annotations) : undefined;
    if (pod !== undefined) pods.push(pod);
  }
  if (pods.length === 0 && Array.isArray(items) && items.length > 0) {
    throw new OperatorError(`--pods: the file holds ${items.length} things and none of them is a pod; ${advice}.`);
  }
  return pods;
}

export interface PodFileOptions {
  /** undefined: documents carry what the path says, and that is all there is to it */
  readonly pods: readonly PodFacts[] | undefined;
  readonly constants: Constants;
  readonly terms: TermsOf;
  /** What the operator does not let pods ask for. */
  readonly forbids: Forbids;
  readonly log: Log;
}

interface View {
  readonly meta: Meta;
  readonly containerId: string | undefined;
}

/** Answers as the book of pods would, from a file. */
export class PodFile {
  readonly #options: PodFileOptions;
  readonly #refused = new RefusedClaims(() => {});
  readonly #register: Register;
  readonly #views = new WeakMap<ContainerLog, View>();

  constructor(options: PodFileOptions) {
    this.#options = options;
    const { pods = [], constants, forbids, log } = options;
    const { annotations } = constants;
    this.#register = new Register({
      node: undefined,
      annotations,
      forbids,
      refused: this.#refused,
      changed() {},
      now: () => 0,
    });
    for (const pod of pods) this.#know(pod);
    const { count } = this.#refused;
    if (count > 0) {
      log.warn(
        `--pods: pods claim logs that are not their own (claims of this kind: ${count}). They are not believed, and each log keeps ` +
          'the metadata of its own pod. It may be a copied manifest, or somebody who wants to hide the logs of another.',
        { claims: this.#refused.list() },
      );
    }
  }

  /** The same object as long as the log says the same of itself. */
  meta(log: ContainerLog): Meta {
    const known = this.#views.get(log);
    if (known !== undefined && known.containerId === log.containerId) return known.meta;
    const { pods, constants, terms } = this.#options;
    const found = this.#register.find(log);
    const overrides = wishesFor(log, found, terms);
    const partial = pods !== undefined && found === undefined;
    const meta = renderMeta(log, found?.pod, constants, { partial, overrides });
    this.#views.set(log, { meta, containerId: log.containerId });
    return meta;
  }

  /** May this log be read? 'never': the operator or its pod does not want it to be. */
  admit(log: ContainerLog): 'read' | 'never' {
    return isExcluded(log, this.#register.find(log), this.#options.terms) ? 'never' : 'read';
  }

  /** No order of events tells which of two contradicting items holds: the first does. */
  #know(pod: PodFacts): void {
    const { namespace, name, uid } = pod;
    const former = this.#register.find({ namespace, pod: name, uid });
    const isSame = former?.pod.uid === uid && former.text === JSON.stringify(pod);
    if (former?.pod.uid !== uid || isSame) this.#register.know(pod);
    else
      this.#refused.add(pod, `metadata.uid: ${uid}`, 'the file holds this pod twice and differently: the first holds');
  }
}

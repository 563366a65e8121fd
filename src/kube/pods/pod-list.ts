/** The pods in the output of `kubectl get pods -o json`, which stands in for the API where there is none (--pods). */
import { OperatorError } from '../../util/errors.ts';
import { asObject } from '../../util/json.ts';
import { podFacts, type PodFacts } from './pod-facts.ts';

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
    // The items of a PodList have no kind of their own.
    const pod = kindOfItem === undefined || kindOfItem === 'Pod' ? podFacts(item, annotations) : undefined;
    if (pod !== undefined) pods.push(pod);
  }
  if (pods.length === 0 && Array.isArray(items) && items.length > 0) {
    throw new OperatorError(`--pods: the file holds ${items.length} objects and none of them is a pod; ${advice}.`);
  }
  return pods;
}

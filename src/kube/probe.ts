/** What `podferry check` says of the Kubernetes API: is it there, may we do what we have to, and does it know our node. */
import type { Api } from './api/api.ts';
import { asApiError } from './api/apierror.ts';
import { asObject, asText } from '../util/json.ts';

export interface Probe {
  readonly ok: boolean;
  /** Each a sentence or so, for people. */
  readonly lines: readonly string[];
}

const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const TIMEOUT_MS = 30_000;

/** Never throws: what goes wrong is what it is there to say. */
export async function probe(api: Api, node: string, namespaceLabels: boolean): Promise<Probe> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const lines: string[] = [];
  let ok = true;
  try {
    const wanted = [['list', 'pods'] as const, ['watch', 'pods'] as const];
    for (const [verb, resource] of namespaceLabels ? [...wanted, ['get', 'namespaces'] as const] : wanted) {
      const resourceAttributes = { verb, resource };
      const body = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      };
      const status = asObject(asObject(await api.post(REVIEWS, body, signal))['status']);
      const allowed = status['allowed'] === true;
      const reason = asText(status['reason']);
      ok &&= allowed;
      lines.push(
        allowed
          ? `may ${verb} ${resource}`
          : `may not ${verb} ${resource}${reason === undefined ? '' : ` (${reason})`}: give its service account that permission, as manifests/ do`,
      );
    }
    let pods = 0;
    let page: string | undefined;
    do {
      const query = {
        fieldSelector: `spec.nodeName=${node}`,
        limit: 500,
        continue: page,
        resourceVersion: page === undefined ? 0 : undefined,
      };
      ({ continue: page } = await api.list('/api/v1/pods', query, () => pods++, signal));
    } while (page !== undefined);
    lines.push(
      pods > 0
        ? `${pods} ${pods === 1 ? 'pod' : 'pods'} on node ${node}`
        : `no pods on node ${node}: if there should be some, is that the node's name? (node_name)`,
    );
  } catch (error) {
    ok = false;
    lines.push(
      signal.aborted ? `${api.url} did not answer within 30 s` : `${api.url} ${asApiError(error, false).message}`,
    );
  }
  return { ok, lines };
}

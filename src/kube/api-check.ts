/** What `podferry check` says of the Kubernetes API: does it answer, are its permissions given, does it know pods of this node. */
import { asObject, asText } from '../util/json.ts';
import type { Api } from './api/api.ts';
import { asApiError } from './api/api-error.ts';
import { listPods } from './watch/list-watch.ts';

export interface ApiCheck {
  /** The agent can work with this API. */
  readonly ok: boolean;
  /** What was found, for people: a sentence or so each. */
  readonly lines: readonly string[];
}

const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const TIMEOUT_MS = 30_000;

/** Asks within 30 s. Never throws: an error becomes a line. */
export async function checkApi(api: Api, node: string, namespaceLabels: boolean): Promise<ApiCheck> {
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
    const events = { listStarted() {}, seen() {}, deleted() {}, listCompleted() {} };
    const { pods } = await listPods({ api, node, events, signal }, true);
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

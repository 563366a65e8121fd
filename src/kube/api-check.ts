/** What `podferry check` says of the Kubernetes API: does it answer, are its permissions given, does it know pods of this node. */
import { amount } from '../util/human.ts';
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
    for (const permission of ['list pods', 'watch pods', ...(namespaceLabels ? ['get namespaces'] : [])]) {
      const [verb, resource] = permission.split(' ');
      const spec = { resourceAttributes: { verb, resource } };
      const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
      const status = asObject(asObject(await api.post(REVIEWS, body, signal))['status']);
      const allowed = status['allowed'] === true;
      const reason = asText(status['reason']);
      const why = reason === undefined ? '' : ` (${reason})`;
      const remedy = `${why}: give its service account that permission, as manifests/ do`;
      ok &&= allowed;
      lines.push(allowed ? `may ${permission}` : `may not ${permission}${remedy}`);
    }
    const events = { listStarted() {}, seen() {}, deleted() {}, listCompleted() {} };
    const { pods } = await listPods({ api, node, events, signal }, true);
    lines.push(
      pods > 0
        ? `${amount(pods, 'pod')} on node ${node}`
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

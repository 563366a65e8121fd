/** An outage of the Kubernetes API in words: what happened, what it costs, what the operator can do. */
import type { ApiError } from '../api/api-error.ts';

/** @param synced the API told of all pods before the outage */
export function outageSentence(url: string, error: ApiError, synced: boolean): string {
  const known = synced ? 'pods known so far' : 'pods known from the last run';
  return (
    `${url} ${error.message}: ${known} keep their metadata, lines of others carry only what their path says ` +
    `(podferry.partial_metadata). ${remedy(error)}`
  );
}

function remedy(error: ApiError): string {
  switch (error.kind) {
    case 'forbidden':
      return 'Missing permission: give the service account of podferry list and watch on pods, by a ClusterRole as in manifests/.';
    case 'unauthorized':
      return 'The token is not accepted: look at kubernetes.token_file, or at the user of the kubeconfig.';
    case 'connection':
      return 'podferry tries again. If it goes on, look at kubernetes.url, kubernetes.ca_file and network policies.';
    default:
      return 'podferry tries again.';
  }
}

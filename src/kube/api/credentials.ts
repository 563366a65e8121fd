/**
 * Where the API server is and who we are to it. Whatever lies in a file is read anew for every request: a service account's
 * token and CA are replaced under way (kubelet does so at 80 % of the token's life), requests are rare, and so nothing that is
 * out of date is ever sent, on the first try or on the one after a 401.
 */
import type { Log } from '../../types.ts';
import { readKubeconfig } from './kubeconfig.ts';
import { address, bearer, textOfFile, type ApiCredentials } from './access.ts';

export interface ApiCredentialOptions {
  /** Wins over all the others. '' = none. */
  readonly kubeconfig: string;
  readonly url: string;
  readonly tokenFile: string;
  /** PEM; a missing file leaves the CAs of the system. */
  readonly caFile: string;
  /** Told of a token that cannot be one. */
  readonly log?: Log | undefined;
}

/** @throws OperatorError when there is no address, or the kubeconfig cannot be used */
export function apiCredentials(options: ApiCredentialOptions): ApiCredentials {
  const { caFile, kubeconfig, log, tokenFile } = options;
  if (kubeconfig !== '') return readKubeconfig(kubeconfig, log);
  const url = address(options.url, 'kubernetes.url');
  const authorization = bearer(`kubernetes.token_file ${tokenFile}`, log);
  return {
    url,
    read: async () => ({ url, authorization: authorization(textOfFile(tokenFile)), tls: { ca: textOfFile(caFile) } }),
  };
}

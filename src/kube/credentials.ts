/**
 * Where the API server is and who we are to it. Whatever lies in a file is read anew for every request: a service account's
 * token and CA are replaced under way (kubelet does so at 80 % of the token's life), requests are rare, and so nothing that is
 * out of date is ever sent, on the first try or on the one after a 401.
 */
import { readKubeconfig } from './kubeconfig.ts';
import { address, bearer, optional, type Credentials } from './login.ts';

export interface CredentialOptions {
  /** Wins over all the others. '' = none. */
  readonly kubeconfig: string;
  readonly url: string;
  readonly tokenFile: string;
  /** PEM; a missing file leaves the CAs of the system. */
  readonly caFile: string;
}

/** @throws OperatorError when there is no address, or the kubeconfig cannot be used */
export function credentials(options: CredentialOptions): Credentials {
  if (options.kubeconfig !== '') return readKubeconfig(options.kubeconfig);
  const url = address(options.url, 'kubernetes.url');
  return {
    url,
    async read() {
      const [token, ca] = await Promise.all([optional(options.tokenFile), optional(options.caFile)]);
      return { url, authorization: bearer(token), tls: { ca } };
    },
  };
}

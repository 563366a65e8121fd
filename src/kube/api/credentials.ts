/**
 * The address of the API server, and the credentials for it, from the settings. Files are read again for every request: kubelet
 * replaces the token of a service account at 80 % of its life, and its CA may change too. Requests are rare, so this costs little,
 * and nothing out of date is sent.
 */
import type { Log } from '../../types.ts';
import { readKubeconfig } from './kubeconfig.ts';
import { address, bearer, textOfFile, type ApiCredentials } from './access.ts';

/** The settings under `kubernetes`. */
export interface ApiCredentialOptions {
  /** Path; '' = none. If it is set, the others do not count. */
  readonly kubeconfig: string;
  readonly url: string;
  /** Path; a missing file means no token. */
  readonly tokenFile: string;
  /** Path of a file in PEM. If it is missing, the CAs of the system count. */
  readonly caFile: string;
  /** Gets a warning about a file that holds no usable token. */
  readonly log?: Log | undefined;
}

/** The credentials that the settings give. @throws OperatorError if there is no address, or the kubeconfig cannot be used */
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

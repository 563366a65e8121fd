/**
 * Where the API server is and who we are to it. Whatever lies in a file is read anew for every request: a service account's
 * token and CA are replaced under way (kubelet does so at 80 % of the token's life), requests are rare, and so nothing that is
 * out of date is ever sent, on the first try or on the one after a 401.
 */
import { readFile } from 'node:fs/promises';
import { OperatorError } from '../util/errors.ts';
import { readKubeconfig } from './kubeconfig.ts';

/** What one request needs to know. */
export interface Login {
  /** Without credentials, query and trailing slash. */
  readonly url: string;
  /** Value of the Authorization header, if any. */
  readonly authorization: string | undefined;
  readonly tls: Tls;
}

/** Options for node:tls. */
export interface Tls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}

export interface Credentials {
  /** For people. */
  readonly url: string;
  /** @throws if a file is there and cannot be read; one that is missing is no error here, the server's answer will be */
  read(): Promise<Login>;
}

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

/** @throws OperatorError naming `setting` */
export function address(text: string, setting: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new OperatorError(`${setting}: ${JSON.stringify(text)} is not an address such as https://10.0.0.1:6443.`);
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/** A token that no header can hold is left out: the 401 that follows says what is wrong. */
export function bearer(token: string | undefined): string | undefined {
  const trimmed = token?.trim();
  return trimmed !== undefined && /^[\x21-\x7e]+$/.test(trimmed) ? `Bearer ${trimmed}` : undefined;
}

/** The text of a file, undefined if there is none. */
export async function optional(path: string): Promise<string | undefined> {
  if (path === '') return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

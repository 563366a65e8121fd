/** What a request to the API server needs: address, token and certificates. Settings and kubeconfigs both give it (credentials.ts). */
import type { ConnectionOptions } from 'node:tls';
import type { Log } from '../../types.ts';
import { OperatorError } from '../../util/errors.ts';
import { readRegular } from '../../util/regular-file.ts';
import { CREDENTIAL_FILE_BYTES, secretIn, secretMistake } from '../../util/secret.ts';

/** What one request needs. */
export interface ApiAccess {
  /** The address, without credentials, query and trailing slash. */
  readonly url: string;
  /** Value of the Authorization header, if any. */
  readonly authorization: string | undefined;
  readonly tls: Tls;
}

/** Options for node:tls. What is undefined is left to node. */
export type Tls = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;

export interface ApiCredentials {
  /** The address, for messages. */
  readonly url: string;
  /** Reads the files again, for one request. A missing file is no error here: the server will refuse. @throws if a file cannot be read */
  read(): Promise<ApiAccess>;
}

/** An address as ApiAccess has it. @throws OperatorError that names `setting` */
export function address(text: string, setting: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new OperatorError(`${setting}: ${JSON.stringify(text)} is not an address such as https://10.0.0.1:6443.`);
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/**
 * Makes Authorization headers of tokens. If a token cannot stand in a header, the last good one is used instead, and that is
 * logged.
 * @param what how messages call the token
 * @returns gives the header of a token; undefined if there is none
 */
export function bearer(what: string, log: Log | undefined): (token: string | undefined) => string | undefined {
  let good: string | undefined;
  return (token) => {
    if (token === undefined) return (good = undefined);
    const secret = secretIn(token, 'token');
    const mistake = secretMistake(secret, 'token');
    if (mistake === undefined) return (good = `Bearer ${secret}`);
    log?.throttled(
      'kubernetes token',
      `${what} ${mistake}: ${good === undefined ? 'the API server is asked without one' : 'the last good one is used instead'}. ` +
        'Put one bearer token on one line into it.',
    );
    return good;
  };
}

/**
 * The text of a file; undefined if there is no such file, or `path` is ''.
 * @throws NotRegular, or the system's error
 */
export function textOfFile(path: string): string | undefined {
  if (path === '') return undefined;
  try {
    return readRegular(path, CREDENTIAL_FILE_BYTES).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What the two ways to log in to the API server have in common: their answer, and how files and addresses are read. */
import type { Log } from '../../types.ts';
import { OperatorError } from '../../util/errors.ts';
import { readRegular } from '../../util/regular-file.ts';
import { CREDENTIAL_FILE_BYTES, secretIn, secretMistake } from '../../util/secret.ts';

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

/** @throws OperatorError naming `setting` */
export function address(text: string, setting: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new OperatorError(`${setting}: ${JSON.stringify(text)} is not an address such as https://10.0.0.1:6443.`);
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/**
 * The Authorization header for the token that `read` gives. Should it become one that no header can hold, the last good one is
 * used on, and that is said.
 * @param what the token is called
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
      `${what} ${mistake}: ${good === undefined ? 'the API server is asked without one' : 'the one before it is used on'}. ` +
        'Put one bearer token on one line into it.',
    );
    return good;
  };
}

/**
 * The text of a file, undefined if there is none.
 * @throws NotRegular, or the system's error
 */
export function optional(path: string): string | undefined {
  if (path === '') return undefined;
  try {
    return readRegular(path, CREDENTIAL_FILE_BYTES).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

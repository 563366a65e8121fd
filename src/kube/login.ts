/** What the two ways to log in to the API server have in common: their answer, and how files and addresses are read. */
import { readFile } from 'node:fs/promises';
import { OperatorError } from '../util/errors.ts';

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

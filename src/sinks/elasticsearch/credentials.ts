/**
 * Who we are to Elasticsearch: the Authorization header, and node addresses without the secrets people put into them.
 *
 * The header is made anew for every request, so a rotated secret counts at once; the addresses the client gets, and every
 * address we print, never hold a user or password.
 */
import { unescaped } from '../../util/address.ts';

export interface ElasticsearchCredentials {
  /** An API key: base64 as Elasticsearch prints it under `encoded`, or `id:api_key`. Wins over user and password. */
  readonly apiKey?: (() => string | undefined) | undefined;
  readonly username?: string | undefined;
  readonly password?: (() => string | undefined) | undefined;
}

/** The Authorization header, or undefined when there is nothing to send. `nodes` may carry `user:password@`, used last. */
export function authorization(credentials: ElasticsearchCredentials, nodes: readonly string[]): string | undefined {
  const key = credentials.apiKey?.()?.trim();
  if (key) return apiKeyHeader(key);
  if (credentials.username) return basic(credentials.username, credentials.password?.()?.replace(/[\r\n]+$/, '') ?? '');
  for (const node of nodes) {
    const { username, password } = new URL(node);
    if (username !== '') return basic(unescaped(username), unescaped(password));
  }
  return undefined;
}

/** The address of a node without user, password, query and trailing slash: fit to connect to and to print. */
export function bareNode(node: string): string {
  const { origin, pathname } = new URL(node);
  return origin + pathname.replace(/\/+$/, '');
}

/** Settings and files are looked at before (util/secret.ts): nothing comes here that no header may hold. */
function apiKeyHeader(key: string): string | undefined {
  const bare = key.replace(/^ApiKey\s+/i, '');
  const encoded = bare.includes(':') ? Buffer.from(bare).toString('base64') : bare;
  return /^[\x21-\x7e]+$/.test(encoded) ? `ApiKey ${encoded}` : undefined;
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

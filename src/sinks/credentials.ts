/**
 * Who we are to Elasticsearch: the Authorization header, and node addresses without the secrets people put into them.
 *
 * The header is made anew for every request, so a rotated secret counts at once; the addresses the client gets, and every
 * address we print, never hold a user or password.
 */

export interface Credentials {
  /** An API key: base64 as Elasticsearch prints it under `encoded`, or `id:api_key`. Wins over user and password. */
  readonly apiKey?: (() => string | undefined) | undefined;
  readonly username?: string | undefined;
  readonly password?: (() => string | undefined) | undefined;
}

/** The Authorization header, or undefined when there is nothing to send. `nodes` may carry `user:password@`, used last. */
export function authorization(credentials: Credentials, nodes: readonly string[]): string | undefined {
  const key = credentials.apiKey?.()?.trim();
  if (key) return apiKeyHeader(key);
  if (credentials.username) return basic(credentials.username, credentials.password?.()?.trimEnd() ?? '');
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

/** A key with a byte that no header may hold is dropped: the 401 that follows says what is wrong with it. */
function apiKeyHeader(key: string): string | undefined {
  const encoded = key.includes(':') ? Buffer.from(key).toString('base64') : key.replace(/^ApiKey\s+/i, '');
  return /^[\x21-\x7e]+$/.test(encoded) ? `ApiKey ${encoded}` : undefined;
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** A URL may hold a bare `%`, which nothing decodes. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Network addresses as text. */

/** An address to listen on or to ask. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`; an IPv6 address stands in brackets. */
export function hostPort({ host, port }: { readonly host: string; readonly port: number | string }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The user or the password in a URL, decoded. A `%` that encodes nothing stands for itself. */
export function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

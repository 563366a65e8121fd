/**
 * Reads the head of one request from text. Pure.
 *
 * node:http is not used. It reads all requests that arrive in one piece before any can be refused: 64 KiB hold some three
 * thousand, each with objects, so that few clients fill a small heap. The agent needs little of HTTP: one GET a connection, no
 * body, and an answer that closes. Nothing more is read, and everything has a bound.
 */
import { words, type Answer } from './answer.ts';

export interface Request {
  readonly method: 'GET' | 'HEAD';
  /** Without the query. */
  readonly path: string;
  /** The host and port that the client asks for; undefined if it does not say. */
  readonly host: string | undefined;
}

/** The longest head that is read, bytes. */
export const MAX_HEAD = 8 * 1024;

const END = '\r\n\r\n';
const FIRST_LINE = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;

/** A request, an answer that refuses it, or undefined while its end is missing. `head`: the bytes so far, as latin1. */
export function readRequest(head: string): Request | Answer | undefined {
  // Other protocols, such as TLS, never send the end of a head.
  if (!/^[A-Z]/.test(head)) return words(400, 'this is plain HTTP\n');
  const end = head.indexOf(END);
  if (end < 0) return head.length < MAX_HEAD ? undefined : words(431, `the head is longer than ${MAX_HEAD} bytes\n`);
  const [first = '', ...lines] = head.slice(0, end).split('\r\n');
  const [, method, target = '', minor] = FIRST_LINE.exec(first) ?? [];
  if (method === undefined) return words(400, 'not a request of HTTP/1.1\n');
  if (method !== 'GET' && method !== 'HEAD') return words(405, 'only GET and HEAD\n', { allow: 'GET, HEAD' });
  const hosts: string[] = [];
  for (const line of lines) {
    const [, name, value = ''] = FIELD.exec(line) ?? [];
    if (name === undefined) return words(400, 'a malformed header\n');
    if (name.toLowerCase() === 'host') hosts.push(value);
  }
  if (hosts.length > 1 || (hosts.length === 0 && minor === '1')) return words(400, 'one Host header is needed\n');
  // A proxy may send the whole address. Its host counts then.
  const [, authority, rest] = /^http:\/\/([^/?]*)(.*)$/i.exec(target) ?? [undefined, hosts[0], target];
  const path = rest!.split('?', 1)[0]!;
  return { method, path: path === '' ? '/' : path, host: authority };
}

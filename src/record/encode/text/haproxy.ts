/**
 * HAProxy's log of HTTP requests: `10.1.2.3:33317 [20/Nov/2026:01:02:03.456] web~ shop/web1 0/0/1/2/3 200 2750 - - ---- 1/1/1/1/0 0/0 "GET
 * / HTTP/1.1"`. The last timer is the time of the whole request in milliseconds; it has a `+` where the log was written early.
 */
import type { Buffer } from 'node:buffer';
import { SPACE } from '../../../util/ascii.ts';
import { targetOf } from '../ecs-names.ts';
import { isStatus } from './access.ts';
import { find, quoteAt, wordEnd } from './parts.ts';
import { tellRequest } from './request.ts';
import type { TextSaid } from './said.ts';

const STATUS = targetOf('http.response.status_code');
const MOST_WORD = 256;

/** Such a line has no level. */
export function haproxy(bytes: Buffer, from: number, to: number, said: TextSaid): boolean {
  said.setLevel(0);
  return tellProxied(bytes, from, to, said);
}

/** Tells all but the level; false: it is no such line. */
export function tellProxied(bytes: Buffer, from: number, to: number, said: TextSaid): boolean {
  const clientEnd = wordEnd(bytes, from, Math.min(to, from + MOST_WORD));
  const open = clientEnd + 1;
  // `[20/Nov/2026:01:02:03.456] `
  if (bytes[open] !== 0x5b || bytes[open + 3] !== 0x2f || bytes[open + 21] !== 0x2e) return false;
  if (bytes[open + 25] !== 0x5d || bytes[open + 26] !== SPACE) return false;
  const frontend = open + 27;
  const frontendEnd = wordEnd(bytes, frontend, Math.min(to, frontend + MOST_WORD));
  const server = frontendEnd + 1;
  const serverEnd = wordEnd(bytes, server, Math.min(to, server + 2 * MOST_WORD));
  const timers = serverEnd + 1;
  const timersEnd = wordEnd(bytes, timers, Math.min(to, timers + MOST_WORD));
  const status = timersEnd + 1;
  let slashes = 0;
  let last = timers;
  for (let i = timers; i < timersEnd; i++) {
    const c = bytes[i]!;
    if (c === 0x2f) {
      slashes++;
      last = i + 1;
    } else if ((c < 0x30 || c > 0x39) && c !== 0x2d && c !== 0x2b) return false;
  }
  if (slashes !== 4 || status + 3 > to || !isStatus(bytes, status, to)) return false;
  said.clientAndPort(bytes, from, clientEnd, true);
  said.duration(bytes, last, timersEnd, 6);
  said.integer(STATUS, bytes, status, status + 3);
  const quote = find(bytes, status, to, 0x22);
  if (quote < to) tellRequest(bytes, quote + 1, quoteAt(bytes, quote + 1, to), said);
  return true;
}

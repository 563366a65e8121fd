/**
 * Access logs in the common and the combined format, as Apache, nginx, Traefik, gunicorn and others write them:
 *
 *     10.1.2.3 - kim [20/Nov/2026:01:02:03 +0000] "GET /a HTTP/1.1" 200 17 "https://shop.example/" "curl/8"
 *
 * Of what stands behind, the time that a request took is taken where its unit is known: Traefik's last word, the second number of
 * ingress-nginx, and `rt=`. Such a line has no level.
 */
import type { Buffer } from 'node:buffer';
import { isDigit, SPACE } from '../../../util/ascii.ts';
import { same } from '../../format/words.ts';
import { targetOf } from '../ecs-names.ts';
import { digitsEnd, quoteAt, wordEnd } from './parts.ts';
import { tellRequest } from './request.ts';
import type { TextSaid } from './said.ts';

const USER = targetOf('user.name');
const STATUS = targetOf('http.response.status_code');
const BODY_BYTES = targetOf('http.response.body.bytes');
const REFERRER = targetOf('http.request.referrer');
const AGENT = targetOf('user_agent.original');
const DOMAIN = targetOf('url.domain');

/** A name of a host or of a user is not longer. */
const MOST_NAME = 256;
/** `20/Nov/2026:01:02:03` */
const TIME_LENGTH = 20;

export function access(bytes: Buffer, from: number, to: number, said: TextSaid): boolean {
  const stop = Math.min(to, from + MOST_NAME);
  let host = from;
  let hostEnd = wordEnd(bytes, host, stop);
  if (hostEnd === stop) return false;
  if (!isNobody(bytes, hostEnd)) {
    // Apache's vhost_combined has the name of the server in front.
    host = hostEnd + 1;
    hostEnd = wordEnd(bytes, host, stop);
    if (hostEnd === stop || !isNobody(bytes, hostEnd)) return false;
  }
  const user = hostEnd + 3;
  const open = timeAt(bytes, user, Math.min(to, user + MOST_NAME));
  if (open < 0 || !isTime(bytes, open + 1, to)) return false;
  const timeEnd = open + 1 + TIME_LENGTH;
  const close = bytes[timeEnd] === SPACE ? timeEnd + 6 : timeEnd;
  if (bytes[close] !== 0x5d || bytes[close + 1] !== SPACE || bytes[close + 2] !== 0x22) return false;
  const request = close + 3;
  const requestEnd = quoteAt(bytes, request, to);
  const status = requestEnd + 2;
  if (status + 3 > to || !isStatus(bytes, status, to)) return false;

  said.setLevel(0);
  said.client(bytes, host, hostEnd);
  if (host > from) said.text(DOMAIN, bytes, from, serverEnd(bytes, from, host - 1));
  said.text(USER, bytes, user, open - 1);
  tellRequest(bytes, request, requestEnd, said);
  said.integer(STATUS, bytes, status, status + 3);
  if (status + 3 === to) return true;
  let i = digitsEnd(bytes, status + 4, to);
  said.integer(BODY_BYTES, bytes, status + 4, i);
  if (bytes[i] === 0x2d) i++;
  if (bytes[i] !== SPACE || bytes[i + 1] !== 0x22) return true;
  const referrer = i + 2;
  const referrerEnd = quoteAt(bytes, referrer, to);
  if (referrerEnd === to || bytes[referrerEnd + 2] !== 0x22) return true;
  const agentEnd = quoteAt(bytes, referrerEnd + 3, to);
  if (agentEnd === to) return true;
  said.text(REFERRER, bytes, referrer, referrerEnd);
  said.text(AGENT, bytes, referrerEnd + 3, agentEnd);
  if (agentEnd + 2 < to) tellTaken(bytes, agentEnd + 2, to, said);
  return true;
}

/** ` - `, in place of the name that identd tells. */
function isNobody(bytes: Buffer, i: number): boolean {
  return bytes[i + 1] === 0x2d && bytes[i + 2] === SPACE;
}

/** Where the bracket before the time stands, behind the user, whose name may have spaces; -1: nowhere. */
function timeAt(bytes: Buffer, user: number, stop: number): number {
  for (let i = user + 1; i < stop; i++)
    if (bytes[i] === 0x5b && bytes[i - 1] === SPACE && isDigit(bytes[i + 1])) return i;
  return -1;
}

/** `20/Nov/2026:01:02:03`, and with a space in place of the first colon as werkzeug writes it. */
function isTime(bytes: Buffer, i: number, to: number): boolean {
  return (
    i + TIME_LENGTH < to &&
    bytes[i + 2] === 0x2f &&
    bytes[i + 6] === 0x2f &&
    (bytes[i + 11] === 0x3a || bytes[i + 11] === SPACE) &&
    bytes[i + 14] === 0x3a &&
    bytes[i + 17] === 0x3a &&
    isDigit(bytes[i + 1]) &&
    isDigit(bytes[i + 7]) &&
    isDigit(bytes[i + 19])
  );
}

/** Three digits, and the end or a space. */
export function isStatus(bytes: Buffer, i: number, to: number): boolean {
  return (
    bytes[i]! >= 0x31 &&
    bytes[i]! <= 0x39 &&
    isDigit(bytes[i + 1]) &&
    isDigit(bytes[i + 2]) &&
    (i + 3 === to || bytes[i + 3] === SPACE)
  );
}

/** `shop.example:443` without its port. */
function serverEnd(bytes: Buffer, from: number, to: number): number {
  let i = to;
  while (i > from && isDigit(bytes[i - 1])) i--;
  return i > from + 1 && i < to && bytes[i - 1] === 0x3a ? i - 1 : to;
}

/** How long the request took. */
function tellTaken(bytes: Buffer, i: number, to: number, said: TextSaid): void {
  const countEnd = digitsEnd(bytes, i, to);
  if (countEnd > i && bytes[countEnd] === SPACE) {
    const next = countEnd + 1;
    const nextEnd = wordEnd(bytes, next, to);
    // ingress-nginx: `517 0.004 [shop-web-80] …`
    if (bytes[nextEnd] === SPACE && bytes[nextEnd + 1] === 0x5b && isDigit(bytes[next]))
      said.duration(bytes, next, nextEnd, 9);
    // Traefik: `1 "web@docker" "http://10.0.0.2:80" 3ms`
    else if (bytes[next] === 0x22 && same(bytes, to - 2, 'ms')) {
      let number = to - 2;
      while (number > next && isDigit(bytes[number - 1])) number--;
      if (bytes[number - 1] === SPACE) said.duration(bytes, number, to - 2, 6);
    }
    return;
  }
  for (; i + 3 < to; i++) {
    if (bytes[i] === 0x72 && bytes[i + 1] === 0x74 && bytes[i + 2] === 0x3d && bytes[i - 1] === SPACE) {
      const number = bytes[i + 3] === 0x22 ? i + 4 : i + 3;
      let end = number;
      while (end < to && (isDigit(bytes[end]) || bytes[end] === 0x2e)) end++;
      said.duration(bytes, number, end, 9);
      return;
    }
  }
}

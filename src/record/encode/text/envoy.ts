/**
 * Envoy and Istio: the access log `[2026-11-20T01:02:03.456Z] "GET /a HTTP/2" 200 - via_upstream - "-" 0 154 12 11 "-" "curl/8" "…" "shop"`
 * (Istio's three parts behind the flags may be missing), and Envoy's own `[2026-11-20 01:02:03.456][1][warning][main] [source/x.cc:17] text`.
 */
import type { Buffer } from 'node:buffer';
import { SPACE } from '../../../util/ascii.ts';
import { targetOf } from '../ecs-names.ts';
import { isStatus } from './access.ts';
import { levelAt } from './names.ts';
import { digitsEnd, find, quoteAt, wordEnd } from './parts.ts';
import { tellRequest } from './request.ts';
import type { TextSaid } from './said.ts';
import type { Stamp } from './stamp.ts';

const LOGGER = targetOf('log.logger');
const METHOD = targetOf('http.request.method');
const STATUS = targetOf('http.response.status_code');
const BODY_BYTES = targetOf('http.response.body.bytes');
const AGENT = targetOf('user_agent.original');
const DOMAIN = targetOf('url.domain');
const MOST_WORD = 256;

export function envoy(bytes: Buffer, _from: number, to: number, said: TextSaid, stamp: Stamp): boolean {
  const close = stamp.to;
  if (!stamp.bracketed || bytes[close] !== 0x5d) return false;
  if (bytes[close + 1] === 0x5b) return own(bytes, close + 2, to, said);
  if (bytes[close + 1] !== SPACE || bytes[close + 2] !== 0x22) return false;
  const request = close + 3;
  const requestEnd = quoteAt(bytes, request, to);
  const status = requestEnd + 2;
  // A connection that was reset has the status 0.
  const isReset = bytes[status] === 0x30 && bytes[status + 1] === SPACE;
  if (status + 3 > to || (!isReset && !isStatus(bytes, status, to))) return false;
  said.setLevel(0);
  tellRequest(bytes, request, requestEnd, said);
  if (!isReset) said.integer(STATUS, bytes, status, status + 3);
  stamp.tell(bytes, said);
  const flags = wordEnd(bytes, status, to) + 1;
  tellCounts(bytes, wordEnd(bytes, flags, to), to, said);
  return true;
}

/** Behind the flags: at most six words, of which the first that are numbers are received, sent, and the milliseconds. */
function tellCounts(bytes: Buffer, i: number, to: number, said: TextSaid): void {
  for (let words = 0; words < 6 && i < to && bytes[i] === SPACE; words++) {
    const word = i + 1;
    const receivedEnd = digitsEnd(bytes, word, to);
    if (receivedEnd > word && bytes[receivedEnd] === SPACE) {
      const sentEnd = digitsEnd(bytes, receivedEnd + 1, to);
      const takenEnd = digitsEnd(bytes, sentEnd + 1, to);
      if (bytes[sentEnd] !== SPACE || bytes[takenEnd] !== SPACE) return;
      // Of a connection it is no body.
      if ((said.found & (1 << METHOD)) !== 0) said.integer(BODY_BYTES, bytes, receivedEnd + 1, sentEnd);
      said.duration(bytes, sentEnd + 1, takenEnd, 6);
      return tellQuoted(bytes, takenEnd, to, said);
    }
    i = bytes[word] === 0x22 ? quoteAt(bytes, word + 1, to) + 1 : wordEnd(bytes, word, to);
  }
}

/** The forwarded addresses, the agent, the id of the request, the host that was asked. */
function tellQuoted(bytes: Buffer, i: number, to: number, said: TextSaid): void {
  let quote = find(bytes, i, to, 0x22);
  for (let n = 0; n < 4 && quote < to && bytes[quote] === 0x22; n++) {
    const end = quoteAt(bytes, quote + 1, to);
    if (end === to) return;
    if (n === 1) said.text(AGENT, bytes, quote + 1, end);
    if (n === 3) said.text(DOMAIN, bytes, quote + 1, end);
    quote = end + 2;
  }
}

/** `1][warning][main] [source/x.cc:17] text` */
function own(bytes: Buffer, i: number, to: number, said: TextSaid): boolean {
  const threadEnd = digitsEnd(bytes, i, to);
  const word = threadEnd + 2;
  if (threadEnd === i || bytes[threadEnd] !== 0x5d || bytes[word - 1] !== 0x5b) return false;
  const level = levelAt(bytes, word, to);
  const wordTo = find(bytes, word, Math.min(to, word + MOST_WORD), 0x5d);
  if (level === 0 || bytes[wordTo] !== 0x5d || bytes[wordTo + 1] !== 0x5b) return false;
  const logger = wordTo + 2;
  const loggerEnd = find(bytes, logger, Math.min(to, logger + MOST_WORD), 0x5d);
  if (bytes[loggerEnd] !== 0x5d) return false;
  said.setLevel(level);
  said.text(LOGGER, bytes, logger, loggerEnd);
  if (bytes[loggerEnd + 1] !== SPACE || bytes[loggerEnd + 2] !== 0x5b) return true;
  const file = loggerEnd + 3;
  const close = find(bytes, file, Math.min(to, file + MOST_WORD), 0x5d);
  if (bytes[close] === 0x5d) said.place(bytes, file, close);
  return true;
}

/**
 * The layouts of Python's loggers:
 *
 *     2026-11-20 01:02:03,456 - app.orders - ERROR - text                   the one of its documentation
 *     ERROR:app.orders:text                                                 basicConfig()
 *     2026-11-20 01:02:03.456 | ERROR    | app.orders:place:17 - text       loguru
 *     [2026-11-20 01:02:03 +0000] [7] [ERROR] text                          gunicorn
 *     [2026-11-20 01:02:03,456: ERROR/ForkPoolWorker-1] text                Celery
 *     INFO:     10.1.2.3:5000 - "GET / HTTP/1.1" 200 OK                     uvicorn
 */
import type { Buffer } from 'node:buffer';
import { SPACE } from '../../../util/ascii.ts';
import { same } from '../../format/words.ts';
import { LINE, targetOf } from '../ecs-names.ts';
import { isStatus } from './access.ts';
import { isName, levelAt, nameEnd } from './names.ts';
import { afterSpaces, digitsEnd, find, quoteAt, wordEnd } from './parts.ts';
import { tellRequest } from './request.ts';
import type { TextSaid } from './said.ts';
import type { Stamp } from './stamp.ts';

const LOGGER = targetOf('log.logger');
const FUNCTION = targetOf('log.origin.function');
const NAME = targetOf('process.name');
const PID = targetOf('process.pid');
const STATUS = targetOf('http.response.status_code');
const MOST_WORD = 256;

/** A date in front. */
export function python(bytes: Buffer, _from: number, to: number, said: TextSaid, stamp: Stamp): boolean {
  const i = stamp.to;
  if (stamp.slashed) return false;
  let found = false;
  if (stamp.bracketed) found = bytes[i] === 0x5d && gunicorn(bytes, i + 1, to, said);
  else if (same(bytes, i, ' - ')) found = documented(bytes, i + 3, to, said);
  else if (same(bytes, i, ' | ')) found = loguru(bytes, i + 3, to, said);
  if (found) stamp.tell(bytes, said);
  return found;
}

/** `2026-11-20 01:02:03,456: ERROR/ForkPoolWorker-1] text` */
export function celery(bytes: Buffer, _from: number, to: number, said: TextSaid, stamp: Stamp): boolean {
  const word = stamp.to + 2;
  if (!stamp.bracketed || bytes[word - 2] !== 0x3a || bytes[word - 1] !== SPACE) return false;
  const level = levelAt(bytes, word, to);
  const slash = find(bytes, word, Math.min(to, word + MOST_WORD), 0x2f);
  const close = find(bytes, slash, Math.min(to, slash + MOST_WORD), 0x5d);
  if (level === 0 || bytes[slash] !== 0x2f || bytes[close] !== 0x5d) return false;
  said.setLevel(level);
  said.text(NAME, bytes, slash + 1, close);
  return true;
}

/** `ERROR:app.orders:text`, and `INFO:     text` of uvicorn. */
export function basicPython(bytes: Buffer, from: number, to: number, said: TextSaid): boolean {
  const level = levelAt(bytes, from, to);
  const colon = find(bytes, from, Math.min(to, from + 10), 0x3a);
  if (level === 0 || bytes[colon] !== 0x3a) return false;
  if (bytes[colon + 1] === SPACE) return uvicorn(bytes, colon + 1, to, level, said);
  const second = find(bytes, colon + 1, Math.min(to, colon + MOST_WORD), 0x3a);
  if (bytes[second] !== 0x3a || !isName(bytes, colon + 1, second)) return false;
  said.setLevel(level);
  said.text(LOGGER, bytes, colon + 1, second);
  return true;
}

/** `10.1.2.3:5000 - "GET / HTTP/1.1" 200 OK`, behind spaces. */
function uvicorn(bytes: Buffer, at: number, to: number, level: number, said: TextSaid): boolean {
  const client = afterSpaces(bytes, at, to);
  const end = wordEnd(bytes, client, Math.min(to, client + MOST_WORD));
  if (client < at + 2 || !same(bytes, end, ' - "')) return false;
  const close = quoteAt(bytes, end + 4, to);
  if (close + 5 > to || !isStatus(bytes, close + 2, to)) return false;
  said.setLevel(level);
  said.clientAndPort(bytes, client, end, true);
  tellRequest(bytes, end + 4, close, said);
  said.integer(STATUS, bytes, close + 2, close + 5);
  return true;
}

/** `app.orders - ERROR - text` */
function documented(bytes: Buffer, i: number, to: number, said: TextSaid): boolean {
  const end = nameEnd(bytes, i, to);
  const level = levelAt(bytes, end + 3, to);
  if (level === 0 || !same(bytes, end, ' - ') || !isName(bytes, i, end)) return false;
  const behind = afterSpaces(bytes, nameEnd(bytes, end + 3, to), to);
  if (bytes[behind] !== 0x2d || bytes[behind + 1] !== SPACE) return false;
  said.setLevel(level);
  said.text(LOGGER, bytes, i, end);
  return true;
}

/** `ERROR    | app.orders:place:17 - text` */
function loguru(bytes: Buffer, i: number, to: number, said: TextSaid): boolean {
  const level = levelAt(bytes, i, to);
  const bar = afterSpaces(bytes, nameEnd(bytes, i, to), to);
  if (level === 0 || !same(bytes, bar, '| ')) return false;
  const name = bar + 2;
  const stop = Math.min(to, name + 2 * MOST_WORD);
  const colon = find(bytes, name, stop, 0x3a);
  const second = find(bytes, colon + 1, stop, 0x3a);
  const lineEnd = digitsEnd(bytes, second + 1, to);
  if (second >= stop || lineEnd === second + 1 || !same(bytes, lineEnd, ' - ')) return false;
  said.setLevel(level);
  said.text(LOGGER, bytes, name, colon);
  said.text(FUNCTION, bytes, colon + 1, second);
  said.integer(LINE, bytes, second + 1, lineEnd);
  return true;
}

/** ` [7] [ERROR] text` */
function gunicorn(bytes: Buffer, i: number, to: number, said: TextSaid): boolean {
  if (!same(bytes, i, ' [')) return false;
  const pidEnd = digitsEnd(bytes, i + 2, to);
  const level = levelAt(bytes, pidEnd + 3, to);
  if (pidEnd === i + 2 || level === 0 || !same(bytes, pidEnd, '] [')) return false;
  if (bytes[nameEnd(bytes, pidEnd + 3, to)] !== 0x5d) return false;
  said.setLevel(level);
  said.integer(PID, bytes, i + 2, pidEnd);
  return true;
}

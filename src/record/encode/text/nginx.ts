/**
 * The error log of nginx: `2026/11/20 01:02:03 [error] 7#7: *1 text, client: 10.1.2.3, server: _, request: "GET / HTTP/1.1", host: "x"`.
 */
import type { Buffer } from 'node:buffer';
import { SPACE } from '../../../util/ascii.ts';
import { same, wordLevel } from '../../format/words.ts';
import { targetOf } from '../ecs-names.ts';
import { digitsEnd, find, quoteAt } from './parts.ts';
import { tellRequest } from './request.ts';
import type { TextSaid } from './said.ts';
import type { Stamp } from './stamp.ts';

const PID = targetOf('process.pid');
const DOMAIN = targetOf('url.domain');
const REFERRER = targetOf('http.request.referrer');

export function nginx(bytes: Buffer, _from: number, to: number, said: TextSaid, stamp: Stamp): boolean {
  const open = stamp.to + 1;
  if (!stamp.slashed || stamp.bracketed || bytes[open - 1] !== SPACE || bytes[open] !== 0x5b) return false;
  let close = open + 1;
  while (close < to && bytes[close]! >= 0x61 && bytes[close]! <= 0x7a) close++;
  const level = wordLevel(bytes, open + 1, close);
  if (level === 0 || bytes[close] !== 0x5d || bytes[close + 1] !== SPACE) return false;
  const pidEnd = digitsEnd(bytes, close + 2, to);
  const threadEnd = digitsEnd(bytes, pidEnd + 1, to);
  if (pidEnd === close + 2 || bytes[pidEnd] !== 0x23 || bytes[threadEnd] !== 0x3a) return false;
  said.setLevel(level);
  said.integer(PID, bytes, close + 2, pidEnd);
  tellRequestOf(bytes, threadEnd, to, said);
  return true;
}

/** The members behind the text: the last ones of a name count, since a text may hold anything. */
function tellRequestOf(bytes: Buffer, from: number, to: number, said: TextSaid): void {
  for (let i = from; i < to; i++) {
    if (bytes[i] !== 0x2c || bytes[i + 1] !== SPACE) continue;
    const name = i + 2;
    if (same(bytes, name, 'client: ')) {
      i = find(bytes, name + 8, to, 0x2c);
      said.client(bytes, name + 8, i);
      i--;
    } else if (same(bytes, name, 'request: "')) {
      const end = quoteAt(bytes, name + 10, to);
      tellRequest(bytes, name + 10, end, said);
      i = end;
    } else if (same(bytes, name, 'host: "')) {
      const end = quoteAt(bytes, name + 7, to);
      said.text(DOMAIN, bytes, name + 7, end);
      i = end;
    } else if (same(bytes, name, 'referrer: "')) {
      const end = quoteAt(bytes, name + 11, to);
      said.text(REFERRER, bytes, name + 11, end);
      i = end;
    }
  }
}

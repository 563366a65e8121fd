/**
 * Lines with the priority of syslog in front: `<6>text`, `<134>Nov 20 01:02:03 host app[7]: text` (RFC 3164), `<134>1
 * 2026-11-20T01:02:03Z host app 7 - - text` (RFC 5424). Of the program its name and number are taken; the host is ours. HAProxy logs so.
 */
import type { Buffer } from 'node:buffer';
import { isDigit, SPACE } from '../../../util/ascii.ts';
import { SYSLOG } from '../../format/words.ts';
import { targetOf } from '../ecs-names.ts';
import { tellProxied } from './haproxy.ts';
import { digitsEnd, wordEnd } from './parts.ts';
import type { TextSaid } from './said.ts';
import type { Stamp } from './stamp.ts';

const PRIORITY = targetOf('log.syslog.priority');
const NAME = targetOf('process.name');
const PID = targetOf('process.pid');
const MOST_PRIORITY = 191;
const MOST_NAME = 256;
/** `Nov 20 01:02:03` */
const TIME_LENGTH = 15;

export function syslog(bytes: Buffer, from: number, to: number, said: TextSaid, stamp: Stamp): boolean {
  const close = digitsEnd(bytes, from + 1, Math.min(to, from + 4));
  if (close === from + 1 || bytes[close] !== 0x3e || (bytes[from + 1] === 0x30 && close > from + 2)) return false;
  let priority = 0;
  for (let i = from + 1; i < close; i++) priority = priority * 10 + bytes[i]! - 0x30;
  if (priority > MOST_PRIORITY) return false;
  said.setLevel(SYSLOG[priority & 7]!);
  said.integer(PRIORITY, bytes, from + 1, close);
  const i = close + 1;
  if (bytes[i] === 0x31 && bytes[i + 1] === SPACE) tellNew(bytes, i + 2, to, said, stamp);
  else if (isOldTime(bytes, i, to)) tellOld(bytes, i + TIME_LENGTH + 1, to, said);
  return true;
}

function isOldTime(bytes: Buffer, i: number, to: number): boolean {
  return (
    i + TIME_LENGTH < to &&
    bytes[i + 3] === SPACE &&
    bytes[i + 6] === SPACE &&
    bytes[i + 9] === 0x3a &&
    bytes[i + 12] === 0x3a &&
    bytes[i + TIME_LENGTH] === SPACE &&
    isDigit(bytes[i + 14])
  );
}

/** `app[7]: text`, perhaps behind the name of a host. */
function tellOld(bytes: Buffer, i: number, to: number, said: TextSaid): void {
  let end = wordEnd(bytes, i, Math.min(to, i + MOST_NAME));
  if (bytes[end - 1] !== 0x3a) {
    i = end + 1;
    end = wordEnd(bytes, i, Math.min(to, i + MOST_NAME));
    if (bytes[end - 1] !== 0x3a || end >= to) return;
  }
  let open = i;
  while (open < end - 1 && bytes[open] !== 0x5b) open++;
  said.text(NAME, bytes, i, open);
  if (bytes[end - 2] === 0x5d) said.integer(PID, bytes, open + 1, end - 2);
  // What HAProxy says has an address first.
  if (isDigit(bytes[end + 1])) tellProxied(bytes, end + 1, to, said);
}

/** `2026-11-20T01:02:03Z host app 7 …`, from the time on. */
function tellNew(bytes: Buffer, i: number, to: number, said: TextSaid, stamp: Stamp): void {
  if (stamp.read(bytes, i, to)) stamp.tell(bytes, said);
  const host = wordEnd(bytes, i, Math.min(to, i + MOST_NAME)) + 1;
  const app = wordEnd(bytes, host, Math.min(to, host + MOST_NAME)) + 1;
  const appEnd = wordEnd(bytes, app, Math.min(to, app + MOST_NAME));
  if (appEnd >= to) return;
  said.text(NAME, bytes, app, appEnd);
  const pidEnd = digitsEnd(bytes, appEnd + 1, to);
  if (bytes[pidEnd] === SPACE) said.integer(PID, bytes, appEnd + 1, pidEnd);
}

/**
 * The layouts of Java's loggers, and of whoever writes as they do, behind the date or the time alone:
 *
 *     2026-11-20T01:02:03.456+09:00  INFO 1 --- [shop] [main] c.e.A : text        Spring Boot
 *     01:02:03.456 [main] INFO  c.e.A - text                                      logback
 *     2026-11-20 01:02:03,456 INFO  [main] c.e.A - text                           log4j, and without the thread
 *     2026-11-20 01:02:03,456 [myid:1] - INFO  [main:QuorumPeer@136] - text       ZooKeeper
 *     [2026-11-20 01:02:03,456] INFO text (kafka.server.KafkaServer)              Kafka
 *     [2026-11-20T01:02:03,456][INFO ][o.e.n.Node ] [node-1] text                 Elasticsearch
 */
import type { Buffer } from 'node:buffer';
import { isDigit, SPACE } from '../../../util/ascii.ts';
import { same } from '../../format/words.ts';
import { LINE, targetOf } from '../ecs-names.ts';
import { isName, isQualified, levelAt, nameEnd } from './names.ts';
import { afterSpaces, digitsEnd, find, wordEnd } from './parts.ts';
import type { TextSaid } from './said.ts';
import type { Stamp } from './stamp.ts';

const LOGGER = targetOf('log.logger');
const THREAD = targetOf('process.thread.name');
const PID = targetOf('process.pid');
const TRACE = targetOf('trace.id');
const SPAN = targetOf('span.id');
const MOST_THREAD = 256;

/** A date in front. */
export function java(bytes: Buffer, _from: number, to: number, said: TextSaid, stamp: Stamp): boolean {
  if (stamp.slashed) return false;
  const found = stamp.bracketed ? bracketed(bytes, stamp.to, to, said) : behindTime(bytes, stamp.to, to, said);
  if (found) stamp.tell(bytes, said);
  return found;
}

/** `01:02:03.456 [main] …`: the time alone. */
export function timedJava(bytes: Buffer, from: number, to: number, said: TextSaid): boolean {
  if (bytes[from + 2] !== 0x3a || bytes[from + 5] !== 0x3a || (bytes[from + 8] !== 0x2e && bytes[from + 8] !== 0x2c))
    return false;
  if (!isDigit(bytes[from + 1]) || !isDigit(bytes[from + 7]) || bytes[from + 12] !== SPACE) return false;
  return behindTime(bytes, from + 12, to, said);
}

/** From the space behind the time on. */
function behindTime(bytes: Buffer, at: number, to: number, said: TextSaid): boolean {
  if (bytes[at] !== SPACE) return false;
  let i = afterSpaces(bytes, at, to);
  const before = threadEnd(bytes, i, to);
  const beforeFrom = i + 1;
  if (before > 0) {
    i = afterSpaces(bytes, before + 1, to);
    if (same(bytes, i, '- ')) return zookeeper(bytes, i + 2, to, said);
  }
  const level = levelAt(bytes, i, to);
  if (level === 0) return false;
  i = nameEnd(bytes, i, to);
  if (bytes[i] !== SPACE) return false;
  i = afterSpaces(bytes, i, to);
  const pidEnd = digitsEnd(bytes, i, to);
  if (pidEnd > i && same(bytes, pidEnd, ' --- [')) {
    said.setLevel(level);
    said.integer(PID, bytes, i, pidEnd);
    return spring(bytes, pidEnd + 5, to, said);
  }
  const behindFrom = i + 1;
  const behind = before > 0 ? 0 : threadEnd(bytes, i, to);
  if (behind > 0) i = afterSpaces(bytes, behind + 1, to);
  const end = nameEnd(bytes, i, to);
  // Where no thread stands before the level a word and a colon could be a sentence.
  if (loggerEndOf(bytes, end, to) === 0 || !(before > 0 ? isName(bytes, i, end) : isQualified(bytes, i, end)))
    return false;
  said.setLevel(level);
  said.text(LOGGER, bytes, i, end);
  if (before > 0) said.text(THREAD, bytes, beforeFrom, trimmed(bytes, beforeFrom, before));
  if (behind > 0) said.text(THREAD, bytes, behindFrom, trimmed(bytes, behindFrom, behind));
  return true;
}

/** Where the bracket at i closes before a space; 0: there is none. */
function threadEnd(bytes: Buffer, i: number, to: number): number {
  if (bytes[i] !== 0x5b) return 0;
  const close = find(bytes, i, Math.min(to, i + MOST_THREAD), 0x5d);
  return bytes[close] === 0x5d && bytes[close + 1] === SPACE ? close : 0;
}

/** `INFO  [main:QuorumPeerConfig@136] - text`: thread, class and line. */
function zookeeper(bytes: Buffer, i: number, to: number, said: TextSaid): boolean {
  const level = levelAt(bytes, i, to);
  const open = afterSpaces(bytes, nameEnd(bytes, i, to), to);
  if (level === 0 || bytes[open] !== 0x5b) return false;
  const stop = Math.min(to, open + MOST_THREAD);
  let close = open;
  while (close < stop && (bytes[close] !== 0x5d || !same(bytes, close + 1, ' - '))) close++;
  let at = close - 1;
  while (isDigit(bytes[at])) at--;
  let colon = at;
  while (colon > open && bytes[colon] !== 0x3a) colon--;
  if (close === stop || bytes[at] !== 0x40 || colon === open) return false;
  said.setLevel(level);
  said.text(THREAD, bytes, open + 1, colon);
  said.text(LOGGER, bytes, colon + 1, at);
  said.integer(LINE, bytes, at + 1, close);
  return true;
}

/** Behind the logger: where its colon or dash stands, perhaps behind spaces or flink's `[]`; 0: it has none. */
function loggerEndOf(bytes: Buffer, i: number, to: number): number {
  if (bytes[i] === 0x3a && bytes[i + 1] === SPACE) return i;
  let e = afterSpaces(bytes, i, to);
  if (same(bytes, e, '[] ')) e += 3;
  return e > i && (bytes[e] === 0x2d || bytes[e] === 0x3a) && bytes[e + 1] === SPACE ? e : 0;
}

/** From the first bracket on: of several the last one but for ids has the thread. The text may be anything. */
function spring(bytes: Buffer, i: number, to: number, said: TextSaid): boolean {
  for (let parts = 0; parts < 4 && bytes[i] === 0x5b; parts++) {
    const part = i + 1;
    const close = find(bytes, part, Math.min(to, part + MOST_THREAD), 0x5d);
    if (bytes[close] !== 0x5d) return true;
    if (!tellIds(bytes, part, close, said)) {
      const start = afterSpaces(bytes, part, close);
      if (start < close) said.text(THREAD, bytes, start, trimmed(bytes, start, close));
    }
    i = afterSpaces(bytes, close + 1, to);
  }
  // A name may have brackets in it, as those of Tomcat's servlets have.
  const end = wordEnd(bytes, i, Math.min(to, i + MOST_THREAD));
  if (loggerEndOf(bytes, end, to) > 0) said.text(LOGGER, bytes, i, end);
  return true;
}

/** `4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7`, or spaces or a dash in place of them. */
function tellIds(bytes: Buffer, from: number, to: number, said: TextSaid): boolean {
  if (to - from !== 49 || bytes[from + 32] !== 0x2d) return false;
  if (bytes[from] === SPACE) return true;
  if (!isHexText(bytes, from, from + 32) || !isHexText(bytes, from + 33, to)) return false;
  said.text(TRACE, bytes, from, from + 32);
  said.text(SPAN, bytes, from + 33, to);
  return true;
}

function isHexText(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (!isDigit(bytes[i]) && (bytes[i]! < 0x61 || bytes[i]! > 0x66)) return false;
  return true;
}

/** From the bracket behind the time on. */
function bracketed(bytes: Buffer, close: number, to: number, said: TextSaid): boolean {
  if (bytes[close] !== 0x5d) return false;
  if (bytes[close + 1] === 0x5b) return elasticsearch(bytes, close + 2, to, said);
  if (bytes[close + 1] !== SPACE) return false;
  // Kafka: the logger stands at the end.
  const level = levelAt(bytes, close + 2, to);
  if (level === 0 || bytes[to - 1] !== 0x29) return false;
  let open = to - 1;
  while (open > close && bytes[open] !== 0x28 && to - open < MOST_THREAD) open--;
  if (bytes[open] !== 0x28 || !isQualified(bytes, open + 1, to - 1)) return false;
  said.setLevel(level);
  said.text(LOGGER, bytes, open + 1, to - 1);
  return true;
}

/** `INFO ][o.e.n.Node               ] [node-1] text` */
function elasticsearch(bytes: Buffer, i: number, to: number, said: TextSaid): boolean {
  const level = levelAt(bytes, i, to);
  const end = afterSpaces(bytes, nameEnd(bytes, i, to), to);
  if (level === 0 || bytes[end] !== 0x5d || bytes[end + 1] !== 0x5b) return false;
  const logger = end + 2;
  const loggerEnd = nameEnd(bytes, logger, to);
  if (bytes[afterSpaces(bytes, loggerEnd, to)] !== 0x5d || !isName(bytes, logger, loggerEnd)) return false;
  said.setLevel(level);
  said.text(LOGGER, bytes, logger, loggerEnd);
  return true;
}

/** Without the spaces at its end. */
function trimmed(bytes: Buffer, from: number, to: number): number {
  while (to > from && bytes[to - 1] === SPACE) to--;
  return to;
}

/**
 * klog and glog: `I1120 01:02:03.456789       1 controller.go:88] text`, newer glog `I20261120 …`. Its time has no year or no zone.
 */
import type { Buffer } from 'node:buffer';
import { isDigit, SPACE } from '../../../util/ascii.ts';
import { INFO, letter } from '../../format/words.ts';
import { FILE, LINE, targetOf } from '../ecs-names.ts';
import { afterSpaces, digitsEnd } from './parts.ts';
import type { TextSaid } from './said.ts';

const PID = targetOf('process.pid');
const MOST_NAME = 256;

export function klog(bytes: Buffer, from: number, to: number, said: TextSaid): boolean {
  const day = digitsEnd(bytes, from + 1, Math.min(to, from + 10));
  const digits = day - from - 1;
  if ((digits !== 4 && digits !== 8) || bytes[day] !== SPACE) return false;
  const level = letter(bytes[from]!);
  const time = day + 1;
  if (level < INFO || bytes[time + 2] !== 0x3a || bytes[time + 5] !== 0x3a || bytes[time + 8] !== 0x2e) return false;
  if (!isDigit(bytes[time]) || !isDigit(bytes[time + 7])) return false;
  const timeEnd = digitsEnd(bytes, time + 9, to);
  const pid = afterSpaces(bytes, timeEnd, to);
  const pidEnd = digitsEnd(bytes, pid, to);
  if (pid === timeEnd || pidEnd === pid || bytes[pidEnd] !== SPACE) return false;
  const file = pidEnd + 1;
  const stop = Math.min(to, file + MOST_NAME);
  let colon = file;
  while (colon < stop && bytes[colon] !== 0x3a && bytes[colon]! > SPACE) colon++;
  if (bytes[colon] !== 0x3a || colon === file) return false;
  const lineEnd = digitsEnd(bytes, colon + 1, to);
  if (lineEnd === colon + 1 || lineEnd >= to || bytes[lineEnd] !== 0x5d) return false;
  said.setLevel(level);
  said.integer(PID, bytes, pid, pidEnd);
  said.text(FILE, bytes, file, colon);
  said.integer(LINE, bytes, colon + 1, lineEnd);
  return true;
}

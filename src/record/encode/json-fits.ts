/** Whether a value of a JSON line is of the kind that an ECS member has, so that no server refuses it beside those of other documents. */
import type { Buffer } from 'node:buffer';
import { isDigit } from '../../util/ascii.ts';
import { ID_VALUE, INTEGER_VALUE, IP_VALUE, TIME_VALUE } from './ecs-names.ts';
import { isIp } from './ip.ts';
import { TEXT, TIME } from './json-paths.ts';
import { textKind } from './json-values.ts';

/** Whether bytes[value, valueTo), quotes included if it is a text, is what a target of this kind takes. */
export function fits(kind: number, bytes: Buffer, value: number, valueTo: number, isText: boolean): boolean {
  if (kind === INTEGER_VALUE) {
    if (bytes[value] === 0x30 ? valueTo !== value + 1 : valueTo - value > 15) return false;
    for (let i = value; i < valueTo; i++) if (!isDigit(bytes[i])) return false;
    return true;
  }
  if (!isText || valueTo - value < 3) return false;
  if (kind === IP_VALUE) return isIp(bytes, value + 1, valueTo - 1);
  const is = textKind(bytes, value + 1, valueTo - 1);
  if (kind === TIME_VALUE) return is === TIME;
  return is === TEXT && (kind !== ID_VALUE || isId(bytes, value + 1, valueTo - 1));
}

/** Letters, digits and dashes, and not only zeros: OpenTelemetry writes those where there is no trace. */
function isId(bytes: Buffer, from: number, to: number): boolean {
  let isSome = false;
  for (let i = from; i < to; i++) {
    const c = bytes[i]!;
    if (!isDigit(c) && c !== 0x2d && ((c | 0x20) < 0x61 || (c | 0x20) > 0x7a)) return false;
    if (c !== 0x30 && c !== 0x2d) isSome = true;
  }
  return isSome;
}

/** A text of one line is no stack trace. */
export function hasLines(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] === 0x5c && bytes[++i] === 0x6e) return true;
  return false;
}

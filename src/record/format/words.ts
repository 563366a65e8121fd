/**
 * The words, numbers and member names by which loggers tell their levels, looked up on bytes without making a string.
 */
import type { Level } from '../../types.ts';

/** 0 = unknown. The order is the order of severity. */
export const LEVELS: readonly (Level | undefined)[] = [undefined, 'trace', 'debug', 'info', 'warn', 'error', 'fatal'];
export const TRACE = 1;
export const DEBUG = 2;
export const INFO = 3;
export const WARN = 4;
export const ERROR = 5;
export const FATAL = 6;
/** By syslog's severity, 0 to 7. */
export const SYSLOG: readonly number[] = [FATAL, FATAL, FATAL, ERROR, WARN, INFO, INFO, DEBUG];

const LONGEST_WORD = 13;

const NAMES: readonly (readonly string[])[] = [
  [],
  ['trace', 'trc', 'trce', 'verbose', 'vrb', 'finest', 'finer', 'silly'],
  ['debug', 'dbg', 'dbug', 'fine'],
  ['info', 'inf', 'information', 'informational', 'notice', 'note', 'success'],
  ['warn', 'warning', 'wrn'],
  ['error', 'err', 'severe', 'eror', 'fail'],
  ['fatal', 'critical', 'crit', 'crt', 'ftl', 'panic', 'emerg', 'emergency', 'alert', 'dpanic'],
];

// A word is looked up by a hash of its letters, then compared: no string is made.
const SLOTS = 256;
const slotLevel = new Uint8Array(SLOTS);
const slotWord: Uint8Array[] = Array.from({ length: SLOTS }, () => new Uint8Array(0));
for (let level = 1; level < NAMES.length; level++) {
  for (const name of NAMES[level]!) {
    const word = Uint8Array.from(name, (c) => c.charCodeAt(0));
    let slot = hash(word, 0, word.length);
    while (slotLevel[slot] !== 0) slot = (slot + 1) % SLOTS;
    slotLevel[slot] = level;
    slotWord[slot] = word;
  }
}

function hash(bytes: Uint8Array, from: number, to: number): number {
  let h = to - from;
  for (let i = from; i < to; i++) h = (Math.imul(h, 31) + (bytes[i]! | 0x20)) | 0;
  return (h ^ (h >>> 8)) & (SLOTS - 1);
}

/** The level that the word bytes[from, to) names in any case, 0 if none. */
export function wordLevel(bytes: Uint8Array, from: number, to: number): number {
  // slog's `WARN+1`
  if (
    to - from > 4 &&
    (bytes[to - 2] === 0x2b || bytes[to - 2] === 0x2d) &&
    bytes[to - 1]! >= 0x30 &&
    bytes[to - 1]! <= 0x39
  )
    to -= 2;
  const n = to - from;
  if (n < 3 || n > LONGEST_WORD) return 0;
  for (let slot = hash(bytes, from, to); slotLevel[slot] !== 0; slot = (slot + 1) % SLOTS) {
    const word = slotWord[slot]!;
    if (word.length !== n) continue;
    let i = 0;
    while (i < n && (bytes[from + i]! | 0x20) === word[i]) i++;
    if (i === n) return slotLevel[slot]!;
  }
  return 0;
}

/** The level that a number names: pino's and bunyan's 10 to 60, Monolog's 100 to 600, syslog's and GELF's 0 to 7. */
export function numberLevel(bytes: Uint8Array, from: number, to: number): number {
  const first = bytes[from]! - 0x30;
  if (to - from === 1) return SYSLOG[first] ?? 0;
  if (first < 1 || first > 6) return 0;
  if (to - from === 2) return bytes[from + 1] === 0x30 ? first : 0;
  if (to - from !== 3 || bytes[from + 2] !== 0x30) return 0;
  if (bytes[from + 1] === 0x35) return first === 2 ? INFO : first === 5 ? FATAL : 0; // 250 notice, 550 alert
  return bytes[from + 1] === 0x30 ? MONOLOG[first]! : 0;
}

/** By hundreds: debug, info, warning, error, critical, emergency. */
const MONOLOG: readonly number[] = [0, DEBUG, INFO, WARN, ERROR, FATAL, FATAL];

/** OpenTelemetry's 1 to 24, four for each level. */
export function otelLevel(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > 2) return 0;
  let n = 0;
  for (let i = from; i < to; i++) {
    if (bytes[i]! < 0x30 || bytes[i]! > 0x39) return 0;
    n = n * 10 + bytes[i]! - 0x30;
  }
  return n >= 1 && n <= 24 ? (n + 3) >> 2 : 0;
}

/** The level that a single letter names. */
export function letter(c: number): number {
  switch (c) {
    case 0x54: // T
    case 0x56: // V
      return TRACE;
    case 0x44:
      return DEBUG;
    case 0x49:
      return INFO;
    case 0x57:
      return WARN;
    case 0x45:
      return ERROR;
    case 0x46:
      return FATAL;
    default:
      return 0;
  }
}

/** The level that a sign of Redis stands for. */
export function signLevel(c: number): number {
  switch (c) {
    case 0x2e: // .
    case 0x2d: // -
      return DEBUG;
    case 0x2a: // *
      return INFO;
    case 0x23: // #
      return WARN;
    default:
      return 0;
  }
}

/** MongoDB's I, W, E, F, D and D1 to D5. */
export function letterLevel(bytes: Uint8Array, from: number, to: number): number {
  const found = letter(bytes[from]!);
  if (to - from === 1) return found === TRACE ? 0 : found;
  const isNumbered = to - from === 2 && bytes[from + 1]! >= 0x31 && bytes[from + 1]! <= 0x35;
  return isNumbered && found === DEBUG ? DEBUG : 0;
}

/** Whether bytes[from, to) is the name of a level's member: level, lvl, severity, log.level, loglevel, @l. */
export function isLevelKey(bytes: Uint8Array, from: number, to: number): boolean {
  switch (to - from) {
    case 2:
      return same(bytes, from, '@l');
    case 3:
      return same(bytes, from, 'lvl');
    case 5:
      return same(bytes, from, 'level') || same(bytes, from, 'Level');
    case 8:
      return same(bytes, from, 'severity') || same(bytes, from, 'loglevel') || same(bytes, from, 'LogLevel');
    case 9:
      return same(bytes, from, 'log.level') || same(bytes, from, 'log_level') || same(bytes, from, 'levelname');
    default:
      return false;
  }
}

/** Whether `text` stands at bytes[from]. */
export function same(bytes: Uint8Array, from: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text.charCodeAt(i)) return false;
  return true;
}

/**
 * Formats of plain text, and which of them a line may be by its first byte: an ordered table. A reader takes a line as a whole or not at
 * all, looks at each byte a few times at most, and allocates nothing. Most lines that are none are seen at the first byte.
 */
import { Buffer } from 'node:buffer';
import type { Parse } from '../../../types.ts';
import { CR, LF } from '../../../util/ascii.ts';
import { access } from './access.ts';
import { apache } from './apache.ts';
import { envoy } from './envoy.ts';
import { haproxy } from './haproxy.ts';
import { java, timedJava } from './java.ts';
import { klog } from './klog.ts';
import { mongodb } from './mongodb.ts';
import { mysql } from './mysql.ts';
import { nginx } from './nginx.ts';
import { monolog } from './php.ts';
import { postgresql } from './postgresql.ts';
import { basicPython, celery, python } from './python.ts';
import { rabbitmq } from './rabbitmq.ts';
import { redis } from './redis.ts';
import { rust } from './rust.ts';
import { TextSaid } from './said.ts';
import { Stamp } from './stamp.ts';
import { syslog } from './syslog.ts';
import { traefik } from './traefik.ts';

/** A longer first line stays plain text. So what is taken from a line is bounded too. */
export const MOST_TEXT = 16 * 1024;
/** Further than this no reader looks behind the end. */
const BEHIND = 512;
/** Hardly a line of a known format is shorter. */
const LEAST_TEXT = 8;

interface TextFormat {
  /** The values of `parse` that ask for it, besides `auto`. */
  readonly presets: string;
  /** The bytes that such a line may begin with. */
  readonly begins: string;
  /** It begins with a date and a time, perhaps behind a bracket; else it does not. */
  readonly isDated?: true;
  /** What it says goes where the members of JSON lines go. */
  readonly isJson?: true;
  /** Whether bytes[from, to) is such a line; `said` then has what it says. `stamp`: its date and time, if it is dated. */
  readonly read: (bytes: Buffer, from: number, to: number, said: TextSaid, stamp: Stamp) => boolean;
}

const DIGITS = '0123456789';
const SMALL = 'abcdefghijklmnopqrstuvwxyz';
const CAPITALS = SMALL.toUpperCase();

const FORMATS: readonly TextFormat[] = [
  { presets: 'access apache nginx traefik', begins: `${DIGITS}${SMALL}${CAPITALS}:[`, read: access },
  { presets: 'klog', begins: 'IWEF', read: klog },
  {
    presets: 'logfmt traefik',
    begins: `${SMALL}${CAPITALS}_@`,
    isJson: true,
    read: (bytes, from, to, said) => said.members.read(bytes, from, to),
  },
  { presets: 'syslog haproxy', begins: '<', read: syslog },
  { presets: 'nginx', begins: DIGITS, isDated: true, read: nginx },
  { presets: 'apache', begins: '[', read: apache },
  { presets: 'postgresql', begins: DIGITS, isDated: true, read: postgresql },
  { presets: 'mysql', begins: DIGITS, isDated: true, read: mysql },
  { presets: 'redis', begins: DIGITS, read: redis },
  { presets: 'haproxy', begins: `${DIGITS}${SMALL}:[`, read: haproxy },
  { presets: 'python', begins: CAPITALS, read: basicPython },
  { presets: 'rust', begins: `${DIGITS}[`, isDated: true, read: rust },
  { presets: 'java', begins: `${DIGITS}[`, isDated: true, read: java },
  { presets: 'java', begins: DIGITS, read: timedJava },
  { presets: 'python', begins: `${DIGITS}[`, isDated: true, read: python },
  { presets: 'celery python', begins: '[', isDated: true, read: celery },
  { presets: 'laravel', begins: '[', isDated: true, read: monolog },
  { presets: 'rabbitmq', begins: DIGITS, isDated: true, read: rabbitmq },
  { presets: 'mongodb', begins: DIGITS, isDated: true, read: mongodb },
  { presets: 'envoy', begins: '[', isDated: true, read: envoy },
  { presets: 'traefik', begins: DIGITS, isDated: true, read: traefik },
];

const READERS = FORMATS.map(({ read }) => read);
/** By the first byte: a bit for each format. */
const BY_BYTE = new Int32Array(256);
let dated = 0;
FORMATS.forEach(({ begins, isDated }, bit) => {
  for (const c of begins) BY_BYTE[c.charCodeAt(0)]! |= 1 << bit;
  if (isDated) dated |= 1 << bit;
});
const DATED = dated;

/** A bit for each format that this value of `parse` asks for; `structured`: JSON lines are taken apart too. */
export function formatsOf(parse: Parse, structured: boolean): number {
  const isAsked = ({ presets, isJson }: TextFormat): boolean =>
    (parse === 'auto' || presets.split(' ').includes(parse)) && (structured || !isJson);
  return FORMATS.reduce((mask, format, bit) => (isAsked(format) ? mask | (1 << bit) : mask), 0);
}

/** Those of `formats` that a line may be that begins with this byte. */
export function candidates(formats: number, first: number): number {
  return formats & BY_BYTE[first]!;
}

export class TextScan {
  readonly said = new TextSaid();
  readonly #stamp = new Stamp();
  /** A line that is gathered or redacted, with line feeds behind it. */
  #copy: Buffer | undefined;

  /**
   * Whether the first line of bytes[from, to) is of one of these formats; `said` then has what it says. `isOne`: no other line is in it.
   * Readers look at what follows the line: a line feed or a CR, and nothing behind that counts. So the same line always says the same.
   */
  read(bytes: Buffer, from: number, to: number, formats: number, isOne: boolean): boolean {
    if (isOne && (bytes[to] === LF || bytes[to] === CR)) return this.#read(bytes, from, to, formats);
    const end = lineEnd(bytes, from, to);
    if (end - from > MOST_TEXT) return false;
    const copy = (this.#copy ??= Buffer.allocUnsafeSlow(MOST_TEXT + BEHIND));
    const length = bytes.copy(copy, 0, from, end);
    copy.fill(LF, length, length + BEHIND);
    return this.#read(copy, 0, length, formats);
  }

  #read(bytes: Buffer, from: number, end: number, formats: number): boolean {
    if (end - from > MOST_TEXT || end - from < LEAST_TEXT) return false;
    const { said } = this;
    const isDated = (formats & DATED) !== 0 && this.#stamp.read(bytes, from, end);
    for (let rest = isDated ? formats & DATED : formats & ~DATED; rest !== 0; rest &= rest - 1) {
      said.begin(bytes, end);
      if (READERS[31 - Math.clz32(rest & -rest)]!(bytes, from, end, said, this.#stamp)) return true;
    }
    return false;
  }
}

/** Where the first line ends, as far as it counts. */
function lineEnd(bytes: Buffer, from: number, to: number): number {
  const stop = Math.min(to, from + MOST_TEXT + 1);
  let i = from;
  while (i < stop && bytes[i] !== LF) i++;
  return i;
}

/**
 * RFC 3339 times as container runtimes write them: 0 to 9 digits of fraction, `Z` or a numeric offset. Containerd trims zeros and
 * writes the node's zone; conmon always writes nine digits and an offset.
 *
 * Lines of one log share their minute with the line before, so everything up to the minute is parsed once and then only
 * compared. Milliseconds come as two 24-bit halves, the shape a document id needs them in; no Date, no string, no BigInt.
 */
import type { Buffer } from 'node:buffer';

/** "2026-11-20T01:02:" */
export const MINUTE_LENGTH = 17;
/** A time is high * HALF + low. */
export const HALF = 0x1000000;
const MINUTE = 60_000;
/** Elasticsearch's date_nanos ends on 2262-04-11. */
const LAST_YEAR = 2261;

export class Clock {
  /** The last time read, in milliseconds since 1970: high * 2^24 + low. */
  high = 0;
  low = 0;
  /** Counts changes of the minute: times of one number have their first MINUTE_LENGTH bytes in common. */
  minute = 0;
  readonly #prefix = new Uint8Array(MINUTE_LENGTH);
  /** The cached minute in milliseconds, as if it were UTC. */
  #civil = -1;
  /** Minutes east of UTC the cached halves were made for. */
  #zone = 0;
  #baseHigh = 0;
  #baseLow = 0;

  /** Reads the time that begins at p; answers the index after it, or -1 if there is none (high and low are then stale). */
  read(bytes: Buffer, p: number, end: number): number {
    if (end - p < 20) return -1;
    const prefix = this.#prefix;
    for (let i = 0; i < MINUTE_LENGTH; i++) {
      if (bytes[p + i] !== prefix[i]) {
        if (!this.#change(bytes, p)) return -1;
        break;
      }
    }
    const tens = bytes[p + 17]! - 48;
    const ones = bytes[p + 18]! - 48;
    if (tens < 0 || tens > 5 || ones < 0 || ones > 9) return -1;
    let ms = (tens * 10 + ones) * 1000;
    let i = p + 19;
    if (bytes[i] === 0x2e) {
      const first = ++i;
      const stop = first + 9 < end ? first + 9 : end;
      let scale = 100;
      while (i < stop) {
        const digit = bytes[i]! - 48;
        if (digit < 0 || digit > 9) break;
        if (scale !== 0) {
          ms += digit * scale;
          scale = scale === 100 ? 10 : scale === 10 ? 1 : 0;
        }
        i++;
      }
      if (i === first) return -1;
    }
    if (i >= end) return -1;
    let zone = 0;
    if (bytes[i] === 0x5a) i++;
    else {
      zone = readZone(bytes, i, end);
      if (zone === NO_ZONE) return -1;
      i += 6;
    }
    if (zone !== this.#zone) this.#rebase(zone);
    if (this.#baseHigh < 0) return -1;
    const low = this.#baseLow + ms;
    if (low < HALF) {
      this.high = this.#baseHigh;
      this.low = low;
    } else {
      this.high = this.#baseHigh + 1;
      this.low = low - HALF;
    }
    return i;
  }

  #change(bytes: Buffer, p: number): boolean {
    this.#prefix[0] = 0;
    this.#civil = readMinute(bytes, p);
    if (this.#civil < 0) return false;
    for (let i = 0; i < MINUTE_LENGTH; i++) this.#prefix[i] = bytes[p + i]!;
    this.#rebase(this.#zone);
    this.minute++;
    return true;
  }

  #rebase(zone: number): void {
    const ms = this.#civil - zone * MINUTE;
    this.#zone = zone;
    this.#baseHigh = Math.floor(ms / HALF); // negative before 1970
    this.#baseLow = ms - this.#baseHigh * HALF;
  }
}

const NO_ZONE = 0x7fff;
/** 18:00, in minutes: Java's time zones end there, and with them what Elasticsearch takes for a time. */
const MOST_ZONE = 18 * 60;

/** `+05:30` in minutes. */
function readZone(bytes: Buffer, i: number, end: number): number {
  const sign = bytes[i] === 0x2b ? 1 : bytes[i] === 0x2d ? -1 : 0;
  if (sign === 0 || i + 6 > end || bytes[i + 3] !== 0x3a) return NO_ZONE;
  const hours = two(bytes, i + 1);
  const minutes = two(bytes, i + 4);
  if (hours < 0 || minutes < 0 || minutes > 59 || hours * 60 + minutes > MOST_ZONE) return NO_ZONE;
  return sign * (hours * 60 + minutes) || 0;
}

/** Milliseconds of `2026-11-20T01:02:` taken as UTC, or -1. */
function readMinute(bytes: Buffer, p: number): number {
  const punctuation =
    bytes[p + 4] === 0x2d &&
    bytes[p + 7] === 0x2d &&
    bytes[p + 10] === 0x54 &&
    bytes[p + 13] === 0x3a &&
    bytes[p + 16] === 0x3a;
  const century = two(bytes, p);
  const years = two(bytes, p + 2);
  const month = two(bytes, p + 5);
  const day = two(bytes, p + 8);
  const hour = two(bytes, p + 11);
  const minute = two(bytes, p + 14);
  if (!punctuation || century < 0 || years < 0 || month < 1 || day < 1 || hour < 0 || minute < 0) return -1;
  const year = century * 100 + years;
  if (year < 1970 || year > LAST_YEAR || month > 12 || hour > 23 || minute > 59) return -1;
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return -1;
  return Date.UTC(year, month - 1, day, hour, minute);
}

/** Two digits, or -1. */
function two(bytes: Buffer, i: number): number {
  const tens = bytes[i]! - 48;
  const ones = bytes[i + 1]! - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

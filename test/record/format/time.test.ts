import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { Clock } from '../../../src/record/format/time.ts';
import { random } from '../helpers.ts';

const clock = new Clock();

/** Milliseconds since 1970 of a text that is a time as a whole. */
function f(text: string, with_ = clock): number | undefined {
  const bytes = Buffer.from(`??${text} `);
  const end = with_.read(bytes, 2, bytes.length);
  return end === bytes.length - 1 ? with_.high * 2 ** 24 + with_.low : undefined;
}

test.each([
  ['containerd, zeros trimmed', '2016-10-20T18:39:20.57606443Z', '2016-10-20T18:39:20.576Z'],
  ['one digit', '2016-10-20T18:39:20.1Z', '2016-10-20T18:39:20.100Z'],
  ['two digits', '2016-10-20T18:39:20.12Z', '2016-10-20T18:39:20.120Z'],
  ['nine digits', '2016-10-20T18:39:20.123456789Z', '2016-10-20T18:39:20.123Z'],
  ['no fraction', '2016-10-20T18:39:20Z', '2016-10-20T18:39:20.000Z'],
  ['conmon', '2026-11-20T01:02:03.001655154+00:00', '2026-11-20T01:02:03.001Z'],
  ['east', '2026-11-20T01:02:03.5+05:30', '2026-11-19T19:32:03.500Z'],
  ['as far west as there is', '2026-11-20T01:02:03-18:00', '2026-11-20T19:02:03.000Z'],
  ['west', '2026-11-19T20:02:03.5-05:00', '2026-11-20T01:02:03.500Z'],
  ['minus zero', '2026-11-20T01:02:03-00:00', '2026-11-20T01:02:03.000Z'],
  ['leap day', '2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['the first', '1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
])('%s', (_name, text, want) => {
  expect(f(text)).toBe(Date.parse(want));
});

test.each([
  'bad-time',
  '2026-11-20 01:02:03Z',
  '2026-11-20T01:02:03',
  '2026-11-20T01:02:03.Z',
  '2026-11-20T01:02:03.1234567890Z',
  '2026-11-20T01:02:03z',
  '2026-11-20T01:02:60Z',
  '2026-11-20T01:60:03Z',
  '2026-11-20T24:02:03Z',
  '2026-11-31T01:02:03Z',
  '2025-02-29T01:02:03Z',
  '2026-13-20T01:02:03Z',
  '2026-00-20T01:02:03Z',
  '2026-11-00T01:02:03Z',
  '1969-12-31T23:59:59Z',
  '1970-01-01T00:30:00+01:00',
  '2262-05-01T00:00:00Z',
  '2026-11-20T01:02:03+0530',
  '2026-11-20T01:02:03+05:60',
  '2026-11-20T01:02:03+24:00',
  '2026-11-20T01:02:03+18:01',
  '2026-11-20T01:02:03-18:01',
  '2O26-11-20T01:02:03Z',
  '2026-11-20T01:02:0xZ',
  '',
])('no time: %s', (text) => {
  expect(f(text)).toBe(undefined);
});

test('what is remembered of the minute never shows', () => {
  const seed = 7;
  const rnd = random(seed);
  for (let i = 0; i < 20_000; i++) {
    // few minutes and zones, so that the same ones come again, in any order; bad ones between them
    const ms = Date.UTC(2026, 10, 20, 1, rnd(3)) + rnd(60_000);
    const zone = [0, 330, -300][rnd(3)]!;
    const local = new Date(ms + zone * 60_000).toISOString().slice(0, -1);
    const sign = zone < 0 ? '-' : '+';
    const hours = String(Math.floor(Math.abs(zone) / 60)).padStart(2, '0');
    const minutes = String(Math.abs(zone) % 60).padStart(2, '0');
    const text = local + (zone === 0 && rnd(2) === 0 ? 'Z' : `${sign}${hours}:${minutes}`);
    if (rnd(5) === 0) expect(f(text.replace(/T\d/, 'Tx'))).toBe(undefined);
    expect(f(text), `seed ${seed} ${text}`).toBe(ms);
  }
});

test('halves carry over', () => {
  const whole = 2 ** 24;
  const ms = Math.ceil(Date.UTC(2026, 10, 20) / whole) * whole;
  for (const offset of [-1, 0, 1]) expect(f(new Date(ms + offset).toISOString(), new Clock())).toBe(ms + offset);
  const same = new Clock();
  for (const offset of [-1, 0, 1]) expect(f(new Date(ms + offset).toISOString(), same)).toBe(ms + offset);
});

import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { realFs } from '../../../src/files/logfile/fs.ts';
import { GzFile } from '../../../src/files/logfile/gzfile.ts';
import {
  fingerprint,
  HEAD_BYTES,
  headOf as headOfBytes,
  instant,
  LINE_BYTES,
  readHead,
} from '../../../src/files/tail/head.ts';
import { openLog, PlainFile } from '../../../src/files/logfile/logfile.ts';
import { containerLog } from '../../../src/files/kubelet/logpath.ts';

const directory = fs.mkdtempSync(join(tmpdir(), 'podferry-head-'));
afterAll(() => fs.rmSync(directory, { recursive: true }));

async function headOf(content: string | Buffer, scratchBytes = HEAD_BYTES) {
  const path = join(directory, 'f');
  fs.writeFileSync(path, content);
  const plain = new PlainFile(
    realFs,
    openLog(realFs, path, () => undefined),
  );
  const head = await readHead(plain, Buffer.alloc(scratchBytes));
  plain.close();
  fs.writeFileSync(path, gzipSync(content));
  const packed = new GzFile(
    realFs,
    openLog(realFs, path, () => undefined),
  );
  expect(await readHead(packed, Buffer.alloc(scratchBytes)), 'the same of the compressed file').toEqual(head);
  packed.close();
  return { ...head, bytes: head.bytes.toString() };
}

test('the head of a file, plain and compressed', async () => {
  const f = async (content: string | Buffer, bytes: string, rest: object): Promise<void> => {
    for (const scratch of [HEAD_BYTES, 4096, 65536])
      expect(await headOf(content, scratch)).toMatchObject({ bytes, ...rest });
  };
  await f('', '', { at: 0, hole: 0, complete: false });
  await f('abc', 'abc', { at: 0, hole: 0, complete: false });
  await f('abc\n', 'abc', { at: 0, hole: 0, complete: true });
  await f('abc\ndef\n', 'abc', { at: 0, hole: 0, complete: true });
  await f('\n\nabc\n', 'abc', { at: 2, hole: 0, complete: true });
  await f('\0\0\0abc\n', 'abc', { at: 3, hole: 3, complete: true });
  await f('\0\0\n\0abc\n', 'abc', { at: 4, hole: 2, complete: true });
  await f('\n\n\n', '', { complete: false });
  await f('\0'.repeat(5000), '', { hole: 5000, complete: false });
  await f('\0'.repeat(10_000) + 'abc\n', 'abc', { at: 10_000, hole: 10_000, complete: true });
  await f('x'.repeat(1023), 'x'.repeat(1023), { complete: false });
  await f('x'.repeat(1024) + '\n', 'x'.repeat(1024), { complete: true });
  await f('x'.repeat(5000) + '\n', 'x'.repeat(1024), { complete: true });
  await f('\0'.repeat(4000) + 'y'.repeat(5000) + '\n', 'y'.repeat(1024), { at: 4000, complete: true });
  const cri = '2016-10-20T18:39:20.5Z stdout P ' + 'x'.repeat(HEAD_BYTES - 32);
  await f(cri, cri, { time: '2016-10-20T18:39:20.5Z', timeAt: undefined, complete: true });
});

const TIME = '2016-10-20T18:39:20.5Z';
const docker = (text: string): string => `{"log":"${text}","stream":"stdout","time":"${TIME}"}`;

test.each([
  ['short', docker('x'), undefined, true],
  ['its time ends with the first KiB', docker('x'.repeat(HEAD_BYTES - docker('').length + 2)), undefined, true],
  ['its time ends one byte after it', docker('x'.repeat(HEAD_BYTES - docker('').length + 3)), HEAD_BYTES - 21, true],
  ['its time lies behind the first KiB', docker('x'.repeat(2000)), 2000 + docker('').length - 24, true],
  ['as long as Docker can make it', docker('\\u0001'.repeat(16_384)), 98_304 + docker('').length - 24, true],
  ['its time has not come yet', docker('x'.repeat(2000)).slice(0, -2), undefined, false],
  ['longer than any line of Docker', docker('x'.repeat(LINE_BYTES)), undefined, true],
])("Docker's first line, %s", async (_, line, timeAt, complete) => {
  const whole = complete ? `${line}\n` : line;
  const time = complete && line.length < LINE_BYTES ? TIME : '';
  const expected = { bytes: line.slice(0, HEAD_BYTES), time, timeAt, complete };
  expect(await headOf(whole, 256 * 1024)).toMatchObject(expected);
  // NULs in front, so that the line does not fit into the first read.
  const moved = timeAt === undefined ? undefined : timeAt + 200_000;
  expect(await headOf('\0'.repeat(200_000) + whole, 256 * 1024)).toMatchObject({ ...expected, timeAt: moved });
});

test('the time in a head', () => {
  const f = (head: string, time: string): void => expect(headOfBytes(Buffer.from(head)).time, head).toBe(time);
  f('2016-10-20T18:39:20.57606443Z stdout F x', '2016-10-20T18:39:20.57606443Z');
  f('2016-10-20T18:39:20Z stdout F x', '2016-10-20T18:39:20Z');
  f('2016-10-20T18:39:20.123456789+05:30 stderr P x', '2016-10-20T18:39:20.123456789+05:30');
  f('{"log":"a\\n","stream":"stdout","time":"2016-10-20T18:39:20.5Z"}', '2016-10-20T18:39:20.5Z');
  f('{"log":"\\"time\\":\\"2016-10-20T18:39:20.5Z\\"","stream":"stdout"}', '');
  f('hello world', '');
  f('', '');
  f('2016-10-20T18:39:20.5Z', '');
});

test('instants sort across zones, fractions and centuries', () => {
  const times = [
    '1961-01-01T00:00:00Z',
    '2026-11-01T02:00:00+02:00',
    '2026-11-01T01:00:00.000000001+01:00',
    '2026-11-01T00:00:00.1Z',
    '2026-11-01T00:00:00.2Z',
    '2026-11-01T00:00:00.19999999Z',
    '2026-11-01T02:30:00+01:00',
    '2199-01-01T00:00:00Z',
  ];
  const sorted = [...times].reverse().sort((a, b) => (instant(a) < instant(b) ? -1 : 1));
  expect(sorted).toEqual([...times.slice(0, 4), times[5], times[4], ...times.slice(6)]);
  expect(instant('2026-11-01T00:00:00Z')).toBe(instant('2026-11-01T05:30:00.000+05:30'));
  for (const none of ['', 'x', '2026-13-01T00:00:00Z']) expect(instant(none)).toBe('');
});

test('the fingerprint is 12 characters, and of the container too', () => {
  const log = (uid: string, container: string, restart: number) =>
    containerLog('/p', { namespace: 'n', pod: 'p', uid }, container, restart);
  const head = headOfBytes(Buffer.from('2016-10-20T18:39:20.57606443Z stdout F x'));
  const print = fingerprint(log('u', 'c', 0), head);
  // Known once and for all: checkpoints and document ids hold it.
  expect(print).toBe('kvcABjc04_EC');
  const others = [log('v', 'c', 0), log('u', 'd', 0), log('u', 'c', 1)].map((each) => fingerprint(each, head));
  expect(new Set([print, ...others, fingerprint(log('u', 'c', 0), { bytes: 'x' })]).size).toBe(5);
});

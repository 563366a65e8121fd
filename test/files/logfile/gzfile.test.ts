import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryUsage } from 'node:process';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { realFs } from '../../../src/files/logfile/fs.ts';
import { GzFile } from '../../../src/files/logfile/gzfile.ts';
import { openLog } from '../../../src/files/logfile/logfile.ts';
import { Damaged } from '../../../src/files/logfile/unpacker.ts';

const directory = fs.mkdtempSync(join(tmpdir(), 'podferry-gz-'));
afterAll(() => fs.rmSync(directory, { recursive: true }));

function open(packed: Buffer): GzFile {
  const path = join(directory, 'f.gz');
  fs.writeFileSync(path, packed);
  return new GzFile(
    realFs,
    openLog(realFs, path, () => undefined),
  );
}

const text = Buffer.from(Array.from({ length: 30_000 }, (_, i) => `line ${i} ${'x'.repeat(i % 97)}\n`).join(''));

test('reads as the plain file would, in buffers of any size, stepping back to unfinished lines', async () => {
  for (const bytes of [256, 4096, 65_536, 256 * 1024]) {
    const file = open(gzipSync(text));
    const buffer = Buffer.alloc(bytes);
    const pieces: Buffer[] = [];
    for (let at = 0; ;) {
      const n = await file.read(buffer, at);
      if (n === 0) break;
      expect(buffer.subarray(0, n).equals(text.subarray(at, at + n))).toBe(true);
      const lines = buffer.lastIndexOf(10, n - 1) + 1;
      pieces.push(Buffer.from(buffer.subarray(0, lines)));
      at += lines;
    }
    expect(Buffer.concat(pieces).equals(text)).toBe(true);
    file.close();
  }
});

test('begins anywhere, and goes back anywhere', async () => {
  const file = open(gzipSync(text));
  const buffer = Buffer.alloc(1000);
  for (const at of [500_000, 10, 900_000, 899_990, 0, text.length - 10, 5]) {
    const n = await file.read(buffer, at);
    expect(n).toBe(Math.min(1000, text.length - at));
    expect(buffer.subarray(0, n).equals(text.subarray(at, at + n))).toBe(true);
  }
  expect(await file.read(buffer, text.length)).toBe(0);
  expect(await file.read(buffer, text.length + 1000)).toBe(0);
  expect(await file.sizeHint()).toBe(text.length);
  file.close();
});

test('several members in one file are one stream', async () => {
  const file = open(Buffer.concat([gzipSync(text.subarray(0, 1000)), gzipSync(text.subarray(1000, 3000))]));
  const buffer = Buffer.alloc(10_000);
  expect(await file.read(buffer, 0)).toBe(3000);
  expect(buffer.subarray(0, 3000).equals(text.subarray(0, 3000))).toBe(true);
  file.close();
});

test('damage is reported after what is sound', async () => {
  const noise = Buffer.from(randomBytes(100_000).toString('hex'));
  for (const packed of [
    gzipSync(noise).subarray(0, 60_000),
    Buffer.concat([gzipSync(noise).subarray(0, -8), Buffer.alloc(8)]),
  ]) {
    const file = open(packed);
    const buffer = Buffer.alloc(8192);
    let at = 0;
    const tailed = async (): Promise<void> => {
      for (let n = -1; n !== 0; at += n) n = await file.read(buffer, at);
    };
    await expect(tailed()).rejects.toThrow(Damaged);
    expect(at).toBeGreaterThan(90_000);
    file.close();
  }
  await expect(open(Buffer.from('no gzip')).read(Buffer.alloc(10), 0)).rejects.toThrow(Damaged);
  expect(await open(Buffer.alloc(0)).read(Buffer.alloc(10), 0)).toBe(0);
});

test('everything before the damage is given, to the byte', async () => {
  const small = Buffer.from('one\ntwo\nthree\n');
  const noise = Buffer.from(randomBytes(100_000).toString('hex'));
  const cases: [string, Buffer, number][] = [
    ['garbage behind the end', Buffer.concat([gzipSync(small), Buffer.from('garbage')]), small.length],
    ['a wrong checksum', Buffer.concat([gzipSync(small).subarray(0, -8), Buffer.alloc(8, 1)]), small.length],
    ['garbage behind the end of a long one', Buffer.concat([gzipSync(text), Buffer.from('garbage')]), text.length],
    [
      'garbage behind the second member',
      Buffer.concat([gzipSync(text), gzipSync(noise), small]),
      text.length + 200_000,
    ],
  ];
  for (const [what, packed, sound] of cases) {
    const file = open(packed);
    const parts: Buffer[] = [];
    let at = 0;
    const tailed = async (): Promise<void> => {
      for (let n = -1; n !== 0; at += n) {
        const buffer = Buffer.alloc(5000);
        n = await file.read(buffer, at);
        parts.push(buffer.subarray(0, n));
      }
    };
    await expect(tailed(), what).rejects.toThrow(Damaged);
    const all = Buffer.concat(parts);
    expect(all.length, what).toBe(sound);
    expect(all.equals(Buffer.concat([sound === small.length ? small : text, noise]).subarray(0, sound)), what).toBe(
      true,
    );
    file.close();
  }
});

test('a gzip bomb costs no memory', async () => {
  const file = open(gzipSync(Buffer.alloc(256 * 1024 * 1024), { level: 9 }));
  const buffer = Buffer.alloc(256 * 1024);
  const before = memoryUsage().rss;
  let peak = 0;
  for (let at = 0, n = -1; n !== 0; at += n) {
    n = await file.read(buffer, at);
    peak = Math.max(peak, memoryUsage().rss - before);
  }
  expect(peak).toBeLessThan(96 * 1024 * 1024);
  file.close();
});

test('closed while it is read: the read ends', async () => {
  const file = open(gzipSync(text));
  const tailed = file.read(Buffer.alloc(text.length), 0);
  file.close();
  expect(await tailed).toBeLessThanOrEqual(text.length);
});

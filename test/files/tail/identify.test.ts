/** Who a file is: found out once, never about a file that went meanwhile, and what follows when it holds what another one held. */
import * as fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { GzFile } from '../../../src/files/logfile/gzfile.ts';
import { doubt } from '../../../src/files/tail/identify.ts';
import type { TailedFile } from '../../../src/files/tail/tailed-file.ts';
import { abandonFile } from '../../../src/files/tail/truncation.ts';
import type { Source } from '../../../src/types.ts';
import { OLDEST, Turns } from './turns.ts';

type Read = (fd: number, into: Buffer, from: number, length: number, at: number, done: Done) => void;
type Done = (error: Error | null, bytes: number) => void;

test('found out once, however many ask: whoever asks later would claim another entry', async () => {
  const opened: Source[] = [];
  const one = new Turns({ turn: { opened: (source) => void opened.push(source) } });
  one.write(one.line('one'));
  const tailed = one.open();
  await Promise.all([one.identify(tailed), one.identify(tailed)]);
  const { source } = tailed;
  await one.identify(tailed);
  expect(opened).toEqual([source]);
  expect(tailed.source).toBe(source);
  expect(source!.resume).toEqual({ out: 0, err: 0, time: '' });
  expect(tailed.identifying).toBe(false);
});

for (const [name, backlog] of [
  [OLDEST, 'all'],
  ['0.log', 'none'],
  [`${OLDEST}.gz`, 'all'],
] as const) {
  test(`${name} is given up while it is found out who it is: nothing is made of what was read (backlog ${backlog})`, async () => {
    for (let goes = 1; ; goes++) {
      let reads = 0;
      const read: Read = (...args) => {
        if (++reads === goes) {
          one.turns.close(tailed.file!);
          abandonFile(one.chain, tailed, 'over_cap');
        }
        (fs.read as unknown as Read)(...args);
      };
      const one = new Turns({ backlog, fs: { read: read as unknown as typeof fs.read } });
      const text = one.line('one') + one.line('two');
      fs.writeFileSync(one.path(name), name.endsWith('.gz') ? gzipSync(text) : text);
      const tailed = one.open(name);
      tailed.existedBefore(tailed.size);
      await one.identify(tailed, true);
      if (reads < goes) {
        expect(tailed.source).toBeDefined();
        expect(goes).toBeGreaterThan(name === OLDEST ? 1 : 2);
        return;
      }
      expect([tailed.source, tailed.done, one.outcome.sources]).toEqual([undefined, false, []]);
    }
  });
}

test('a copy is given up while it is found out that it is one: the file it is of stays', async () => {
  for (let goes = 1; ; goes++) {
    let reads = 0;
    const held: { copy?: TailedFile } = {};
    const read: Read = (...args) => {
      if (held.copy && ++reads === goes) {
        one.turns.close(held.copy.file!);
        abandonFile(one.chain, held.copy, 'over_cap');
      }
      (fs.read as unknown as Read)(...args);
    };
    const one = new Turns({ fs: { read: read as unknown as typeof fs.read } });
    const text = one.write(one.line('one'));
    const tailed = one.open();
    await one.identify(tailed);
    fs.writeFileSync(one.path(`${OLDEST}.gz`), gzipSync(text));
    const copy = (held.copy = one.open(`${OLDEST}.gz`));
    await one.identify(copy);
    expect(tailed.file).toBeDefined();
    if (reads < goes) {
      expect(one.chain.files).toEqual([tailed]);
      expect(goes).toBeGreaterThan(2);
      return;
    }
    expect(one.chain.files).toEqual([tailed, copy]);
  }
});

test('a first line that is completed while it is looked at is looked at again', async () => {
  const line = '2026-11-20T01:00:00Z stdout F in two writes\n';
  let reads = 0;
  const read: Read = (fd, into, from, length, at, done) => {
    const n = fs.readSync(fd, into, from, length, at);
    // The second time it was read for whatever came after the first.
    if (++reads === 2) one.write(line.slice(40));
    one.look(tailed);
    setImmediate(() => done(null, n));
  };
  const one = new Turns({ fs: { read: read as unknown as typeof fs.read } });
  one.write(line.slice(0, 40));
  const tailed = one.open();
  await one.rest();
  expect(one.messages).toEqual(['in two writes']);
});

test('a compressed file has its uncompressed size, and holds nothing in memory once it is known', async () => {
  const one = new Turns();
  const name = `${OLDEST}.gz`;
  const text = one.line('x'.repeat(100_000)) + one.line('two');
  fs.writeFileSync(one.path(name), gzipSync(text));
  const tailed = one.open(name);
  await one.identify(tailed);
  expect(tailed.size).toBe(text.length);
  expect(tailed.source!.size).toBe(text.length);
  expect((tailed.file as GzFile).consumed).toBe(0);
});

test('a source whose file is gone goes on in another file that holds it, from where it was', async () => {
  for (const gz of [false, true]) {
    const one = new Turns();
    const first = one.write(one.line('one'));
    const tailed = one.open();
    await one.rest();
    const text = first + one.write(one.line('two'));
    one.look(tailed);
    // Held without a name, read by what was taken for its end, then given up: whatever it was is no more.
    tailed.file!.close();
    Object.assign(tailed.cursor, { unpacked: true, looked: tailed.size });
    Object.assign(tailed.disk, { unlinkedAt: 1, nlink: 0, onDisk: 1, mtimeMs: 1, touchedMs: 1, changedAt: 1 });
    Object.assign(tailed, {
      done: true,
      head: { bytes: Buffer.from('x'), at: 5, hole: 0, time: '', timeAt: undefined, complete: true },
      size: 1,
    });
    abandonFile(one.chain, tailed, 'over_cap');
    const name = gz ? '0.log.20261120-020000.gz' : '0.log.20261120-020000';
    fs.writeFileSync(one.path(name), gz ? gzipSync(text) : text);
    const found = one.open(name);
    await one.identify(found, true);
    expect(one.chain.files).toEqual([tailed]);
    const { file, disk } = found;
    expect(tailed).toMatchObject({ file, disk: { ...disk, unlinkedAt: undefined }, size: text.length });
    expect(tailed.names.name).toMatchObject({ suffix: '20261120-020000', gz });
    expect(tailed).toMatchObject({ cursor: { looked: first.length, unpacked: false }, done: false, head: { at: 0 } });
    expect(tailed.names.paths).toEqual([one.path(name)]);
    // A look sees nothing new.
    expect(tailed.observe(file!.stat(), Date.now())).toBe(false);
    await one.rest();
    expect(one.messages).toEqual(['one', 'two']);
  }
});

test('cut at its end, and a copy of which less was cut off is found: what is written to that is read', async () => {
  const one = new Turns();
  const [first, second] = [one.write(one.line('one')), one.write(one.line('two'))];
  one.write(one.line('three'));
  const tailed = one.open();
  await one.rest();
  fs.truncateSync(one.path(), first.length);
  one.look(tailed);
  await one.turn();
  expect(tailed.cutAt).toBe(first.length);
  const name = '0.log.20261120-020000';
  one.write(first + second, name);
  await one.identify(one.open(name));
  await one.rest();
  one.write(one.line('four'), name);
  one.look(tailed);
  await one.rest();
  expect(one.messages).toEqual(['one', 'two', 'three', 'four']);
});

test('a file that holds no more than was read already is let go', async () => {
  const one = new Turns();
  const text = one.write(one.line('one'));
  const tailed = one.open();
  await one.rest();
  tailed.file!.close();
  abandonFile(one.chain, tailed, 'over_cap');
  fs.writeFileSync(one.path('0.log.1'), text);
  const found = one.open('0.log.1');
  await one.identify(found, true);
  expect(tailed.file).toBeUndefined();
  expect(await found.file!.read(Buffer.alloc(10), 0), 'it is closed').toBe(0);
  expect(one.chain.known.get(found.file!.id)).toMatchObject({ tailed, size: text.length });
});

test('where a first start begins when it leaves out what was there', async () => {
  const begin = async (name: string, existed: (text: string) => number, expected: (text: string) => number) => {
    const one = new Turns({ backlog: 'none', bufferBytes: 2048 });
    const lines = Array.from({ length: 100 }, (_, i) => one.line(`${i} ${'x'.repeat(i % 7)}`)).join('');
    const text = `${lines}2026-11-20T01:00:00Z stdout F half a li`;
    fs.writeFileSync(one.path(name), name.endsWith('.gz') ? gzipSync(text) : text);
    const tailed = one.open(name);
    tailed.existedBefore(existed(text));
    await one.identify(tailed);
    const { out, err } = tailed.source!.resume;
    expect([out, err], name).toEqual([expected(text), expected(text)]);
    expect(tailed.cursor.read).toBe(out);
    expect(tailed.done).toBe(name.endsWith('.gz'));
  };
  const whole = (text: string): number => text.length;
  const lines = (text: string): number => text.lastIndexOf('\n') + 1;
  await begin(`${OLDEST}.gz`, () => 100, whole);
  await begin(OLDEST, whole, whole);
  await begin('0.log', whole, lines);
  // What was written since it was found is read.
  await begin(
    '0.log',
    () => 50,
    (text) => text.indexOf('\n') + 1,
  );
  await begin(
    '0.log',
    () => 3000,
    (text) => lines(text.slice(0, 3000)),
  );
  await begin(
    '0.log',
    () => 10,
    () => 0,
  );
});

test('a compressed file whose trailer says that nothing is in it is read all the same', async () => {
  const one = new Turns();
  const text = one.line('one') + one.line('two');
  // Zeros may follow a gzip stream; its last four bytes are taken for the size.
  fs.writeFileSync(one.path(`${OLDEST}.gz`), Buffer.concat([gzipSync(text), Buffer.alloc(4)]));
  const tailed = one.open(`${OLDEST}.gz`);
  await one.rest();
  expect(one.messages).toEqual(['one', 'two']);
  expect(tailed).toMatchObject({ size: text.length, done: true });
  expect((tailed.file as GzFile).consumed, 'what it unpacked with is let go').toBe(0);
  expect(one.outcome.lost).toEqual([]);
});

test('what is in doubt has an entry that says so at once', async () => {
  const before = new Turns();
  before.write(before.line('one'));
  before.open();
  await before.rest();
  const one = new Turns({ saved: [...before.outcome.saved.values()] });
  fs.copyFileSync(before.path(), one.path());
  await one.identify(one.open());
  await one.identify(one.follow());
  const opened: number[] = [];
  doubt({ opened: (source) => void opened.push(source.committed.out) }, one.chain);
  expect(opened).toEqual([0, 0]);
});

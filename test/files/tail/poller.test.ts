/** When a log is looked at, and who is told of what is seen. */
import * as fs from 'node:fs';
import { expect, test } from 'vitest';
import type { Chain } from '../../../src/files/tail/chain.ts';
import { realFs } from '../../../src/files/logfile/fs.ts';
import { Poller } from '../../../src/files/tail/poller.ts';
import { Turns } from './turns.ts';

function pollerOf(one: Turns) {
  const told: string[] = [];
  const clock = { now: Date.now() };
  const tell = (what: string) => (chain: Chain) => {
    expect(chain).toBe(one.chain);
    told.push(what);
  };
  const poller = new Poller({
    fs: realFs,
    chains: new Set([one.chain]),
    now: () => clock.now,
    quietMs: 1000,
    sweepMs: 1000,
    reach: () => undefined,
    admit: () => 'read',
    wake: tell('wake'),
    grows: tell('grows'),
    puzzled: tell('puzzled'),
  });
  const look = (): string[] => {
    poller.poll(one.chain);
    return told.splice(0);
  };
  return { poller, look, told, clock };
}

test('what grows is looked at five times a second, what is idle once', () => {
  const one = new Turns();
  const { poller, clock } = pollerOf(one);
  const { now } = clock;
  const f = (idleMs: number, next: number): void => {
    one.chain.grew(now - idleMs);
    one.chain.lookedAt(0);
    poller.pollAll();
    // Half a tick early.
    expect(one.chain.lookAt - now + 100, `idle for ${idleMs} ms`).toBe(next);
  };
  f(0, 200);
  f(1600, 200);
  f(4000, 500);
  f(8000, 1000);
  f(3600_000, 1000);
  // Not before it is time, and at once when the clock was set back.
  const { lookAt } = one.chain;
  for (const [at, looks] of [
    [lookAt - 1, false],
    [lookAt, true],
    [lookAt - 3600_000, true],
  ] as const) {
    one.chain.lookedAt(lookAt);
    clock.now = at;
    poller.pollAll();
    expect(one.chain.lookAt !== lookAt).toBe(looks);
  }
});

test('growth is told, and only growth', async () => {
  const one = new Turns();
  one.write(one.line('one'));
  const tailed = one.open();
  await one.rest();
  const { look, clock } = pollerOf(one);
  clock.now += 5000;
  one.chain.grew(0);
  expect(look()).toEqual([]);
  one.write(one.line('two'));
  expect(look()).toEqual(['grows', 'wake']);
  expect(one.chain).toMatchObject({ grownAt: clock.now, behindSince: clock.now });
  clock.now += 400;
  expect(look()).toEqual(['grows', 'wake']);
  clock.now += 200;
  expect(look()).toEqual(['wake']);
  expect(one.chain.behindSince, 'since it began').toBe(clock.now - 600);
  await one.rest();
  expect(look()).toEqual([]);
  expect(one.chain.behindSince).toBe(0);
  expect(tailed.cursor.looked).toBe(tailed.size);
});

test('who may be another one is told: a first line that may be there, a file that may have been truncated', async () => {
  const one = new Turns();
  one.write('2026-11-20T01:00:00Z stdout F half ');
  const tailed = one.open();
  await one.rest();
  const { look } = pollerOf(one);
  expect(look()).not.toContain('puzzled');
  one.write('a line\n');
  expect(look()).toEqual(['puzzled', 'grows', 'wake']);
  await one.rest();
  expect(look()).not.toContain('puzzled');
  fs.truncateSync(one.path(), 5);
  expect(look()).toContain('puzzled');
  // Until it is found out.
  expect(look()).toContain('puzzled');
  one.chain.admit('never');
  expect(look()).not.toContain('puzzled');
  expect(tailed.suspect).toBe(true);
});

test('a late write to a file that was done: it is not done any more, nor is one that was truncated', async () => {
  for (const [what, happens] of [
    ['written to', (one: Turns) => void one.write(one.line('late'))],
    ['truncated', (one: Turns) => fs.truncateSync(one.path())],
  ] as const) {
    const one = new Turns();
    one.write(one.line('one'));
    const tailed = one.open();
    one.follow();
    await one.rest();
    expect(tailed.done).toBe(true);
    const { look, clock } = pollerOf(one);
    happens(one);
    expect(look(), 'files that are done are looked at once a second').not.toContain('wake');
    clock.now += 1000;
    expect(look(), what).toContain('wake');
    expect(tailed.done).toBe(false);
  }
});

test('a log that waits for its pod is asked for', () => {
  const one = new Turns();
  one.chain.admit('wait');
  const { look } = pollerOf(one);
  look();
  expect(one.chain.admitted).toBe('read');
});

test('a file that cannot be looked at is looked at again; a descriptor that is none is our own mistake', () => {
  let code = 'EIO';
  const fstatSync = (fd: number, options: fs.StatSyncOptions): fs.Stats => {
    // As it is opened.
    if (options?.bigint || code === '') return fs.fstatSync(fd, options as fs.StatOptions) as fs.Stats;
    throw Object.assign(new Error(`${code}: made to fail`), { code });
  };
  const one = new Turns({ fs: { fstatSync: fstatSync as typeof fs.fstatSync } });
  one.write(one.line('one'));
  code = '';
  const tailed = one.open();
  const { look } = pollerOf(one);
  code = 'EIO';
  look();
  expect(tailed.retries.trouble).toContain('EIO');
  code = 'EBADF';
  expect(look).toThrow('EBADF');
  code = '';
  one.write(one.line('two'));
  expect(look()).toContain('grows');
});

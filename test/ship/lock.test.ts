/** One agent a state directory, in one process. Whole agents, killed and in other namespaces: test/agent/state.test.ts. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockState } from '../../src/ship/lock.ts';
import { OperatorError } from '../../src/util/errors.ts';
import { memoryLog } from '../helpers/source.ts';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'podferry-lock-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** The name of a lock that is before, or behind, all that are made by chance. */
const NAMES = { small: 'agent-0000000000000000.lock', large: 'agent-ffffffffffffffff.lock' };

test('the second is refused by a sentence that names the directory, until the first has released it', async () => {
  const first = await lockState(dir, memoryLog());
  const refused = await lockState(dir, memoryLog()).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(OperatorError);
  expect(String(refused)).toContain(`state.dir ${dir} is in use by another podferry`);
  await first.release();
  const second = await lockState(dir, memoryLog());
  await second.release();
  expect(readdirSync(dir)).toEqual([]);
});

test('of many that start at the same time exactly one has it', async () => {
  for (let round = 0; round < 10; round++) {
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => lockState(dir, memoryLog())));
    const locks = all.filter((each) => each.status === 'fulfilled');
    expect(locks).toHaveLength(1);
    await locks[0]!.value.release();
  }
  expect(readdirSync(dir)).toEqual([]);
});

test('a directory whose path is longer than the kernel lets a socket have', async () => {
  const deep = join(dir, 'x'.repeat(100), 'y'.repeat(100));
  mkdirSync(deep, { recursive: true });
  const lock = await lockState(deep, memoryLog());
  await expect(lockState(deep, memoryLog())).rejects.toThrow('in use');
  await lock.release();
});

test.each<[what: string, put: (path: string) => void]>([
  ['a file', (path) => writeFileSync(path, '')],
  ['a FIFO', (path) => execFileSync('mkfifo', [path])],
  ['a directory', (path) => mkdirSync(path)],
  [
    'a socket nobody listens at',
    (path) => {
      const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
      expect(() => execFileSync(process.execPath, ['-e', script])).toThrow();
    },
  ],
])('%s in the place of a lock is no agent, and goes', async (_, put) => {
  put(join(dir, NAMES.small));
  const lock = await lockState(dir, memoryLog());
  expect(readdirSync(dir)).not.toContain(NAMES.small);
  await lock.release();
});

test.each([
  ['running', NAMES.large, 'running\n', true],
  ['starting, with a smaller name', NAMES.small, 'starting\n', true],
  ['starting, with a larger name, and then running', NAMES.large, 'starting\nrunning\n', true],
])('another agent that is %s', async (_, name, says, isRefused) => {
  const other = createServer((socket) => void socket.on('error', () => {}).end(says)).listen(join(dir, name));
  await new Promise((listening) => other.once('listening', listening));
  const lock = await lockState(dir, memoryLog()).catch(() => undefined);
  expect(lock === undefined).toBe(isRefused);
  await lock?.release();
  other.close();
});

test.each<[what: string, answer: (socket: Socket) => void]>([
  ['does not answer', () => {}],
  ['lets go of every connection, for want of descriptors say', (socket) => socket.destroy()],
])('another agent that listens and %s is alive', async (_, answer) => {
  const other = createServer(answer).listen(join(dir, NAMES.large));
  await new Promise((listening) => other.once('listening', listening));
  await expect(lockState(dir, memoryLog(), 300)).rejects.toThrow('in use');
  other.close();
});

test.each(['', 'starting\n'])('another agent that says %j and then ends is none', async (says) => {
  const other = createServer((socket) => {
    socket.on('error', () => {}).end(says);
    other.close();
  }).listen(join(dir, NAMES.large));
  await new Promise((listening) => other.once('listening', listening));
  const lock = await lockState(dir, memoryLog());
  await lock.release();
});

test('garbage from whoever connects, and many of them, change nothing', async () => {
  const lock = await lockState(dir, memoryLog());
  const path = join(dir, readdirSync(dir)[0]!);
  const clients = Array.from({ length: 50 }, () => connect(path).on('error', () => {}));
  for (const client of clients) client.write(Buffer.alloc(100_000, 'x'));
  await expect(lockState(dir, memoryLog())).rejects.toThrow('in use');
  await lock.release();
  for (const client of clients) client.destroy();
});

test('where no lock can be made that is said, and the agent runs without', async () => {
  const log = memoryLog();
  const lock = await lockState('/proc/self', log);
  expect(log.lines).toEqual([
    expect.stringMatching(/state\.dir \/proc\/self cannot be locked \(E[A-Z]+\).*lines are sent twice/),
  ]);
  await lock.release();
});

/**
 * One agent a directory: with one state directory two would send everything twice and write their positions over each other's.
 *
 * The lock is a Unix socket in the directory, on which the agent listens. Whoever dies, by a kill or a power cut, does not listen
 * any more, so nothing is left to clean up; and a path leads to the same socket from every pod that mounts the directory,
 * whatever its network and process namespaces. Node has no flock, and a process number means nothing in another pod.
 *
 * Each agent has a socket under a name of its own, and looks at those of all others only after it listens. So of two that start
 * at the same time at least one sees the other, and no name is ever taken over: a socket at which nobody listens is dead for good
 * and may be removed by anybody. Of two that start, the one with the smaller name goes on.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../types.ts';
import { cureOf } from '../util/causes.ts';
import { OperatorError } from '../util/errors.ts';

export interface Lock {
  /** Another agent may start from now on. */
  release(): Promise<void>;
}

const NAME = /^agent-[0-9a-f]{16}\.lock$/;
/** How long another agent may take to say what it does, ms: after that it counts as alive. */
const PATIENCE_MS = 5000;
/** It may let go of a connection and still live, when it is short of descriptors: so it is asked again. */
const AGAIN_MS = 50;
/** What an agent says to whoever connects. */
const RUNNING = 'running\n';
const STARTING = 'starting\n';

/** What a lock is for, in the words of its messages. */
export interface LockedFor {
  /** The setting that names the directory. */
  readonly setting: string;
  /** What a second agent does there: "lines are sent twice". */
  readonly second: string;
}

const STATE: LockedFor = { setting: 'state.dir', second: 'lines are sent twice' };

/** Takes the lock of the state directory: lockDirectory(). */
export function lockState(dir: string, log: Log, patienceMs = PATIENCE_MS): Promise<Lock> {
  return lockDirectory(dir, STATE, log, patienceMs);
}

/**
 * Takes the lock of the directory `dir`, which exists. Where none can be made (a disk that is read-only or full, a file
 * system without sockets) that is said, and there is none.
 * @throws OperatorError if another agent has it
 */
export async function lockDirectory(
  dir: string,
  lockedFor: LockedFor,
  log: Log,
  patienceMs = PATIENCE_MS,
): Promise<Lock> {
  const { setting, second } = lockedFor;
  const name = `agent-${randomBytes(8).toString('hex')}.lock`;
  let own: Own | undefined;
  try {
    own = await listen(dir, name);
    for (const other of readdirSync(dir).filter((each) => NAME.test(each) && each !== name)) {
      if (await hasLock(own.at(other), other < name, patienceMs)) throw inUse(dir, lockedFor);
    }
    own.run();
    return { release: own.close };
  } catch (error) {
    await own?.close();
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    log.warn(
      `${setting} ${dir} cannot be locked (${code}): should a second agent use it, ${second}. Usually ${cureOf(code)}.`,
    );
    return { release: () => Promise.resolve() };
  }
}

function inUse(dir: string, { setting, second }: LockedFor): OperatorError {
  return new OperatorError(
    `${setting} ${dir} is in use by another podferry: with two of them ${second}. Stop the other one, or give each a directory ` +
      `of its own`,
  );
}

/** The socket of this agent. */
interface Own {
  /** A path to a socket in the directory that is short enough for the kernel: it takes 107 bytes. */
  readonly at: (name: string) => string;
  /** Tells whoever waits, and whoever comes, that this agent has the lock. */
  readonly run: () => void;
  readonly close: () => Promise<void>;
}

async function listen(dir: string, name: string): Promise<Own> {
  const fd = openSync(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  const at = (each: string): string => `/proc/self/fd/${fd}/${each}`;
  const clients = new Set<Socket>();
  let isRunning = false;
  const server = createServer((client) => {
    clients.add(client);
    client.unref();
    client.on('error', () => {});
    client.on('close', () => clients.delete(client));
    client.resume();
    client.write(isRunning ? RUNNING : STARTING);
  });
  server.maxConnections = 64;
  server.unref();
  const close = async (): Promise<void> => {
    remove(join(dir, name));
    for (const client of clients) client.destroy();
    await new Promise<void>((closed) => server.close(() => closed()));
    closeSync(fd);
  };
  try {
    // Bound and not listening yet it would look dead: until it listens it has a name that nobody looks at.
    await listening(server, at(`${name}.new`));
    renameSync(join(dir, `${name}.new`), join(dir, name));
  } catch (error) {
    remove(join(dir, `${name}.new`));
    await close();
    throw error;
  }
  const run = (): void => {
    isRunning = true;
    for (const client of clients) client.write(RUNNING);
  };
  return { at, run, close };
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Whoever may enter the directory may ask, also after a change of user.
    server.listen({ path, readableAll: true, writableAll: true }, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve();
    });
  });
}

/**
 * Whether the agent behind the socket at `path` has the lock, or will have it.
 * @param isFirst of two that start it would go on
 */
async function hasLock(path: string, isFirst: boolean, patienceMs: number): Promise<boolean> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask(path, isFirst, end - performance.now());
    if (answer !== 'gone') return answer === 'has it';
    // It gave up, ended, or let go of us: whether it still listens tells.
    if (performance.now() >= end) return true;
    await sleep(AGAIN_MS);
  }
}

/** 'dead': nobody listens, and nobody ever will. 'gone': the connection ended without an answer that decides. */
function ask(path: string, isFirst: boolean, patienceMs: number): Promise<'has it' | 'dead' | 'gone'> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let said = '';
    const done = (answer: 'has it' | 'dead' | 'gone'): void => {
      clearTimeout(patience);
      socket.destroy();
      resolve(answer);
    };
    const patience = setTimeout(() => done('has it'), patienceMs);
    socket.on('data', (data: Buffer) => {
      said = (said + data.toString('latin1')).slice(-64);
      if (said.endsWith(RUNNING) || isFirst) done('has it');
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNREFUSED') remove(path);
      if (code === 'ECONNREFUSED' || code === 'ENOENT') done('dead');
      else done(code === 'ECONNRESET' || code === 'EPIPE' ? 'gone' : 'has it');
    });
    socket.on('close', () => done('gone'));
  });
}

/** What cannot be removed, on a disk that became read-only say, is dead all the same. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true, recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/**
 * One agent a directory: with one state directory two would send everything twice and write their positions over each other's.
 *
 * The lock is a Unix socket in the directory, on which the agent listens. A dead agent does not listen, whether it was killed or
 * lost power, so nothing is left to clean up. A path leads to the same socket from every pod that mounts the directory, whatever
 * its network and process namespaces. Node has no flock, and a process number means nothing in another pod.
 *
 * Each agent has a socket with a name of its own, and looks at the other sockets only after it listens. So of two agents that start
 * at the same time at least one sees the other. A name is never taken over: a socket without a listener is dead for good, and
 * anybody may remove it. Of two agents that start, the one with the smaller name goes on.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../types.ts';
import { cureOf } from '../util/causes.ts';
import { OperatorError } from '../util/errors.ts';

/** The lock of a state directory. */
export interface Lock {
  /** Another agent may start from now on. */
  release(): Promise<void>;
}

const NAME = /^agent-[0-9a-f]{16}\.lock$/;
/** How long another agent may take to answer, ms. After that it counts as running. */
const PATIENCE_MS = 5000;
/** A running agent that is short of descriptors may close a connection. So it is asked again after this time, ms. */
const AGAIN_MS = 50;
/** What an agent writes to every client. */
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
  /** Tells all present and future clients that this agent has the lock. */
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
    // A socket that is bound and does not listen yet looks dead. Until it listens it has a name that nobody looks at.
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
    // Everybody who may enter the directory may ask, also under another user.
    server.listen({ path, readableAll: true, writableAll: true }, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve();
    });
  });
}

/**
 * Whether the agent behind the socket at `path` has the lock, or will have it.
 * @param isFirst if both start, the other one goes on
 */
async function hasLock(path: string, isFirst: boolean, patienceMs: number): Promise<boolean> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask(path, isFirst, end - performance.now());
    if (answer !== 'gone') return answer === 'has it';
    // It gave up, ended or closed the connection. Another try tells whether it still listens.
    if (performance.now() >= end) return true;
    await sleep(AGAIN_MS);
  }
}

/** 'dead': nobody listens or ever will. 'gone': the connection ended without a clear answer. */
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

/** Removes a dead socket, if possible. On a disk that became read-only it stays, and is as dead. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true, recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

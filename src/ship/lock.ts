/**
 * One agent a state directory: two would send everything twice and write their positions over each other's.
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
import type { Log } from '../types.ts';
import { cureOf } from '../util/causes.ts';
import { OperatorError } from '../util/errors.ts';

export interface Lock {
  /** Another agent may start from now on. */
  release(): Promise<void>;
}

const NAME = /^agent-[0-9a-f]{16}\.lock$/;
/** Another agent that does not say what it does within this time is alive all the same, ms. */
const ANSWER_MS = 5000;
/** How a connection fails when there is nobody behind it, or nobody any more. */
const GONE = ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE'];
/** What an agent says to whoever connects. */
const RUNNING = 'running\n';
const STARTING = 'starting\n';

/**
 * Takes the lock of the state directory `dir`, which exists. Where none can be made (a disk that is read-only or full, a file
 * system without sockets) that is said, and there is none.
 * @throws OperatorError if another agent has it
 */
export async function lockState(dir: string, log: Log): Promise<Lock> {
  const name = `agent-${randomBytes(8).toString('hex')}.lock`;
  let own: Own;
  try {
    own = await listen(dir, name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    log.warn(
      `state.dir ${dir} cannot be locked (${code}): should a second agent use it, lines are sent twice. Usually ${cureOf(code)}.`,
    );
    return { release: () => Promise.resolve() };
  }
  try {
    for (const other of readdirSync(dir).filter((each) => NAME.test(each) && each !== name)) {
      if (await hasLock(own, other, name)) throw inUse(dir);
    }
  } catch (error) {
    await own.close();
    throw error;
  }
  own.run();
  return { release: () => own.close() };
}

function inUse(dir: string): OperatorError {
  return new OperatorError(
    `state.dir ${dir} is in use by another podferry: both would send every line. Stop the other one, or give each a directory ` +
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
  server.unref();
  const close = async (): Promise<void> => {
    rmSync(join(dir, name), { force: true });
    for (const client of clients) client.destroy();
    await new Promise<void>((closed) => server.close(() => closed()));
    closeSync(fd);
  };
  try {
    // Bound and not listening yet it would look dead: until it listens it has a name that nobody looks at.
    await listening(server, at(`${name}.new`));
    renameSync(join(dir, `${name}.new`), join(dir, name));
  } catch (error) {
    rmSync(join(dir, `${name}.new`), { force: true });
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
    server.listen(path, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve();
    });
  });
}

/** Whether the agent behind the socket `other` has the lock, or will have it. */
function hasLock({ at }: Own, other: string, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(at(other));
    let said = '';
    const done = (has: boolean): void => {
      clearTimeout(patience);
      socket.destroy();
      resolve(has);
    };
    const patience = setTimeout(() => done(true), ANSWER_MS);
    socket.on('data', (data: Buffer) => {
      said = (said + data.toString('latin1')).slice(-64);
      // Of two that start the smaller name wins; whoever has it waits for what becomes of the other.
      if (said.endsWith(RUNNING) || other < name) done(true);
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      // Nobody listens, and nobody ever will.
      if (code === 'ECONNREFUSED') rmSync(at(other), { force: true, recursive: true });
      done(!GONE.includes(code ?? ''));
    });
    // It gave up, or ended.
    socket.on('close', () => done(false));
  });
}

/** Files on the command line that are FIFOs, as a shell makes of `<(kubectl get pods -o json)`: read, and never waited for too long. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BUNDLE } from './helpers/agent.ts';
import { until } from './helpers/until.ts';

let dir: string;
let fifo: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-fifo-'));
  fifo = join(dir, 'fifo');
  execFileSync('mkfifo', [fifo]);
  writeFileSync(join(dir, '0.log'), '2026-11-26T01:02:03Z stdout F one\n');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function start(args: string[]): { child: ChildProcess; said: () => string; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [BUNDLE, ...args], {
    env: { PATH: process.env['PATH'], PODFERRY_STATE_DIR: join(dir, 'state') },
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => said.push(bytes));
  const ended = new Promise<number | null>((resolve) => child.once('close', (status) => resolve(status)));
  return { child, said: () => Buffer.concat(said).toString(), ended };
}

/** Has the process opened the FIFO? */
const opens = ({ pid }: ChildProcess): boolean => {
  try {
    return execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' }).includes(fifo);
  } catch {
    return false;
  }
};

const COMMANDS = [
  ['replay --pods', (): string[] => ['replay', '--pods', fifo, join(dir, '0.log')]],
  ['explain --pods', (): string[] => ['explain', '--pods', fifo, `${join(dir, '0.log')}:0`]],
  ['verify --pods', (): string[] => ['verify', '--pods', fifo, '--against', '/dev/null', join(dir, '0.log')]],
  ['verify --against', (): string[] => ['verify', '--against', fifo, join(dir, '0.log')]],
] as const;

test.each(COMMANDS)('%s ends on SIGTERM while the writer of a FIFO says nothing', async (name, args) => {
  // The end of a writer that is silent.
  const writer = openSync(fifo, constants.O_RDWR);
  const { child, said, ended } = start(args());
  await until(() => opens(child), 'the FIFO is open');
  child.kill('SIGTERM');
  expect(await ended).toBe(2);
  expect(said()).toContain(`${name.split(' ')[0]}: stopped before the end: SIGTERM`);
  expect(said()).not.toContain('bug');
  closeSync(writer);
});

test('replay --pods FIFO waits for its writer, and takes all it writes', async () => {
  const { child, said, ended } = start(['replay', '--pods', fifo, 'samples/pods']);
  await until(() => opens(child), 'the FIFO is open');
  execFileSync('sh', ['-c', 'cat > "$0"', fifo], { input: readFileSync('samples/pods.json') });
  expect(await ended).toBe(0);
  expect(said()).toContain('"labels":');
});

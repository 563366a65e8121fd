/**
 * Directories and files that may not be read, among others that may: each concerns itself only, and nobody takes the rest for all.
 * The built command, as a user without capabilities: root is refused nothing.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BUNDLE, newNode, type Node } from './helpers/agent.ts';

const isRoot = process.getuid?.() === 0;
const UNPRIVILEGED = isRoot ? ['setpriv', '--inh-caps=-all', '--bounding-set=-all'] : [];
const canDrop = !isRoot || spawnSync('setpriv', [...UNPRIVILEGED.slice(1), 'true']).status === 0;

let node: Node;
let closed: string[];
beforeEach(() => {
  node = newNode();
  closed = [];
});
afterEach(() => {
  for (const path of closed) chmodSync(path, 0o700);
  node.remove();
});

function logOf(pod: string): { pod: string; container: string; log: string } {
  const path = join(node.podsDir, `shop_${pod}_${pod}-uid`);
  const container = join(path, 'web');
  mkdirSync(container, { recursive: true });
  writeFileSync(join(container, '0.log'), `2026-11-20T01:00:00Z stdout F of ${pod}\n`);
  return { pod: path, container, log: join(container, '0.log') };
}

/** Nobody may read it. */
function close(path: string, mode = 0): void {
  chmodSync(path, mode);
  closed.unshift(path);
}

function podferry(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const [command, ...rest] = [...UNPRIVILEGED, process.execPath, BUNDLE, ...args];
  return spawnSync(command!, rest, { encoding: 'utf8', env: { PATH: process.env['PATH'] } });
}

test.skipIf(!canDrop)('replay and verify read what may be read, name the rest, and do not call it complete', () => {
  logOf('read');
  const [one, two, three] = [logOf('no-pod'), logOf('no-container'), logOf('no-stat')];
  const all = podferry('replay', node.podsDir, '--format', 'ndjson');
  expect([all.status, all.stdout.trim().split('\n').length]).toEqual([0, 4]);
  const documents = join(node.dir, 'documents');
  writeFileSync(documents, all.stdout);
  close(one.pod);
  close(two.container);
  close(three.container, 0o400);
  const unread = [one.pod, two.container, three.log];
  // It concerns nobody: a link to itself.
  symlinkSync('1.log', join(node.podsDir, 'shop_read_read-uid', 'web', '1.log'));

  const replayed = podferry('replay', node.podsDir, '--format', 'ndjson');
  expect(replayed.status).toBe(2);
  expect(replayed.stdout).toBe(all.stdout.split('\n').find((each) => each.includes('of read'))! + '\n');
  expect(replayed.stderr).toContain('3 paths could not be read');
  for (const path of unread) expect(replayed.stderr).toContain(path);

  const verified = podferry('verify', node.podsDir, '--against', documents);
  expect(verified.status).toBe(2);
  expect(verified.stdout).toMatch(/^1 record on disk: 1 stored, 0 missing, .*3 paths could not be read/);
  for (const path of unread) expect(verified.stderr).toContain(path);
});

test.skipIf(!canDrop)('where nothing may be read that is said, and not that there are no logs', () => {
  const { pod } = logOf('no-pod');
  close(pod);
  for (const args of [['replay'], ['verify', '--against', '/dev/null']]) {
    const { status, stderr } = podferry(args[0]!, node.podsDir, ...args.slice(1));
    expect(status).toBe(2);
    expect(stderr).toContain(pod);
    expect(stderr).toContain('Usually a permission is missing');
    expect(stderr).not.toContain('no logs in');
  }
});

test.skipIf(!canDrop)('check warns of what cannot be read beside what can, and fails if nothing can', () => {
  const [first, other] = [logOf('first'), logOf('other')];
  const check = () =>
    podferry(
      'check',
      ...[
        'sink=stdout',
        'kubernetes.enabled=false',
        'http.listen=off',
        `logs.pods_dir=${node.podsDir}`,
        `logs.containers_dir=${node.containersDir}`,
        `state.dir=${node.stateDir}`,
      ].flatMap((each) => ['--set', each]),
    );
  close(first.log);
  const warned = check();
  expect([warned.status, warned.stdout]).toEqual([0, expect.stringContaining('warn  logs.pods_dir')]);
  expect(warned.stdout).toContain(`1 path in it cannot be read, such as ${JSON.stringify(first.log)} (EACCES)`);
  close(other.log);
  const failed = check();
  expect([failed.status, failed.stdout]).toEqual([1, expect.stringContaining('FAIL  logs.pods_dir')]);
  expect(failed.stdout).toContain('DAC_READ_SEARCH');
});

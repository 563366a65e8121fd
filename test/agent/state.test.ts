/** Whatever lies in the state directory a real agent starts, says one sentence, and ships; and only one agent uses it. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BUNDLE, startAgent, type Agent, type Node } from '../helpers/agent.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { nodeOf } from './nodes.ts';

let kubelet: FakeKubelet;
let node: Node;
const agents: Agent[] = [];

beforeEach(() => {
  kubelet = new FakeKubelet();
  node = nodeOf(kubelet);
});

afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.end('SIGKILL');
  kubelet.remove();
});

const SETTINGS = { sink: 'stdout' };
/** Those of the image: what is in a file must not fill them. */
const HEAP = ['--max-old-space-size=96', '--max-semi-space-size=1'];

async function start(of = node): Promise<Agent> {
  const agent = await startAgent(of, SETTINGS, { execArgv: HEAP });
  agents.push(agent);
  return agent;
}

/** The messages that came out. */
function shipped(agent: Agent): string[] {
  const lines = agent.stdout().split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { message: string }).message);
}

const entry = (json: string): string =>
  `podferry-checkpoints 1 1\n${crc32(json).toString(16).padStart(8, '0')} ${json}\nend 1\n`;
const sound = { key: 'u/c/0', fingerprint: 'AAAAAAAAAAAA', mark: { out: 0, err: 0, time: '' }, size: 0, head: '' };

describe('the start survives', () => {
  test.each<[what: string, put: (path: string) => void, said: RegExp]>([
    ['a FIFO in place of the positions', (path) => execFileSync('mkfifo', [path]), /damaged \(it is a FIFO\)/],
    [
      'a directory with something in it',
      (path) => mkdirSync(join(path, 'x'), { recursive: true }),
      /it is a directory.*moved to/,
    ],
    ['a link to nothing', (path) => symlinkSync('/nowhere/at/all', path), /it is a link that leads nowhere/],
    ['a link to a device', (path) => symlinkSync('/dev/zero', path), /it is a device/],
    [
      '90 MB of garbage in one line',
      (path) => writeFileSync(path, Buffer.alloc(90_000_000, 'x')),
      /first line is not that of a checkpoint file.*too large to be kept/,
    ],
    [
      '90 MB of garbage behind a right first line',
      (path) => {
        const fd = openSync(path, 'w');
        writeSync(fd, 'podferry-checkpoints 1 1\n');
        for (let i = 0; i < 90; i++) writeSync(fd, `${'x'.repeat(99)}\n`.repeat(10_000));
        closeSync(fd);
      },
      /it is cut short/,
    ],
    [
      '190,000 sound entries, more than any node has',
      (path) => {
        const lines = Array.from({ length: 190_000 }, (_, i) => {
          const json = JSON.stringify({
            ...sound,
            fingerprint: i.toString(36).padStart(12, '0'),
            path: `/var/log/${'x'.repeat(150)}`,
          });
          return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
        });
        writeFileSync(path, `podferry-checkpoints 1 1\n${lines.join('')}end 190000\n`);
      },
      /it is cut short/,
    ],
    [
      'a directory, and another one where it would be kept',
      (path) => {
        mkdirSync(join(path, 'x'), { recursive: true });
        mkdirSync(join(`${path}.broken`, 'x'), { recursive: true });
      },
      /it is a directory.*moved to \S+checkpoints\.broken-[0-9a-f]{8}\./,
    ],
    ['NULs', (path) => writeFileSync(path, Buffer.alloc(100_000)), /damaged/],
    ...[
      '1',
      'null',
      '[]',
      '"x"',
      '{}',
      JSON.stringify({ ...sound, mark: null }),
      JSON.stringify({ ...sound, mark: { out: -1, err: 0, time: '' } }),
      JSON.stringify({ ...sound, mark: { out: 1.5, err: 0, time: '' } }),
      JSON.stringify({ ...sound, mark: { out: '1', err: 0, time: '' } }),
      JSON.stringify({ ...sound, size: 1e300 }),
      JSON.stringify({ ...sound, head: 7 }),
      JSON.stringify({ ...sound, head: '\u001b[31m\n' }),
      JSON.stringify({ ...sound, key: 'nothing like a key' }),
      JSON.stringify({ ...sound, key: 7 }),
      JSON.stringify({ ...sound, path: {} }),
      JSON.stringify({ ...sound, fingerprint: 'short' }),
      JSON.stringify({ ...sound, unseenUntil: 7 }),
      JSON.stringify({ ...sound, endsAt: -1 }),
      '{"key":',
    ].map((json): [string, (path: string) => void, RegExp] => [
      `a right checksum and a senseless body: ${JSON.stringify(json)}`,
      (path) => writeFileSync(path, entry(json)),
      /1 of its lines are no entries/,
    ]),
  ])('%s', async (_, put, said) => {
    put(join(node.stateDir, 'checkpoints'));
    const web = kubelet.start();
    web.say('one');
    const agent = await start();
    await until(() => shipped(agent).length === 1, 'the line');
    expect(agent.stderr()).toMatch(said);
    const lines = agent.stderr().split('\n');
    expect(lines.filter((line) => line.includes('are damaged'))).toHaveLength(1);
    // And positions are kept again: the next agent goes on where this one stopped.
    expect(await agent.end()).toBe(0);
    expect(readFileSync(join(node.stateDir, 'checkpoints'), 'utf8')).toMatch(/\nend 1\n$/);
    web.say('two');
    const next = await start();
    await until(() => shipped(next).length === 1, 'the next line');
    expect(shipped(next)).toEqual(['two']);
  });

  test('a FIFO in place of every file it may write', async () => {
    for (const name of ['checkpoints', 'checkpoints.tmp', 'checkpoints.broken', 'pods', 'pods.tmp', 'rejected.ndjson'])
      execFileSync('mkfifo', [join(node.stateDir, name)]);
    const web = kubelet.start();
    web.say('one');
    const agent = await start();
    await until(() => shipped(agent).length === 1, 'the line');
    expect(await agent.end()).toBe(0);
    expect(readFileSync(join(node.stateDir, 'checkpoints'), 'utf8')).toMatch(/\nend 1\n$/);
  });

  test('a directory that nobody may write to: what that costs is said, and logs flow', async (context) => {
    const tmpfs = ['mount', ['-t', 'tmpfs', '-o', 'size=1m,ro', 'podferry-test', node.stateDir]] as const;
    if (spawnSync(...tmpfs).status !== 0) return context.skip('no file system can be mounted here');
    try {
      const web = kubelet.start();
      web.say('one');
      const agent = await start();
      await until(() => shipped(agent).length === 1, 'the line');
      expect(agent.stderr()).toMatch(/state\.dir .* cannot be .*written to \(EROFS.*no positions are kept/);
      expect(await agent.end()).toBe(0);
    } finally {
      execFileSync('umount', [node.stateDir]);
    }
  });

  test('SIGHUP', async () => {
    const web = kubelet.start();
    const agent = await start();
    agent.child.kill('SIGHUP');
    await until(() => agent.stderr().includes('SIGHUP'), 'it was said');
    web.say('one');
    await until(() => shipped(agent).length === 1, 'the line');
    expect(await agent.end()).toBe(0);
  });
});

describe('one agent a state directory', () => {
  /** Runs a second agent on the same directory, which is to end by itself. */
  function second(before: readonly string[] = []) {
    const set = [
      `logs.pods_dir=${node.podsDir}`,
      `logs.containers_dir=${node.containersDir}`,
      `state.dir=${node.stateDir}`,
    ];
    const sets = [...set, 'sink=stdout', 'kubernetes.enabled=false', 'http.listen=off', 'node_name=node-1'];
    const [command, ...args] = [...before, process.execPath, BUNDLE, 'run', ...sets.flatMap((each) => ['--set', each])];
    return spawnSync(command!, args, { encoding: 'utf8', timeout: 20_000 });
  }

  test('a second one refuses with one sentence; after the first was killed, another starts at once', async () => {
    const first = await start();
    const refused = second();
    expect([refused.status, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/^podferry: state\.dir \S+ is in use by another podferry: [^\n]*\n$/m);
    await first.end('SIGKILL');
    await start();
  });

  test('in another pod too: with other network and process namespaces', async (context) => {
    const other = ['unshare', '--net', '--pid', '--fork', '--mount-proc'];
    if (spawnSync(other[0]!, [...other.slice(1), 'true']).status !== 0)
      return context.skip('no namespaces can be made here');
    await start();
    const refused = second(other);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('is in use by another podferry')]);
  });

  test('of eight that start at once one runs', async () => {
    const all = Array.from({ length: 8 }, () => {
      const set = [
        `logs.pods_dir=${node.podsDir}`,
        `logs.containers_dir=${node.containersDir}`,
        `state.dir=${node.stateDir}`,
      ];
      const sets = [...set, 'sink=stdout', 'kubernetes.enabled=false', 'http.listen=off', 'node_name=node-1'];
      return spawn(process.execPath, [BUNDLE, 'run', ...sets.flatMap((each) => ['--set', each])], { stdio: 'ignore' });
    });
    const ended = all.map(async (child) => ((await once(child, 'exit')) as [number | null])[0]);
    const codes: (number | null)[] = [];
    for (const each of ended) void each.then((code) => codes.push(code));
    await until(() => codes.length === 7, 'seven have ended', 60_000);
    expect(codes).toEqual(Array(7).fill(1));
    const one = all.find((child) => child.exitCode === null)!;
    one.kill('SIGTERM');
    await until(() => codes.length === 8, 'the last one ends');
    expect(codes.at(-1)).toBe(0);
  }, 90_000);
});

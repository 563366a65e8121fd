import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BUNDLE, newNode, startAgent, type Node } from './helpers/agent.ts';
import { until } from './helpers/until.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-main-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const PATH = process.env['PATH'] ?? '';

function podferry(args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BUNDLE, ...args], {
    encoding: 'utf8',
    env: { PATH, ...env },
  });
  return { status, stdout, stderr };
}

describe('podferry', () => {
  it('tells its version', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(podferry(['--version'])).toEqual({ status: 0, stdout: `podferry ${version}\n`, stderr: '' });
  });

  it('helps on stdout, without colours into a pipe', () => {
    const { status, stdout, stderr } = podferry(['--help']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('podferry COMMAND [options]');
    expect(stdout).not.toContain('\x1b');
    expect(podferry(['help', 'config']).stdout).toContain('elasticsearch.api_key_file');
    expect(podferry(['-h'], { FORCE_COLOR: '1' }).stdout).toContain('\x1b[');
    expect(podferry(['-h'], { FORCE_COLOR: '1', NO_COLOR: '1' }).stdout).not.toContain('\x1b');
  });

  it.each([
    [
      [],
      'podferry: a command is missing: run, replay, explain, verify, check, setup; podferry --help tells what each does.\n',
    ],
    [['rnu'], 'podferry: "rnu" is not a command; did you mean run?\n'],
    [['run', '--sett', 'a=b'], 'podferry: --sett is not an option; did you mean --set?\n'],
    [
      ['run', '-c', '/no/such.yaml', '--set', 'sink=stdout'],
      'podferry: -c: cannot read the file /no/such.yaml (ENOENT).\n',
    ],
    [
      ['run', '--set', 'sink=file', '--set', 'kubernetes.enabled=false', '--set', 'logs.pods_dir=/tmp'],
      'podferry: file.dir is required when sink is file, e.g. /var/lib/podferry/documents.\n',
    ],
    [
      ['replay', 'samples/pods', '--set', 'sink=file', '--set', 'file.dir=/proc/podferry'],
      "podferry: file.dir /proc/podferry cannot be used (ENOENT: no such file or directory, mkdir '/proc/podferry'). Usually a " +
        'directory was removed or is not mounted: put it back.\n',
    ],
  ])('%j is a mistake: one sentence, status 1', (args, stderr) => {
    expect(podferry([...args, ...(args.length > 1 ? ['--set', `state.dir=${dir}`] : [])])).toEqual({
      status: 1,
      stdout: '',
      stderr,
    });
  });

  it('names all mistakes in the settings, and what may explain them', () => {
    const file = join(dir, 'wrong.yaml');
    writeFileSync(file, 'batch:\n  max_bites: 1\nelasticsearch:\n  api_key: [geheim]\n');
    const { status, stdout, stderr } = podferry(
      ['run', '-c', file, '--set', `state.dir=${dir}`, '--set', `logs.pods_dir=${dir}`],
      {
        PODFERRY_ES: 'x',
      },
    );
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr.replaceAll(file, 'FILE')).toBe(
      [
        'podferry: 3 mistakes in the settings',
        '  FILE:2: batch.max_bites is not a setting; did you mean batch.max_bytes?',
        '  FILE:4: elasticsearch.api_key takes one value, not what was given.',
        '  elasticsearch.nodes is required when sink is elasticsearch, e.g. https://elasticsearch.example.com:9200.',
        '  PODFERRY_ES is set in the environment but is not a setting of podferry.',
        '',
      ].join('\n'),
    );
  });

  it('checks, a line each, and exits 1 if one fails', () => {
    const set = [
      'sink=stdout',
      'kubernetes.enabled=false',
      'http.listen=off',
      `state.dir=${dir}`,
      `logs.containers_dir=${dir}`,
    ];
    const flags = (more: string) => [...set, more].flatMap((s) => ['--set', s]);
    const good = podferry(['check', ...flags(`logs.pods_dir=${dir}`)]);
    expect([good.status, good.stderr]).toEqual([0, '']);
    expect(good.stdout.split('\n').filter((line) => line.startsWith('ok  '))).toHaveLength(9);
    const bad = podferry(['check', ...flags(`logs.pods_dir=${dir}/none`)]);
    expect(bad.status).toBe(1);
    expect(bad.stdout).toContain('FAIL  logs.pods_dir');
  });

  it('verifies a replay: 0 when all is there, 2 when something is missing', () => {
    const { stdout } = podferry(['replay', 'samples/pods', '--format', 'bulk']);
    const documents = join(dir, 'documents');
    const verify = () => podferry(['verify', 'samples/pods', '--against', documents]);
    writeFileSync(documents, stdout);
    expect(verify()).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^118 records on disk: 118 stored, 0 missing, 0 rejected, 0 extra in .*\n$/),
      stderr: '',
    });
    writeFileSync(documents, stdout.split('\n').slice(2).join('\n'));
    const { status, stdout: said, stderr } = verify();
    expect([status, stderr]).toEqual([2, '']);
    expect(said).toMatch(/^missing .*\n {6}1 .*\n118 records on disk: 117 stored, 1 missing, .*\n$/);
  });

  it('ends quietly when nobody reads on', async () => {
    const child = spawn(process.execPath, [BUNDLE, 'help', 'config'], {
      env: { PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect([status, stderr]).toEqual([0, '']);
  });

  it.each([
    ['replay', [], 2, 'replay: stopped before the end: SIGINT'],
    // Done, but for what it has to say.
    ['verify', ['--against', '/dev/null'], 2, 'SIGINT: stopping'],
  ])('%s into a pipe that nobody reads ends when it is told to', async (command, more, status, words) => {
    const pipe = fullPipe();
    const child = spawn(process.execPath, [BUNDLE, command, 'samples/pods', ...more], {
      env: { PATH },
      stdio: ['ignore', pipe, 'pipe'],
    });
    let stderr = '';
    child.stderr!.on('data', (data: Buffer) => (stderr += data.toString()));
    const ended = new Promise((resolve) => child.once('close', resolve));
    await until(() => isIdle(child.pid!), 'it waits for its reader');
    child.kill('SIGINT');
    expect([await ended, stderr]).toEqual([status, expect.stringContaining(words)]);
    expect(stderr).not.toContain('bug');
    closeSync(pipe);
  });

  it.runIf(existsSync('/dev/full'))('says when stdout cannot be written to, and exits 2', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [BUNDLE, '--help'], {
      encoding: 'utf8',
      env: { PATH },
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    expect([status, stderr]).toEqual([2, 'podferry: stdout cannot be written to (ENOSPC)\n']);
  });
});

/** The descriptor of a pipe that takes no more byte. */
function fullPipe(): number {
  const path = join(mkdtempSync(join(dir, 'pipe-')), 'pipe');
  execFileSync('mkfifo', [path]);
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  for (const bytes of [65_536, 1]) {
    try {
      while (writeSync(pipe, Buffer.alloc(bytes)) > 0);
    } catch (error) {
      expect(error).toMatchObject({ code: 'EAGAIN' });
    }
  }
  return pipe;
}

/** Whether a process listens for SIGINT and waits: it used no CPU between many looks at it. */
async function isIdle(pid: number): Promise<boolean> {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
  const used = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ').slice(13, 15).join();
  const before = used();
  for (let look = 0; look < 50; look++) {
    if (used() !== before) return false;
    await new Promise((wake) => setTimeout(wake, 5));
  }
  return (Number.parseInt(caught.slice(-1), 16) & 2) !== 0;
}

describe('podferry run', () => {
  let node: Node;
  beforeEach(() => {
    node = newNode();
    const container = join(node.podsDir, 'shop_web_00000000-0000-4000-8000-000000000001', 'web');
    mkdirSync(container, { recursive: true });
    writeFileSync(join(container, '0.log'), '2026-11-20T01:02:03.4Z stdout F hello\n');
  });
  afterEach(() => node.remove());

  it.each(['SIGTERM', 'SIGINT'] as const)('stops in order on %s and exits 0', async (signal) => {
    const agent = await startAgent(node, { sink: 'stdout' });
    await until(() => agent.stdout().includes('"message":"hello"'), 'the line comes out');
    expect(await agent.end(signal)).toBe(0);
    expect(agent.stderr()).toContain(`${signal}: stopping`);
  });

  it('verify --against - ends on SIGTERM while stdin gives nothing', async () => {
    const log = join(node.dir, '0.log');
    writeFileSync(log, '2026-11-26T01:02:03Z stdout F one\n');
    const child = spawn(process.execPath, [BUNDLE, 'verify', '--against', '-', log], {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { PATH, PODFERRY_STATE_DIR: node.stateDir },
    });
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    const ended = new Promise((exited) => child.once('exit', exited));
    // More than a pipe holds: it is read when this is written.
    await new Promise((written) => child.stdin.write('\n'.repeat(300_000), written));
    child.kill('SIGTERM');
    expect(await ended).toBe(2);
    expect(said).toMatch(/stopped before the end: SIGTERM/);
    expect(said).not.toContain('bug');
  });

  it('ends at once on a second signal', async () => {
    // A sink that takes everything and never answers.
    const hole = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    await new Promise((listening) => hole.once('listening', listening));
    const { port } = hole.address() as AddressInfo;
    const agent = await startAgent(node, { 'elasticsearch.nodes': `http://127.0.0.1:${port}`, 'stop.grace': '1h' });
    await until(async () => (await agent.metric('podferry_batch_bytes_count')) === 1, 'a batch is on its way');
    agent.child.kill('SIGTERM');
    await until(() => agent.stderr().includes('SIGTERM: stopping'), 'it begins to stop');
    expect(await agent.end('SIGTERM')).toBe(143);
    hole.close();
  });

  it.each([
    ['thrown', 'setTimeout(() => { throw new Error("boom") }, 500)'],
    ['of a promise nobody waits for', 'setTimeout(() => { void Promise.reject(new Error("boom")) }, 500)'],
  ])('owns up to a bug: an error %s', async (_, code) => {
    const agent = await startAgent(
      node,
      { sink: 'stdout' },
      { ready: false, env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` } },
    );
    const status = await new Promise((exited) => agent.child.once('exit', exited));
    expect(status).toBe(70);
    expect(agent.stderr()).toMatch(/podferry 0\.1\.0: this is a bug in podferry.*\nError: boom\n/);
  });

  it('says when its address is taken', async () => {
    const agent = await startAgent(node, { sink: 'stdout' });
    const { host } = new URL(agent.url);
    const second = podferry(['run', ...settings({ 'http.listen': host, 'state.dir': join(node.dir, 'other') })]);
    expect([second.status, second.stdout]).toEqual([1, '']);
    expect(second.stderr).toContain(`podferry: http.listen ${host} cannot be used: another process listens there`);
    await agent.end();
  });

  it('does not start over a pods_dir that is a file', () => {
    const file = join(node.dir, 'file');
    writeFileSync(file, '');
    expect(podferry(['run', ...settings({ 'logs.pods_dir': file, 'state.dir': node.stateDir })])).toEqual({
      status: 1,
      stdout: '',
      stderr: `podferry: --set: logs.pods_dir ${file} is not a directory, e.g. /var/log/pods.\n`,
    });
  });

  function settings(more: Record<string, string>): string[] {
    const all = { sink: 'stdout', 'kubernetes.enabled': 'false', 'logs.pods_dir': node.podsDir, ...more };
    return Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  }
});

import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLE } from './helpers/agent.ts';

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
    expect(podferry(['--version'])).toEqual({ status: 0, stdout: 'podferry 0.1.0\n', stderr: '' });
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
    [[], 'podferry: a command is missing: run, replay, check; podferry --help tells what each does.\n'],
    [['rnu'], 'podferry: "rnu" is not a command; did you mean run?\n'],
    [['run', '--sett', 'a=b'], 'podferry: --sett is not an option; did you mean --set?\n'],
    [
      ['run', '-c', '/no/such.yaml', '--set', 'sink=stdout'],
      'podferry: -c: cannot read the file /no/such.yaml (ENOENT).\n',
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
    expect(good.stdout.split('\n').filter((line) => line.startsWith('ok  '))).toHaveLength(8);
    const bad = podferry(['check', ...flags(`logs.pods_dir=${dir}/none`)]);
    expect(bad.status).toBe(1);
    expect(bad.stdout).toContain('FAIL  logs.pods_dir');
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

// .ci/run tells the truth: its closing line and exit status, with npm and conmon replaced by scripts that do as told.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-ci-'));
  cpSync('.ci', join(dir, '.ci'), { recursive: true });
  mkdirSync(join(dir, 'bin'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const tool = (name: string, script: string) => {
  writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, 'bin', name), 0o755);
};

interface Told {
  /** What vitest reports; undefined: it breaks off before it can. */
  readonly report?: object | undefined;
  readonly testStatus?: number;
  /** The npm command that fails: 'ci', 'run -s lint' … */
  readonly fails?: string;
  readonly CI?: string;
}

function run({ report, testStatus = 0, fails = 'nothing', CI = '' }: Told) {
  writeFileSync(join(dir, 'report.json'), JSON.stringify(report ?? null));
  // The other suites are always well.
  writeFileSync(join(dir, 'agent.json'), JSON.stringify(results(2, 0, 0)));
  writeFileSync(join(dir, 'real.json'), JSON.stringify(results(1, 0, 0)));
  const write = report === undefined ? ':' : `cp ${dir}/report.json "\${arg#--outputFile.json=}"`;
  tool(
    'npm',
    `echo "npm $*" >> ${dir}/calls
     case "$*" in '${fails}'*) exit 1;; esac
     case "$*" in 'run test:agent'*) other=agent;; 'run test:real'*) other=real;; *) other=;; esac
     if [ -n "$other" ]; then
       for arg in "$@"; do case "$arg" in --outputFile.json=*) cp ${dir}/$other.json "\${arg#--outputFile.json=}";; esac; done
       exit 0
     fi
     for arg in "$@"; do case "$arg" in --outputFile.json=*) ${write}; exit ${testStatus};; esac; done`,
  );
  const env = { PATH: `${join(dir, 'bin')}:${process.env.PATH}`, CI };
  const { status, stdout } = spawnSync(join(dir, '.ci/run'), { encoding: 'utf8', env });
  const closing = stdout.split('\n').filter((line) => /^\d+ passed, \d+ failed/.test(line));
  expect(closing).toHaveLength(1);
  expect(stdout.endsWith(`${closing[0]}\n`)).toBe(true);
  return { status, closing: closing[0], stdout };
}

const results = (p: number, f: number, s: number, ...files: object[]) => ({
  numPassedTests: p,
  numFailedTests: f,
  numPendingTests: s,
  numTodoTests: 0,
  testResults: files,
});

test('all well: six steps, the tests, the two of the agent and the one with a real server', () => {
  tool('conmon', '');
  expect(run({ report: results(40, 0, 0) })).toMatchObject({ status: 0, closing: '49 passed, 0 failed' });
  const calls = readFileSync(join(dir, 'calls'), 'utf8').split('\n');
  expect(calls.slice(0, 5)).toEqual([
    'npm ci --no-audit --no-fund',
    'npm run -s lint',
    'npm run -s typecheck',
    'npm run -s build',
    'npm run -s demo',
  ]);
  expect(calls[5]).toMatch(/^npm run coverage -- --reporter=default --reporter=json --outputFile\.json=/);
  expect(calls[6]).toMatch(/^npm run test:agent -- --reporter=default --reporter=json --outputFile\.json=/);
  expect(calls[7]).toMatch(/^npm run test:real -- --reporter=default --reporter=json --outputFile\.json=/);
});

test('skipped tests are said, and are no failure', () => {
  tool('conmon', '');
  expect(run({ report: results(39, 0, 3) })).toMatchObject({ status: 0, closing: '48 passed, 0 failed, 3 skipped' });
});

test('a failed test', () => {
  tool('conmon', '');
  const file = { status: 'failed', assertionResults: [{ status: 'failed' }] };
  expect(run({ report: results(39, 1, 0, file), testStatus: 1 })).toMatchObject({
    status: 1,
    closing: '48 passed, 1 failed',
  });
});

test('a failed test and a file that did not load', () => {
  tool('conmon', '');
  const files = [
    { status: 'failed', assertionResults: [{ status: 'failed' }] },
    { status: 'failed', assertionResults: [] },
  ];
  const told = { report: results(9, 1, 0, ...files), testStatus: 1 };
  expect(run(told)).toMatchObject({ status: 1, closing: '18 passed, 2 failed' });
});

test('all tests passed, but vitest did not: an error outside of any test', () => {
  tool('conmon', '');
  expect(run({ report: results(40, 0, 0), testStatus: 1 })).toMatchObject({
    status: 1,
    closing: '49 passed, 1 failed',
  });
});

test('tests that broke off without a report', () => {
  tool('conmon', '');
  expect(run({ testStatus: 139 })).toMatchObject({ status: 1, closing: '9 passed, 1 failed' });
});

test('a suite that skips itself, for want of what it needs, has not failed', () => {
  tool('conmon', '');
  expect(run({ report: results(0, 0, 5) })).toMatchObject({ status: 0, closing: '9 passed, 0 failed, 5 skipped' });
});

test('no test ran at all', () => {
  tool('conmon', '');
  expect(run({ report: results(0, 0, 0) })).toMatchObject({ status: 1, closing: '9 passed, 1 failed' });
});

test.each(['run -s lint', 'run -s typecheck', 'run -s build', 'run -s demo'])(
  'npm %s fails: the rest still runs',
  (fails) => {
    tool('conmon', '');
    expect(run({ report: results(40, 0, 0), fails })).toMatchObject({ status: 1, closing: '48 passed, 1 failed' });
  },
);

test('npm ci fails: nothing else can run', () => {
  tool('conmon', '');
  expect(run({ report: results(40, 0, 0), fails: 'ci' })).toMatchObject({ status: 1, closing: '0 passed, 1 failed' });
});

test('without conmon and no way to install it: a message on a laptop, a failure in CI', () => {
  for (const name of ['apt-get', 'sudo']) tool(name, 'exit 1');
  // Only what the script needs, so that no conmon of this machine is found.
  const needed = ['bash', 'env', 'dirname', 'mktemp', 'rm', 'timeout', 'node', 'cp'];
  for (const name of needed)
    tool(name, `exec ${spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()} "$@"`);
  const path = process.env.PATH;
  process.env.PATH = '';
  try {
    const laptop = run({ report: results(40, 0, 5) });
    expect(laptop).toMatchObject({ status: 0, closing: '49 passed, 0 failed, 5 skipped' });
    expect(laptop.stdout).toContain('conmon could not be installed');
    expect(run({ report: results(40, 0, 5), CI: 'true' })).toMatchObject({
      status: 1,
      closing: '48 passed, 1 failed, 5 skipped',
    });
  } finally {
    process.env.PATH = path;
  }
});

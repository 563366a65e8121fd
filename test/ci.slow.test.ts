// .ci/run tells the truth: its closing line and exit status, with npm, conmon, promtool, kustomize, helm and other Nodes replaced by scripts
// that do as told.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** The Nodes it also tests on; the one that runs this is not tested twice. */
const [, image] = /^FROM node:([\d.]+)/m.exec(readFileSync('Dockerfile', 'utf8'))!;
const OTHERS = ['20.19.0', '22', '24', image!].filter((version) => !`${process.version}.`.startsWith(`v${version}.`));
/** The suites that run on them: the tests of the parts on each, the slow ones on that of the image. */
const SUITES = OTHERS.length + (OTHERS.includes(image!) ? 1 : 0);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-ci-'));
  for (const path of ['.ci', 'package.json', 'Dockerfile']) cpSync(path, join(dir, path), { recursive: true });
  mkdirSync(join(dir, 'bin'));
  for (const name of ['conmon', 'promtool', 'kustomize', 'helm']) tool(name, '');
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
  /** The version that is installed, whatever was asked for. */
  readonly installs?: string;
  /** The other Node on which a test fails. */
  readonly failsOn?: string;
  readonly CI?: string;
}

function run({ report, testStatus = 0, fails = 'nothing', installs, failsOn, CI = '' }: Told) {
  writeFileSync(join(dir, 'report.json'), JSON.stringify(report ?? null));
  // The other suites are always well, and so are the tests on other Nodes: one each.
  writeFileSync(join(dir, 'agent.json'), JSON.stringify(results(2, 0, 0)));
  writeFileSync(join(dir, 'real.json'), JSON.stringify(results(1, 0, 0)));
  writeFileSync(join(dir, 'node.json'), JSON.stringify(results(1, 0, 0)));
  const write = report === undefined ? ':' : `cp ${dir}/report.json "\${arg#--outputFile.json=}"`;
  tool(
    'npm',
    `on=$(node --version)
     echo "$on npm $*" >> ${dir}/calls
     case "$*" in '${fails}'*) exit 1;; esac
     if [ "$1" = install ]; then
       while [ $# -gt 1 ]; do if [ "$1" = --prefix ]; then bin=$2/node_modules/.bin; fi; shift; done
       mkdir -p $bin; printf '#!/bin/sh\necho v%s\n' "${installs ?? '${1##*@}'}" > $bin/node; chmod +x $bin/node
       exit 0
     fi
     case "$*" in 'run test:agent'*) other=agent;; 'run test:real'*) other=real;; *) other=;; esac
     if [ "$on" != ${process.version} ]; then other=node; fi
     if [ "$on" = 'v${failsOn}' ]; then other=bad; fi
     if [ -n "$other" ]; then
       for arg in "$@"; do case "$arg" in --outputFile.json=*) cp ${dir}/$other.json "\${arg#--outputFile.json=}";; esac; done
       exit 0
     fi
     for arg in "$@"; do case "$arg" in --outputFile.json=*) ${write}; exit ${testStatus};; esac; done`,
  );
  const env = { PATH: `${join(dir, 'bin')}:${process.env.PATH}`, CI };
  const { status, stdout } = spawnSync(join(dir, '.ci/run'), { encoding: 'utf8', env });
  const lines = stdout.split('\n').filter((line) => /^\d+ passed, \d+ failed/.test(line));
  expect(lines).toHaveLength(1);
  expect(stdout.endsWith(`${lines[0]}\n`)).toBe(true);
  return { status, closing: lines[0], stdout };
}

/** The closing line, if the other Nodes are well: each is a step more, and each suite on one a test. */
const closing = (passed: number, failed: number, skipped = 0) =>
  `${passed + OTHERS.length + SUITES} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

const results = (p: number, f: number, s: number, ...files: object[]) => ({
  numPassedTests: p,
  numFailedTests: f,
  numPendingTests: s,
  numTodoTests: 0,
  testResults: files,
});

test('all well: nine steps, the tests, the two of the agent and the one with a real server, then the tests on other Nodes', () => {
  expect(run({ report: results(40, 0, 0) })).toMatchObject({ status: 0, closing: closing(52, 0) });
  const calls = readFileSync(join(dir, 'calls'), 'utf8').split('\n');
  const here = process.version;
  expect(calls.slice(0, 5)).toEqual([
    `${here} npm ci --no-audit --no-fund`,
    `${here} npm run -s lint`,
    `${here} npm run -s typecheck`,
    `${here} npm run -s build`,
    `${here} npm run -s demo`,
  ]);
  const suites = ['run coverage', 'run test:agent', 'run test:real'];
  suites.forEach((suite, i) => expect(calls[5 + i]).toMatch(withReport(here, suite)));
  OTHERS.forEach((version, i) => {
    const [install, tests] = calls.slice(8 + 2 * i);
    expect(install).toMatch(
      /^v\S+ npm install --no-save --no-audit --no-fund --prefix \S+ node-[a-z0-9]+-[a-z0-9]+@\S+$/,
    );
    expect(install!.endsWith(`@${version}`)).toBe(true);
    expect(tests).toMatch(withReport(`v${version}`, 'test'));
  });
  const [slow] = calls.slice(8 + 2 * OTHERS.length);
  if (OTHERS.includes(image!)) expect(slow).toMatch(withReport(`v${image}`, 'run test:slow'));
});

/** What calls npm so that it writes a report. */
const withReport = (version: string, suite: string) =>
  new RegExp(`^${version} npm ${suite} -- --reporter=default --reporter=json --outputFile\\.json=`);

test('skipped tests are said, and are no failure', () => {
  expect(run({ report: results(39, 0, 3) })).toMatchObject({ status: 0, closing: closing(51, 0, 3) });
});

test('a failed test', () => {
  const file = { status: 'failed', assertionResults: [{ status: 'failed' }] };
  expect(run({ report: results(39, 1, 0, file), testStatus: 1 })).toMatchObject({
    status: 1,
    closing: closing(51, 1),
  });
});

test('a failed test and a file that did not load', () => {
  const files = [
    { status: 'failed', assertionResults: [{ status: 'failed' }] },
    { status: 'failed', assertionResults: [] },
  ];
  const told = { report: results(9, 1, 0, ...files), testStatus: 1 };
  expect(run(told)).toMatchObject({ status: 1, closing: closing(21, 2) });
});

test('what failed is named once more before the closing line, with its reason', () => {
  const files = [
    { name: 'a.test.ts', status: 'passed', assertionResults: [{ status: 'passed', fullName: 'well' }] },
    {
      name: 'b.test.ts',
      status: 'failed',
      assertionResults: [
        { status: 'passed', fullName: 'well too' },
        { status: 'failed', fullName: 'a line is lost', failureMessages: ['expected 1 to be 2\n  at b.test.ts:7'] },
      ],
    },
    { name: 'c.test.ts', status: 'failed', message: 'no such module', assertionResults: [] },
  ];
  const { stdout } = run({ report: results(9, 1, 0, ...files), testStatus: 1, fails: 'run -s lint' });
  expect(stdout.split('\n').slice(-10, -3)).toEqual([
    'failed:',
    '  lint',
    '  tests: b.test.ts: a line is lost',
    '      expected 1 to be 2',
    '        at b.test.ts:7',
    '  tests: c.test.ts',
    '      no such module',
  ]);
});

test('all tests passed, but vitest did not: an error outside of any test', () => {
  expect(run({ report: results(40, 0, 0), testStatus: 1 })).toMatchObject({
    status: 1,
    closing: closing(52, 1),
  });
});

test('tests that broke off without a report', () => {
  expect(run({ testStatus: 139 })).toMatchObject({ status: 1, closing: closing(12, 1) });
});

test('a suite that skips itself, for want of what it needs, has not failed', () => {
  expect(run({ report: results(0, 0, 5) })).toMatchObject({ status: 0, closing: closing(12, 0, 5) });
});

test('no test ran at all', () => {
  expect(run({ report: results(0, 0, 0) })).toMatchObject({ status: 1, closing: closing(12, 1) });
});

test.each(['run -s lint', 'run -s typecheck', 'run -s build', 'run -s demo'])(
  'npm %s fails: the rest still runs',
  (fails) => {
    expect(run({ report: results(40, 0, 0), fails })).toMatchObject({ status: 1, closing: closing(51, 1) });
  },
);

test('npm ci fails: nothing else can run', () => {
  expect(run({ report: results(40, 0, 0), fails: 'ci' })).toMatchObject({ status: 1, closing: '0 passed, 1 failed' });
});

test.each([
  ['conmon', 'apt-get', 'conmon could not be installed'],
  ['promtool', 'apt-get', 'prometheus could not be installed'],
  ['kustomize', 'go', 'kustomize could not be installed'],
  ['helm', 'go', 'helm could not be installed'],
])('without %s and no way to install it: a message on a laptop, a failure in CI', (name, installer, said) => {
  rmSync(join(dir, 'bin', name));
  for (const each of [installer, 'sudo']) tool(each, 'exit 1');
  // Only what the script needs, so that none of this machine is found.
  const needed = ['bash', 'env', 'dirname', 'mktemp', 'rm', 'timeout', 'node', 'cp', 'mkdir', 'chmod'];
  for (const each of needed)
    tool(each, `exec ${spawnSync('sh', ['-c', `command -v ${each}`], { encoding: 'utf8' }).stdout.trim()} "$@"`);
  const path = process.env.PATH;
  process.env.PATH = '';
  try {
    const laptop = run({ report: results(40, 0, 5) });
    expect(laptop).toMatchObject({ status: 0, closing: closing(52, 0, 5) });
    expect(laptop.stdout).toContain(said);
    expect(run({ report: results(40, 0, 5), CI: 'true' })).toMatchObject({
      status: 1,
      closing: closing(51, 1, 5),
    });
  } finally {
    process.env.PATH = path;
  }
});

test('a Node that cannot be installed: a message on a laptop, a failure in CI', () => {
  const told = { report: results(40, 0, 0), fails: 'install' };
  const laptop = run(told);
  expect(laptop).toMatchObject({ status: 0, closing: closing(52 - SUITES, 0) });
  for (const version of OTHERS) expect(laptop.stdout).toContain(`Node ${version} could not be installed`);
  expect(run({ ...told, CI: 'true' })).toMatchObject({
    status: 1,
    closing: closing(52 - SUITES - OTHERS.length, OTHERS.length),
  });
});

test('another Node than was asked for is not used', () => {
  const told = { report: results(40, 0, 0), installs: '18.0.0' };
  const laptop = run(told);
  expect(laptop).toMatchObject({ status: 0, closing: closing(52 - SUITES, 0) });
  expect(laptop.stdout).not.toContain('== tests on Node');
});

test('the tests fail on one other Node', () => {
  writeFileSync(join(dir, 'bad.json'), JSON.stringify(results(0, 1, 0)));
  const first = OTHERS[0]!;
  const { status, closing: said, stdout } = run({ report: results(40, 0, 0), failsOn: first });
  expect([status, said]).toEqual([1, closing(51, 1)]);
  expect(stdout).toContain(`-- tests on Node ${first}: 0 tests passed, 1 failed`);
});

// scripts/release.mjs, in a repository of its own with the files it may touch: what it changes, and what it refuses.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const FILES = [
  'package.json',
  'package-lock.json',
  'CHANGELOG.md',
  'README.md',
  'Dockerfile',
  'manifests',
  'charts',
  'docs',
];
const OLD = '31.4.9';
const NEW = '31.10.0';

let dir: string;
const at = (path: string) => join(dir, path);
const read = (path: string) => readFileSync(at(path), 'utf8');
const git = (...args: string[]) => {
  const who = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.org'];
  return execFileSync('git', [...who, ...args], { cwd: dir, encoding: 'utf8' });
};
const commitAll = (message: string) => {
  git('add', '--all');
  git('commit', '--quiet', `--message=${message}`);
};

function release(...args: string[]) {
  const who = { GIT_AUTHOR_NAME: 'R', GIT_AUTHOR_EMAIL: 'r@example.org' };
  const env = { ...process.env, ...who, GIT_COMMITTER_NAME: 'R', GIT_COMMITTER_EMAIL: 'r@example.org' };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/release.mjs', ...args], {
    cwd: dir,
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

/** A version, and not a part of a longer number. */
const exactly = (version: string) => new RegExp(`(?<![\\d.])${version.replaceAll('.', '\\.')}(?!\\d|\\.\\d)`, 'g');

/** Every line in the repository that names a version, but those of the changelog: 'path: line'. */
const naming = (version: string) =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('.git') && path !== 'CHANGELOG.md' && statSync(at(path)).isFile())
    .flatMap((path) =>
      read(path)
        .split('\n')
        .filter((line) => exactly(version).test(line))
        .map((line) => `${path}: ${line.trim()}`),
    )
    .sort();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-release-'));
  for (const path of [...FILES, 'scripts/release.mjs']) cpSync(path, at(path), { recursive: true });
  // At a version that no library has, so that every line that names it names podferry's.
  const { version } = JSON.parse(read('package.json')) as { version: string };
  for (const path of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    if (!statSync(at(path)).isFile() || path.startsWith('scripts')) continue;
    const text = read(path);
    if (path !== 'package-lock.json') writeFileSync(at(path), text.replaceAll(exactly(version), OLD));
    else
      writeFileSync(
        at(path),
        text.replaceAll(new RegExp(`("name": "podferry",\\s+"version": )"[^"]*"`, 'g'), `$1"${OLD}"`),
      );
  }
  writeFileSync(at('CHANGELOG.md'), `# Changes\n\n## Unreleased\n\n- A new thing.\n\n## ${OLD}\n\n- An old thing.\n`);
  git('init', '--quiet', '--initial-branch=main');
  commitAll('Begin');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('a release: every place that names the version, the changelog, one commit, one tag', () => {
  const before = naming(OLD);
  expect(before.length).toBeGreaterThan(8);
  const { status, stdout, stderr } = release(NEW);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain('Nothing was pushed');
  expect(naming(OLD)).toEqual([]);
  expect(naming(NEW)).toEqual(before.map((line) => line.replaceAll(OLD, NEW)));
  expect(read('CHANGELOG.md')).toBe(
    `# Changes\n\n## Unreleased\n\n## ${NEW}\n\n- A new thing.\n\n## ${OLD}\n\n- An old thing.\n`,
  );
  expect(git('log', '--format=%s')).toBe(`Release ${NEW}\nBegin\n`);
  expect(git('rev-parse', `v${NEW}^{commit}`)).toBe(git('rev-parse', 'HEAD'));
  expect(git('status', '--porcelain')).toBe('');
});

test('--dry-run says what it would do, and does nothing', () => {
  const head = git('rev-parse', 'HEAD');
  const { status, stdout, stderr } = release(NEW, '--dry-run');
  expect([status, stderr]).toEqual([0, '']);
  for (const line of ['change package-lock.json', 'change README.md', 'change manifests/base/daemonset.yaml'])
    expect(stdout).toContain(`would ${line}\n`);
  expect(stdout).toMatch(new RegExp(`would git commit .*Release ${NEW}\nwould git tag .*v${NEW}\n`));
  expect([git('rev-parse', 'HEAD'), git('tag'), git('status', '--porcelain')]).toEqual([head, '', '']);
});

describe('is refused, with a sentence, and nothing changes', () => {
  test.each([
    ['no version', [], /the version is missing/],
    ['two versions', ['31.5.0', '31.6.0'], /one version at a time/],
    ['an unknown option', ['--push', NEW], /--push/],
    ['two numbers', ['31.5'], /"31\.5" is not a version/],
    ['the name of a tag', ['v31.5.0'], /"v31\.5\.0" is not a version/],
    ['a leading zero', ['31.05.0'], /is not a version/],
    ['the same version', [OLD], /31\.4\.9 is not newer than 31\.4\.9/],
    ['an older version', ['31.4.8'], /not newer/],
    ['an older version with a larger last number', ['31.3.10'], /not newer/],
  ])('%s', (_, args, sentence) => refused(args, sentence));

  test('a tree with changes', () => {
    appendFileSync(at('README.md'), 'more\n');
    refused([NEW], /changes that are not committed/);
  });

  test('a file that git does not know', () => {
    writeFileSync(at('notes.txt'), 'mine\n');
    refused([NEW], /changes that are not committed/);
  });

  test('an empty Unreleased section', () => {
    writeFileSync(at('CHANGELOG.md'), `# Changes\n\n## Unreleased\n\n## ${OLD}\n\n- An old thing.\n`);
    commitAll('Empty');
    refused([NEW], /nothing under "## Unreleased"/);
  });

  test('no Unreleased section', () => {
    writeFileSync(at('CHANGELOG.md'), `# Changes\n\n## ${OLD}\n\n- An old thing.\n`);
    commitAll('None');
    refused([NEW], /no section "## Unreleased"/);
  });

  test('a tag that exists', () => {
    git('tag', `v${NEW}`);
    refused([NEW], /the tag v31\.10\.0 exists already/);
  });

  test('a place that no longer names the version', () => {
    writeFileSync(at('README.md'), read('README.md').replace(`Status: ${OLD}`, 'Status: fine'));
    commitAll('Fine');
    refused([NEW], /README\.md does not say "Status: 31\.4\.9,": mend it/);
  });

  function refused(args: string[], sentence: RegExp): void {
    const before = [git('rev-parse', 'HEAD'), git('tag'), git('status', '--porcelain'), git('diff')];
    const { status, stdout, stderr } = release(...args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^release: .+\n$/);
    expect(stderr).toMatch(sentence);
    expect([git('rev-parse', 'HEAD'), git('tag'), git('status', '--porcelain'), git('diff')]).toEqual(before);
  }
});

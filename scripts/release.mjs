// npm run release -- 0.2.0 [--dry-run]: makes a commit and a tag of what is in the tree, and pushes nothing.
//
// The version is set wherever it is named, and what CHANGELOG.md has under Unreleased goes under the version. All of it is
// checked before anything is written, so that a refusal changes nothing.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** Where the version is named, and what stands around it. */
const PLACES = [
  ['package.json', (v) => `\n  "version": "${v}",\n`],
  ['package-lock.json', (v) => `\n  "version": "${v}",\n`],
  ['package-lock.json', (v) => `\n      "name": "podferry",\n      "version": "${v}",\n`],
  ['Dockerfile', (v) => `podferry:${v} .\n`],
  ['README.md', (v) => `podferry:${v} `],
  ['README.md', (v) => `podferry:${v}\n`],
  ['README.md', (v) => `\nStatus: ${v}, `],
  ['manifests/base/daemonset.yaml', (v) => `image: podferry:${v}\n`],
  ['manifests/base/kustomization.yaml', (v) => `app.kubernetes.io/version: '${v}'\n`],
  ['manifests/overlays/example/kustomization.yaml', (v) => `newTag: ${v}\n`],
  ['charts/podferry/Chart.yaml', (v) => `\nversion: ${v}\n`],
  ['charts/podferry/Chart.yaml', (v) => `\nappVersion: ${v}\n`],
];
const UNRELEASED = '\n## Unreleased\n';

class Refused extends Error {}
const refuse = (why) => {
  throw new Refused(why);
};

const root = join(import.meta.dirname, '..');
const read = (path) => readFileSync(join(root, path), 'utf8');
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' });

/** The three numbers of a version; undefined if it is none. Pre-releases are not made here. */
function numbers(version) {
  const match = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(version);
  return match?.slice(1).map(Number);
}

function isNewer(version, old) {
  const [a, b] = [numbers(version), numbers(old)];
  const first = a.findIndex((number, i) => number !== b[i]);
  return first >= 0 && a[first] > b[first];
}

/** The changelog with its Unreleased section under the version, and an empty one above. */
function closed(changelog, version) {
  const start = changelog.indexOf(UNRELEASED);
  if (start < 0) refuse('CHANGELOG.md has no section "## Unreleased".');
  const after = changelog.slice(start + UNRELEASED.length);
  const [section] = after.split(/^## /m);
  if (!/^- /m.test(section)) refuse('CHANGELOG.md has nothing under "## Unreleased": there is nothing to release.');
  return `${changelog.slice(0, start)}${UNRELEASED}\n## ${version}\n${after}`;
}

/** Every file that changes, with its new text. */
function edits(version, old) {
  const files = new Map([['CHANGELOG.md', closed(read('CHANGELOG.md'), version)]]);
  for (const [path, place] of PLACES) {
    const text = files.get(path) ?? read(path);
    if (!text.includes(place(old)))
      refuse(`${path} does not say ${JSON.stringify(place(old).trim())}: mend it, or PLACES in scripts/release.mjs.`);
    files.set(path, text.replaceAll(place(old), place(version)));
  }
  return files;
}

function release(version, dryRun) {
  const old = JSON.parse(read('package.json')).version;
  if (version === undefined) refuse('the version is missing: npm run release -- 0.2.0');
  if (numbers(version) === undefined) refuse(`"${version}" is not a version: three numbers are, such as 0.2.0.`);
  if (!isNewer(version, old)) refuse(`${version} is not newer than ${old}.`);
  if (git('status', '--porcelain') !== '') refuse('the tree has changes that are not committed.');
  const tag = `v${version}`;
  if (git('tag', '--list', tag) !== '') refuse(`the tag ${tag} exists already.`);
  const files = edits(version, old);

  const say = (text) => console.log(dryRun ? `would ${text}` : text);
  for (const [path, text] of files) {
    say(`change ${path}`);
    if (!dryRun) writeFileSync(join(root, path), text);
  }
  for (const args of [
    ['commit', '--quiet', '--all', `--message=Release ${version}`],
    ['tag', '--annotate', `--message=podferry ${version}`, tag],
  ]) {
    say(`git ${args.join(' ')}`);
    if (!dryRun) git(...args);
  }
  console.log(dryRun ? 'Nothing was changed.' : `Nothing was pushed: git push --follow-tags does.`);
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'dry-run': { type: 'boolean', default: false } },
  });
  if (positionals.length > 1) refuse(`one version at a time, not ${positionals.join(', ')}.`);
  release(positionals[0], values['dry-run']);
} catch (error) {
  if (!(error instanceof Refused) && !error.code?.startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(`release: ${error.message}`);
  process.exitCode = 1;
}

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError, loadConfig, type Purpose } from '../../../src/config/config.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-file-'));
  for (const each of ['pods/deep', 'containers', 'out']) mkdirSync(join(dir, each), { recursive: true });
  writeFileSync(join(dir, 'a-file'), '');
  symlinkSync(join(dir, 'out'), join(dir, 'link'));
  symlinkSync(join(dir, 'nowhere'), join(dir, 'dangling'));
  symlinkSync(join(dir, 'pods'), join(dir, 'also-pods'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function load(sets: readonly string[], purpose: Purpose = 'run') {
  const places = [`state.dir=${dir}/state`, `logs.pods_dir=${dir}/pods`, `logs.containers_dir=${dir}/containers`];
  return loadConfig({
    ...{ purpose, env: {}, hostname: 'h', defaultFile: join(dir, 'none.yaml') },
    sets: [...places, 'sink=file', 'kubernetes.enabled=false', ...sets.map((set) => set.replace('DIR', dir))],
  });
}

function mistakes(sets: readonly string[], purpose?: Purpose): string[] {
  try {
    load(sets, purpose);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.mistakes.map((mistake) => mistake.replaceAll(dir, 'DIR'));
  }
  return [];
}

test('a directory is all it needs: nothing of Elasticsearch', () => {
  const { config } = load(['file.dir=DIR/out']);
  expect(config.file).toEqual({ dir: `${dir}/out`, max_bytes: 100 * 1024 * 1024, max_files: 5 });
});

describe('a mistake is told in one sentence', () => {
  test.each<[what: string, sets: string[], sentence: string]>([
    ['no directory', [], 'file.dir is required when sink is file, e.g. /var/lib/podferry/documents.'],
    [
      'a relative one',
      ['file.dir=out'],
      '--set: file.dir takes an absolute path such as /var/lib/podferry/documents, not "out".',
    ],
    [
      'a link',
      ['file.dir=DIR/link'],
      '--set: file.dir DIR/link is a link, which is not followed; give the directory it leads to, DIR/out.',
    ],
    [
      'a link to nothing',
      ['file.dir=DIR/dangling'],
      '--set: file.dir DIR/dangling is a link, which is not followed; give the directory it leads to.',
    ],
    [
      'a file',
      ['file.dir=DIR/a-file'],
      '--set: file.dir DIR/a-file is not a directory, e.g. /var/lib/podferry/documents.',
    ],
    [
      'the directory of the positions',
      ['file.dir=DIR/state/'],
      '--set: file.dir DIR/state is state.dir; it needs a directory of its own, e.g. DIR/state/documents.',
    ],
    [
      'one among the logs',
      ['file.dir=DIR/pods/new/er'],
      '--set: file.dir DIR/pods/new/er lies in logs.pods_dir DIR/pods: podferry would read its own documents; put it elsewhere, ' +
        'e.g. /var/lib/podferry/documents.',
    ],
    [
      'one among the logs by another name',
      ['file.dir=DIR/also-pods/deep'],
      '--set: file.dir DIR/also-pods/deep lies in logs.pods_dir DIR/pods: podferry would read its own documents; put it ' +
        'elsewhere, e.g. /var/lib/podferry/documents.',
    ],
    [
      'that of the links',
      ['file.dir=DIR/containers'],
      '--set: file.dir DIR/containers lies in logs.containers_dir DIR/containers: podferry would read its own documents; put ' +
        'it elsewhere, e.g. /var/lib/podferry/documents.',
    ],
    [
      'one file',
      ['file.dir=DIR/out', 'file.max_files=1'],
      '--set: file.max_files takes a whole number from 2 to 1000, not "1".',
    ],
  ])('%s', (_, sets, sentence) => {
    expect(mistakes(sets)).toEqual([sentence]);
    expect(mistakes(sets, 'check')).toEqual([sentence]);
  });
});

test('the directory that holds that of the logs is fine: nothing is read beside them', () => {
  expect(mistakes(['file.dir=DIR'])).toEqual([]);
});

test('a replay may write where a node has its logs: it reads what it is given', () => {
  expect(mistakes(['file.dir=DIR/pods/replayed'], 'replay')).toEqual([]);
});

test('verify says that files cannot be asked, and what to do', () => {
  expect(mistakes(['file.dir=DIR/out'], 'verify')).toEqual([
    '--set: sink is file, which does not say what it holds; give its documents to verify with --against FILE, or ask ' +
      'Elasticsearch with --set sink=elasticsearch.',
  ]);
});

/** The settings of the sink that writes files, and what is wrong with them together. */
import { lstatSync, realpathSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { isWithin, whyNoDirectory } from '../../util/directory.ts';
import { int, single, size } from '../../util/setting-kinds.ts';
import type { Section, Settings, SettingsLook, ValuesOf } from '../../util/setting.ts';

const KiB = 1024;
const TiB = 1024 ** 4;
const EXAMPLE = '/var/lib/podferry/documents';

export const SETTINGS = {
  'file.dir': single(
    'path',
    '',
    'Directory for the documents, one JSON object a line: the newest in documents.ndjson, older ones in documents.ndjson.1, .2 and ' +
      'so on. Required when sink is file; of one podferry only.',
    { takes: `an absolute path such as ${EXAMPLE}` },
    (v) => (v === '' || (isAbsolute(v) && !v.includes('\0')) ? v && resolve(v) : undefined),
  ),
  'file.max_bytes': size(
    '100MiB',
    64 * KiB,
    TiB,
    'Size of a file at which the next one is begun. Not less than the largest batch.',
  ),
  'file.max_files': int(
    '5',
    2,
    1000,
    'How many files are kept. The oldest is deleted for a new one, so they take file.max_bytes times as much of the disk at most.',
  ),
} as const satisfies Settings;

export interface FileConfig {
  readonly file: Section<typeof SETTINGS, 'file'>;
}

type Values = ValuesOf<typeof SETTINGS> & {
  readonly 'state.dir': string;
  readonly 'logs.pods_dir': string;
  readonly 'logs.containers_dir': string;
};

export function check({ purpose, values, wrong, at, complain }: SettingsLook<Values>): void {
  if (wrong.has('file.dir')) return;
  const dir = values['file.dir'];
  const mistake = (text: string): void => complain(at('file.dir'), `file.dir ${text}`);
  if (dir === '') return mistake(`is required when sink is file, e.g. ${EXAMPLE}`);
  if (lstatSync(dir, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    return mistake(`${dir} is a link, which is not followed; give the directory it leads to${whereTo(dir)}`);
  if (whyNoDirectory(dir) === 'ENOTDIR') return mistake(`${dir} is not a directory, e.g. ${EXAMPLE}`);
  if (purpose === 'replay') return;
  if (values['state.dir'] === dir)
    return mistake(`${dir} is state.dir; it needs a directory of its own, e.g. ${dir}/documents`);
  for (const key of ['logs.pods_dir', 'logs.containers_dir'] as const) {
    if (wrong.has(key) || !isWithin(dir, values[key])) continue;
    return mistake(
      `${dir} lies in ${key} ${values[key]}: podferry would read its own documents; put it elsewhere, e.g. ${EXAMPLE}`,
    );
  }
}

function whereTo(link: string): string {
  try {
    return `, ${realpathSync(link)}`;
  } catch {
    return '';
  }
}

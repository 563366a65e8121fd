// The licences of what is in the bundle: of each package that esbuild took code from, its name, version, licence and the texts it
// ships. Whoever passes the bundle on has to pass these on too, and the bundle itself holds no comments.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const RULE = '-'.repeat(80);

/**
 * @param metafile of esbuild, for one output
 * @param root directory to which its paths are relative
 * @returns the text of THIRD-PARTY-NOTICES.txt
 * @throws Error naming a package without a licence text
 */
export function noticesOf(metafile, root) {
  const packages = bundledPackages(metafile).map((directory) => about(join(root, directory)));
  const sections = packages
    .sort((a, b) => a.name.localeCompare(b.name, 'en') || a.version.localeCompare(b.version, 'en'))
    .map(({ name, version, licence, texts }) =>
      [RULE, `${name} ${version}`, `Licence: ${licence}`, '', ...texts].join('\n'),
    );
  return `podferry's bundle holds code of these packages.\n\n${sections.join('\n\n')}\n`;
}

/** The directories of the packages of which something is in the bundle, e.g. `node_modules/pino`. */
export function bundledPackages({ outputs }) {
  const found = new Set();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const [directory] = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [];
      if (directory !== undefined && bytesInOutput > 0) found.add(directory);
    }
  }
  return [...found];
}

function about(directory) {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const files = readdirSync(directory).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const texts = files.sort().map((file) => readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n').trim());
  if (!files.some((file) => /^(licen[cs]e|copying)/i.test(file)))
    throw new Error(
      `${name} ${version} is in the bundle and ships no text of its licence: leave it out, or add the text.`,
    );
  return { name, version, licence: license?.type ?? license ?? 'see below', texts: texts.join(`\n\n`).split('\n') };
}

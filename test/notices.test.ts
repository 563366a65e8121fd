// The licences of what is passed on: each package of which there is code in the bundle, with the texts it ships.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

interface Notices {
  noticesOf(metafile: unknown, root: string): string;
  bundledPackages(metafile: unknown): string[];
}

let notices: Notices;
let dir: string;
beforeAll(async () => {
  const script: string = '../scripts/notices.mjs';
  notices = (await import(script)) as Notices;
  dir = mkdtempSync(join(tmpdir(), 'podferry-notices-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('each package in the bundle is named, with its licence and every text it ships', async () => {
  const { metafile } = await build({
    entryPoints: ['src/main.ts'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    external: ['apache-arrow'],
    alias: { undici: './scripts/no-undici.cjs' },
    outfile: 'x.mjs',
  });
  const packages = notices.bundledPackages(metafile);
  // Our own dependencies are all in it; loaded late or not.
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
  expect(packages).toEqual(expect.arrayContaining(Object.keys(dependencies).map((name) => `node_modules/${name}`)));
  const shipped = readFileSync('dist/THIRD-PARTY-NOTICES.txt', 'utf8');
  for (const directory of packages) {
    const { name, version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Record<
      string,
      string
    >;
    expect(shipped).toContain(`\n${name} ${version}\nLicence: `);
    for (const file of readdirSync(directory).filter((each) => /^(licen[cs]e|copying|notice)/i.test(each)))
      expect(shipped, `${name} ${file}`).toContain(
        readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n').trim(),
      );
  }
  expect(shipped).not.toContain(process.cwd());
});

test('a package without a text of its licence ends the build; one of which nothing is taken does not matter', () => {
  const bare = join(dir, 'node_modules', '@scope', 'bare');
  mkdirSync(bare, { recursive: true });
  writeFileSync(join(bare, 'package.json'), '{"name":"@scope/bare","version":"1.2.3","license":"MIT"}');
  const metafile = (bytesInOutput: number) => ({
    outputs: {
      'x.mjs': {
        inputs: { 'node_modules/@scope/bare/index.js': { bytesInOutput }, 'src/main.ts': { bytesInOutput: 9 } },
      },
    },
  });
  expect(() => notices.noticesOf(metafile(1), dir)).toThrow(
    '@scope/bare 1.2.3 is in the bundle and ships no text of its licence',
  );
  expect(notices.noticesOf(metafile(0), dir)).not.toContain('bare');
  writeFileSync(join(bare, 'LICENCE.md'), 'do what you like\r\n');
  writeFileSync(join(bare, 'NOTICE'), 'made by somebody\n');
  expect(notices.noticesOf(metafile(1), dir)).toMatch(
    /@scope\/bare 1\.2\.3\nLicence: MIT\n\ndo what you like\n\nmade by somebody\n$/,
  );
});

// Bundles src/main.ts into dist/podferry.mjs: one file loads faster and stays smaller in memory than a tree of modules. The
// licences of what is in it are put beside it.
import { build } from 'esbuild';
import { readFileSync, chmodSync, writeFileSync } from 'node:fs';
import { noticesOf } from './notices.mjs';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const { metafile } = await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/podferry.mjs',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  minifySyntax: true,
  legalComments: 'none',
  define: { PODFERRY_VERSION: JSON.stringify(version) },
  // CommonJS dependencies call require(); an ES module has none of its own. apache-arrow is an optional peer of the
  // Elasticsearch client that we never use.
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
  external: ['apache-arrow'],
  alias: { undici: './scripts/no-undici.cjs' },
  metafile: true,
  logLevel: 'warning',
});
chmodSync('dist/podferry.mjs', 0o755);
writeFileSync('dist/THIRD-PARTY-NOTICES.txt', noticesOf(metafile, '.'));

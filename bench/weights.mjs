// What each dependency weighs in resident memory: `node bench/weights.mjs`. Each is bundled alone, as scripts/build.mjs
// bundles the agent, loaded and used once; the figure is the median of five processes, less that of an empty bundle.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const RUNS = 5;
/** The least that makes a dependency do what we have it for. */
const uses = {
  'bare node': '',
  '@elastic/elasticsearch': `import { Client, HttpConnection } from '@elastic/elasticsearch';
    keep(new Client({ node: 'http://127.0.0.1:1', Connection: HttpConnection }));`,
  chokidar: `import { watch } from 'chokidar'; keep(watch('/tmp', { depth: 0, followSymlinks: false }));`,
  'lru-cache': `import { LRUCache } from 'lru-cache'; keep(new LRUCache({ max: 512 }));`,
  picocolors: `import { createColors } from 'picocolors'; keep(createColors(false).red('a'));`,
  pino: `import pino from 'pino'; keep(pino({ level: 'silent' }));`,
  'pino-pretty': `import pretty from 'pino-pretty'; keep(pretty({ sync: true }));`,
  'prom-client': `import { Histogram, Registry } from 'prom-client';
    keep(new Histogram({ name: 'a', help: 'a', registers: [new Registry()] }));`,
  re2js: `import { RE2JS } from 're2js'; keep(RE2JS.compile('GET /(health|ready)z').test('GET /healthz'));`,
  split2: `import split2 from 'split2'; keep(split2());`,
  yaml: `import { parseDocument } from 'yaml'; keep(parseDocument('a: [1, 2]').toJS());`,
};

const dir = mkdtempSync(join(tmpdir(), 'podferry-weights-'));
const kept = 'const keep = (value) => (globalThis.kept ??= []).push(value);\n';
Object.values(uses).forEach((code, i) => writeFileSync(join(dir, `${i}.mjs`), kept + code));
const all = Object.keys(uses).map((_, i) => `import './${i}.mjs';`);
uses['all of them'] = all.join('\n');
writeFileSync(join(dir, `${all.length}.mjs`), uses['all of them']);

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const MB = 1e6;
let bare = 0;
try {
  for (const [i, name] of Object.keys(uses).entries()) {
    const outfile = join(dir, `bundle-${i}.mjs`);
    await build({
      entryPoints: [join(dir, `${i}.mjs`)],
      outfile,
      alias: { undici: './scripts/no-undici.cjs' },
      nodePaths: [resolve('node_modules')],
      bundle: true,
      platform: 'node',
      target: 'node20.19',
      format: 'esm',
      minifySyntax: true,
      legalComments: 'none',
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
      // A moment later, so that what only loading needed is gone; pages already given back do not count as resident.
      footer: { js: 'setTimeout(() => { console.log(process.memoryUsage.rss()); process.exit(); }, 300);' },
      external: ['apache-arrow'],
      logLevel: 'error',
    });
    const rss = median(
      Array.from({ length: RUNS }, () => Number(spawnSync(process.execPath, [outfile], { encoding: 'utf8' }).stdout)),
    );
    if (i === 0) bare = rss;
    const bundle = (statSync(outfile).size / 1000).toFixed(0);
    const weight = i === 0 ? `${(rss / MB).toFixed(1)} MB` : `+${((rss - bare) / MB).toFixed(1)} MB`;
    console.log(`${name.padEnd(24)} ${weight.padStart(9)} ${bundle.padStart(6)} kB`);
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}

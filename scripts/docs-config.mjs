// Writes docs/configuration.md from the table of settings. test/config/config.test.ts fails when it is out of date.
import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const { outputFiles } = await build({
  entryPoints: [new URL('../src/config/reference.ts', import.meta.url).pathname],
  bundle: true,
  write: false,
  platform: 'node',
  format: 'esm',
});
const { configMarkdown } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`
);
writeFileSync(new URL('../docs/configuration.md', import.meta.url), configMarkdown());

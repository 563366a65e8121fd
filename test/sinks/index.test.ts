import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { TABLE } from '../../src/config/table.ts';
import { SINK_NAMES, SINKS } from '../../src/sinks/index.ts';

describe.each(SINK_NAMES)('the sink %s', (name) => {
  const { settings, secrets } = SINKS[name];

  test('has its settings in a section of its own, and all of them in the table', () => {
    for (const key of Object.keys(settings)) {
      expect(key).toMatch(new RegExp(`^${name}\\.`));
      expect(TABLE).toHaveProperty([key]);
    }
  });

  test('takes each secret from a file too, and shows none', () => {
    for (const key of Object.keys(secrets)) {
      expect(settings).toMatchObject({ [key]: { secret: true }, [`${key}_file`]: { kind: 'path' } });
    }
  });
});

test('reading the settings loads no sink: the code of each comes when it is used', async () => {
  const { metafile } = await build({
    entryPoints: ['src/config/config.ts'],
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', packages: 'external', outdir: 'dist/unused' },
    ...{ write: false, metafile: true },
  });
  const loaded = new Set<string>();
  const follow = (output: string): void => {
    for (const { path, kind, external } of metafile.outputs[output]?.imports ?? []) {
      if (kind !== 'import-statement' || loaded.has(path)) continue;
      loaded.add(path);
      if (external !== true) follow(path);
    }
  };
  follow('dist/unused/config.js');
  expect([...loaded].filter((path) => !path.startsWith('node:') && !path.startsWith('dist/'))).toEqual(['yaml']);
});

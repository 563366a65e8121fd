// Imports go one way, and only main.ts talks to the process.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { violations } from './helpers/imports.ts';

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
const ours = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => `src/${path}`);

test('main → commands → folders → types, util', () => {
  expect(ours).toContain('src/types.ts');
  const files = new Map(ours.map((path) => [path, readFileSync(path, 'utf8')]));
  expect(violations(files, Object.keys(dependencies))).toEqual([]);
});

describe('a violation is found', () => {
  const well = {
    'src/main.ts': `import { run } from './agent.ts'; import process from 'node:process'; process.exitCode = run();`,
    'src/agent.ts': `import { tail } from './files/tail.ts'; import { send } from './sinks/send.ts'; export const run = () => 0;`,
    'src/replay.ts': `import { tail } from './files/tail.ts';`,
    'src/config.ts': ``,
    'src/config/table.ts': `import { SINKS } from '../sinks/index.ts';`,
    'src/sinks/index.ts': `import './stdout/settings.ts';`,
    'src/sinks/stdout/settings.ts': ``,
    'src/sinks/stdout/stdout.ts': ``,
    'src/files/tail.ts': `import type { Take } from '../types.ts'; import { once } from '../util/once.ts'; import './look.ts';`,
    'src/files/look.ts': `import { stat } from 'node:fs'; const job = { process: 1 }; job.process;`,
    'src/sinks/send.ts': `import { Client } from '@elastic/elasticsearch'; import yaml from 'yaml/util';`,
    'src/record/records.ts': `import './join/join.ts';`,
    'src/record/join/join.ts': `import '../format/cri.ts';`,
    'src/record/format/cri.ts': ``,
    'src/record/other/that.ts': ``,
    'src/explain.ts': `import './explain/steps.ts';`,
    'src/explain/steps.ts': `import '../record/join/join.ts'; import '../files/tail.ts';`,
    'src/types.ts': ``,
    'src/util/once.ts': ``,
  };
  const check = (changed: Record<string, string>) =>
    violations(new Map(Object.entries({ ...well, ...changed })), ['@elastic/elasticsearch', 'yaml']);

  test('not in files that keep to it', () => expect(check({})).toEqual([]));

  test.each([
    ['a folder imports another', 'src/files/look.ts', `import { send } from '../sinks/send.ts';`, /only themselves/],
    [
      'a folder imports only a type of another',
      'src/files/look.ts',
      `import type { S } from '../sinks/send.ts';`,
      /only themselves/,
    ],
    [
      'what explains a record is imported by another command',
      'src/replay.ts',
      `import './explain/steps.ts';`,
      /only explain.ts imports it/,
    ],
    ['a folder exports from another', 'src/files/look.ts', `export * from '../sinks/send.ts';`, /only themselves/],
    ['a folder imports another late', 'src/files/look.ts', `await import('../sinks/send.ts');`, /only themselves/],
    [
      'a folder names a type of another in passing',
      'src/files/look.ts',
      `let a: import('../sinks/send.ts').S;`,
      /only themselves/,
    ],
    ['a folder imports the wiring', 'src/files/look.ts', `import { config } from '../config.ts';`, /only themselves/],
    [
      'the settings import more of the sinks than their index',
      'src/config/checks.ts',
      `import '../sinks/stdout/settings.ts';`,
      /only themselves/,
    ],
    [
      'the index of the sinks is imported by another folder than that of the settings',
      'src/files/look.ts',
      `import '../sinks/index.ts';`,
      /only themselves/,
    ],
    [
      'a sink imports the settings',
      'src/sinks/stdout/stdout.ts',
      `import type { Config } from '../../config/table.ts';`,
      /only themselves/,
    ],
    [
      'a room imports one that builds on it',
      'src/record/format/line.ts',
      `import '../join/join.ts';`,
      /join builds on it/,
    ],
    ['a room imports what joins the rooms', 'src/record/format/line.ts', `import '../records.ts';`, /joins the rooms/],
    ['a room that nobody planned', 'src/record/other/cri.ts', `import './that.ts';`, /other is no room/],
    ['util imports a folder', 'src/util/once.ts', `import { send } from '../sinks/send.ts';`, /util stands alone/],
    ['types imports', 'src/types.ts', `import { once } from './util/once.ts';`, /types\.ts imports nothing/],
    [
      'a command imports another',
      'src/replay.ts',
      `import { run } from './agent.ts';`,
      /only main\.ts imports a command/,
    ],
    ['something imports main', 'src/config.ts', `import './main.ts';`, /nothing imports main\.ts/],
    ['a package that is not ours to use', 'src/files/look.ts', `import ts from 'typescript';`, /no dependency/],
    ['a built-in without its prefix', 'src/files/look.ts', `import { stat } from 'fs';`, /no dependency/],
    ['a file that is not there', 'src/files/look.ts', `import './gone.ts';`, /does not exist/],
    [
      'a way round',
      'src/files/look.ts',
      `import './tail.ts';`,
      /src\/files\/tail\.ts → src\/files\/look\.ts → src\/files\/tail\.ts/,
    ],
    [
      'a way round, of types only',
      'src/files/look.ts',
      `import type { Tail } from './tail.ts';`,
      /src\/files\/tail\.ts → src\/files\/look\.ts → src\/files\/tail\.ts/,
    ],
    ['process is read', 'src/files/look.ts', `const home = process.env.HOME;`, /touches process/],
    ['process is read in a roundabout way', 'src/files/look.ts', `globalThis.process.exit(1);`, /touches process/],
    ['process is imported', 'src/files/look.ts', `import { env } from 'node:process';`, /imports node:process/],
  ])('%s', (_, path, text, sentence) => {
    const found = check({ [path]: text });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(sentence);
    expect(found[0]).toContain(path);
  });
});

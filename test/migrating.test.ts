// docs/migrating.md names only settings, members of rules and annotations that there are.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TABLE } from '../src/config/table.ts';
import { OVERRIDES } from '../src/util/overrides.ts';
import { codeIn } from './helpers/markdown.ts';

const rules = readFileSync('docs/configuration.md', 'utf8');

test.each(
  readFileSync('docs/migrating.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| there'))
    .map((line) => [line.split(' | ')[0]!.slice(2), line.split(' | ')[1]!.replace(/ \|$/, '')] as const),
)('%s', (_, here) => {
  for (const name of codeIn(here)) {
    if (name.startsWith('podferry.io/'))
      expect(OVERRIDES as readonly string[]).toContain(name.slice('podferry.io/'.length));
    else if (name.startsWith('rules[].')) expect(rules, name).toContain(`\`${name.slice('rules[].'.length)}\``);
    else if (name !== 'outputs' && name !== 'podferry setup') expect(Object.keys(TABLE), name).toContain(name);
  }
  expect(here).toMatch(/`|nothing/);
});

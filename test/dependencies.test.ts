// docs/dependencies.md accounts for every dependency, and the lock file pins bytes, not places.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
}
const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, object>;
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };
const locked = Object.entries(packages).filter(([path]) => path !== '');
const doc = readFileSync('docs/dependencies.md', 'utf8');
const [agent, work] = doc.split('## For the work on it') as [string, string];
/** The names in the first column of the table. */
const rows = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...line.split('|')[1]!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!));

test('every dependency has its row, and every row its dependency', () => {
  expect(rows(agent).sort()).toEqual(Object.keys(dependencies!).sort());
  expect(rows(work).sort()).toEqual(Object.keys(devDependencies!).sort());
});

test('the versions in the document are those in the lock file', () => {
  for (const [, name, version] of agent.matchAll(/^\| `([^`]+)` (\S+) \|/gm)) {
    const { version: is } = packages[`node_modules/${name}`]!;
    expect(`${is}.`.startsWith(`${version}.`), `${name} ${is}, not ${version}`).toBe(true);
  }
});

test('the lock file has a hash for every package, and names no registry', () => {
  for (const [path, { integrity, resolved }] of locked) {
    expect(integrity, path).toMatch(/^sha512-/);
    expect(resolved, path).toBeUndefined();
  }
});

test('nothing the agent ships with runs a script to install', () => {
  expect(locked.filter(([, { dev, hasInstallScript }]) => dev !== true && hasInstallScript === true)).toEqual([]);
});

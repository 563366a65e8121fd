/** Renders the chart by a real Helm. */
import { spawnSync } from 'node:child_process';
import { readAll, type Manifest } from './kustomize.ts';

const CHART = 'charts/podferry';

export const hasHelm = spawnSync('helm', ['version']).status === 0;

/** What `helm` said, and whether it did what it was asked. */
export function helm(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('helm', args, { encoding: 'utf8' });
}

/** `helm template` of the chart as the release `podferry` in the namespace of that name; values as `--set` takes them. */
export function template(...sets: string[]): { objects: Manifest[]; stderr: string } {
  const { status, stdout, stderr } = helm(
    ...['template', 'podferry', CHART, '--namespace', 'podferry'],
    ...sets.flatMap((each) => ['--set', each]),
  );
  return { objects: status === 0 ? readAll(stdout).filter((object) => object !== null) : [], stderr };
}

export const lint = (...sets: string[]) => helm('lint', '--strict', CHART, ...sets.flatMap((each) => ['--set', each]));

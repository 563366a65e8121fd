import { describe, expect, it } from 'vitest';
import { readInline } from '../../src/config/file.ts';
import type { Given } from '../../src/util/given.ts';
import { overrides } from '../../src/config/overrides.ts';

const ALL = [
  'exclude',
  'exclude-containers',
  'multiline',
  'structured',
  'sample',
  'min-level',
  'redact',
  'rate',
  'dataset',
];

function read(given: Given): { value: readonly string[] | undefined; complaints: string[] } {
  const complaints: string[] = [];
  const complain = (_: string, text: string) => void complaints.push(text);
  return { value: overrides('').read(given, 'kubernetes.pod_overrides', complain), complaints };
}
const text = (value: string): Given => ({ at: '', value });
const yaml = (value: string): Given => readInline(value, '', 'kubernetes.pod_overrides', () => undefined)!;

describe('kubernetes.pod_overrides', () => {
  it.each([
    [text('all'), ALL],
    [text('none'), []],
    [text('sample'), ['sample']],
    [text('min-level, podferry.io/sample'), ['sample', 'min-level']],
    [text('sample,sample'), ['sample']],
    [yaml('[podferry.io/min-level, exclude-containers]'), ['exclude-containers', 'min-level']],
    [yaml('[all]'), ALL],
    [yaml('[none]'), []],
    [yaml('[]'), []],
  ])('%j', (given, expected) => {
    expect(read(given)).toEqual({ value: expected, complaints: [] });
  });

  it.each([
    [text('min_level'), /"min_level" is nothing a pod may ask for; did you mean min-level\?$/],
    [text('podferry.io/exlude'), /"podferry.io\/exlude" is nothing .* did you mean exclude\?$/],
    [text('everything'), /takes all, none or a list of exclude, .*, dataset, not "everything"$/],
    [text('constructor'), /not "constructor"$/],
    [text(''), /not ""$/],
    [text(','), /not ","$/],
    [text('all,sample'), /not "all"$/],
    [text('none,sample'), /not "none"$/],
    [yaml('[[sample]]'), /not a list$/],
    [yaml('{sample: true}'), /not a map$/],
    [text('x'.repeat(1000)), /not "x{80}…"$/],
  ])('refuses %j with one sentence', (given, sentence) => {
    const { value, complaints } = read(given);
    expect(value).toBeUndefined();
    expect(complaints).toEqual([expect.stringMatching(sentence)]);
    expect(complaints[0]).toMatch(/^kubernetes\.pod_overrides/);
  });

  it('names every mistake in a list', () => {
    expect(read(text('exlude,sample,simple')).complaints).toHaveLength(2);
  });
});

// What the figures are measured with must be the same everywhere, and shaped as design says.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-lines-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const run = (...args: string[]) => execFileSync('node', ['bench/lines.mjs', ...args], { encoding: 'utf8' });
const linesOf = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1);

test('the same count gives the same bytes, on every machine', () => {
  const path = join(dir, 'one.log');
  expect(run('1000', path)).toBe('1000 lines, 203094 bytes\n');
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
  expect(digest.slice(0, 16)).toBe('95235af7cec89dca');
});

test('the mix is 35 % access log, 30 % JSON, 15 % klog, 10 % Korean, 10 % stack trace, at 199 bytes a line', () => {
  const path = join(dir, 'mix.log');
  run('20000', path);
  const lines = linesOf(path);
  const share = (pattern: RegExp) => Math.round((100 * lines.filter((line) => pattern.test(line)).length) / 20_000);
  expect(share(/Z stdout F \d+\.\d+\.\d+\.\d+ - - \[.*HTTP\/1\.1"/)).toBe(35);
  expect(share(/Z stdout F \{"level":.*\}$/)).toBe(30);
  expect(share(/Z stderr F I1120 /)).toBe(15);
  expect(share(/Z stdout F 주문/)).toBe(10);
  expect(share(/Z stderr F \tat com\.example/)).toBe(10);
  expect(Math.abs(statSync(path).size / 20_000 - 199.9)).toBeLessThan(1);
  for (const line of lines) expect(line).toMatch(/^2026-11-20T\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) F /);
  for (const line of lines.filter((line) => line.includes('{"level"'))) JSON.parse(line.slice(line.indexOf('{')));
});

test('dealt out to containers it is the same lines, laid out like a node, with the pods to match', () => {
  run('1000', join(dir, 'flat.log'));
  run('1000', join(dir, 'node'), '7');
  const pods = JSON.parse(readFileSync(join(dir, 'node/pods.json'), 'utf8')).items;
  expect(pods).toHaveLength(7);
  const dealt: string[] = [];
  const links = readdirSync(join(dir, 'node/containers')).map((name) => join(dir, 'node/containers', name));
  for (const { metadata, status } of pods) {
    const { name, containerID } = status.containerStatuses[0];
    const folder = join(dir, 'node/pods', `${metadata.namespace}_${metadata.name}_${metadata.uid}`, name);
    const id = containerID.replace('containerd://', '');
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    dealt.push(...linesOf(join(folder, '0.log')));
    const link = links.find((path) => basename(path) === `${metadata.name}_${metadata.namespace}_${name}-${id}.log`);
    expect(readlinkSync(link!)).toBe(join(folder, '0.log'));
  }
  expect(dealt.sort()).toEqual(linesOf(join(dir, 'flat.log')).sort());
});

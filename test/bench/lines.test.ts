// What the figures are measured with must be the same everywhere, and shaped as design says.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  const { items } = JSON.parse(readFileSync(join(dir, 'node/pods.json'), 'utf8'));
  const done = JSON.parse(readFileSync(join(dir, 'node/done'), 'utf8'));
  expect(items).toHaveLength(7);
  expect(readdirSync(join(dir, 'node/pods')).sort()).toEqual([...done.pods].sort());
  expect(done).toMatchObject({
    bytes: statSync(join(dir, 'flat.log')).size,
    container: items[0].spec.containers[0].name,
  });
  const dealt: string[] = [];
  for (const { metadata, spec, status } of items) {
    const [{ name, containerID }] = status.containerStatuses;
    expect(spec).toMatchObject({ nodeName: 'node-1', containers: [{ name }] });
    expect(containerID).toMatch(/^containerd:\/\/[0-9a-f]{64}$/);
    const folder = `${metadata.namespace}_${metadata.name}_${metadata.uid}`;
    dealt.push(...linesOf(join(dir, 'node/pods', folder, name, '0.log')));
  }
  expect(dealt.sort()).toEqual(linesOf(join(dir, 'flat.log')).sort());
});

// npm run bench works, on a few lines: the agent starts beside its stand-ins, and every row it was asked for has its figures.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('npm run bench measures an agent beside the bare byte kernel', () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['bench/run.mjs', '--lines', '20000', '--runs', '1', '--only', 'one file, no gzip'],
    { encoding: 'utf8', timeout: 25_000 },
  );
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(stdout).toMatch(/^bare byte kernel .* \d+\.\d\d /m);
  expect(stdout).toMatch(/^one file, no gzip +[\d,]+ +\d+ +\d+\.\d\d +\d+\.\d\d +\d+$/m);
});

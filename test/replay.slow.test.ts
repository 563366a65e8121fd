/** A live stream into the built command: nobody knows whether more comes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { BUNDLE } from './helpers/agent.ts';
import { until } from './helpers/until.ts';

test('a live stream: what came is shown though no end is in sight, a panic too', async () => {
  const child = spawn(process.execPath, [BUNDLE, 'replay', '-'], { env: { PATH: process.env['PATH'] } });
  let shown = '';
  child.stdout.on('data', (bytes: Buffer) => (shown += bytes.toString()));
  const at = new Date(Date.now() - 5000).toISOString();
  child.stdin.write(`${at} stdout F hello\n${at} stderr F panic: boom\n`);
  await until(() => shown.includes('panic: boom'), 'both lines are shown');
  child.stdin.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
  const documents = shown.trimEnd().split('\n');
  expect(documents.map((each) => (JSON.parse(each) as { message: string }).message)).toEqual(['hello', 'panic: boom']);
});

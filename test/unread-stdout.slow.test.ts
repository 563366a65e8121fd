/** `podferry run` with sink stdout into a pipe that is full: it still ends when it is told to, and what was not taken comes again. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newNode, startAgent, type Node } from './helpers/agent.ts';
import { until } from './helpers/until.ts';

let node: Node;
let log: string;
beforeEach(() => {
  node = newNode();
  const container = join(node.podsDir, 'shop_web_00000000-0000-4000-8000-000000000001', 'web');
  mkdirSync(container, { recursive: true });
  log = join(container, '0.log');
  writeFileSync(log, '2026-11-20T01:02:03.4Z stdout F hello\n');
});
afterEach(() => node.remove());

test.each(['SIGTERM', 'SIGINT'] as const)(
  'stops on %s though nobody reads what it prints, which comes again next time',
  async (signal) => {
    const stuck = await startAgent(node, { sink: 'stdout', 'stop.grace': '300ms' });
    stuck.child.stdout!.pause();
    const line = (_: unknown, i: number) => `2026-11-20T01:02:03.5Z stdout F line ${i};\n`;
    appendFileSync(log, Array.from({ length: 20_000 }, line).join(''));
    // More than the pipe holds.
    await until(async () => ((await stuck.metric('podferry_records_total')) ?? 0) > 5000, 'much is read');
    expect(await stuck.end(signal)).toBe(0);
    expect(stuck.stderr()).not.toContain('bug');
    stuck.child.stdout!.resume();
    const next = await startAgent(node, { sink: 'stdout' });
    await until(() => next.stdout().includes('line 19999;'), 'the last line comes out');
    const came = new Set(`${stuck.stdout()}\n${next.stdout()}`.match(/line \d+;/g));
    expect(came.size).toBe(20_000);
    expect(await next.end()).toBe(0);
  },
);

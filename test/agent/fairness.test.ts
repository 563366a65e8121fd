/**
 * One container writes as fast as the disk allows, a hundred others a line now and then. Every line of those carries the
 * moment it was written; what counts is how long it takes to the sink. The distribution is printed; the bound is generous,
 * for machines that are busy with other things.
 */
import { writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { afterEach, expect, test } from 'vitest';
import { startAgent, type Agent } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { nodeOf } from './nodes.ts';
import { pass, say } from './random.ts';

const QUIET = 100;
/** Lines of each quiet container. */
const LINES = 10;
/** Half of the lines of quiet containers must be faster than this (ms); usually they take a tenth of it. */
const BOUND_MS = 2000;
const LOUD_BYTES = 64 * 1024;
const LOUD_FILE_BYTES = 8 * 1024 * 1024;

let kubelet: FakeKubelet;
let es: FakeElasticsearch;
let agent: Agent | undefined;

afterEach(async () => {
  await agent?.end('SIGKILL');
  await es.stop();
  kubelet.remove();
});

test('one loud container does not delay a hundred quiet ones', { timeout: 120_000 }, async () => {
  kubelet = new FakeKubelet();
  const delays: number[] = [];
  let loudStored = 0;
  es = await startElasticsearch({
    keepBodies: false,
    // Looked at as they come, and not kept: the loud one writes a lot.
    item: (source) => {
      const written = /"message":"quiet at ([\d.]+)"/.exec(source);
      if (written) delays.push(performance.now() - Number(written[1]));
      else loudStored++;
      return { status: 201 };
    },
  });
  const uid = (i: number): string => `${String(i).padStart(8, '0')}-0000-4000-8000-000000000000`;
  const loud = kubelet.start({ pod: 'web-loud', uid: uid(999), maxFiles: 100 });
  const quiet = Array.from({ length: QUIET }, (_, i) => kubelet.start({ pod: `web-${i}`, uid: uid(i) }));
  for (const each of quiet) each.say('ready');
  agent = await startAgent(nodeOf(kubelet), { 'elasticsearch.nodes': es.url });
  await until(() => loudStored === QUIET, 'every quiet container is read');

  const flood = `${kubelet.time()} stdout F ${'.'.repeat(180)}\n`.repeat(LOUD_BYTES / 220);
  let writing = true;
  let written = 0;
  const writeAll = (async () => {
    while (writing) {
      // No two files begin with the same line: time tells them apart.
      written += writeSync(loud.fd, `${kubelet.time()} stdout F and on\n${flood}`);
      if (written % LOUD_FILE_BYTES < flood.length) loud.rotate({ compress: false });
      await pass(0);
    }
  })();
  for (let i = 0; i < LINES; i++) {
    for (const each of quiet) {
      each.say(`quiet at ${performance.now()}`);
      await pass(2);
    }
  }
  await until(() => delays.length === QUIET * LINES, 'every line of a quiet container is stored', 60_000);
  writing = false;
  await writeAll;

  const backlog = (await agent.metric('podferry_backlog_bytes'))!;
  delays.sort((a, b) => a - b);
  const at = (part: number): string => `${delays[Math.floor(part * (delays.length - 1))]!.toFixed(0)} ms`;
  say(
    `quiet lines: half within ${at(0.5)}, 90 % ${at(0.9)}, 99 % ${at(0.99)}, all ${at(1)}; the loud one wrote ` +
      `${(written / 1e6).toFixed(0)} MB, of which ${(backlog / 1e6).toFixed(0)} MB are still to be read`,
  );
  expect(delays[delays.length / 2]!).toBeLessThan(BOUND_MS);
  // Nor does the loud one wait for them.
  expect(loudStored).toBeGreaterThan(QUIET * LINES);
});

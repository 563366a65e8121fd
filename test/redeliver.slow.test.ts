/** `podferry replay --dead-letter`, killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DeadLetter } from '../src/sinks/deadletter/deadletter.ts';
import { BUNDLE } from './helpers/agent.ts';
import { dice } from './helpers/dice.ts';
import { startElasticsearch, type FakeElasticsearch } from './helpers/elasticsearch.ts';
import { newSaid } from './helpers/said.ts';

const REFUSAL = { status: 400, type: 'document_parsing_exception', reason: 'failed to parse field [json.a]' };
const ALL = Array.from({ length: 20_000 }, (_, i) => i);
const idOf = (i: number): string => `id-${String(i).padStart(25, '0')}`;

let dir: string;
let server: FakeElasticsearch;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-redeliver-'));
  server = await startElasticsearch();
});
afterEach(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** The ids in the store, from all its files. */
function left(): string[] {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.ndjson'));
  const lines = names.flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\n'));
  return lines.filter((line) => line !== '').map((line) => (JSON.parse(line) as { id: string }).id);
}

test('killed at any moment, again and again: nothing is lost, and in the end all of it is stored', async () => {
  const seed = Date.now() % 1e9;
  const random = dice(seed);
  const store = new DeadLetter({ dir, maxBytes: 100e6, log: newSaid() });
  const { signal } = new AbortController();
  const add = (i: number) => store.add(Buffer.from(`{"message":"${i}"}`), REFUSAL, idOf(i), signal);
  await Promise.all(ALL.map(add));
  await store.close();
  server.manners.delayMs = 5;
  const args = [
    'replay',
    '--dead-letter',
    dir,
    '--set',
    `elasticsearch.nodes=${server.url}`,
    '--set',
    'batch.max_bytes=64KiB',
  ];
  let ended = false;
  for (let kills = 0; kills < 8 && !ended; kills++) {
    const child = spawn(process.execPath, [BUNDLE, ...args], { stdio: 'ignore' });
    const exit = once(child, 'exit');
    setTimeout(() => child.kill('SIGKILL'), 250 + random() * 400);
    ended = ((await exit) as [number | null])[0] !== null;
    const there = new Set([...server.docs.keys(), ...left()]);
    expect(there.size, `seed ${seed}`).toBe(ALL.length);
  }
  const last = spawn(process.execPath, [BUNDLE, ...args], { stdio: 'ignore' });
  expect(await once(last, 'exit')).toEqual([0, null]);
  expect([...server.docs.keys()].toSorted()).toEqual(ALL.map(idOf));
  expect(left()).toEqual([]);
});

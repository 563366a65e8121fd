/** `podferry replay --dead-letter`: rejected documents are sent again, against the fake Elasticsearch. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../src/config/config.ts';
import { redeliver, type RedeliverOptions } from '../src/redeliver.ts';
import { DeadLetter } from '../src/sinks/deadletter/deadletter.ts';
import type { Wanted } from '../src/sinks/deadletter/wanted.ts';
import { startElasticsearch, type FakeElasticsearch } from './helpers/elasticsearch.ts';
import { newSaid } from './helpers/said.ts';

const REFUSAL = { status: 400, type: 'document_parsing_exception', reason: 'failed to parse field [json.a]' };
const LIMIT = {
  status: 400,
  type: 'illegal_argument_exception',
  reason: 'Limit of total fields [1000] has been exceeded',
};

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

const idOf = (i: number): string => `id-${String(i).padStart(25, '0')}`;
const documentOf = (i: number, namespace = 'shop'): string =>
  `{"@timestamp":"2026-11-20T01:02:03.000000001Z","message":"${i} \\u00e9","json":{"n":12345678901234567890.0},` +
  `"kubernetes":{"namespace":"${namespace}"},"data_stream":{"type":"logs","dataset":"podferry","namespace":"default"}}`;

/** Puts documents into the store as the agent does. */
async function reject(
  numbers: number[],
  { namespace = 'shop', refusal = REFUSAL, at = Date.now(), to = dir } = {},
): Promise<void> {
  const store = new DeadLetter({ dir: to, maxBytes: 100e6, log: newSaid(), now: () => at });
  const { signal } = new AbortController();
  const add = (i: number) => store.add(Buffer.from(documentOf(i, namespace)), refusal, idOf(i), signal);
  expect((await Promise.all(numbers.map(add))).every(Boolean)).toBe(true);
  await store.close();
}

interface Run {
  status: number;
  stdout: string;
  stderr: string;
  said: string[];
}

async function run(
  wanted: Partial<Wanted> = {},
  options: Partial<RedeliverOptions> & { sets?: string[] } = {},
): Promise<Run> {
  const { sets = [], ...rest } = options;
  const out = { stdout: '', stderr: '' };
  const said = newSaid();
  const { config } = loadConfig({
    purpose: 'redeliver',
    sets: [`elasticsearch.nodes=${server.url}`, ...sets],
    env: {},
    hostname: 'laptop',
    defaultFile: join(dir, 'none'),
  });
  const status = await redeliver(config, {
    dir,
    wanted: { reason: undefined, namespace: undefined, olderThan: undefined, newerThan: undefined, ...wanted },
    dryRun: false,
    stdout: { write: (text) => void (out.stdout += String(text)) },
    stderr: { write: (text) => void (out.stderr += String(text)) },
    signal: new AbortController().signal,
    log: said,
    ...rest,
  });
  return { status, ...out, said: said.lines };
}

test('the documents of each output go to that output, and those of one that is set no more stay', async () => {
  const audit = await startElasticsearch();
  const [ofAudit, ofGone] = [join(dir, 'outputs', 'audit'), join(dir, 'outputs', 'gone')];
  await reject([1, 2]);
  await reject([3], { to: ofAudit });
  await reject([4], { to: ofGone });
  const sets = [
    `state.dir=${dir}`,
    'outputs.audit.sink=elasticsearch',
    `outputs.audit.elasticsearch.nodes=${audit.url}`,
    'rules=[{match: {namespace: bank}, output: audit}]',
  ];
  const shown = await run({}, { sets, dir: undefined, dryRun: true });
  expect(shown.stdout.match(/^output .*/gm)).toEqual([
    `output default, ${dir}:`,
    `output audit, ${ofAudit}:`,
    `output gone, ${ofGone}:`,
  ]);
  const done = await run({}, { sets, dir: undefined });
  expect([[...server.docs.keys()], [...audit.docs.keys()]]).toEqual([[idOf(2), idOf(1)].toSorted(), [idOf(3)]]);
  expect(done.status).toBe(2);
  expect(done.stderr).toContain('podferry: outputs has no gone: its documents stay.');
  expect(readdirSync(ofGone)).toEqual(['rejected.ndjson']);
  // Its directory names the output, too; that of none is for the sink at the top.
  await reject([5], { to: ofAudit });
  expect((await run({}, { sets, dir: ofAudit })).status).toBe(0);
  expect((await run({}, { sets, dir: ofGone })).status).toBe(0);
  await audit.stop();
  expect([server.docs.size, audit.docs.size]).toEqual([3, 2]);
});

test('documents go to the data stream that each was written for, unless the settings have it no more', async () => {
  const store = new DeadLetter({ dir, maxBytes: 100e6, log: newSaid() });
  const streams = ['podferry-default', 'payments-default', 'gone-default'];
  const ofStream = (name: string, i: number): string => {
    const [dataset, namespace] = name.split('-');
    return documentOf(i).replace(
      '"dataset":"podferry","namespace":"default"',
      `"dataset":"${dataset}","namespace":"${namespace}"`,
    );
  };
  const { signal } = new AbortController();
  await Promise.all(streams.map((name, i) => store.add(Buffer.from(ofStream(name, i)), REFUSAL, idOf(i), signal)));
  await store.close();
  const sets = ['rules=[{match: {namespace: pay-*}, dataset: payments}]'];
  expect((await run({}, { sets })).status).toBe(0);
  const stored = [0, 1, 2].map((i) => server.docs.get(idOf(i))!);
  expect(stored.map(({ index }) => index)).toEqual([
    'logs-podferry-default',
    'logs-payments-default',
    'logs-podferry-default',
  ]);
  expect(stored.map(({ source }) => source)).toEqual([
    ofStream('podferry-default', 0),
    ofStream('payments-default', 1),
    ofStream('podferry-default', 2),
  ]);
});

/** The lines of the store, from all its files. */
function left(): { id: string; reason: { type: string }; document: unknown }[] {
  const replaying = join(dir, 'replaying');
  const files = [
    ...readdirSync(dir).map((name) => join(dir, name)),
    ...(existsSync(replaying) ? readdirSync(replaying).map((name) => join(replaying, name)) : []),
  ].filter((path) => path.includes('.ndjson'));
  return files.flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as ReturnType<typeof left>[number]),
  );
}

const range = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);
const stored = (): string[] => [...server.docs.keys()].toSorted();

test('what the server takes now is stored byte for byte under its id, and gone from the store', async () => {
  await reject(range(300));
  await reject(range(300, 300));
  const { status, stderr } = await run();
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.stringMatching(/^600 documents sent again: 600 stored, 0 rejected again, in /) as string,
  });
  expect(stored()).toEqual(range(600).map(idOf));
  expect(server.docs.get(idOf(7))!.source).toBe(documentOf(7));
  expect(readdirSync(dir)).toEqual([]);
  expect(await run()).toMatchObject({ status: 0, stderr: `podferry: no rejected documents in ${dir}\n` });
});

test('what was stored meanwhile counts as stored, what is refused again stays with the new reason, and goes when that is mended', async () => {
  await reject(range(3));
  await reject([1]);
  server.manners.item = (source) =>
    source.includes('"message":"2 ') ? { status: 400, type: 'still_wrong', reason: 'x' } : undefined;
  expect(await run()).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(
      /^4 documents sent again: 3 stored \(1 of them before\), 1 rejected again, in /,
    ) as string,
  });
  expect(left()).toMatchObject([{ id: idOf(2), reason: { type: 'still_wrong' } }]);
  server.manners.item = () => undefined;
  expect(await run()).toMatchObject({ status: 0 });
  expect(left()).toEqual([]);
  expect(stored()).toEqual(range(3).map(idOf));
});

test.each([
  ['a reason', { reason: LIMIT.type }, [1]],
  ['a namespace', { namespace: 'bank' }, [2]],
  ['an age', { olderThan: 3_600_000 }, [3]],
  ['another age', { newerThan: 3_600_000 }, [0, 1, 2]],
  ['two of them', { namespace: 'shop', newerThan: 3_600_000 }, [0, 1]],
  ['none of them', { namespace: 'nobody' }, []],
])('only documents of %s: the others stay as they are, in a run after it too', async (_, wanted, sent) => {
  await reject([0]);
  await reject([1], { refusal: LIMIT });
  await reject([2], { namespace: 'bank' });
  await reject([3], { at: Date.now() - 7_200_000 });
  const before = left();
  expect((await run(wanted)).status).toBe(0);
  expect(stored()).toEqual(sent.map(idOf));
  const rest = before.filter(({ id }) => !sent.map(idOf).includes(id));
  const sorted = (lines: typeof before): typeof before => lines.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  expect(sorted(left())).toEqual(sorted(rest));
  expect((await run()).status).toBe(0);
  expect(stored()).toEqual(range(4).map(idOf));
  expect(readdirSync(dir)).toEqual([]);
});

test('a dry run says what would be sent, and changes nothing', async () => {
  await reject(range(2), { at: Date.parse('2026-11-20T01:02:03Z') });
  await reject([2], {
    refusal: { ...LIMIT, type: '\x1b[31mred' },
    namespace: 'bank',
    at: Date.parse('2026-11-21T00:00:00Z'),
  });
  const before = readFileSync(join(dir, 'rejected.ndjson'), 'utf8');
  const { status, stdout } = await run({}, { dryRun: true });
  expect(status).toBe(0);
  expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['documents', 'refused for', 'namespace', 'oldest'],
    ['2', REFUSAL.type, 'shop', '2026-11-20T01:02:03.000Z'],
    ['1', '␛[31mred', 'bank', '2026-11-21T00:00:00.000Z'],
    [''],
  ]);
  expect(stdout).not.toContain('\x1b');
  expect(readFileSync(join(dir, 'rejected.ndjson'), 'utf8')).toBe(before);
  expect(server.requests).toEqual([]);
  // Whatever the sink is. Only Elasticsearch takes them back.
  expect((await run({}, { dryRun: true, sets: ['sink=stdout'] })).stdout).toBe(stdout);
  await expect(run({}, { sets: ['sink=stdout'] })).rejects.toThrow(/^sink is stdout: .* --dry-run shows them/);
});

test('into another data stream a document says that it is there, whatever its log line says', async () => {
  const store = new DeadLetter({ dir, maxBytes: 1e6, log: newSaid() });
  const own = '"data_stream":{"type":"logs","dataset":"podferry","namespace":"default"}';
  const document = `{"message":"x","json":{${own}},${own},"agent":{}}`;
  await store.add(Buffer.from(document), REFUSAL, idOf(1), new AbortController().signal);
  await store.close();
  await run({}, { sets: ['elasticsearch.dataset=mended'] });
  expect(server.bulks().at(-1)!.path).toBe('/logs-mended-default/_bulk');
  const other = own.replace('"podferry"', '"mended"');
  expect(server.docs.get(idOf(1))!.source).toBe(`{"message":"x","json":{${own}},${other},"agent":{}}`);
});

test('a document that was cut, and whatever else lies in the store, stays there and is told', async () => {
  await reject([1]);
  const path = join(dir, 'rejected.ndjson');
  const odd = [
    `{"at":"2026-11-20T01:02:03Z","reason":{"status":400,"type":"x","reason":""},"document":"{\\"a\\":","document_bytes":999}`,
    `{"at":"2026-11-20T01:02:03Z","reason":{"status":400,"type":"x","reason":""},"document":"no\\nJSON"}`,
    'garbage',
    '{}',
  ];
  writeFileSync(path, `${odd.join('\n')}\n${readFileSync(path, 'utf8')}half a line`);
  expect(await run()).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(
      /^1 document sent again: 1 stored, 0 rejected again; 2 not sent, since they were not kept whole; 2 passed over, in /,
    ) as string,
  });
  expect(
    readFileSync(join(dir, 'replaying', 'passed.ndjson'), 'utf8')
      .trimEnd()
      .split('\n'),
  ).toEqual(odd);
});

test('a document that a person edited is sent as it is now; an id that is none is not sent', async () => {
  const line = { id: 'x"}}\n{"delete":{}}', at: '2026-11-20T01:02:03Z', document: { message: 'edited' } };
  writeFileSync(join(dir, 'rejected.ndjson'), `${JSON.stringify(line)}\n`);
  expect((await run()).status).toBe(0);
  expect(server.bulks()[0]!.body.toString()).toBe('{"create":{}}\n{"message":"edited"}\n');
});

test('two at the same time: the second one says so', async () => {
  await reject([1]);
  server.next({ hang: true });
  const stop = new AbortController();
  const first = run({}, { signal: stop.signal });
  while (server.bulks().length === 0) await sleep(5);
  await expect(run()).rejects.toThrow(/in use by another podferry: with two of them documents are sent twice/);
  stop.abort(new Error('SIGTERM'));
  expect(await first).toMatchObject({ status: 2 });
  expect(left()).toMatchObject([{ id: idOf(1) }]);
  expect((await run()).status).toBe(0);
  expect(stored()).toEqual([idOf(1)]);
});

test('an agent goes on rejecting meanwhile: every document is at the server or in the store', async () => {
  const store = new DeadLetter({ dir, maxBytes: 100e6, log: newSaid() });
  const { signal } = new AbortController();
  let added = 0;
  let ended = false;
  const adding = (async () => {
    while (!ended) expect(await store.add(Buffer.from(documentOf(added)), REFUSAL, idOf(added++), signal)).toBe(true);
  })();
  for (let i = 0; i < 25 || added <= 25; i++) {
    await run();
    await setImmediate();
  }
  ended = true;
  await adding;
  await store.close();
  const there = new Set([...stored(), ...left().map(({ id }) => id)]);
  expect(there.size).toBe(added);
  expect(added).toBeGreaterThan(25);
});

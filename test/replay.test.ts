/** `podferry replay`, in process over the bundled samples and files of its own, and as the built command. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Output } from '../src/captured.ts';
import { loadConfig } from '../src/config/config.ts';
import { replay, type ReplayOptions } from '../src/replay.ts';
import { OperatorError } from '../src/util/errors.ts';
import { BUNDLE } from './helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from './helpers/elasticsearch.ts';
import { memoryLog } from './helpers/source.ts';
import { until } from './helpers/until.ts';

const SAMPLES = { paths: ['samples/pods'], podsFile: 'samples/pods.json' };
const SGR = /\x1b\[[0-9;]*m/g;

interface Document {
  '@timestamp': string;
  message: string;
  stream?: string;
  log: { offset: number; level?: string; file: { path: string } };
  kubernetes: {
    namespace?: string;
    pod?: { name: string; uid: string };
    container: { name: string; restart: number };
    labels?: Record<string, string>;
  };
  container?: { id?: string };
  host?: { name: string };
  json?: Record<string, unknown>;
  podferry?: Record<string, unknown>;
}

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-replay-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** An output that keeps what it is given. */
function output(more: Partial<Output> = {}): Output & { text: () => string } {
  const written: Buffer[] = [];
  return {
    write: (bytes, done) => {
      written.push(Buffer.from(bytes));
      done?.();
    },
    text: () => Buffer.concat(written).toString(),
    ...more,
  };
}

interface Run {
  status: number;
  stdout: string;
  stderr: string;
  said: string[];
  documents: () => Document[];
}

/** Runs a replay in this process. `sets` are settings. */
async function run(options: Partial<ReplayOptions> & { sets?: string[] }): Promise<Run> {
  const { sets = [], ...rest } = options;
  const [stdout, stderr, log] = [output(), output(), memoryLog()];
  const { config } = loadConfig({
    purpose: 'replay',
    sets,
    env: {},
    hostname: 'laptop',
    defaultFile: join(dir, 'none'),
  });
  const status = await replay(config, {
    paths: [],
    podsFile: undefined,
    format: undefined,
    stdin: Readable.from([]),
    stdout,
    stderr,
    colour: false,
    version: '0.0.0',
    signal: new AbortController().signal,
    log,
    ...rest,
  });
  return {
    status,
    stdout: stdout.text(),
    stderr: stderr.text(),
    said: log.lines,
    documents: () => documentsOf(stdout.text()),
  };
}

function documentsOf(ndjson: string): Document[] {
  expect(ndjson.endsWith('\n')).toBe(true);
  return ndjson
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Document);
}

/** A file of so many CRI lines. */
function logFile(path: string, lines: number, from = 0): string {
  const text = Array.from({ length: lines }, (_, i) => {
    const nanos = String(from + i).padStart(9, '0');
    return `2026-11-20T01:02:03.${nanos}Z stdout F line ${from + i}\n`;
  });
  writeFileSync(path, text.join(''));
  return path;
}

describe('the samples', () => {
  let documents: Document[];
  beforeAll(async () => {
    const done = await run(SAMPLES);
    expect(done.status).toBe(0);
    expect(done.said).toEqual([]);
    expect(done.stderr).toMatch(/^118 records, [\d.]+ KiB, 0 rejected, 0 lost, 1 unparsed in \d.*\n$/);
    documents = done.documents();
  });

  const of = (container: string) => documents.filter((document) => document.kubernetes.container.name === container);

  test('come out as one document per line', () => {
    expect(documents).toHaveLength(118);
  });

  test('of a rotated log come compressed, rotated and current file in order, and the line between two of them whole', () => {
    // A line that may begin a trace waits for the next one of its stream.
    for (const stream of ['stdout', 'stderr']) {
      const documents = of('nginx').filter((document) => document.stream === stream);
      const times = documents.map((document) => Date.parse(document['@timestamp']));
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
    expect(of('nginx').map((document) => document.message)).toContain(
      '203.0.113.77 - - [20/Nov/2026:01:00:21 +0000] "GET /search?q=%EC%86%A1%ED%8E%B8 HTTP/2.0" 200 7480 0.052',
    );
    expect(new Set(of('nginx').map((document) => document.log.file.path)).size).toBe(1);
  });

  test('of a restarted container come under both counts, each with its own container id', () => {
    const ids = new Map(
      of('gateway').map((document) => [document.kubernetes.container.restart, document.container!.id]),
    );
    expect([...ids.keys()]).toEqual([0, 1]);
    expect(ids.get(0)).toMatch(/^[0-9a-f]{64}$/);
    expect(ids.get(1)).toMatch(/^[0-9a-f]{64}$/);
    expect(ids.get(0)).not.toBe(ids.get(1));
  });

  test('join partial lines, also in the middle of a Korean character', () => {
    const basket = of('cart').find((document) => document.message === 'a very full basket')!;
    expect(basket.json!['items']).toHaveLength(280);
    const merchants = of('settlement').find((document) => document.json?.['merchants'] !== undefined)!;
    expect(merchants.json!['merchants']).toHaveLength(320);
    expect(JSON.stringify(merchants)).not.toContain('\ufffd');
  });

  test.each([
    ['checkout', /^com\.hanok\.checkout\.PaymentTimeoutException[^]*\tat [^]*Caused by: [^]*\t\.\.\. 4 more$/],
    ['gateway', /^panic: runtime error[^]*goroutine 4127[^]*pool\.go:41 \+0x9d$/],
    ['recommend', /Traceback[^]*httpx\.ReadTimeout: timed out$/],
    ['relay', /^TypeError: [^]*\(node:_http_common:125:17\)$/],
  ])('join the stack trace of %s', (container, trace) => {
    expect(of(container).filter((document) => trace.test(document.message))).toHaveLength(1);
  });

  test('know their pods: labels, node, and the static pod by the hash of its manifest', () => {
    expect(of('cart')[0]!.kubernetes.labels!['app_kubernetes_io/name']).toBe('cart');
    expect(of('cart')[0]!.host!.name).toBe('node-1');
    expect(of('ledger')[0]!.host!.name).toBe('node-2');
    const [scheduler] = of('kube-scheduler');
    expect(scheduler!.kubernetes.labels).toEqual({ component: 'kube-scheduler', tier: 'control-plane' });
    expect(documents.filter((document) => document.podferry?.['partial_metadata'])).toEqual([]);
  });

  test('mark the garbage line and the line that was never finished', () => {
    const marked = documents.filter((document) => document.podferry !== undefined);
    expect(marked.map((document) => [document.kubernetes.container.name, document.podferry])).toEqual([
      ['ledger', { unparsed: true }],
      ['settlement', { unfinished: true }],
    ]);
  });

  test('without a file of pods say what the paths say, and nothing of the machine they are replayed on', async () => {
    const [first] = (await run({ paths: SAMPLES.paths })).documents();
    expect(first!.kubernetes.namespace).toBe('kube-system');
    expect(first!.kubernetes.labels).toBeUndefined();
    expect(JSON.stringify(first)).not.toContain('laptop');
  });

  test('are the same documents in every format, and in every run', async () => {
    const bulk = (await run({ ...SAMPLES, format: 'bulk' })).stdout;
    const lines = bulk.trimEnd().split('\n');
    const actions = lines.filter((_, i) => i % 2 === 0).map((line) => JSON.parse(line) as { create: { _id: string } });
    expect(new Set(actions.map(({ create }) => create._id)).size).toBe(118);
    expect(lines.filter((_, i) => i % 2 === 1).map((line) => JSON.parse(line) as Document)).toEqual(documents);
    expect((await run({ ...SAMPLES, format: 'bulk' })).stdout).toBe(bulk);
  });

  test('are pretty on a terminal, and no control character but colour reaches it', async () => {
    const stdout = output({ isTTY: true, columns: 160 });
    await run({ ...SAMPLES, stdout, colour: true });
    const plain = stdout.text().replace(SGR, '');
    expect(stdout.text()).toMatch(SGR);
    expect(plain.match(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g)).toBeNull();
    expect(plain).toMatch(
      /^── 2026-11-20 UTC ──\n00:40:00\.100 {9}kube-system\/coredns-5d78c9869d-xv4tz\/coredns +\.:53\n/,
    );
    expect(plain).toMatch(
      /^01:04:01\.913 {2}FATAL {2}payments\/gateway-84c6d9f5b-t7rkw\/gateway +panic: runtime error/m,
    );
    expect(plain).toMatch(/^01:02:03\.001 {2}WARN {3}payments\/\S+ +the bank is slow {2}caller=bank\/client\.go:88 /m);
    expect(plain).toContain("query='␛]0;free coupons␇␛[2J␛[1;31m무료쿠폰␛[0m' hits=0");
  });
});

test('README.md shows what the demo prints', async () => {
  const { stdout } = await run({ ...SAMPLES, format: 'pretty' });
  const [, excerpt] = /npm run demo\n```[^]*?```\n([^]*?)\n```/.exec(readFileSync('README.md', 'utf8'))!;
  const lines = excerpt!.split('\n').filter((line) => line !== '…');
  expect(lines.pop()).toMatch(/^118 records, .* 1 unparsed in /);
  expect(lines.filter((line) => !stdout.split('\n').includes(line))).toEqual([]);
  expect(lines.length).toBeGreaterThan(20);
});

describe('what may be replayed', () => {
  test('a single file, plain or compressed, under any name', async () => {
    const plain = logFile(join(dir, 'captured.txt'), 3);
    writeFileSync(join(dir, 'old.log.gz'), gzipSync(readFileSync(plain)));
    for (const path of [plain, join(dir, 'old.log.gz')]) {
      const { status, documents } = await run({ paths: [path] });
      expect(status).toBe(0);
      expect(documents().map(({ message }) => message)).toEqual(['line 0', 'line 1', 'line 2']);
    }
  });

  test('instance n before n + 1, also beyond nine', async () => {
    const container = join(dir, 'order', 'shop_web-0_0b1c2d3e-1111-2222-3333-444455556666', 'web');
    mkdirSync(container, { recursive: true });
    for (const n of [10, 9, 2]) logFile(join(container, `${n}.log`), 1, n);
    logFile(join(container, '2.log.20261120-000000'), 1, 1);
    const { documents } = await run({ paths: [join(dir, 'order')] });
    expect(documents().map(({ message }) => message)).toEqual(['line 1', 'line 2', 'line 9', 'line 10']);
  });

  test.each([
    ['as it is', (bytes: Buffer) => bytes],
    ['compressed', (bytes: Buffer) => gzipSync(bytes)],
  ])('stdin %s, cut anywhere', async (_, form) => {
    const bytes = form(readFileSync(logFile(join(dir, 'stdin.log'), 1000)));
    const pieces = Array.from({ length: Math.ceil(bytes.length / 777) }, (_, i) =>
      bytes.subarray(i * 777, (i + 1) * 777),
    );
    const { status, documents } = await run({ paths: ['-'], stdin: Readable.from(pieces) });
    expect(status).toBe(0);
    expect(documents().map(({ message }) => message)).toEqual(Array.from({ length: 1000 }, (_, i) => `line ${i}`));
  });

  test('an empty file: nothing, and that is all right', async () => {
    writeFileSync(join(dir, 'empty.log'), '');
    const { status, stdout, stderr } = await run({ paths: [join(dir, 'empty.log')] });
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/^0 records, 0 B, 0 rejected, 0 lost in /);
  });
});

describe('a mistake is one sentence', () => {
  const complaint = (options: Partial<ReplayOptions>) =>
    run(options).then(
      () => 'no complaint',
      (error: unknown) => (error instanceof OperatorError ? error.message : error),
    );

  test('a path that is not there', async () => {
    expect(await complaint({ paths: [join(dir, 'nowhere')] })).toMatch(/nowhere does not exist/);
  });

  test('a directory without logs: what is expected in it', async () => {
    mkdirSync(join(dir, 'bare'));
    writeFileSync(join(dir, 'bare', 'notes.txt'), 'no log');
    expect(await complaint({ paths: [join(dir, 'bare')] })).toMatch(
      /^no logs in \S+\/bare: a directory is searched for <namespace>_<pod>_<uid>\/<container>\/<n>\.log, /,
    );
  });

  test.each([
    ['not there', undefined, /^--pods: \S+ cannot be read: ENOENT/],
    ['not JSON', 'NAME READY', /^--pods: the file is not JSON/],
    [
      'not pods',
      '{"kind":"List","items":[{"kind":"Node","metadata":{"name":"n"}}]}',
      /^--pods: .* none of them is a pod/,
    ],
  ])('a file of pods that is %s', async (_, content, message) => {
    const podsFile = join(dir, `pods-${_.replaceAll(' ', '-')}.json`);
    if (content !== undefined) writeFileSync(podsFile, content);
    expect(await complaint({ paths: SAMPLES.paths, podsFile })).toMatch(message);
  });
});

describe('to Elasticsearch', () => {
  let fake: FakeElasticsearch;
  let sets: string[];
  beforeEach(async () => {
    fake = await startElasticsearch();
    sets = ['sink=elasticsearch', `elasticsearch.nodes=${fake.url}`, `state.dir=${mkdtempSync(join(dir, 'state-'))}`];
  });
  afterEach(() => fake.stop());

  test('what is replayed twice is stored once', async () => {
    const first = await run({ ...SAMPLES, sets });
    expect([first.status, first.stdout, fake.docs.size]).toEqual([0, '', 118]);
    const second = await run({ ...SAMPLES, sets });
    expect([second.status, fake.docs.size]).toEqual([0, 118]);
    expect(second.stderr).toMatch(/^118 records, .* 0 rejected, 0 lost, 118 stored before, 1 unparsed in /);
  });

  test('what rules send to another output is stored there', async () => {
    const audit = await startElasticsearch();
    const rules = 'rules=[{match: {namespace: payments}, output: audit}]';
    const more = ['outputs.audit.sink=elasticsearch', `outputs.audit.elasticsearch.nodes=${audit.url}`, rules];
    const done = await run({ ...SAMPLES, sets: [...sets, ...more] });
    await audit.stop();
    expect(done.stderr).toMatch(/^118 records/);
    const namespaces = ({ docs }: FakeElasticsearch) =>
      new Set([...docs.values()].map(({ source }) => (JSON.parse(source) as Document).kubernetes.namespace));
    expect(namespaces(audit)).toEqual(new Set(['payments']));
    expect(namespaces(fake).has('payments')).toBe(false);
    expect(fake.docs.size + audit.docs.size).toBe(118);
  });

  test('what is refused is kept, and the status is 2', async () => {
    fake.manners.item = (source) =>
      source.includes('무료쿠폰') ? { status: 400, type: 'x', reason: 'no free coupons' } : undefined;
    const { status, stderr } = await run({ ...SAMPLES, sets });
    expect([status, fake.docs.size]).toEqual([2, 117]);
    expect(stderr).toMatch(/^118 records, .* 1 rejected, 0 lost, /);
    const state = sets[2]!.replace('state.dir=', '');
    expect(readFileSync(join(state, 'rejected.ndjson'), 'utf8')).toContain('no free coupons');
  });
});

describe('to files', () => {
  test('the documents of a replay are those that go to stdout, and verify finds them there', async () => {
    const out = join(mkdtempSync(join(dir, 'files-')), 'out');
    const sets = ['sink=file', `file.dir=${out}`];
    const { status, stdout, stderr } = await run({ ...SAMPLES, sets });
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/^118 records, .* 0 rejected, 0 lost, /);
    expect(readdirSync(out)).toEqual(['documents.ndjson']);
    const printed = await run({ ...SAMPLES, format: 'ndjson' });
    expect(readFileSync(join(out, 'documents.ndjson'), 'utf8')).toBe(printed.stdout);
  });

  test('a replay of what it writes is a mistake', async () => {
    const out = mkdtempSync(join(dir, 'files-'));
    const file = join(out, 'documents.ndjson');
    writeFileSync(file, '2026-11-20T01:02:03Z stdout F again and again\n');
    const replaying = run({ paths: [file], sets: ['sink=file', `file.dir=${out}`] });
    await expect(replaying).rejects.toThrow(/^file\.dir .* which is to be read: that would never end/);
  });
});

describe('progress', () => {
  test('stands on a terminal as long as the work lasts, and leaves nothing but the summary', async () => {
    const stderr = output({ isTTY: true, columns: 100 });
    const stdout = output({
      // A reader that takes nothing until it has seen how far we are.
      write: (_, done) => void until(() => stderr.text().includes('%'), 'progress is shown').then(() => done?.()),
    });
    const { status } = await run({ ...SAMPLES, stdout, stderr });
    expect(status).toBe(0);
    expect(stderr.text()).toMatch(/\r\x1b\[K100 % {2}[\d.]+ KiB of [\d.]+ KiB {2}/);
    expect(stderr.text()).toMatch(/\r\x1b\[K118 records, [^\r]*\n$/);
  });

  test('is not for files', async () => {
    const stderr = output();
    await run({ ...SAMPLES, stderr });
    expect(stderr.text()).not.toContain('\x1b');
  });
});

describe('before its end', () => {
  test('a stop is obeyed at once, said, and no success', async () => {
    const stop = new AbortController();
    // A terminal that is held: it takes nothing, and does not say so.
    const stdout = output({ write: () => stop.abort(new Error('SIGINT')) });
    const { status, stderr, said } = await run({ ...SAMPLES, stdout, signal: stop.signal });
    expect(status).toBe(2);
    expect(said).toEqual(['replay: stopped before the end: SIGINT']);
    expect(stderr).toMatch(/^0 records, /);
  });

  test('an output that fails is said, and no success', async () => {
    const stdout = output({ write: (_, done) => done?.(new Error('no space left')) });
    const { status, said } = await run({ ...SAMPLES, stdout });
    expect([status, said]).toEqual([2, ['replay: stopped before the end: no space left']]);
  });
});

describe('as a command', () => {
  const PATH = process.env['PATH'] ?? '';
  const args = [BUNDLE, 'replay', 'samples/pods', '--pods', 'samples/pods.json'];

  test('into a pipe: documents on stdout, the summary on stderr, status 0', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { PATH } });
    expect(status).toBe(0);
    expect(documentsOf(stdout)).toHaveLength(118);
    expect(stderr).toMatch(/^118 records, .*\n$/);
  });

  test('a reader that has seen enough ends it quietly', async () => {
    const file = logFile(join(dir, 'long.log'), 50_000);
    const child = spawn(process.execPath, [BUNDLE, 'replay', file], { env: { PATH } });
    const stderr: Buffer[] = [];
    child.stderr.on('data', (data: Buffer) => stderr.push(data));
    child.stdout.once('data', () => child.stdout.destroy());
    const [status] = (await once(child, 'close')) as [number];
    expect([status, Buffer.concat(stderr).toString()]).toEqual([0, '']);
  });

  test.each([
    ['a mistake: status 1', ['replay', '/no/such/log'], /^podferry: .*\/no\/such\/log does not exist\.?\n$/],
    ['an unknown format: status 1', ['replay', 'samples/pods', '--format', 'prety'], /did you mean pretty\?/],
  ])('%s', (_, mistaken, sentence) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [BUNDLE, ...mistaken], {
      encoding: 'utf8',
      env: { PATH },
    });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(sentence);
  });

  // util-linux: gives the command a terminal.
  const script = '/usr/bin/script';
  const onTerminal = (env: Record<string, string>) =>
    spawnSync(script, ['-qec', [process.execPath, ...args].join(' '), '/dev/null'], {
      encoding: 'utf8',
      input: '',
      env: { PATH, TERM: 'xterm', ...env },
    });

  test.skipIf(!existsSync(script))('on a terminal: laid out, in colour, the summary last', () => {
    const { status, stdout } = onTerminal({});
    expect(status).toBe(0);
    expect(stdout).toMatch(SGR);
    expect(stdout.replace(SGR, '')).toMatch(/^── 2026-11-20 UTC ──\r\n[^]*\r\n118 records, [^\n]*\r\n$/);
  });

  test.skipIf(!existsSync(script))('NO_COLOR is obeyed', () => {
    const { stdout } = onTerminal({ NO_COLOR: '1' });
    expect(stdout).toContain('the bank is slow');
    expect(stdout).not.toContain('\x1b');
  });
});

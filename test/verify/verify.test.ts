/** `podferry verify`, in process: what a replay has stored is compared with what is on disk. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { replay } from '../../src/replay.ts';
import { OperatorError } from '../../src/util/errors.ts';
import { verify, type VerifyOptions } from '../../src/verify/verify.ts';
import { startAgent, type Node } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet, type FakeContainer } from '../helpers/kubelet.ts';
import { memoryLog } from '../helpers/source.ts';
import { until } from '../helpers/until.ts';

/** A day after the first line. */
const NOW = Date.parse('2026-11-21T01:00:00Z');

let dir: string;
let kubelet: FakeKubelet;
let fake: FakeElasticsearch;
let sets: string[];
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-verify-'));
  kubelet = new FakeKubelet();
  fake = await startElasticsearch();
  sets = [`elasticsearch.nodes=${fake.url}`, `state.dir=${dir}`];
});
afterEach(async () => {
  await fake.stop();
  kubelet.remove();
  rmSync(dir, { recursive: true });
});

function configOf(purpose: 'replay' | 'verify', more: string[] = []) {
  const from = { env: {}, hostname: 'laptop', defaultFile: join(dir, 'none') };
  return loadConfig({ purpose, sets: [...sets, ...more], ...from }).config;
}

function output() {
  const written: string[] = [];
  return {
    write: (bytes: Buffer | string, done?: () => void) => (written.push(bytes.toString()), done?.(), true),
    text: () => written.join(''),
  };
}

/** Stores what is on disk, or prints it. */
async function ship(format?: 'ndjson' | 'bulk', more: string[] = []): Promise<string> {
  const stdout = output();
  const sink = format === undefined ? 'sink=elasticsearch' : 'sink=stdout';
  await replay(configOf('replay', [sink, ...more]), {
    ...{ paths: [kubelet.podsDir], podsFile: undefined, format, stdin: Readable.from([]), stdout, stderr: output() },
    ...{ colour: false, version: '0', signal: new AbortController().signal, log: memoryLog() },
  });
  return stdout.text();
}

async function verified(over: Partial<VerifyOptions> = {}, more: string[] = []) {
  const [stdout, log] = [output(), memoryLog()];
  const config = configOf(over.against === undefined ? 'verify' : 'replay', more);
  const status = await verify(config, {
    ...{ paths: [kubelet.podsDir], podsFile: undefined, against: undefined, olderThan: 0, stdin: Readable.from([]) },
    ...{ stdout, stderr: output(), colour: false, version: '0', signal: new AbortController().signal, log },
    ...{ now: () => NOW, ...over },
  });
  const lines = stdout.text().split('\n').slice(0, -1);
  return { status, lines, summary: lines.at(-1)!, said: log.lines };
}

/** A chain of three files, one of them compressed, and a container with a stack trace. */
function writeLogs(): { web: FakeContainer; worker: FakeContainer } {
  const web = kubelet.start();
  for (let i = 0; i < 30; i++) {
    web.say(`line ${i}`);
    if (i % 10 === 9) web.rotate();
  }
  web.say('last');
  const worker = kubelet.start({ container: 'worker' });
  worker.say('java.lang.IllegalStateException: no');
  worker.say('\tat com.example.Main.run(Main.java:7)');
  worker.say('going on');
  return { web, worker };
}

const messageOf = (source: string): string => (JSON.parse(source) as { message: string }).message;

function forget(message: string): void {
  const id = [...fake.docs].find(([, { source }]) => messageOf(source) === message)![0];
  fake.docs.delete(id);
}

describe('against Elasticsearch', () => {
  test('all that was shipped is there, rotated and compressed files too: status 0', async () => {
    const { web } = writeLogs();
    expect(web.rotated().some((name) => name.endsWith('.gz'))).toBe(true);
    await ship();
    const { status, lines, said } = await verified();
    expect([status, said]).toEqual([0, []]);
    expect(lines).toEqual([
      expect.stringMatching(/^33 records on disk: 33 stored, 0 missing, 0 rejected, 0 extra in \d/),
    ]);
  });

  test('each log is asked for where its rule sent it', async () => {
    writeLogs();
    const bank = kubelet.start({ namespace: 'bank', pod: 'vault', uid: '90000000-0000-4000-8000-000000000000' });
    bank.say('one', 'two', 'three');
    const audit = await startElasticsearch();
    const more = ['outputs.audit.sink=elasticsearch', `outputs.audit.elasticsearch.nodes=${audit.url}`];
    more.push('rules=[{match: {namespace: bank}, output: audit}]');
    await ship(undefined, more);
    expect([fake.docs.size, audit.docs.size]).toEqual([33, 3]);
    expect(await verified({}, more)).toMatchObject({
      status: 0,
      lines: [expect.stringMatching(/^36 records on disk: 36 stored, 0 missing, 0 rejected, 0 extra in /)],
    });
    // What lies at the other server does not count.
    for (const [id, document] of audit.docs) fake.docs.set(id, document);
    audit.docs.clear();
    const { status, lines } = await verified({}, more);
    await audit.stop();
    expect(status).toBe(2);
    expect(lines.at(-1)).toMatch(/^36 records on disk: 33 stored, 3 missing, 0 rejected, 0 extra in /);
    await expect(verified({}, [...more, 'outputs.audit.elasticsearch.id=auto'])).rejects.toThrow(
      /^outputs\.audit\.elasticsearch\.id is auto: /,
    );
  });

  test('what is missing is named by its first line: status 2', async () => {
    const { web, worker } = writeLogs();
    await ship();
    forget('line 12');
    forget('line 13');
    forget('java.lang.IllegalStateException: no\n\tat com.example.Main.run(Main.java:7)');
    const { status, lines } = await verified();
    expect(status).toBe(2);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^missing {2}of {2}log +first missing$/);
    expect(lines[1]).toMatch(/^ {6}2 {2}31 {2}/);
    expect(lines[1]).toContain(web.path);
    const second = gunzipSync(readFileSync(web.rotated()[1]!)).toString().split('\n');
    expect(lines[1]).toContain(
      `offset ${Buffer.byteLength(second.slice(0, 2).join('\n')) + 1}, ${second[2]!.split(' ')[0]}`,
    );
    expect(lines[2]).toMatch(/^ {6}1 {3}2 {2}/);
    expect(lines[2]).toContain(`${worker.path}  `);
    expect(lines[2]).toContain('offset 0, ');
    expect(lines[1]!.indexOf('offset')).toBe(lines[2]!.indexOf('offset'));
    expect(lines[3]).toMatch(/^33 records on disk: 30 stored, 3 missing, 0 rejected, 0 extra in /);
  });

  test('no data stream at all: everything is missing, and why is said', async () => {
    writeLogs();
    const reason = 'no such index [logs-podferry-default]';
    fake.manners.question = () => [404, { error: { type: 'index_not_found_exception', reason }, status: 404 }];
    const { status, summary, said } = await verified();
    expect(status).toBe(2);
    expect(summary).toContain('0 stored, 33 missing');
    expect(said).toEqual([expect.stringContaining('has no data stream logs-podferry-default')]);
  });

  test('what is there and no longer on disk is extra, and no fault', async () => {
    const { web } = writeLogs();
    await ship();
    rmSync(web.rotated()[0]!);
    const { status, summary } = await verified();
    expect(status).toBe(0);
    expect(summary).toMatch(/^23 records on disk: 23 stored, 0 missing, 0 rejected, 10 extra in /);
  });

  test('extra is unknown where the path cannot be searched for', async () => {
    writeLogs();
    await ship();
    fake.manners.question = ({ body }) =>
      body.includes('aggs') ? [400, { error: { type: 'illegal_argument_exception', reason: 'text' } }] : undefined;
    expect(await verified()).toMatchObject({
      status: 0,
      summary: expect.stringContaining(' extra: unknown ') as string,
    });
    // A path of words matches nothing.
    fake.manners.question = ({ body }) =>
      body.includes('aggs')
        ? [200, { aggregations: { logs: { buckets: [{ doc_count: 0 }, { doc_count: 0 }] } } }]
        : undefined;
    expect((await verified()).summary).toContain(' extra: unknown ');
  });

  test('asks in bulk, refreshed first, at most 5,000 ids at a time, and takes no part of an answer for the whole', async () => {
    const web = kubelet.start();
    for (let i = 0; i < 6000; i++) web.say(`line ${i}`);
    await ship();
    fake.requests.length = 0;
    let cut = 0;
    fake.manners.question = ({ path }) =>
      path.endsWith('_search') && cut++ === 0 ? [200, { _shards: { failed: 1 }, hits: { hits: [] } }] : undefined;
    expect(await verified()).toMatchObject({
      status: 0,
      summary: expect.stringContaining('6,000 stored, 0 missing') as string,
    });
    expect(fake.requests[0]!.path).toBe('/logs-podferry-default/_refresh');
    const asked = fake.requests
      .map(({ body }) => (body.includes('"ids"') ? (JSON.parse(body.toString()) as Search) : undefined))
      .filter((search) => search !== undefined);
    expect(Math.max(...asked.map(({ query }) => query.ids.values.length))).toBe(5000);
    expect(asked.every(({ query, size, _source }) => size === 2 * query.ids.values.length && !_source)).toBe(true);
  });
  interface Search {
    query: { ids: { values: string[] } };
    size: number;
    _source: boolean;
  }

  test('what the server refused and the dead-letter file keeps is rejected: not missing', async () => {
    writeLogs();
    fake.manners.item = (source) =>
      source.includes('line 7"') ? { status: 400, type: 'x', reason: 'no sevens' } : undefined;
    await ship();
    expect(readFileSync(join(dir, 'rejected.ndjson'), 'utf8')).toContain('no sevens');
    const { status, summary } = await verified();
    expect(status).toBe(0);
    expect(summary).toContain('32 stored, 0 missing, 1 rejected, 0 extra');
    // As replay --dead-letter leaves what is refused once more.
    mkdirSync(join(dir, 'replaying'));
    renameSync(join(dir, 'rejected.ndjson'), join(dir, 'replaying', 'rejected.ndjson'));
    expect((await verified()).summary).toContain('32 stored, 0 missing, 1 rejected, 0 extra');
  });

  test('what is younger than asked for may be on its way', async () => {
    const { web } = writeLogs();
    await ship();
    const now = Date.parse(web.say('not shipped yet').split(' ')[0]!) + 5000;
    const young = await verified({ olderThan: 10_000, now: () => now });
    expect(young.status).toBe(0);
    expect(young.summary).toMatch(
      /^34 records on disk: 33 stored, 0 missing, 0 rejected, 0 extra, 1 younger than 10 s in /,
    );
    expect((await verified({ olderThan: 4000, now: () => now })).summary).toContain('1 missing');
  });

  test('records that rules hold back are not expected', async () => {
    writeLogs();
    const rules = ['rules=[{match: {container: worker}, drop: true}, {match: {container: "*"}, sample: 3}]'];
    await ship(undefined, rules);
    expect(fake.docs.size).toBeLessThan(31);
    const { status, summary } = await verified({}, rules);
    expect(status).toBe(0);
    expect(summary).toMatch(/ 0 missing, 0 rejected, 0 extra, \d+ dropped by rule, 1 container log excluded in /);
    expect((await verified()).status).toBe(2);
  });

  test('a file that cannot be read is no proof: status 2', async () => {
    const { web } = writeLogs();
    await ship();
    const packed = web.rotated().find((name) => name.endsWith('.gz'))!;
    writeFileSync(packed, readFileSync(packed).subarray(0, 60));
    const { status, summary } = await verified();
    expect(status).toBe(2);
    expect(summary).toContain(', 1 container log not read in full (unreadable) in ');
    writeFileSync(packed, 'no gzip at all');
    expect(await verified()).toMatchObject({
      status: 2,
      summary: expect.stringMatching(/: 23 stored, 0 missing, .* 1 container log not read in full/) as string,
    });
  });

  describe('a mistake is one sentence', () => {
    const complaint = (over: Partial<VerifyOptions> = {}, more: string[] = []): Promise<unknown> =>
      verified(over, more).then(
        () => 'no complaint',
        (error: unknown) => (error instanceof OperatorError ? error.message : error),
      );

    test('credentials that may not read', async () => {
      writeLogs();
      fake.manners.question = () => [403, { error: { type: 'security_exception' }, status: 403 }];
      expect(await complaint()).toContain('verify needs the index privilege read on it');
    });

    test('ids that Elasticsearch makes', async () => {
      writeLogs();
      expect(await complaint({}, ['elasticsearch.id=auto'])).toMatch(/^elasticsearch\.id is auto: /);
    });

    test('a path without logs, a file that is not there, a file of something else', async () => {
      expect(await complaint({ paths: [dir] })).toMatch(/^no logs in /);
      expect(await complaint({ paths: [join(dir, 'nothing')] })).toMatch(/^verify: \S+nothing does not exist\.$/);
      execFileSync('mkfifo', [join(dir, 'fifo')]);
      expect(await complaint({ paths: [join(dir, 'fifo')] })).toMatch(/^verify: \S+fifo is no file; [^.]*\.$/);
      writeLogs();
      const against = join(dir, 'against');
      expect(await complaint({ against })).toMatch(/^--against: \S+ cannot be read: ENOENT/);
      writeFileSync(against, 'one\ntwo\n');
      expect(await complaint({ against })).toMatch(/holds no document of podferry's/);
    });
  });
});

describe('against a file', () => {
  const write = (name: string, content: string | Buffer): string => {
    writeFileSync(join(dir, name), content);
    return join(dir, name);
  };

  test.each(['ndjson', 'bulk'] as const)('%s: all, some, none', async (format) => {
    const { web } = writeLogs();
    const text = await ship(format);
    const against = write('documents', text);
    const all = await verified({ against });
    expect(all.status).toBe(0);
    expect(all.summary).toMatch(/^33 records on disk: 33 stored, 0 missing, 0 rejected, 0 extra in /);
    const lines = text.split('\n');
    const at = lines.findIndex((line) => line.includes('"message":"line 12"'));
    lines.splice(format === 'bulk' ? at - 1 : at, format === 'bulk' ? 2 : 1);
    const some = await verified({ against: write('documents', lines.join('\n')) });
    expect(some.status).toBe(2);
    expect(some.lines[1]).toContain(web.path);
    expect(some.summary).toContain('32 stored, 1 missing, 0 rejected, 0 extra');
    expect((await verified({ against: write('documents', '') })).summary).toContain('0 stored, 33 missing');
  });

  test('compressed, and from stdin', async () => {
    writeLogs();
    const text = await ship('ndjson');
    expect((await verified({ against: write('documents.gz', gzipSync(text)) })).status).toBe(0);
    const bytes = Buffer.from(text);
    const stdin = Readable.from([bytes.subarray(0, 5000), bytes.subarray(5000)]);
    expect((await verified({ against: '-', stdin })).status).toBe(0);
  });

  test('what is there twice, what is extra, what is no document, and logs that were not asked about', async () => {
    const { web, worker } = writeLogs();
    const text = await ship('ndjson');
    const against = write('documents', `${text}not json\n${text.split('\n')[0]}\n`);
    rmSync(web.rotated()[0]!);
    const { status, summary, said } = await verified({ against, paths: [web.directory] });
    expect(status).toBe(0);
    expect(summary).toMatch(/^21 records on disk: 21 stored, 0 missing, 0 rejected, 10 extra, 1 there twice in /);
    expect(said).toEqual([expect.stringContaining('1 lines of')]);
    expect(worker.path).not.toBe(web.path);
  });

  test('a bulk body with the ids left to Elasticsearch is compared by place', async () => {
    writeLogs();
    const against = write('documents', await ship('bulk', ['elasticsearch.id=auto']));
    expect((await verified({ against })).summary).toContain('33 stored, 0 missing, 0 rejected, 0 extra');
  });

  test('a copy of the directory is the same logs', async () => {
    writeLogs();
    const against = write('documents', (await ship('ndjson')).replaceAll(kubelet.podsDir, '/mnt/captured'));
    expect((await verified({ against })).summary).toContain('33 stored, 0 missing, 0 rejected, 0 extra');
  });
});

/** A line of this stream; the tag is P for one that goes on. */
function line(stream: string, text: string, tag = 'F', time = kubelet.time()): string {
  return `${time} ${stream} ${tag} ${text}\n`;
}

describe('kubelet has deleted the file in which a record began', () => {
  /** A trace on stderr and a line in parts on stdout, cut by a rotation; the names of the files, oldest first. */
  function writeAcross(): { web: FakeContainer; oldest: string } {
    const web = kubelet.start();
    const trace = [
      'java.io.IOException: no',
      '\tat a.b(C.java:1)',
      '\tat a.b(C.java:2)',
      'Caused by: e.FException: x',
      '\tat a.b',
    ];
    web.say('before');
    const [first, second, ...rest] = trace.map((text) => line('stderr', text));
    web.write(first! + second! + line('stdout', 'one half ', 'P'));
    const oldest = web.rotate({ compress: false });
    web.write(`${rest.join('')}${line('stdout', 'and the other')}`);
    web.say('10', '11', '12');
    web.write(line('stderr', 'err 1') + line('stderr', 'err 2'));
    web.rotate({ compress: false });
    web.say('20');
    return { web, oldest };
  }

  test('what is on disk of it is the rest of a record: nothing is missing', async () => {
    const { oldest } = writeAcross();
    await ship();
    expect((await verified()).summary).toMatch(/^9 records on disk: 9 stored, 0 missing, 0 rejected, 0 extra in /);
    rmSync(oldest);
    const { status, lines } = await verified();
    expect(status).toBe(0);
    expect(lines).toEqual([
      expect.stringMatching(
        /^9 records on disk: 6 stored, 0 missing, 0 rejected, 3 extra, 3 begin before what is on disk in /,
      ),
    ]);
  });

  test('against a file too', async () => {
    const { oldest } = writeAcross();
    writeFileSync(join(dir, 'documents'), await ship('ndjson'));
    rmSync(oldest);
    const { status, summary } = await verified({ against: join(dir, 'documents') });
    expect([status, summary]).toEqual([0, expect.stringContaining(' 0 missing, 0 rejected, 3 extra, 3 begin before')]);
  });

  test.each([
    ['the second record of a stream', '11'],
    ['the first one that is a record of its own', '10'],
    ['one after the lines of a trace', 'err 1'],
    ['the first of the next file', '20'],
  ])('%s is missing all the same', async (_, message) => {
    const { oldest } = writeAcross();
    await ship();
    rmSync(oldest);
    forget(message);
    const { status, summary } = await verified();
    expect([status, summary]).toEqual([2, expect.stringMatching(/ 5 stored, 1 missing, .* 3 begin before /)]);
  });

  test('what goes on with a record that is stored is no rest', async () => {
    const { oldest } = writeAcross();
    await ship();
    rmSync(oldest);
    // Read from here by an agent that never saw the oldest.
    await ship();
    expect((await verified()).summary).toContain('9 stored, 0 missing, ');
    forget('Caused by: e.FException: x\n\tat a.b');
    expect((await verified()).summary).toContain('8 stored, 1 missing, ');
  });

  test('of a log of which nothing older was stored the first record is missing', async () => {
    const { web } = writeLogs();
    await ship();
    forget('line 0');
    const { status, lines } = await verified();
    expect(status).toBe(2);
    expect(lines[1]).toContain(`1  31  ${web.path}  offset 0, `);
  });

  test('of a file of which nothing is stored everything is missing, from its first record on', async () => {
    const { web } = writeLogs();
    await ship();
    rmSync(web.rotated()[0]!);
    for (let i = 10; i < 20; i++) forget(`line ${i}`);
    forget('line 25');
    const { status, lines } = await verified({ paths: [web.directory] });
    expect(status).toBe(2);
    expect(lines[1]).toMatch(/^ {5}11 {2}21 .* offset 0, /);
    expect(lines[2]).toMatch(/^21 records on disk: 10 stored, 11 missing, 0 rejected, 10 extra in /);
  });

  test('one record of a stream at most may be such a rest', async () => {
    const { web } = writeLogs();
    await ship();
    rmSync(web.rotated()[0]!);
    forget('line 10');
    expect((await verified()).summary).toMatch(/ 0 missing, 0 rejected, 10 extra, 1 begins before what is on disk in /);
    forget('line 11');
    const { status, lines } = await verified();
    expect([status, lines[2]]).toEqual([2, expect.stringMatching(/ 1 missing, .* 1 begins before /)]);
  });

  test('where nobody knows what the sink holds beyond, the name of the oldest file decides', async () => {
    const { web, worker } = writeLogs();
    await ship();
    fake.manners.question = ({ body }) =>
      body.includes('aggs') ? [400, { error: { type: 'illegal_argument_exception', reason: 'text' } }] : undefined;
    forget('line 0');
    expect(await verified({ paths: [web.directory] })).toMatchObject({
      status: 0,
      summary: expect.stringContaining(' extra: unknown, 1 begins before ') as string,
    });
    forget('java.lang.IllegalStateException: no\n\tat com.example.Main.run(Main.java:7)');
    expect((await verified({ paths: [worker.directory] })).status).toBe(2);
  });
});

describe('what is open at the end of a log that may go on is no loss', () => {
  const open = (many: number): unknown =>
    expect.stringMatching(new RegExp(` 0 missing, 0 rejected, 0 extra, ${many} still open in `));

  /** What the agent has shipped so far, then what it holds open. */
  async function opened(...bytes: string[]): Promise<FakeContainer> {
    const web = kubelet.start();
    web.say('one');
    await ship();
    for (const each of bytes) web.write(each);
    return web;
  }

  test.each([
    ['a partial line', () => [line('stdout', 'prompt> ', 'P')], 1],
    ['one of each stream', () => [line('stdout', 'a', 'P'), line('stderr', 'b', 'P')], 2],
    ['a line without its end', () => [line('stdout', 'half a li').slice(0, -1)], 1],
    ['a line in no known format without its end', () => ['garbage'], 1],
    [
      'a partial line whose last part lacks its end',
      () => [line('stdout', 'a', 'P'), line('stdout', 'b').slice(0, -1)],
      1,
    ],
    ['a line longer than a read buffer', () => [line('stdout', 'x'.repeat(600_000)).slice(0, -1)], 1],
    [
      'a stack trace that a line without its end holds back',
      () => [line('stderr', 'Error: no'), line('stderr', '    at a.js:1').slice(0, -1)],
      1,
    ],
    ['and another stream holds back', () => [line('stderr', 'Error: no'), line('stdout', 'half').slice(0, -1)], 2],
    [
      'a stack trace that goes on with a partial line',
      () => [line('stderr', 'Error: no'), line('stderr', '\tat a.b', 'P')],
      1,
    ],
  ])('%s', async (_, bytes, many) => {
    await opened(...bytes());
    const { status, lines } = await verified();
    expect([status, lines]).toEqual([0, [open(many)]]);
  });

  test('in an older file too, while the newest is empty', async () => {
    const web = await opened(line('stdout', 'prompt> ', 'P'));
    web.rotate({ compress: false });
    expect((await verified()).summary).toEqual(open(1));
  });

  test('once the sink holds it, it is stored', async () => {
    await opened(line('stdout', 'prompt> ', 'P'));
    await ship();
    const { status, summary } = await verified();
    expect([status, summary]).toEqual([0, expect.stringMatching(/: 2 stored, 0 missing, 0 rejected, 0 extra in /)]);
  });

  test('a stack trace whose last line is a moment old; an older one was shipped', async () => {
    const at = (ms: number): string => new Date(NOW - 20_000 + ms).toISOString();
    const lines = Array.from({ length: 20 }, (_, i) => line('stderr', '\tat a.b(C.java:1)', 'F', at(1000 * (i + 1))));
    await opened(line('stderr', 'java.io.IOException: no', 'F', at(0)), ...lines);
    expect((await verified({ olderThan: 10_000 })).summary).toEqual(open(1));
    expect(await verified({ olderThan: 10_000, now: () => NOW + 11_000 })).toMatchObject({
      status: 2,
      summary: expect.stringContaining('1 stored, 1 missing, 0 rejected, 0 extra in ') as string,
    });
  });

  test('a stack trace was shipped whatever the other stream does', async () => {
    await opened(line('stderr', 'Error: no'), line('stdout', 'prompt> ', 'P'));
    expect((await verified()).summary).toContain('1 stored, 1 missing, 0 rejected, 0 extra, 1 still open in ');
  });

  test('nothing is open that more was written after, or the next instance', async () => {
    const web = await opened(line('stdout', 'prompt> ', 'P'), line('stdout', 'yes'));
    web.say('two');
    expect((await verified()).summary).toContain('1 stored, 2 missing,');
    web.write(line('stdout', 'prompt> ', 'P'));
    expect((await verified()).summary).toContain('1 stored, 2 missing, 0 rejected, 0 extra, 1 still open');
    const { path } = web;
    web.restartContainer();
    expect((await verified()).summary).toContain('1 stored, 3 missing, 0 rejected, 0 extra in ');
    expect((await verified({ paths: [path] })).summary).toContain('1 stored, 3 missing, 0 rejected, 0 extra in ');
  });

  test('a last line without its end in a file that was rotated is none', async () => {
    const web = await opened(line('stdout', 'half').slice(0, -1));
    const rotated = web.rotate({ compress: false });
    web.say('two');
    await ship();
    forget('half');
    expect((await verified()).summary).toContain('2 stored, 1 missing, 0 rejected, 0 extra in ');
    expect((await verified({ paths: [rotated] })).summary).toContain('1 stored, 1 missing, ');
  });
});

test('a real agent holds these records open, and stored that one under its beginning', async () => {
  const stateDir = join(dir, 'state');
  mkdirSync(stateDir);
  const { podsDir, containersDir } = kubelet;
  const node: Node = { dir, podsDir, containersDir, stateDir, remove: () => undefined };
  const [web, cut, prompt] = ['web', 'cut', 'prompt'].map((container) => kubelet.start({ container }));
  web!.say('one');
  const trace = ['java.io.IOException: no', '\tat a.b(C.java:1)', '\tat a.b(C.java:2)'].map((text) =>
    line('stderr', text),
  );
  web!.write(trace[0]! + trace[1]!);
  const oldest = web!.rotate({ compress: false });
  web!.write(trace[2]!);
  web!.say('two');
  cut!.say('three');
  cut!.write(line('stdout', 'half a line').slice(0, -1));
  prompt!.say('four');
  prompt!.write(line('stdout', 'prompt> ', 'P'));
  const agent = await startAgent(node, { 'elasticsearch.nodes': fake.url });
  try {
    await until(() => fake.docs.size === 5, 'all that is whole is stored');
    rmSync(oldest);
    const { status, lines } = await verified();
    expect(status).toBe(0);
    expect(lines).toEqual([
      expect.stringMatching(
        /^6 records on disk: 3 stored, 0 missing, .* 2 extra, 2 still open, 1 begins before what is on disk in /,
      ),
    ]);
    cut!.write('\n');
    prompt!.write(line('stdout', 'yes'));
    await until(() => fake.docs.size === 7, 'what was open is stored');
    expect((await verified()).summary).toMatch(
      /: 5 stored, 0 missing, .* 2 extra, 1 begins before what is on disk in /,
    );
  } finally {
    expect(await agent.end()).toBe(0);
  }
});

test('a changed character that changes neither length nor first line is not noticed: ids are compared', async () => {
  const { web } = writeLogs();
  await ship();
  const text = readFileSync(web.path, 'utf8');
  web.say('second');
  await ship();
  writeFileSync(web.path, readFileSync(web.path, 'utf8').replace('second', 'sekond'));
  expect((await verified()).status).toBe(0);
  writeFileSync(web.path, text.replace('last', 'lust'));
  expect((await verified()).status).toBe(2);
});

test('at most 20 logs are listed, those that lack most first, and hostile names cannot steer a terminal', async () => {
  for (let i = 0; i < 25; i++) {
    const one = kubelet.start({ container: i === 7 ? 'a\x1b[2J' : `c${i}` });
    for (let j = 0; j <= (i === 7 ? 50 : i); j++) one.say(`line ${j}`);
  }
  const { status, lines } = await verified({ against: join(dir, 'empty') }).catch(() => {
    writeFileSync(join(dir, 'empty'), '');
    return verified({ against: join(dir, 'empty') });
  });
  expect(status).toBe(2);
  expect(lines).toHaveLength(1 + 20 + 1 + 1);
  expect(lines[1]).toContain('a␛[2J');
  expect(lines[21]).toBe('… and 5 more container logs');
});

test('a stop is obeyed, said, and no proof', async () => {
  writeLogs();
  const stop = new AbortController();
  fake.manners.question = () => {
    stop.abort(new Error('SIGINT'));
    return undefined;
  };
  const { status, said } = await verified({ signal: stop.signal });
  expect([status, said]).toEqual([2, ['verify: stopped before the end: SIGINT']]);
});

test('a stop is obeyed while stdin gives nothing', async () => {
  writeLogs();
  const stop = new AbortController();
  let asked = false;
  const stdin = (async function* () {
    asked = true;
    yield Buffer.from('');
    await new Promise(() => {});
  })();
  const verifying = verified({ against: '-', stdin, signal: stop.signal });
  await until(() => asked, 'stdin is read');
  stop.abort(new Error('SIGTERM'));
  const { status, said } = await verifying;
  expect([status, said]).toEqual([2, ['verify: stopped before the end: SIGTERM']]);
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check, type CheckOptions } from '../src/check.ts';
import { loadConfig } from '../src/config/config.ts';
import { probeSink } from '../src/sink.ts';
import { serveHttp } from '../src/observe/http.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-check-'));
  mkdirSync(join(dir, 'containers'));
  writeFileSync(join(dir, 'containers', 'web_shop_web-1.log'), '');
  mkdirSync(join(dir, 'pods', 'shop_web_uid', 'web'), { recursive: true });
  for (const name of ['0.log', '0.log.20261120-010203.gz', 'notes.txt']) {
    writeFileSync(join(dir, 'pods', 'shop_web_uid', 'web', name), '');
  }
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function run(sets: string[], options: Partial<CheckOptions> = {}): Promise<{ good: boolean; lines: string[] }> {
  const lines: string[] = [];
  const base = [
    'elasticsearch.nodes=http://127.0.0.1:1',
    'kubernetes.enabled=false',
    'http.listen=off',
    'node_name=n1',
    `logs.containers_dir=${dir}/containers`,
    `logs.pods_dir=${dir}/pods`,
    `state.dir=${dir}`,
  ];
  const load = () =>
    loadConfig({
      purpose: 'check',
      sets: [...base, ...sets],
      env: {},
      hostname: 'h',
      defaultFile: join(dir, 'none.yaml'),
    });
  const good = await check({ load, print: (line) => void lines.push(line), colour: false, ...options });
  return { good, lines: lines.map((line) => line.replaceAll(dir, 'DIR').replace(/[\d.]+ .iB free/, 'N free')) };
}

describe('podferry check', () => {
  it('lists which rules apply to each container, within 80 columns, and 40 lines at most', async () => {
    const pods = join(dir, 'ruled');
    const long = 'a-name-as-long-as-kubernetes-allows-one-of-a-container-to-be-xyz';
    for (const path of ['dev_job-1_u1/main', 'shop_web-1_u2/web', `shop_web-1_u2/${long}`, 'no pod/x'])
      mkdirSync(join(pods, path), { recursive: true });
    const rules =
      '[{match: {namespace: shop}, redact: email}, {match: {labels: {a: b}}, sample: 2}, {match: {pod: job-*}, drop: true}, {match: {pod: x}, sample: 3}]';
    const { good, lines } = await run([`logs.pods_dir=${pods}`, `rules=${rules}`]);
    const at = lines.findIndex((line) => line.includes('  rules '));
    expect(good).toBe(true);
    expect(lines.slice(at, at + 5)).toEqual([
      'ok    rules                4 rules, 3 containers; numbers from 0, ? by labels',
      '                           1? 2 (not read) dev/job-1/main',
      '                           0 1? shop/web-1/a-name-as-lo…f-a-container-to-be-xyz',
      '                           0 1? shop/web-1/web',
      '                           no container here: 3',
    ]);
    for (let i = 0; i < 50; i++) mkdirSync(join(pods, `many_pod-${i}_u${i}`, 'c'), { recursive: true });
    const many = (await run([`logs.pods_dir=${pods}`, `rules=${rules}`])).lines.slice(at);
    expect(many[41]).toBe('                           and 13 more containers');
    expect(Math.max(...many.slice(0, 42).map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('says a line for each thing, aligned', async () => {
    const elasticsearch = () => Promise.resolve({ ok: true, lines: ['Elasticsearch 9.5.0', 'may create documents'] });
    const { good, lines } = await run([], { sink: elasticsearch });
    expect(lines).toEqual([
      'ok    settings             no file, environment (0), flags (7)',
      'ok    node_name            n1',
      'ok    logs.containers_dir  DIR/containers, 1 link',
      'ok    logs.pods_dir        DIR/pods, 2 log files of 1 container',
      'ok    state.dir            DIR, writable, N free',
      'ok    http.listen          off: no metrics, no probes',
      'ok    http.probes          off: no probes',
      'ok    kubernetes           not used: documents carry what the paths of the logs tell',
      'ok    elasticsearch        Elasticsearch 9.5.0',
      '                           may create documents',
    ]);
    expect(good).toBe(true);
  });

  it('goes no further with wrong settings, and names all of them', async () => {
    const { good, lines } = await run(['batch.max_age=soon', 'log.level=loud']);
    expect(good).toBe(false);
    expect(lines).toEqual([
      'FAIL  settings             --set: batch.max_age takes a duration such as 500ms, 5s or 1h, not "soon".',
      '                           --set: log.level takes debug, info, warn or error, not "loud".',
    ]);
  });

  it('fails where a server does', async () => {
    const failing = () => Promise.resolve({ ok: false, lines: ['away'] });
    const { good, lines } = await run(['kubernetes.url=http://127.0.0.1:1', 'kubernetes.enabled=true'], {
      sink: failing,
      kubernetes: failing,
    });
    expect(good).toBe(false);
    expect(lines.slice(-2)).toEqual(['FAIL  kubernetes           away', 'FAIL  elasticsearch        away']);
  });

  it('looks at the directory of the sink that writes files', async () => {
    const sets = ['sink=file', `file.dir=${dir}/new`, 'file.max_files=2'];
    const { good, lines } = await run(sets, { sink: probeSink });
    expect(good).toBe(true);
    expect(lines.slice(-2)).toEqual([
      'ok    file                 DIR/new, will be made at the first start',
      '                           at most 200 MiB of documents',
    ]);
  });

  it('asks every output, and says which containers have it', async () => {
    const sets = [
      'outputs.audit.sink=elasticsearch',
      'outputs.audit.elasticsearch.nodes=http://127.0.0.1:2',
      'outputs.on-disk.sink=file',
      `outputs.on-disk.file.dir=${dir}/new`,
      'outputs.here.sink=stdout',
      'rules=[{match: {namespace: shop}, output: audit}]',
    ];
    const { good, lines } = await run(sets, {
      sink: (config) =>
        config.sink === 'elasticsearch'
          ? Promise.resolve({
              ok: config.elasticsearch.nodes[0] !== 'http://127.0.0.1:2',
              lines: config.elasticsearch.nodes,
            })
          : probeSink(config),
    });
    expect(good).toBe(false);
    expect(lines[0]).toMatch(/^warn .*flags \(13\)/);
    expect(lines.slice(1, 3)).toEqual([
      '                           outputs.on-disk gets no logs: no rule has output: on-disk.',
      '                           outputs.here gets no logs: no rule has output: here.',
    ]);
    expect(lines).toContain('                           0 (to audit) shop/web/web');
    expect(lines.slice(-5)).toEqual([
      'ok    elasticsearch        http://127.0.0.1:1',
      'FAIL  outputs.audit        http://127.0.0.1:2',
      'ok    outputs.on-disk      DIR/new, will be made at the first start',
      '                           at most 500 MiB of documents',
      'ok    outputs.here         stdout',
    ]);
  });

  it('fails where a directory cannot be used', async () => {
    writeFileSync(join(dir, 'file'), '');
    const sets = [
      `logs.pods_dir=${dir}/nowhere`,
      `logs.containers_dir=${dir}/file`,
      `state.dir=${dir}/file`,
      'sink=stdout',
    ];
    const { good, lines } = await run(sets);
    expect(good).toBe(false);
    expect(lines.slice(2, 5)).toEqual([
      'warn  logs.containers_dir  DIR/file cannot be read (ENOTDIR): new containers are found by the scan only',
      'FAIL  logs.pods_dir        DIR/nowhere cannot be read (ENOENT); mount the host directory of that name',
      'FAIL  state.dir            DIR/file cannot be used (DIR/file is not a directory)',
    ]);
  });

  it('fails where the directory of the pods is a file', async () => {
    writeFileSync(join(dir, 'pods-file'), '');
    const { good, lines } = await run([`logs.pods_dir=${dir}/pods-file`, 'sink=stdout']);
    expect(good).toBe(false);
    expect(lines[3]).toMatch(/^FAIL {2}logs\.pods_dir .*pods-file cannot be read \(ENOTDIR\); it is not a directory/);
  });

  it('tells a port that is free from one that is taken, and from one that podferry itself holds', async () => {
    expect((await run(['http.listen=127.0.0.1:0', 'sink=stdout'])).lines[5]).toMatch(/^ok .*127\.0\.0\.1:0 is free$/);

    const stranger = createServer((socket) => socket.end('SSH-2.0\r\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => stranger.once('listening', resolve));
    const { port } = stranger.address() as AddressInfo;
    expect((await run([`http.listen=127.0.0.1:${port}`, 'sink=stdout'])).lines[5]).toMatch(
      /^FAIL .*cannot be used \(EADDRINUSE\)/,
    );
    expect((await run([`http.probes=127.0.0.1:${port}`, 'sink=stdout'])).lines[6]).toMatch(
      /^FAIL {2}http\.probes .*cannot be used \(EADDRINUSE\)/,
    );
    stranger.close();

    const own = await serveHttp(
      { listen: { host: '127.0.0.1', port: 0 }, probes: { host: '127.0.0.1', port: 0 }, status: 'loopback' },
      {
        metrics: { text: () => Promise.resolve(''), contentType: 'text/plain' },
        live: () => ({ ok: true, reasons: [] }),
        ready: () => ({ ok: true, reasons: [] }),
        status: () => ({}),
      },
    );
    const [listen, probes] = [own.url, own.probesUrl].map((url) => new URL(url).host);
    const { good, lines } = await run([`http.listen=${listen}`, `http.probes=${probes}`, 'sink=stdout']);
    expect(lines.slice(5, 7)).toEqual([
      `ok    http.listen          ${listen}, podferry runs there`,
      `ok    http.probes          ${probes}, podferry runs there`,
    ]);
    expect(good).toBe(true);
    await own.close();
  });

  it('has symbols and colours on a terminal', async () => {
    const { lines } = await run(['sink=stdout'], { colour: true });
    expect(lines[0]).toMatch(/^\x1b\[32m✓\x1b\[39m {2}settings {13}/);
  });
});

it('is not alarmed by pods that come and go while it looks', async () => {
  const pods = join(dir, 'churn');
  let isOver = false;
  const churn = (async () => {
    for (let i = 0; !isOver; i++) {
      const pod = join(pods, `shop_web-${i % 5}_uid`);
      rmSync(pod, { recursive: true, force: true });
      await setImmediate();
      mkdirSync(join(pod, 'web'), { recursive: true });
      writeFileSync(join(pod, 'web', '0.log'), '');
      await setImmediate();
    }
  })();
  mkdirSync(pods, { recursive: true });
  for (let i = 0; i < 100; i++) {
    const { lines } = await run([`logs.pods_dir=${pods}`, 'sink=stdout']);
    expect(lines[3]).toMatch(/^ok {4}logs\.pods_dir /);
  }
  isOver = true;
  await churn;
});

/** The bundled capture: the same from every run of its script, and holding what it is there to show. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';

const samples = 'samples';
const fresh = mkdtempSync(join(tmpdir(), 'podferry-samples-'));
afterAll(() => rmSync(fresh, { recursive: true }));

function tree(root: string): Map<string, Buffer> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name !== 'README.md',
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [path.slice(root.length + 1), readFileSync(path)]));
}

const files = tree(samples);
const logs = new Map(
  [...files]
    .filter(([path]) => path.startsWith('pods/'))
    .map(([path, bytes]) => [path, path.endsWith('.gz') ? gunzipSync(bytes) : bytes]),
);
const lines = [...logs].flatMap(([path, bytes]) => splitLines(bytes).map((line) => ({ path, line })));
const all = Buffer.concat([...logs.values()]).toString();

function splitLines(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let start = 0, lf = 0; (lf = bytes.indexOf(10, start)) >= 0; start = lf + 1)
    found.push(bytes.subarray(start, lf));
  return found;
}

/** The content of partial lines of this many bytes. */
function partials(length: number): Buffer[] {
  const header = /^\S+ std(?:out|err) P /;
  return lines
    .filter(({ line }) => header.test(line.toString('latin1')))
    .map(({ line }) => line.subarray(header.exec(line.toString('latin1'))![0].length))
    .filter((content) => content.length === length);
}

test('scripts/samples.mjs writes exactly what is bundled', () => {
  execFileSync(process.execPath, ['scripts/samples.mjs', fresh]);
  const again = tree(fresh);
  expect([...again.keys()]).toEqual([...files.keys()]);
  for (const [path, bytes] of files) expect(again.get(path)!.equals(bytes), path).toBe(true);
});

test('small enough to read at one sitting', () => {
  expect(lines.length).toBeGreaterThan(150);
  expect(lines.length).toBeLessThan(250);
  expect([...files.values()].reduce((sum, bytes) => sum + bytes.length, 0)).toBeLessThan(100_000);
});

test('every file lies where a kubelet would put it', () => {
  for (const path of logs.keys()) {
    expect(path).toMatch(/^pods\/[a-z-]+_[a-z0-9-]+_[0-9a-f-]{32,36}\/[a-z-]+\/\d\.log(\.\d{8}-\d{6}(\.gz)?)?$/);
  }
});

describe('it shows', () => {
  const names = [...logs.keys()].map((path) => basename(path));

  test.each(['kube-system', 'monitoring', 'payments', 'shop'])('namespace %s', (namespace) => {
    expect([...logs.keys()].some((path) => path.startsWith(`pods/${namespace}_`))).toBe(true);
  });

  test('a rotated plain file, a rotated .gz, a restarted container', () => {
    expect(names).toContainEqual(expect.stringMatching(/^0\.log\.\d+-\d+$/));
    expect(names).toContainEqual(expect.stringMatching(/^0\.log\.\d+-\d+\.gz$/));
    expect(names).toContain('1.log');
  });

  test.each([
    ['containerd: Z, trailing zeros trimmed', /^2026-11-20T01:06:15\.2Z stderr F /m],
    ['containerd: no fraction at all', /^2026-11-20T01:06:33Z stdout F /m],
    ['conmon: nine digits and an offset', /^2026-11-20T10:00:02\.\d{9}\+09:00 stdout F /m],
    ['pino', /"level":30,"time":\d{13},"pid":1,"hostname"/],
    ['zap', /"level":"warn","ts":"[^"]+","caller":"/],
    ['klog', / stderr F E1120 \d\d:\d\d:\d\d\.\d{6} +1 \w+\.go:\d+\] /],
    ['an nginx access log', / stdout F 203\.0\.113\.24 - - \[20\/Nov\/2026/],
    ['an nginx error log', / stderr F 2026\/11\/20 01:03:08 \[error\] 29#29: /],
    ['a Java stack trace', / stderr F Caused by: java\.net/],
    ['a Python one', / stderr F Traceback \(most recent call last\):/],
    ['a Go one', / stderr F goroutine 4127 \[running\]:/],
    ['a Node one', / stderr F {5}at channelOf \(\/app\/relay\.js:42:34\)/],
    ['Korean', /원장 서비스를 시작합니다/],
    ['emoji', /🎉/],
    ['terminal escapes', /\x1b\]0;free coupons\x07\x1b\[2J/],
  ])('%s', (_, pattern) => expect(all).toMatch(pattern));

  test('stdout inside a stack trace on stderr', () => {
    const checkout = [...logs].find(([path]) => path.includes('checkout'))![1].toString();
    expect(checkout).toMatch(/ stderr F \tat .*\n.* stdout F .*\n.* stderr F \tat /);
  });

  test('a containerd partial of 16384 bytes, and a conmon one of 8192 that ends inside a Korean character', () => {
    expect(partials(16384)).toHaveLength(1);
    const [cut] = partials(8192);
    expect(new TextDecoder().decode(cut).endsWith('\ufffd')).toBe(true);
  });

  test('a line cut by a rotation, and one its writer never finished', () => {
    const last = (path: RegExp) =>
      [...logs].filter(([name]) => path.test(name)).map(([, bytes]) => splitLines(bytes).at(-1)!);
    expect(last(/nginx\/0\.log\.[^.]+$/).join()).toContain(' stdout P ');
    expect(last(/settlement/).join()).toContain(' stdout P ');
  });

  test('one garbage line', () => {
    const garbage = lines.filter(({ line }) => !/^2026-11-20T\S+ std(out|err) [FP] /.test(line.toString()));
    expect(garbage).toHaveLength(1);
  });
});

describe('pods.json', () => {
  interface Pod {
    metadata: { namespace: string; name: string; uid: string; annotations?: Record<string, string> };
  }
  const { items } = JSON.parse(files.get('pods.json')!.toString()) as { items: Pod[] };

  test('knows every directory, and no other pod', () => {
    const directories = items.map(({ metadata: { namespace, name, uid, annotations } }) => {
      return `${namespace}_${name}_${annotations?.['kubernetes.io/config.mirror'] ?? uid}`;
    });
    expect(new Set(directories)).toEqual(new Set([...logs.keys()].map((path) => path.split('/')[1])));
  });

  test('has a static pod: its directory bears the hash of the manifest, not the uid', () => {
    const mirrored = items.filter(({ metadata }) => metadata.annotations?.['kubernetes.io/config.mirror']);
    expect(mirrored).toHaveLength(1);
    expect(mirrored[0]!.metadata.annotations!['kubernetes.io/config.mirror']).toMatch(/^[0-9a-f]{32}$/);
  });
});
